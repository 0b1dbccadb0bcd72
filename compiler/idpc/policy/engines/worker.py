"""The worker: answers what `engines/regorus.py` asks, with regorus, in a process that has nothing to lose."""

import io
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from idpc.policy.engine import Evaluation, Failure, Module
from idpc.policy.engines.builtins import extensions

_HEADER = 8
_PLACE = re.compile(r"--> (.+?):(\d+):(\d+)\n")
_ERROR = re.compile(r"^error: (.*)$", re.MULTILINE)
_PYTHON = re.compile(r"extension '[^']*' raises Python error: \w+: ")
_MISSING = "could not find function"
_KEPT = 2
_INPUTS = "__idpc_inputs"
_OF_ALL = f"[[i, v] | each := data.{_INPUTS}[i]; v := {{rule}} with input as each]"
"""One query for all inputs: to set one after the other would read each again for every policy."""


def serve(memory: int) -> None:
    """Answer until nobody asks any more. What else is written to standard output goes nowhere."""
    _limit(memory)
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    worker = _Worker()
    while (question := _read(questions)) is not None:
        answer = msgspec.msgpack.encode(worker.answer(*question))
        answers.write(len(answer).to_bytes(_HEADER) + answer)
        answers.flush()


def _limit(memory: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(pipe: io.BufferedReader) -> Any:
    header = pipe.read(_HEADER)
    return msgspec.msgpack.decode(pipe.read(int.from_bytes(header))) if len(header) == _HEADER else None


class _Worker:
    """Engines with inputs, kept for the next policy that looks at the same."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Any, Sequence[str]]] = {}
        self._answers: dict[str, Callable[..., Any]] = {
            "parse": self._parse,
            "unknown": self._unknown,
            "evaluate": self._evaluate,
            "cover": self._cover,
        }

    def answer(self, what: str, *arguments: Any) -> Any:
        """What was asked for, or how the engine failed."""
        try:
            return self._answers[what](*arguments)
        except (MemoryError, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001  # a panic of the engine is no Exception
            return {"failure": _failed("failed", error)}

    def _parse(self, language: str, modules: Sequence[Module]) -> Any:
        for path, text in modules:
            error = _refusal(language, path, text)
            if error is not None:
                other = _refusal("v1" if language == "v0" else "v0", path, text) is None
                return {"failure": _failed("syntax", error, other=other)}
        return True

    def _unknown(self, functions: Sequence[str]) -> dict[str, list[str]]:
        known: list[str] = []
        lacking = [name for name in functions if _lacks(name)]
        if lacking:
            engine = _engine("v1")
            engine.add_policy("builtins.rego", "package builtins\nimport rego.v1\nall := opa.runtime()\n")
            known = sorted({*json.loads(engine.eval_rule_as_json("data.builtins.all"))["builtins"], *extensions(0)})
        return {lacked: [name for name in known if not name.startswith("__")] for lacked in lacking}

    def _evaluate(self, asked: Any, key: str, inputs: Sequence[str] | None) -> Any:
        """The values of the rules for each input; None where the inputs are not known."""
        evaluation = msgspec.convert(asked, Evaluation)
        base, texts = self._given(key, inputs)
        if base is None:
            return None
        engine = _loaded(evaluation, base.clone())
        if len(texts) == 1:
            return [_joined({rule: engine.eval_rule_as_json(rule) for rule in evaluation.rules})]
        found: list[dict[str, str]] = [{} for _ in texts]
        for rule in evaluation.rules:
            answer = json.loads(engine.eval_query_as_json(_OF_ALL.format(rule=rule)))
            for number, value in answer["result"][0]["expressions"][0]["value"]:
                found[number][rule] = json.dumps(value)
        return [_joined(values) for values in found]

    def _given(self, key: str, inputs: Sequence[str] | None) -> tuple[Any, Sequence[str]]:
        """An engine with inputs: a single one is its input, several are in its data, read once for all policies."""
        if key not in self._kept and inputs is not None:
            while len(self._kept) >= _KEPT:
                del self._kept[next(iter(self._kept))]
            engine = _new()
            if len(inputs) == 1:
                engine.set_input_json(inputs[0])
            else:
                engine.add_data_json(f'{{"{_INPUTS}":[{",".join(inputs)}]}}')
            self._kept[key] = engine, inputs
        return self._kept.get(key, (None, ()))

    def _cover(self, asked: Any, key: str, inputs: Sequence[str] | None) -> Any:
        evaluation = msgspec.convert(asked, Evaluation)
        if key not in self._kept and inputs is None:
            return None
        _, texts = self._given(key, inputs)
        engine = _engine(evaluation.language)
        engine.set_enable_coverage(True)
        _loaded(evaluation, engine)
        for each in texts:
            engine.set_input_json(each)
            for rule in evaluation.rules:
                engine.eval_rule_as_json(rule)
        report = json.loads(engine.get_coverage_report_as_json())["files"]
        return [(each["path"], each["covered"], each["not_covered"]) for each in report]


def _new() -> Any:
    import regorus

    engine = regorus.Engine()
    engine.set_gather_prints(True)
    return engine


def _engine(language: str) -> Any:
    engine = _new()
    engine.set_rego_v0(language == "v0")
    return engine


def _loaded(evaluation: Evaluation, engine: Any) -> Any:
    """An engine with what an evaluation needs beside its inputs."""
    engine.set_rego_v0(evaluation.language == "v0")
    for name, (arity, function) in extensions(evaluation.now).items():
        engine.add_extension(name, arity, function)
    for path, text in evaluation.modules:
        engine.add_policy(path, text)
    engine.add_data_json(evaluation.data)
    return engine


def _joined(values: Mapping[str, str]) -> str:
    """Values by their rules as JSON, without those that are undefined."""
    made = ",".join(f"{json.dumps(rule)}:{value}" for rule, value in values.items() if value.strip() != '"<undefined>"')
    return f"{{{made}}}"


def _refusal(language: str, path: str, text: str) -> BaseException | None:
    try:
        _engine(language).add_policy(path, text)
    except BaseException as error:  # noqa: BLE001  # a panic of the engine is no Exception
        return error
    return None


def _lacks(function: str) -> bool:
    """Whether the engine says so of a call; any other complaint is about the arguments."""
    if function in extensions(0) or function == "print":
        return False
    engine = _engine("v0")
    try:
        engine.add_policy("probe.rego", f"package probe\nvalue = x {{ x := {function}() }}\n")
        engine.eval_rule_as_json("data.probe.value")
    except BaseException as error:  # noqa: BLE001  # a panic of the engine is no Exception
        return _MISSING in str(error)
    return False


def _failed(what: str, error: BaseException, *, other: bool = False) -> Failure:
    """An error of the engine: its sentence and its place, without the engine's own stack."""
    text = str(error).partition("\nStack backtrace")[0]
    place, said = _PLACE.search(text), _ERROR.search(text)
    message = _PYTHON.sub("", said[1] if said else text.strip().partition("\n")[0])
    file, line, column = (place[1], int(place[2]), int(place[3])) if place else ("", 0, 0)
    return Failure(what, message, file, line, column, other)
