"""Environment variables of containers."""

import re
from collections import Counter
from collections.abc import Iterator

from idpc.diagnostics.codes.artifacts import VARIABLE_INVALID
from idpc.emit.checks.finding import Finding
from idpc.emit.model import Document
from idpc.emit.reading import entries, text
from idpc.emit.subject import Subject

_NAME = re.compile(r"(?!\.\.)[-._a-zA-Z][-._a-zA-Z0-9]*")


def invalid_variables(subject: Subject) -> Iterator[Finding]:
    """Variables whose name the API server rejects, or that are there twice."""
    if subject.pod is None:
        return
    for whose, container in subject.pod.containers:
        variables = list(entries(container.get("env")))
        for variable in variables:
            yield from _variable(whose, variable)
        for name, count in Counter(text(variable.get("name")) for variable in variables).items():
            if count > 1:
                yield Finding(VARIABLE_INVALID, f"{whose} has the variable `{name}` {count} times")


def _variable(whose: str, variable: Document) -> Iterator[Finding]:
    name = text(variable.get("name"))
    if not _NAME.fullmatch(name) or name == ".":
        advice = "such names are letters, digits, `_`, `-` and `.`, and do not begin with a digit"
        yield Finding(
            VARIABLE_INVALID, f"{whose} has the variable `{name}`, which the API server does not take", advice
        )
    if variable.get("value") and "valueFrom" in variable:
        yield Finding(VARIABLE_INVALID, f"the variable `{name}` of {whose} has a value and a source of its value")
