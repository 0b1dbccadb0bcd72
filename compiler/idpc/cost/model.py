"""What an environment costs in a month, line by line. Money is US dollars, exact until it is printed."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from idpc.address import Address
from idpc.source import Span

if TYPE_CHECKING:
    from idpc.cost.carbon.model import Emission, FunctionalUnit, Unmeasured

L = TypeVar("L", bound="Line | Emission")
CURRENCY = "USD"
HOURS = Decimal(730)
"""Hours of a month, as the price lists of all three clouds count them."""
CONFIDENCES = ("exact", "derived", "quoted", "interpolated", "assumed")
_CENT = Decimal("0.01")
_WIDE = Context(prec=99, rounding=ROUND_HALF_UP)


class Tier(NamedTuple):
    """From a quantity on, each further unit has a price."""

    start: Decimal
    usd: Decimal


class Price(NamedTuple):
    """What a price list says of something in a region; an `hour` is one of 730 in a month.

    `confidence`: exact as published, derived from other prices, quoted by what is no price list, interpolated from another
    region's, assumed.
    """

    unit: str
    tiers: tuple[Tier, ...]
    confidence: str
    source: str
    as_of: str


class Total(NamedTuple):
    """The least, the expected and the most in a month."""

    low: Decimal = Decimal(0)
    expected: Decimal = Decimal(0)
    high: Decimal = Decimal(0)

    def plus(self, other: "Total") -> "Total":
        """The sum of two, each by itself."""
        return Total(self.low + other.low, self.expected + other.expected, self.high + other.high)

    def times(self, factor: Decimal) -> "Total":
        """A multiple."""
        return Total(self.low * factor, self.expected * factor, self.high * factor)


def total(amounts: Iterable[Total]) -> Total:
    """The sum of amounts, each by itself."""
    found = Total()
    for amount in amounts:
        found = found.plus(amount)
    return found


def cents(amount: Decimal) -> Decimal:
    """An amount as it is told: money is rounded here and nowhere else."""
    return digits(amount, _CENT)


def digits(amount: Decimal, last: Decimal) -> Decimal:
    """A number rounded to the digit of another one, however large it is."""
    return amount.quantize(last, context=_WIDE)


def plain(amount: Decimal) -> str:
    """A number without an exponent and without zeros at its end."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


class Line(NamedTuple):
    """A part of an instance: how many units a month are expected, what one costs, and what all come to.

    `assumption` is what was taken where nobody says how much is used.
    """

    address: Address
    part: str
    quantity: Decimal
    unit_price: Decimal
    amount: Total
    price: Price
    assumption: str = ""


class Unpriced(NamedTuple):
    """A part of an instance that costs something of which it is not known how much."""

    address: Address
    part: str
    why: str


class InstanceCost(Struct, frozen=True):
    """What an instance costs and emits, and who answers for it.

    `capacity` are the machines of which workloads take shares, which cost what these leave; `share` is what the instance
    takes of them, which is among its lines. `emitting` and `taken` are the same in carbon.
    """

    address: Address
    kind: str
    team: str
    span: Span
    lines: tuple[Line, ...]
    unpriced: tuple[Unpriced, ...]
    capacity: tuple[Line, ...] = ()
    share: Decimal = Decimal(0)
    emissions: tuple["Emission", ...] = ()
    unmeasured: tuple["Unmeasured", ...] = ()
    emitting: tuple["Emission", ...] = ()
    taken: Decimal = Decimal(0)

    @property
    def total(self) -> Total:
        """The sum of the lines."""
        return total(line.amount for line in self.lines)

    @property
    def carbon(self) -> Total:
        """The sum of the emissions, in grams."""
        return total(each.amount for each in self.emissions)


class CostSheet(Struct, frozen=True, dict=True):
    """What an environment costs in a month.

    `found` are its instances in the order of their addresses, each by itself; `units` is what each app's emissions are
    divided by.
    """

    environment: str
    found: tuple[InstanceCost, ...] = ()
    units: Mapping[str, "FunctionalUnit"] = {}

    def but(self, found: tuple[InstanceCost, ...]) -> "CostSheet":
        """The sheet with other instances."""
        return CostSheet(self.environment, found, self.units)

    @cached_property
    def idle(self) -> tuple[Line, ...]:
        """What no workload takes of the machines."""
        capacity = (line for each in self.found for line in each.capacity)
        return tuple(idle(capacity, sum((each.share for each in self.found), Decimal(0))))

    @cached_property
    def idle_emissions(self) -> tuple["Emission", ...]:
        """What no workload takes of what the machines emit."""
        from idpc.cost.carbon.model import idle_emissions

        machines = (line for each in self.found for line in each.emitting)
        return tuple(idle_emissions(machines, sum((each.taken for each in self.found), Decimal(0))))

    @cached_property
    def instances(self) -> tuple[InstanceCost, ...]:
        """The instances, with what is idle of their machines."""
        if not self.idle and not self.idle_emissions:
            return self.found
        return tuple(
            replace(
                each,
                lines=(*each.lines, *_of(each.address, self.idle)),
                emissions=(*each.emissions, *_of(each.address, self.idle_emissions)),
            )
            for each in self.found
        )

    @property
    def lines(self) -> Iterator[Line]:
        """The lines of all instances; what is idle stands last."""
        yield from (line for each in self.found for line in each.lines)
        yield from self.idle

    @property
    def unpriced(self) -> Iterator[Unpriced]:
        """What has no price."""
        return (part for each in self.found for part in each.unpriced)

    @property
    def total(self) -> Total:
        """The sum of the lines."""
        return total(line.amount for line in self.lines)

    @property
    def emissions(self) -> Iterator["Emission"]:
        """What the parts of all instances emit; what is idle stands last."""
        yield from (each for instance in self.found for each in instance.emissions)
        yield from self.idle_emissions

    @property
    def unmeasured(self) -> Iterator["Unmeasured"]:
        """What emits nobody knows how much."""
        return (part for each in self.found for part in each.unmeasured)

    @property
    def carbon(self) -> Total:
        """The sum of the emissions, in grams."""
        return total(each.amount for each in self.emissions)


def idle(capacity: Iterable[Line], taken: Decimal) -> Iterator[Line]:
    """What is left of machines when workloads have taken their shares; the first ones are filled first."""
    for line in capacity:
        left = max(line.amount.expected - taken, Decimal(0))
        taken = max(taken - line.amount.expected, Decimal(0))
        part = f"{line.part}, idle"
        yield Line(line.address, part, Decimal(1), left, Total(left, left, left), line.price._replace(unit="month"))


def _of(address: Address, lines: Iterable[L]) -> Iterator[L]:
    return (line for line in lines if line.address == address)
