"""The changes of an environment as its plan tells them."""

from idpc.changes.model import Comparison, EnvironmentChanges, InstanceChange
from idpc.cost.model import cents
from idpc.plan.model import Change, Compared


def planned_changes(comparison: Comparison) -> dict[str, Compared]:
    """What is told of each environment; instances that stay as they are have no change."""
    return {each.environment: _compared(each) for each in comparison.environments}


def _compared(each: EnvironmentChanges) -> Compared:
    return Compared(tuple(map(_planned, each.changes)), str(cents(each.cost.by)) if each.cost else None)


def _planned(change: InstanceChange) -> Change:
    fields = tuple(field.path for field in change.fields)
    return Change(change.address, change.action, fields, change.why, change.data_loss, change.team)
