"""OPA itself, as the executable `opa`: for organisations that want the engine which their clusters run."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from idpc.policy.engine import Covered, Evaluation, Failure, Module, Results
from idpc.policy.engines.builtins import HERMETIC


class Opa:
    """Runs `opa` for each question, with the functions taken away that a hermetic build may not call."""

    name = "opa"
    verbs = ""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._path = shutil.which("opa")
        self._capabilities = ""

    def parse(self, language: str, modules: Sequence[Module]) -> Failure | None:
        """See `PolicyEngine.parse`; OPA compiles the files as well, and so finds calls of unknown functions."""
        with tempfile.TemporaryDirectory() as folder:
            paths = _write(Path(folder), modules)
            answer = self._run("check", "--format", "json", *self._options(Path(folder), language), *paths)
            return answer if isinstance(answer, Failure) else _failure(answer, "syntax", folder)

    def unknown(self, functions: Iterable[str]) -> Mapping[str, Sequence[str]]:
        """See `PolicyEngine.unknown`: `parse` has found them."""
        del functions
        return {}

    def evaluate(self, evaluation: Evaluation) -> Results | Failure:
        """See `PolicyEngine.evaluate`."""
        with tempfile.TemporaryDirectory() as folder:
            answer = self._evaluate(evaluation, Path(folder))
            if isinstance(answer, Failure):
                return answer
            failure = _failure(answer, "failed", folder)
            if failure is not None:
                return failure
            value = answer["result"][0]["expressions"][0]["value"]
            return [{evaluation.rules[rule]: found for rule, found in each} for each in value]

    def cover(self, evaluation: Evaluation) -> Sequence[Covered] | Failure:
        """See `PolicyEngine.cover`."""
        with tempfile.TemporaryDirectory() as folder:
            answer = self._evaluate(evaluation, Path(folder), "--coverage")
            if isinstance(answer, Failure):
                return answer
            failure = _failure(answer, "failed", folder)
            return failure or [
                _covered(path, each, folder) for path, each in sorted(answer["coverage"]["files"].items())
            ]

    def close(self) -> None:
        """Nothing runs between questions."""

    def _evaluate(self, evaluation: Evaluation, folder: Path, *more: str) -> Any:
        """What OPA answers; all inputs are asked about at once, as data beside those of the policy."""
        data = json.loads(evaluation.data)
        data["idpc_inputs"] = [json.loads(each) for each in evaluation.inputs]
        (folder / "data.json").write_text(json.dumps(data), encoding="utf-8")
        paths = _write(folder, evaluation.modules)
        sources = [word for path in (*paths, str(folder / "data.json")) for word in ("--data", path)]
        options = (*self._options(folder, evaluation.language), "--strict-builtin-errors", *more)
        return self._run("eval", "--format", "json", *options, *sources, _query(evaluation))

    def _options(self, folder: Path, language: str) -> tuple[str, ...]:
        capabilities = folder / "capabilities.json"
        capabilities.write_text(self._without_the_outside(), encoding="utf-8")
        return (f"--{'v0' if language == 'v0' else 'v1'}-compatible", "--capabilities", str(capabilities))

    def _without_the_outside(self) -> str:
        """OPA's own capabilities without what reaches out, or hangs on chance."""
        if not self._capabilities:
            found = self._run("capabilities", "--current")
            if isinstance(found, Failure):
                return "{}"
            found["builtins"] = [each for each in found["builtins"] if each["name"] not in HERMETIC]
            self._capabilities = json.dumps(found | {"allow_net": []})
        return self._capabilities

    def _run(self, *arguments: str) -> Any:
        if self._path is None:
            return Failure("absent", "there is no `opa` on PATH")
        try:
            done = subprocess.run(  # noqa: S603  # of the user's PATH, as asked for
                [self._path, *arguments], capture_output=True, timeout=self._timeout, check=False
            )
        except subprocess.TimeoutExpired:
            return Failure("time", f"it has not come to an end after {self._timeout:g} s")
        try:
            return json.loads(done.stdout or done.stderr or b"{}")
        except ValueError:
            return Failure(
                "crash", f"`opa` said: {(done.stderr or done.stdout).decode(errors='replace').strip()[:300]}"
            )


def _query(evaluation: Evaluation) -> str:
    """For each input the number and value of each rule that is defined there, in words that both versions of Rego have."""
    given = f"with input as each with time.now_ns as {evaluation.now}"
    found = "[]"
    for number, rule in enumerate(evaluation.rules):
        found = f"array.concat({found}, [[{number}, v] | v := {rule} {given}])"
    return f"[found | each := data.idpc_inputs[_]; found := {found}]"


def _write(folder: Path, modules: Sequence[Module]) -> list[str]:
    for path, text in modules:
        place = folder / "rego" / path.replace("../", "up/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return [str(folder / "rego" / path.replace("../", "up/")) for path, _ in modules]


def _failure(answer: Any, what: str, folder: str) -> Failure | None:
    """The first error that an answer tells."""
    errors = answer.get("errors") or []
    if not errors:
        return None
    first = errors[0]
    place = first.get("location") or {}
    file = _own(str(place.get("file", "")), folder)
    return Failure(what, str(first.get("message", "")), file, int(place.get("row", 0)), int(place.get("col", 0)))


def _own(path: str, folder: str) -> str:
    return path.removeprefix(f"{folder}/rego/").replace("up/", "../")


def _covered(path: str, each: Mapping[str, Any], folder: str) -> Covered:
    def lines(what: str) -> tuple[int, ...]:
        ranges = each.get(what, ())
        return tuple(row for one in ranges for row in range(one["start"]["row"], one["end"]["row"] + 1))

    return Covered(_own(path, folder), lines("covered"), lines("not_covered"))
