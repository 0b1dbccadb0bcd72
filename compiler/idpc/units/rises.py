"""Budgets that limit by how much one change may raise what is spent, against the version that a build is compared with."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from idpc.changes import State, Version
from idpc.cost import Budget, Spent, budgets, spent
from idpc.cost.baseline import increases
from idpc.cost.model import Total
from idpc.diagnostics.model import Diagnostic
from idpc.source import Span
from idpc.units.join import all_spent

if TYPE_CHECKING:
    from idpc.units.build import Built

_NOWHERE = Span("", 0, 0)


def rises(built: "Built", before: Version, after: Version) -> Iterator[Diagnostic]:
    """The budgets that a build exceeds since a version. What both versions leave out costs and emits what it did."""
    for name, (declared, now) in _judged(built).items():
        if name in before.states and any(budget.max_increase for budget in declared):
            past = tuple(_past(before.states[name], after.states.get(name, State({}, (), {})), now))
            yield from increases(declared, past, now, name)


def _judged(built: "Built") -> Mapping[str, tuple[tuple[Budget, ...], tuple[Spent, ...]]]:
    """The budgets of each environment, and what its instances cost now."""
    if built.compilation is not None:
        sheets = built.compilation.sheets
        runs = built.compilation.evaluated.runs if built.compilation.evaluated else {}
        return {name: (budgets(runs[name]), spent(sheet.instances)) for name, sheet in sheets.items()}
    found = {}
    for number, environment in enumerate(built.environments):
        shares = [part.environments[number] for part in built.parts]
        found[environment] = (shares[0].budgets if shares else (), tuple(all_spent(shares)))
    return found


def _past(before: State, after: State, now: tuple[Spent, ...]) -> Iterator[Spent]:
    yield from (each for each in now if each.address not in after.bills)
    for address, bill in before.bills.items():
        team = before.nodes.get(address, {}).get("team", "")
        yield Spent(address, str(team), _NOWHERE, _certain(bill.amount), _certain(bill.carbon))


def _certain(amount: Decimal) -> Total:
    return Total(amount, amount, amount)
