"""What policies in Rego read of costs and of carbon: numbers, rounded to the cent and to a hundredth of a gram."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from msgspec import Struct

from idpc.cost.carbon.model import UNIT
from idpc.cost.model import CURRENCY, InstanceCost, Total, cents, total
from idpc.cost.pool import Pool

Amount = dict[str, object]


class Amounts(Struct, frozen=True, array_like=True):
    """What a team's instances in an app cost and emit; `unpriced` and `unmeasured` count parts of which that is not known."""

    app: str
    team: str
    cost: Total
    carbon: Total
    energy: Decimal
    operational: Decimal
    embodied: Decimal
    unpriced: int
    unmeasured: int


def amounts_of(costs: Iterable[InstanceCost]) -> tuple[Amounts, ...]:
    """The sums by app and team."""
    found: dict[tuple[str, str], list[InstanceCost]] = {}
    for each in costs:
        found.setdefault((each.address.app, each.team), []).append(each)
    return tuple(_summed(app, team, several) for (app, team), several in sorted(found.items()))


def idle_amounts(pool: Pool) -> Iterator[Amounts]:
    """What is idle of machines, by those who have them."""
    nothing, zero = Total(), Decimal(0)
    for capacity, line in zip(pool.capacity, pool.idle, strict=True):
        yield Amounts(line.address.app, capacity.team, line.amount, nothing, zero, zero, zero, 0, 0)
    for emitting, each in zip(pool.emitting, pool.idle_emissions, strict=True):
        made = each.embodied.expected if each.embodied is not None else zero
        used = each.operational.expected
        yield Amounts(each.address.app, emitting.team, nothing, each.amount, each.energy, used, made, 0, 0)


def _summed(app: str, team: str, costs: list[InstanceCost]) -> Amounts:
    lines = [line for each in costs for line in each.emissions]
    return Amounts(
        app,
        team,
        total(each.total for each in costs),
        total(each.carbon for each in costs),
        sum((line.energy for line in lines), Decimal(0)),
        sum((line.operational.expected for line in lines), Decimal(0)),
        sum((line.embodied.expected for line in lines if line.embodied is not None), Decimal(0)),
        sum(len(each.unpriced) for each in costs),
        sum(len(each.unmeasured) for each in costs),
    )


def cost_input(cost: InstanceCost | None) -> Amount:
    """What an instance costs; `unpriced` are the parts of which that is not known."""
    if cost is None:
        return {**_range(Total()), "unpriced": []}
    return {**_range(cost.total), "unpriced": [each.part for each in cost.unpriced]}


def carbon_input(cost: InstanceCost | None) -> Amount:
    """What an instance emits; `unmeasured` are the parts of which that is not known."""
    summed = _summed("", "", [cost] if cost else [])
    return {**_carbon([summed]), "unmeasured": [each.part for each in cost.unmeasured] if cost else []}


def all_costs(amounts: Iterable[Amounts]) -> Amount:
    """What an environment costs, in all and by app and team; `unpriced` counts parts."""
    return {"currency": CURRENCY, **_divided(tuple(amounts), _cost)}


def all_carbon(amounts: Iterable[Amounts]) -> Amount:
    """What an environment emits, in all and by app and team; `unmeasured` counts parts."""
    return {"unit": UNIT, **_divided(tuple(amounts), _carbon)}


def _divided(amounts: tuple[Amounts, ...], tell: Callable[[list[Amounts]], Amount]) -> Amount:
    apps, teams = dict[str, list[Amounts]](), dict[str, list[Amounts]]()
    for each in sorted(amounts, key=lambda one: (one.app, one.team)):
        apps.setdefault(each.app, []).append(each)
        teams.setdefault(each.team, []).append(each)
    return {
        **tell(list(amounts)),
        "by_app": {name: tell(several) for name, several in apps.items()},
        "by_team": {name: tell(several) for name, several in sorted(teams.items())},
    }


def _cost(amounts: list[Amounts]) -> Amount:
    return {**_range(total(each.cost for each in amounts)), "unpriced": sum(each.unpriced for each in amounts)}


def _carbon(amounts: list[Amounts]) -> Amount:
    return {
        **_range(total(each.carbon for each in amounts)),
        **{name: _number(sum((getattr(each, name) for each in amounts), Decimal(0))) for name in _PARTS},
        "unmeasured": sum(each.unmeasured for each in amounts),
    }


_PARTS = ("energy", "operational", "embodied")


def _range(amount: Total) -> Amount:
    return {name: _number(getattr(amount, name)) for name in Total._fields}


def _number(amount: Decimal) -> float:
    return float(cents(amount))
