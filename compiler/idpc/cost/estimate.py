"""The cost sheet of an environment: what the `price` blocks of its instances' kinds come to."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from idpc.cost.model import HOURS, CostSheet, Line, Price, Tier, Total, Unpriced
from idpc.cost.tables import price
from idpc.graph.run import EnvironmentRun
from idpc.graph.state import InstanceState
from idpc.values import Priced, PriceTerm, Quantity, Value

_SAID = Price("month", (), "exact", "in the specification", "")


def estimate(run: EnvironmentRun) -> CostSheet:
    """What every instance of an environment costs in a month."""
    parts = [part for address in sorted(run.states) for part in instance_cost(run.states[address])]
    lines = tuple(part for part in parts if isinstance(part, Line))
    return CostSheet(run.name, lines, tuple(part for part in parts if isinstance(part, Unpriced)))


def instance_cost(state: InstanceState) -> Iterator[Line | Unpriced]:
    """The parts of one instance, in order."""
    parts = state.prices()
    for name in sorted(parts):
        yield from _part(state, name, parts[name])


def _part(state: InstanceState, name: str, value: Value) -> Iterator[Line | Unpriced]:
    if isinstance(value, Quantity):
        value = Priced((), Decimal(value.amount))
    if not isinstance(value, Priced):
        return
    if value.plain:
        amount = Total(value.plain, value.plain, value.plain)
        yield Line(state.address, name, Decimal(1), value.plain, amount, _SAID)
    for number, term in enumerate(value.terms):
        part = name if len(value.terms) == 1 else f"{name}.{number + 1}"
        if term.factor:
            yield _term(state, part, term)


def _term(state: InstanceState, part: str, term: PriceTerm) -> Line | Unpriced:
    region = state.region
    found = price(term.name, term.sku, region)
    if found is None:
        what = f"{term.name} {term.sku}".strip()
        return Unpriced(state.address, part, f"no price list has {what} in {region or 'a cluster'}")
    if term.quantity is None:
        return Unpriced(state.address, part, "it is not said how much is used: set `usage`")
    low, high = (each * term.factor for each in term.quantity)
    middle = (low + high) / 2
    amount = Total(monthly(found, low), monthly(found, middle), monthly(found, high))
    return Line(state.address, part, middle, found.tiers[0].usd, amount, found)


class _Step(NamedTuple):
    tier: Tier
    end: Decimal | None


def monthly(found: Price, quantity: Decimal) -> Decimal:
    """What a quantity costs in a month, tier by tier."""
    ends = (*(tier.start for tier in found.tiers[1:]), None)
    steps = (_Step(tier, end) for tier, end in zip(found.tiers, ends, strict=True))
    total = sum((_within(step, quantity) * step.tier.usd for step in steps), Decimal(0))
    return total * HOURS if found.unit == "hour" else total


def _within(step: _Step, quantity: Decimal) -> Decimal:
    """How much of a quantity a tier holds."""
    top = quantity if step.end is None else min(quantity, step.end)
    return max(top - step.tier.start, Decimal(0))


def by(sheet: CostSheet, group: Mapping[str, str]) -> dict[str, Decimal]:
    """The expected cost by a group of apps, such as their team."""
    sums: dict[str, Decimal] = {}
    for line in sheet.lines:
        name = group.get(line.address.app, "")
        sums[name] = sums.get(name, Decimal(0)) + line.amount.expected
    return sums
