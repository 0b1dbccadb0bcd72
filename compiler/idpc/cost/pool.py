"""Machines of which workloads take shares: who has them, what is taken of them, and what is then idle, in money and in carbon."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from msgspec import Struct

from idpc.cost.budgets import Spent
from idpc.cost.carbon.model import Emission, idle_emissions
from idpc.cost.model import InstanceCost, Line, Total, idle
from idpc.source import Span


class Capacity(NamedTuple):
    """What machines cost, and who answers for them."""

    line: Line
    team: str
    span: Span


class Emitting(NamedTuple):
    """What machines emit, and who answers for them."""

    emission: Emission
    team: str
    span: Span


class Pool(Struct, frozen=True, array_like=True):
    """Machines in the order of their addresses; `share` is what is taken of their cost, `taken` of their emissions."""

    capacity: tuple[Capacity, ...] = ()
    share: Decimal = Decimal(0)
    emitting: tuple[Emitting, ...] = ()
    taken: Decimal = Decimal(0)

    @property
    def idle(self) -> list[Line]:
        """What nobody takes of their cost."""
        return list(idle((each.line for each in self.capacity), self.share))

    @property
    def idle_emissions(self) -> list[Emission]:
        """What nobody takes of their emissions."""
        return list(idle_emissions((each.emission for each in self.emitting), self.taken))

    def spent(self) -> Iterator[Spent]:
        """What is idle, as budgets ask."""
        for capacity, line in zip(self.capacity, self.idle, strict=True):
            yield Spent(str(line.address), capacity.team, capacity.span, line.amount)
        for emitting, emission in zip(self.emitting, self.idle_emissions, strict=True):
            yield Spent(str(emission.address), emitting.team, emitting.span, Total(), emission.amount)


def pool_of(costs: Iterable[InstanceCost]) -> Pool:
    """The machines among instances, and what the instances take of machines."""
    several = tuple(costs)
    return Pool(
        tuple(Capacity(line, each.team, each.span) for each in several for line in each.capacity),
        sum((each.share for each in several), Decimal(0)),
        tuple(Emitting(emission, each.team, each.span) for each in several for emission in each.emitting),
        sum((each.taken for each in several), Decimal(0)),
    )


def pooled(pools: Iterable[Pool]) -> Pool:
    """Several as one."""
    several = tuple(pools)
    return Pool(
        tuple(sorted((one for each in several for one in each.capacity), key=lambda one: one.line.address)),
        sum((each.share for each in several), Decimal(0)),
        tuple(sorted((one for each in several for one in each.emitting), key=lambda one: one.emission.address)),
        sum((each.taken for each in several), Decimal(0)),
    )
