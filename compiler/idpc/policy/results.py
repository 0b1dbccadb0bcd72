"""Violations as policies in Rego give them, and which rule gave each."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from idpc.diagnostics import Diagnostic
from idpc.policy.engine import Evaluation, Failure, PolicyEngine
from idpc.policy.rego import faults
from idpc.policy.rego.annotations import SEVERITIES
from idpc.policy.rego.module import RegoFile, Rule
from idpc.policy.rego.prepare import Prepared, path_of
from idpc.policy.rego.tokens import separated

Value = str | Mapping[str, Any]


class Violation(Struct, frozen=True):
    """What a rule says of an input, by the number of the input. `where` may name an instance or a resource."""

    number: int
    file: RegoFile
    rule: Rule
    message: str
    severity: str = ""
    where: str = ""
    path: str = ""
    fix: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


def violations(
    prepared: Prepared, evaluation: Evaluation, engine: PolicyEngine
) -> tuple[list[Violation], list[Diagnostic]]:
    """All violations of a policy, or why there can be none."""
    results = engine.evaluate(evaluation)
    if isinstance(results, Failure):
        return [], [prepared.failed(results)]
    found: list[Violation] = []
    wrong: list[Diagnostic] = []
    for path in prepared.paths:
        rules = [(file, rule) for file, rule in prepared.rules if path_of(file, rule) == path]
        values = {number: each[path] for number, each in enumerate(results) if path in each}
        shape = next((why for value in values.values() if (why := _fault(value))), "")
        if shape:
            wrong.append(faults.wrong_shape(rules[0][1], shape, prepared.policy.name))
            continue
        broken = {number: value for number, value in values.items() if value}
        found += _attributed(prepared, evaluation, engine, rules, broken)
    return found, list(dict.fromkeys(wrong))


def _fault(value: Any) -> str:
    """What a rule's value is, where it is no list of violations."""
    if not isinstance(value, list):
        names = {bool: "a boolean", str: "a string", dict: "a map", int: "a number", float: "a number"}
        return names.get(type(value), "nothing")
    for each in value:
        if not isinstance(each, str) and not (isinstance(each, dict) and isinstance(each.get("msg"), str)):
            return f"`{json.dumps(each)[:60]}`"
    return ""


def _attributed(
    prepared: Prepared,
    evaluation: Evaluation,
    engine: PolicyEngine,
    rules: Sequence[tuple[RegoFile, Rule]],
    broken: Mapping[int, list[Any]],
) -> Iterator[Violation]:
    """Each violation with its rule; where several have the same name, each is asked by itself for what was broken."""
    left = {number: {_key(each): each for each in values} for number, values in broken.items()}
    for file, rule in rules[:-1]:
        numbers = [number for number, values in left.items() if values]
        for number, value in _given(prepared, evaluation, engine, (file, rule), rules, numbers):
            if left[number].pop(_key(value), None) is not None:
                yield _violation(number, file, rule, value)
    file, rule = rules[-1]
    yield from (_violation(number, file, rule, each) for number, values in left.items() for each in values.values())


def _given(  # noqa: PLR0913  # what one evaluation is made from
    prepared: Prepared,
    evaluation: Evaluation,
    engine: PolicyEngine,
    one: tuple[RegoFile, Rule],
    rules: Sequence[tuple[RegoFile, Rule]],
    numbers: Sequence[int],
) -> Iterator[tuple[int, Value]]:
    """What a rule gives for some of the inputs, with blanks in place of the others of its name."""
    others = [each for each in rules if each[1] is not one[1]]
    alone = tuple((file.module, separated(_without(file, others))) for file in prepared.files)
    path = path_of(*one)
    inputs = tuple(evaluation.inputs[number] for number in numbers)
    asked = replace(evaluation, modules=alone, inputs=inputs, rules=(path,))
    results = engine.evaluate(asked) if numbers else []
    for number, each in zip(numbers, () if isinstance(results, Failure) else results, strict=False):
        yield from ((number, value) for value in each.get(path, ()))


def _without(file: RegoFile, rules: Sequence[tuple[RegoFile, Rule]]) -> str:
    return file.without([rule for of, rule in rules if of is file])


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _violation(number: int, file: RegoFile, rule: Rule, value: Value) -> Violation:
    if isinstance(value, str):
        return Violation(number, file, rule, value)
    details = value.get("details") if isinstance(value.get("details"), dict) else {}
    assert isinstance(details, dict)  # noqa: S101  # as above

    def text(*names: str) -> str:
        found = next((value.get(name, details.get(name)) for name in names if name in value or name in details), None)
        named = found.get("address") if isinstance(found, dict) else found
        return named if isinstance(named, str) else ""

    severity = SEVERITIES.get(text("severity").lower(), "")
    where, path, fix = text("resource", "address"), text("path"), text("fix", "remediation")
    return Violation(number, file, rule, value["msg"], severity, where, path, fix, details)
