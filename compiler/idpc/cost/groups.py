"""Cost sheets summed up: by app, team, kind, or not at all, and against what was before."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from idpc.cost.model import CostSheet, InstanceCost, Total, total

Sheets = Mapping[str, CostSheet]
"""Cost sheets by environment."""
GROUPS: Mapping[str, Callable[[InstanceCost], str]] = {
    "app": lambda cost: cost.address.app,
    "team": lambda cost: cost.team or "(no team)",
    "kind": lambda cost: cost.kind,
    "instance": lambda cost: str(cost.address),
}


def _cost(cost: InstanceCost) -> Total:
    return cost.total


def grouped(
    costs: Iterable[InstanceCost], by: str, amount: Callable[[InstanceCost], Total] = _cost
) -> dict[str, Total]:
    """The sums of groups, the largest first."""
    name_of, sums = GROUPS[by], dict[str, Total]()
    for cost in costs:
        name = name_of(cost)
        sums[name] = sums.get(name, Total()).plus(amount(cost))
    return dict(sorted(sums.items(), key=lambda each: (-each[1].expected, each[0])))


def grand_total(sheets: Sheets) -> Total:
    """The sum of all environments."""
    return total(sheet.total for sheet in sheets.values())


class Change(NamedTuple):
    """What the cost of an instance was and is; None where it was or is not there. `because` are fields with their places."""

    address: str
    before: Decimal | None
    after: Decimal | None
    because: tuple[str, ...] = ()

    @property
    def by(self) -> Decimal:
        """How much more it is."""
        return (self.after or Decimal(0)) - (self.before or Decimal(0))


def changes(
    before: Mapping[str, Decimal], sheet: CostSheet, amount: Callable[[InstanceCost], Total] = _cost
) -> list[Change]:
    """The instances whose expected cost, or other amount, differs from what it was, the largest change first."""
    after = {str(cost.address): amount(cost).expected for cost in sheet.instances if any(amount(cost))}
    found = [Change(address, before.get(address), after.get(address)) for address in {**before, **after}]
    return sorted((each for each in found if each.by), key=lambda each: (-abs(each.by), each.address))
