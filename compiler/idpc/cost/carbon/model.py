"""What an environment emits in a month, part by part, in grams of CO2 equivalents, exact until it is printed."""

from decimal import Decimal
from typing import NamedTuple

from idpc.address import Address
from idpc.cost.model import HOURS, Total

UNIT = "gCO2e"


class Factor(NamedTuple):
    """A number that an estimate rests on, as text with its unit, and where it is from."""

    name: str
    value: str
    source: str
    as_of: str = ""


class Rate(NamedTuple):
    """What one unit of something emits: by the energy in kWh that it uses, and by its share of making a server.

    `embodied` is None where nobody says what making it emitted.
    """

    provider: str
    region: str
    energy: Decimal
    operational: Decimal
    embodied: Decimal | None
    confidence: str
    factors: tuple[Factor, ...]


class Unmeasured(NamedTuple):
    """A part of an instance that emits something of which it is not known how much."""

    address: Address
    part: str
    why: str


class Emission(NamedTuple):
    """What a part of an instance emits; `energy` is expected, in kWh."""

    address: Address
    part: str
    energy: Decimal
    operational: Total
    embodied: Total | None
    rate: Rate

    @property
    def amount(self) -> Total:
        """By use and by making together."""
        return self.operational if self.embodied is None else self.operational.plus(self.embodied)


class FunctionalUnit(NamedTuple):
    """What an app is there for, and how many a month it does: orders, for one. By itself it is an hour of running."""

    name: str = "hour"
    monthly: Decimal = HOURS


HOUR = FunctionalUnit()


def intensity(amount: Total, unit: FunctionalUnit) -> Total:
    """The SCI score, (E × I + M) / R: what is emitted for each functional unit."""  # noqa: RUF002  # times
    return Total(*(each / unit.monthly for each in amount))
