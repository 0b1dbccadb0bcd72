"""Refuses what Terraform would remove or replace, unless the approved plan lists it or it can hold nothing."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from idpc.address import Address
from idpc.plan.model import Change, Plan, Step

_HOLDS_NOTHING = re.compile(
    r"_iam_|_policy|_attachment|_association|_assignment|_rule$|_rule_|security_group|subnet_group|parameter_group"
    r"|_alias$|secret_version$|_credential$|_lifecycle_|_versioning$|_public_access_block$|_ownership_controls$"
)
_GOING = frozenset({"destroy", "replace", "unknown"})
"""What the plan lists of an instance that may go; the unknown is approved as a replacement is."""
_CHANGING = frozenset({"create", "update", "move"})
_HOLDING = re.compile(r"holds data \((.*)\)")


def refused(planned: Mapping[str, Any], plan: Plan, step: Step) -> tuple[str, ...]:
    """The resources of a Terraform plan, as `terraform show -json` tells it, that must not be removed."""
    changes = _by_label(plan.changes, step.address)
    holding = {address.label for address in _holding(step)}
    return tuple(
        f"{resource['address']} would be {'replaced' if 'create' in actions else 'removed'}"
        for resource, actions in _removed(planned)
        if not _allowed(resource, changes, holding)
    )


def counts(planned: Mapping[str, Any]) -> dict[str, int]:
    """How many resources a Terraform plan creates, updates, replaces and removes."""
    found = {"create": 0, "update": 0, "replace": 0, "delete": 0}
    for resource in _managed(planned):
        actions = resource["change"]["actions"]
        name = "replace" if len(actions) > 1 else actions[0]
        if name in found:
            found[name] += 1
    return found


def _removed(planned: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], list[str]]]:
    for resource in _managed(planned):
        actions = resource["change"]["actions"]
        if "delete" in actions or "forget" in actions:
            yield resource, actions


def _managed(planned: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (each for each in planned.get("resource_changes", ()) if each.get("mode", "managed") == "managed")


def _allowed(resource: Mapping[str, Any], changes: Mapping[str, str], holding: set[str]) -> bool:
    """Its type holds nothing; or its instance goes by the plan; or that changes, and holds no data."""
    if _HOLDS_NOTHING.search(resource["type"]):
        return True
    owner = _owner(resource["name"], {*changes, *holding})
    action = changes.get(owner, "")
    return action in _GOING or (action in _CHANGING and owner not in holding)


def _owner(name: str, labels: Iterable[str]) -> str:
    """The label of the instance whose resource it is: the longest with which its name begins."""
    fitting = [label for label in labels if name == label or name.startswith(f"{label}_")]
    return max(fitting, key=len, default="")


def _by_label(changes: Iterable[Change], app: str) -> dict[str, str]:
    parsed = ((Address.parse(change.address), change.action) for change in changes)
    return {address.label: action for address, action in parsed if address and address.app == app}


def _holding(step: Step) -> Iterator[Address]:
    found = _HOLDING.search(step.rollback.none)
    for name in found[1].split(", ") if found else ():
        address = Address.parse(name)
        if address:
            yield address
