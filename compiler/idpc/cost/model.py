"""What an environment costs in a month, line by line. Money is US dollars, exact until it is printed."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from idpc.address import Address
from idpc.source import Span

if TYPE_CHECKING:
    from idpc.cost.carbon.model import Emission, FunctionalUnit, Unmeasured

CURRENCY = "USD"
HOURS = Decimal(730)
"""Hours of a month, as the price lists of all three clouds count them."""
CONFIDENCES = ("exact", "derived", "interpolated", "assumed")
_CENT = Decimal("0.01")
_WIDE = Context(prec=99, rounding=ROUND_HALF_UP)


class Tier(NamedTuple):
    """From a quantity on, each further unit has a price."""

    start: Decimal
    usd: Decimal


class Price(NamedTuple):
    """What a price list says of something in a region; an `hour` is one of 730 in a month.

    `confidence`: exact as published, derived from other prices, interpolated from another region's, assumed.
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


class Line(NamedTuple):
    """A part of an instance: how many units a month are expected, what one costs, and what all come to."""

    address: Address
    part: str
    quantity: Decimal
    unit_price: Decimal
    amount: Total
    price: Price


class Unpriced(NamedTuple):
    """A part of an instance that costs something of which it is not known how much."""

    address: Address
    part: str
    why: str


class InstanceCost(Struct, frozen=True):
    """What an instance costs and emits, and who answers for it."""

    address: Address
    kind: str
    team: str
    span: Span
    lines: tuple[Line, ...]
    unpriced: tuple[Unpriced, ...]
    emissions: tuple["Emission", ...] = ()
    unmeasured: tuple["Unmeasured", ...] = ()

    @property
    def total(self) -> Total:
        """The sum of the lines."""
        return total(line.amount for line in self.lines)

    @property
    def carbon(self) -> Total:
        """The sum of the emissions, in grams."""
        return total(each.amount for each in self.emissions)


class CostSheet(Struct, frozen=True):
    """What an environment costs in a month; `instances` are in the order of their addresses, `units` by app."""

    environment: str
    instances: tuple[InstanceCost, ...] = ()
    units: Mapping[str, "FunctionalUnit"] = {}

    @property
    def lines(self) -> Iterator[Line]:
        """The lines of all instances."""
        return (line for each in self.instances for line in each.lines)

    @property
    def unpriced(self) -> Iterator[Unpriced]:
        """What has no price."""
        return (part for each in self.instances for part in each.unpriced)

    @property
    def total(self) -> Total:
        """The sum of the lines."""
        return total(line.amount for line in self.lines)

    @property
    def emissions(self) -> Iterator["Emission"]:
        """What the parts of all instances emit."""
        return (each for instance in self.instances for each in instance.emissions)

    @property
    def unmeasured(self) -> Iterator["Unmeasured"]:
        """What emits nobody knows how much."""
        return (part for each in self.instances for part in each.unmeasured)

    @property
    def carbon(self) -> Total:
        """The sum of the emissions, in grams."""
        return total(each.amount for each in self.emissions)
