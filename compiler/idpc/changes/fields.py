"""What is different in what an instance says: its fields, and what it needs of others."""

from collections.abc import Iterator, Mapping
from typing import Any

from idpc.changes.model import NEEDS, Document, FieldChange, Place
from idpc.changes.setting import Setting
from idpc.changes.values import differences

_OF_NODE = ("team", "tier")


def changed_fields(address: str, old: Document, new: Document, setting: Setting) -> Iterator[FieldChange]:
    """The fields that differ, and the needs that came, went or changed their level of access."""
    for name in _OF_NODE:
        if old[name] != new[name] and name not in new["fields"]:
            yield FieldChange(name, old[name], new[name])
    places = setting.after.places.get(address, {})
    for path, before, after in differences(_renamed(old["fields"], setting), new["fields"]):
        yield FieldChange(path, before, after, None if after is None else _nearest(path, places))
    yield from _needs(setting.needs_before.get(address, {}), setting.needs_after.get(address, {}))


def _needs(old: Mapping[str, Document], new: Mapping[str, Document]) -> Iterator[FieldChange]:
    for target in sorted({*old, *new}):
        before, after = _level(old.get(target)), _level(new.get(target))
        if before != after:
            place = Place(**new[target]["location"]) if target in new else None
            yield FieldChange(f"{NEEDS}{target}", before, after, place)


def _level(edge: Document | None) -> str | None:
    return None if edge is None else edge["access"] or "after"


def _nearest(path: str, places: Mapping[str, Place]) -> Place | None:
    """Where a field was set, or the whole that it is in; None where the project does not set it."""
    while path:
        if path in places:
            return places[path]
        path = path.rpartition(".")[0]
    return None


def _renamed(value: Any, setting: Setting) -> Any:
    """A value of before with the references as they read after the moves."""
    moved = {old: new for old, new in setting.later.items() if old != new}
    return _with(value, moved) if moved else value


def _with(value: Any, moved: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _with(each, moved) for key, each in value.items()}
    if isinstance(value, list):
        return [_with(each, moved) for each in value]
    return _reference(value, moved) if isinstance(value, str) else value


def _reference(text: str, moved: Mapping[str, str]) -> str:
    """An address, or the output of one, after the moves; any other text as it is."""
    head, rest = text, ""
    while head:
        if head in moved:
            return moved[head] + rest
        head, dot, tail = head.rpartition(".")
        rest = f"{dot}{tail}{rest}"
    return text
