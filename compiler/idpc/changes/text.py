"""A comparison as lines for a terminal."""

from collections import Counter
from collections.abc import Iterator, Sequence

from idpc.changes.alike import alike
from idpc.changes.brief import both
from idpc.changes.costs import in_words
from idpc.changes.model import (
    Comparison,
    EnvironmentChanges,
    FieldChange,
    InstanceChange,
    PartChange,
    PolicyChanges,
    Violation,
)

SIGNS = {"create": "+", "update": "~", "move": ">", "unknown": "?", "replace": "!", "destroy": "-"}
_VERBS = ("create", "update", "move", "replace", "destroy")
_SHOWN = 8


def diff_text(comparison: Comparison) -> str:
    """All changes, environment by environment."""
    if not comparison.changes:
        return f"nothing changes from {comparison.base} to {comparison.head}\n"
    return "\n".join("".join(f"{line}\n" for line in _environment(each)) for each in comparison.environments)


def counted(changes: Sequence[InstanceChange]) -> str:
    """How many changes there are of each action: `1 to create, 2 to update`."""
    counts = Counter(change.action for change in changes)
    words = [f"{counts[verb]} to {verb}" for verb in _VERBS if counts[verb]]
    words += [f"{counts['unknown']} unknown"] if counts["unknown"] else []
    return ", ".join(words) or "nothing to do"


def _environment(each: EnvironmentChanges) -> Iterator[str]:
    yield f"{each.environment}: {counted(each.changes)}" + (f", {in_words(each.cost)}" if each.cost else "")
    for group in alike(each.changes):
        yield ""
        yield from _instance(group.change)
        if group.others:
            yield f"      and {len(group.others)} alike: {_named(group.others)}"
    said = each.policies or PolicyChanges()
    for word, violations in (("broken", said.broken), ("kept again", said.mended), ("waived", said.waived)):
        yield from _violations(word, violations)


def _instance(change: InstanceChange) -> Iterator[str]:
    place = f"  {change.place}" if change.place else ""
    loss = ", loses data" if change.data_loss else ""
    yield f"  {SIGNS[change.action]} {change.address} ({change.kind}): {change.action}{loss}{place}"
    yield f"      {plain(change.why)}"
    if change.hint:
        yield f"      {plain(change.hint)}"
    yield from (f"      {line}" for line in _fields(change.fields))
    yield from (f"      {_part(part)}" for part in change.parts[:_SHOWN])
    if change.parts[_SHOWN:]:
        yield f"      and {len(change.parts) - _SHOWN} more resources and objects"
    if change.cost:
        yield f"      costs {in_words(change.cost)}"
    if change.affects:
        yield f"      {needed_by(change.affects)}"


def _fields(fields: Sequence[FieldChange]) -> Iterator[str]:
    for each in fields:
        place = f"  {each.place}" if each.place else ""
        before, after = (text.strip("`") for text in both(each.before, each.after))
        yield f"{each.path}: {before} -> {after}{place}"


def _part(part: PartChange) -> str:
    effects = ", ".join(f"{path} {effect}" for path, effect in sorted(part.effects.items())[:_SHOWN])
    more = f" and {len(part.effects) - _SHOWN} more" if len(part.effects) > _SHOWN else ""
    return f"{SIGNS[part.action]} {part.name}" + (f": {effects}{more}" if effects else "")


def needed_by(affects: Sequence[str], most: int = _SHOWN) -> str:
    """Who depends on an instance."""
    return f"needed by {len(affects)}: {_named(affects, most)}"


def _named(names: Sequence[str], most: int = _SHOWN) -> str:
    more = f" and {len(names) - most} more" if names[most:] else ""
    return f"{', '.join(names[:most])}{more}"


def _violations(word: str, violations: Sequence[Violation]) -> Iterator[str]:
    if violations:
        yield from ("", f"  policies {word}:")
    for each in violations:
        waiver = f" (by {each.waived})" if each.waived else ""
        yield f"    {each.policy}: {each.address}: {plain(each.message)}{waiver}"


def plain(text: str) -> str:
    """A sentence without the marks of code, which a terminal does not show as such."""
    return text.replace("`", "")
