"""The changes of an environment as its plan tells them."""

from idpc.changes.model import Comparison, InstanceChange
from idpc.plan.model import Change


def planned_changes(comparison: Comparison) -> dict[str, tuple[Change, ...]]:
    """The changes by environment; instances that stay as they are have none."""
    return {each.environment: tuple(map(_planned, each.changes)) for each in comparison.environments}


def _planned(change: InstanceChange) -> Change:
    fields = tuple(field.path for field in change.fields)
    return Change(change.address, change.action, fields, change.why, change.data_loss)
