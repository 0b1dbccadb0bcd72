"""Tells a plan what a comparison found, and asks for the approvals that this needs."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from idpc.plan.model import Approval, Change, Compared, Plan

_WORDS = {"replace": "is replaced", "unknown": "may be replaced", "destroy": "is destroyed"}
_NAMED = 3


def compared(plan: Plan, found: Compared) -> Plan:
    """The plan with what a comparison tells. A replacement, or what may be one, waits for its team where that is protected."""
    asked = tuple(_asked(plan, found.changes)) if plan.protected and plan.stages else ()
    cost = replace(plan.cost, change=found.cost)
    return replace(plan, changes=found.changes, cost=cost, approvals=(*plan.approvals, *asked))


def _asked(plan: Plan, changes: Iterable[Change]) -> Iterator[Approval]:
    """One approval a team, before anything starts."""
    by_team: dict[str, list[Change]] = {}
    for change in changes:
        if change.action in {"replace", "unknown"} or (change.action == "destroy" and change.data_loss):
            by_team.setdefault(change.team, []).append(change)
    for team, grave in sorted(by_team.items()):
        yield Approval(plan.stages[0].name, team, 1, _why(grave))


def _why(grave: list[Change]) -> str:
    said = [f"{each.address} {_WORDS[each.action]}{' with its data' * each.data_loss}" for each in grave[:_NAMED]]
    more = len(grave) - _NAMED
    return ", ".join(said) + (f" and {more} more" if more > 0 else "")
