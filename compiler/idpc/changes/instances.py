"""What happens to one instance: from its node before and after, and from what it is made of."""

from collections.abc import Sequence

from idpc.changes import reasons
from idpc.changes.costs import of_instance
from idpc.changes.fields import changed_fields
from idpc.changes.model import Document, FieldChange, InstanceChange, PartChange, Place, gravest
from idpc.changes.pairs import twin
from idpc.changes.parts import Parts
from idpc.changes.setting import Setting

RETIRE = "retire"
"""The field that kinds with data have: it says, before an instance goes, what becomes of its data."""
_CARRIED = frozenset({"replace", "unknown", "move"})
"""What happens to the whole when it happens to a part, where there are data when it happens to the part that has them."""


def changed_instance(address: str, setting: Setting, parts: Parts) -> InstanceChange | None:
    """What happens to an instance of after, or to one that is gone; None where nothing does."""
    if address not in setting.after.nodes:
        return _destroyed(address, setting, parts)
    if address not in setting.former:
        return _created(address, setting, parts)
    former, new = setting.former[address], setting.after.nodes[address]
    old = setting.before.nodes[former]
    fields = tuple(changed_fields(address, old, new, setting))
    action = _action(old, new, fields, parts.changes, moved=former != address)
    if action == "unchanged":
        return None
    return InstanceChange(
        address=address,
        kind=new["kind"],
        action=action,
        why=reasons.of_instance(address, old, action, fields, parts, setting),
        place=Place(**new["location"]),
        former=former if former != address else "",
        fields=fields,
        parts=tuple(parts.changes),
        data_loss=_loses(parts) or (old["kind"] != new["kind"] and holds_data(old)),
        affects=setting.affected(address),
        team=new["team"],
        cost=of_instance(former, address, setting),
    )


def changed_app(app: str, setting: Setting, parts: Parts) -> InstanceChange:
    """What happens to what an app has for all of its instances."""
    before = {setting.now(each) for each in setting.owners_before.apps.values()}
    after = {*setting.owners_after.apps.values()}
    action = _of_app(parts) if app in before & after else "create" if app in after else "destroy"
    return InstanceChange(
        address=app,
        kind="app",
        action=action,
        why=reasons.of_app(action, parts),
        fields=tuple(parts.settings),
        parts=tuple(parts.changes),
        data_loss=_loses(parts),
        team=_team(app, setting),
    )


def holds_data(node: Document) -> bool:
    """Whether an instance holds data, as its kind says."""
    return RETIRE in node["fields"]


def _destroyed(address: str, setting: Setting, parts: Parts) -> InstanceChange:
    node = setting.before.nodes[address]
    new = {each: setting.after.nodes[each] for each in setting.after.nodes if each not in setting.former}
    alike = twin(node, new)
    return InstanceChange(
        address=address,
        kind=node["kind"],
        action="destroy",
        why="it is declared no more",
        place=Place(**node["location"]),
        parts=tuple(parts.changes),
        data_loss=_loses(parts),
        hint=reasons.of_likeness(address, alike, setting) if alike else "",
        affects=setting.affected(address),
        twin=alike,
        retired=not holds_data(node) or node["fields"][RETIRE] is not None,
        team=node["team"],
        cost=of_instance(address, "", setting),
    )


def _created(address: str, setting: Setting, parts: Parts) -> InstanceChange:
    node = setting.after.nodes[address]
    return InstanceChange(
        address=address,
        kind=node["kind"],
        action="create",
        why="it is new",
        place=Place(**node["location"]),
        parts=tuple(parts.changes),
        affects=setting.affected(address),
        team=node["team"],
        cost=of_instance("", address, setting),
    )


def _team(app: str, setting: Setting) -> str:
    """The team of an app, as one of its instances has it."""
    nodes = (*setting.after.nodes.values(), *setting.before.nodes.values())
    return next((node["team"] for node in nodes if node["app"] == app), "")


def _action(
    old: Document, new: Document, fields: Sequence[FieldChange], parts: Sequence[PartChange], *, moved: bool
) -> str:
    if old["kind"] != new["kind"]:
        return "replace"
    grave = [each for each in parts if each.holds_data] if holds_data(old) else parts
    found = [each.action for each in grave if each.action in _CARRIED]
    return gravest([*found, *(["update"] if fields or parts else []), *(["move"] if moved else [])])


def _of_app(parts: Parts) -> str:
    found = [each.action for each in parts.changes if each.holds_data and each.action in _CARRIED]
    return gravest(
        ["update", *found, *("unknown" if reasons.is_backend(each.path) else "update" for each in parts.settings)]
    )


def _loses(parts: Parts) -> bool:
    return any(each.loses_data for each in parts.changes)
