"""What happens to the resources of a Terraform root, from its documents before and after."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from idpc.changes.model import PartChange
from idpc.changes.values import differences
from idpc.schema.effects import IN_PLACE, REPLACE, UNKNOWN, holds_data, of_attribute

Body = Mapping[str, Any]
_OF_TERRAFORM = frozenset({"lifecycle", "depends_on", "provisioner", "connection", "provider"})
"""What Terraform itself reads: changing it changes no resource."""


_ENDING = frozenset({"destroy", REPLACE})


class Root(Struct, frozen=True):
    """A root module: its resources and data sources by address, where resources come from, and all else by path."""

    resources: Mapping[str, Body]
    data: Mapping[str, Body]
    moved: Mapping[str, str]
    settings: Body


def read_root(main: str, versions: str) -> Root:
    """The root of `main.tf.json` and `versions.tf.json`; either may be empty."""
    document: dict[str, Any] = json.loads(main) if main else {}
    settings = (json.loads(versions) if versions else {}) | {"provider": document.get("provider", {})}
    return Root(
        dict(_flat(document.get("resource", {}), "")),
        dict(_flat(document.get("data", {}), "data.")),
        {each["from"]: each["to"] for each in document.get("moved", ())},
        settings,
    )


def _flat(types: Mapping[str, Mapping[str, Body]], prefix: str) -> Iterator[tuple[str, Body]]:
    for kind, labels in types.items():
        yield from ((f"{prefix}{kind}.{label}", body) for label, body in labels.items())


def changed_resources(before: Root, after: Root) -> Iterator[PartChange]:
    """Every resource to which something happens, by its address after it; what is only renamed is moved."""
    former = _former(before, after)
    effects = _effects(before, after, former)
    for address in after.resources:
        if address not in former:
            yield _part(address, "create", {})
        elif effects[address]:
            yield _part(address, _action(effects[address]), effects[address])
        elif former[address] != address:
            yield _part(address, "move", {})
    for address in sorted(before.resources.keys() - former.values()):
        yield _part(address, "destroy", {})


def _part(address: str, action: str, effects: Mapping[str, str]) -> PartChange:
    holds = holds_data(_type(address))
    return PartChange(address, action, effects, holds, holds and action in _ENDING)


def changed_settings(before: Root, after: Root) -> tuple[tuple[str, Any, Any], ...]:
    """What changes in the backend, the providers and their versions."""
    return tuple(differences(before.settings, after.settings))


def _former(before: Root, after: Root) -> dict[str, str]:
    """The address before, by that after, of the resources that there are in both."""
    former = {address: address for address in after.resources if address in before.resources}
    for old in before.resources.keys() - after.resources.keys():
        now = old
        while now in after.moved and now not in after.resources:
            now = after.moved[now]
        if now in after.resources:
            former[now] = old
    return former


def _effects(before: Root, after: Root, former: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What each changed attribute does to its resource, those included that read something which is made anew."""
    renamed = {old: new for new, old in former.items() if old != new}
    renamed |= _renamed_data(before, after, renamed)
    found = {new: _own(new, before.resources[old], after.resources[new], renamed) for new, old in former.items()}
    old_data = {renamed.get(address, address): _written(body, renamed) for address, body in before.data.items()}
    fresh = {address for address, body in after.data.items() if old_data.get(address) != body}
    fresh |= {address for address, effects in found.items() if _action(effects) == REPLACE}
    for address, effects in found.items():
        effects.update(dict(_reading(address, after.resources[address], effects, fresh - {address})))
    return found


def _renamed_data(before: Root, after: Root, renamed: Mapping[str, str]) -> dict[str, str]:
    """The data sources that are called otherwise and ask for the same; nothing says so, for they have no state."""
    found: dict[str, str] = {}
    new = [address for address in after.data if address not in before.data]
    for address in before.data.keys() - after.data.keys():
        body, kind = _written(before.data[address], renamed), address.rpartition(".")[0]
        same = [each for each in new if each.startswith(f"{kind}.") and after.data[each] == body]
        found |= {address: same[0]} if len(same) == 1 else {}
    return found


def _own(address: str, old: Body, new: Body, renamed: Mapping[str, str]) -> dict[str, str]:
    pairs = differences(_plain(_written(old, renamed)), _plain(new))
    return {path: of_attribute(_type(address), path, before, after) for path, before, after in pairs}


def _reading(address: str, body: Body, effects: Mapping[str, str], fresh: set[str]) -> Iterator[tuple[str, str]]:
    """The further attributes that read what is made anew.

    What such an attribute will be is known only when that is there: whether it replaces the resource is so, too.
    """
    for name, value in _plain(body).items():
        if name not in effects and _mentions(value, fresh):
            yield name, IN_PLACE if of_attribute(_type(address), name) == IN_PLACE else UNKNOWN


def _mentions(value: Any, addresses: set[str]) -> bool:
    text = json.dumps(value)
    return "${" in text and any(re.search(rf"(?<![\w.-]){re.escape(each)}(?![\w-])", text) for each in addresses)


def _written(body: Any, renamed: Mapping[str, str]) -> Any:
    """A body of before as it reads after the moves."""
    if not renamed or body is None:
        return body
    pattern = re.compile(r"(?<![\w.-])(" + "|".join(map(re.escape, renamed)) + r")(?![\w-])")
    return json.loads(pattern.sub(lambda found: renamed[found[1]], json.dumps(body)))


def _plain(body: Body) -> Body:
    return {name: value for name, value in body.items() if name not in _OF_TERRAFORM}


def _action(effects: Mapping[str, str]) -> str:
    """What becomes of a resource whose attributes change so."""
    found = set(effects.values())
    return REPLACE if REPLACE in found else UNKNOWN if UNKNOWN in found else "update"


def _type(address: str) -> str:
    return address.partition(".")[0]
