"""Applies fixes to texts: whole fixes only, and never two that touch the same place."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from idpc.diagnostics.model import Diagnostic, Edit, Fix
from idpc.source import Span


class Repair(Struct, frozen=True):
    """The texts after one round, and what was done to them; `texts` holds the changed ones only."""

    texts: Mapping[str, str]
    applied: tuple[tuple[Diagnostic, Fix], ...]


def repair(diagnostics: Iterable[Diagnostic], texts: Mapping[str, str]) -> Repair:
    """Apply the safe fix of each diagnostic, those first that stand first; one in the way of another waits.

    Fixes that reach into files outside `texts`, as the standard library's are, are left alone.
    """
    taken: list[Edit] = []
    applied: list[tuple[Diagnostic, Fix]] = []
    for diagnostic in diagnostics:
        fix = next((fix for fix in diagnostic.fixes if fix.safe and fix.edits), None)
        if fix and all(edit.span.file in texts for edit in fix.edits) and not clashes(fix.edits, taken):
            taken.extend(fix.edits)
            applied.append((diagnostic, fix))
    return Repair(edited(texts, taken), tuple(applied))


def edited(texts: Mapping[str, str], edits: Iterable[Edit]) -> Mapping[str, str]:
    """The texts that edits change, with the edits made."""
    changed: dict[str, str] = {}
    for edit in sorted(edits, key=lambda edit: edit.span, reverse=True):
        file, start, end = edit.span
        text = changed.get(file, texts[file])
        changed[file] = text[:start] + edit.text + text[end:]
    return {file: text for file, text in sorted(changed.items()) if text != texts[file]}


def clashes(edits: tuple[Edit, ...], taken: Iterable[Edit]) -> bool:
    """Whether any edit meets one that is taken, or another of its own fix."""
    own = [(one, other) for index, one in enumerate(edits) for other in edits[:index]]
    return any(_meet(one.span, other.span) for one, other in [*own, *((a, b) for a in edits for b in taken)])


def _meet(one: Span, other: Span) -> bool:
    """Whether two spans share a character or, as insertions do, stand at the same place."""
    if one.file != other.file:
        return False
    return one.start == other.start or (one.start < other.end and other.start < one.end)
