"""What an environment costs in a month, line by line. Money is US dollars, exact until it is printed."""

from decimal import Decimal
from typing import NamedTuple

from msgspec import Struct

from idpc.address import Address

CURRENCY = "USD"
HOURS = Decimal(730)
"""Hours of a month, as the price lists of all three clouds count them."""


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


class CostSheet(Struct, frozen=True):
    """What an environment costs in a month."""

    environment: str
    lines: tuple[Line, ...] = ()
    unpriced: tuple[Unpriced, ...] = ()

    @property
    def total(self) -> Total:
        """The sum of the lines."""
        total = Total()
        for line in self.lines:
            total = total.plus(line.amount)
        return total
