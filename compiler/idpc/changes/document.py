"""A comparison as the document that `idpc diff --format json` prints."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from idpc.changes.costs import emits_other
from idpc.changes.model import (
    Comparison,
    CostChange,
    EnvironmentChanges,
    FieldChange,
    InstanceChange,
    PartChange,
    Place,
    PolicyChanges,
    Violation,
)
from idpc.cost.model import cents
from idpc.diagnostics.model import Diagnostic

Document = dict[str, Any]


def diff_document(comparison: Comparison, refused: Sequence[Diagnostic] = ()) -> Document:
    """The document, in the published form; `refused` is what must not be done in one step."""
    return {
        "version": 1,
        "base": comparison.base,
        "head": comparison.head,
        "environments": [_environment(each) for each in comparison.environments],
        "refused": [_refused(each) for each in refused],
    }


def _refused(each: Diagnostic) -> Document:
    told = {"code": each.code, "address": each.address, "message": each.message, "help": each.help}
    return {**told, "environments": list(each.environments)}


def _environment(each: EnvironmentChanges) -> Document:
    return {
        "environment": each.environment,
        "summary": dict(sorted(Counter(change.action for change in each.changes).items())),
        "changes": [_instance(change) for change in each.changes],
        "policy": _policies(each.policies) if each.policies else None,
        "cost": _cost(each.cost),
        "carbon": _carbon(each.cost),
    }


def _policies(each: PolicyChanges) -> Document:
    return {
        "new": list(map(_violation, each.broken)),
        "gone": list(map(_violation, each.mended)),
        "waived": [{**_violation(violation), "waiver": violation.waived} for violation in each.waived],
    }


def _cost(change: CostChange | None) -> Document | None:
    if change is None:
        return None
    before, after, by = (str(cents(each)) for each in (change.before.amount, change.after.amount, change.by))
    return {"before": before, "after": after, "change": by, "complete": change.whole}


def _carbon(change: CostChange | None) -> Document | None:
    if change is None or not emits_other(change):
        return None
    before, after, by = (str(cents(each)) for each in (change.before.carbon, change.after.carbon, change.carbon_by))
    return {"before": before, "after": after, "change": by}


def _instance(change: InstanceChange) -> Document:
    return {
        "address": change.address,
        "kind": change.kind,
        "action": change.action,
        "why": change.why,
        "former": change.former or None,
        "location": _place(change.place),
        "fields": [_field(each) for each in change.fields],
        "parts": [_part(each) for each in change.parts],
        "data_loss": change.data_loss,
        "team": change.team,
        "cost": _cost(change.cost),
        "carbon": _carbon(change.cost),
        "hint": change.hint or None,
        "affects": {"count": len(change.affects), "addresses": list(change.affects)},
    }


def _field(change: FieldChange) -> Document:
    before_and_after = {"before": change.before, "after": change.after}
    return {"path": change.path, **before_and_after, "location": _place(change.place)}


def _part(change: PartChange) -> Document:
    return {
        "name": change.name,
        "action": change.action,
        "effects": dict(sorted(change.effects.items())),
        "data_loss": change.loses_data,
    }


def _place(place: Place | None) -> Document | None:
    return place._asdict() if place else None


def _violation(each: Violation) -> Document:
    return {"policy": each.policy, "address": each.address, "message": each.message}
