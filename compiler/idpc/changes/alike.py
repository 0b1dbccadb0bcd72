"""Puts changes together that are the same but for their addresses, as those of one template's many uses are."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from idpc.changes.model import InstanceChange


class Alike(Struct, frozen=True):
    """A change, and the addresses of others like it."""

    change: InstanceChange
    others: tuple[str, ...] = ()


def alike(changes: Iterable[InstanceChange]) -> Sequence[Alike]:
    """The changes in their order, each with those that are like it."""
    groups: dict[object, list[InstanceChange]] = {}
    for change in changes:
        groups.setdefault(_traits(change), []).append(change)
    return [Alike(first, tuple(each.address for each in rest)) for first, *rest in groups.values()]


def _traits(change: InstanceChange) -> object:
    """All that a reader is told but names; what needs an instance tells it from others."""
    fields = tuple((each.path, repr(each.before), repr(each.after), each.place) for each in change.fields)
    parts = tuple((each.action, tuple(sorted(each.effects.items())), each.loses_data) for each in change.parts)
    return change.action, change.kind, change.why, change.place, change.hint, change.affects, change.cost, fields, parts
