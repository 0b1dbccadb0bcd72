"""Puts the diagnostics of all stages and environments into one fixed order, each once."""

from collections.abc import Iterable, Sequence

from idpc.diagnostics.model import Diagnostic
from idpc.source import Span

Key = tuple[str, Span, str, bool]


def merge(diagnostics: Iterable[Diagnostic], environments: Sequence[str]) -> tuple[Diagnostic, ...]:
    """Ordered by file, place and code; what holds in several environments is told once, with all of them.

    `environments` are all of the project's: a fault that holds in each of them names none.
    """
    groups: dict[Key, list[Diagnostic]] = {}
    for each in diagnostics:
        groups.setdefault((each.code, each.span, each.message, each.waived is None), []).append(each)
    return tuple(sorted((_joined(group, environments) for group in groups.values()), key=_place))


def _joined(group: list[Diagnostic], environments: Sequence[str]) -> Diagnostic:
    """The fullest telling of one fault, in every environment in which any telling has it."""
    first = min(group, key=lambda each: (-len(each.labels), -len(each.fixes), each.environments))
    if any(not each.environments for each in group):
        return first.but(environments=())
    named = {name for each in group for name in each.environments}
    ordered = (*(name for name in environments if name in named), *sorted(named.difference(environments)))
    return first.but(environments=() if named.issuperset(environments) and environments else ordered)


def _place(each: Diagnostic) -> tuple[str, int, str, int, str]:
    return (each.span.file, each.span.start, each.code, each.span.end, each.message)
