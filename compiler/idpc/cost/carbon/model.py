"""What an environment emits in a month, part by part, in grams of CO2 equivalents, exact until it is printed."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from idpc.address import Address
from idpc.cost.model import HOURS, Total, digits

UNIT = "gCO2e"
_LEAST = Decimal("1e-6")


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


def idle_emissions(machines: Iterable[Emission], taken: Decimal) -> Iterator[Emission]:
    """What is left of machines when workloads have taken their shares, in grams; the first ones are filled first."""
    for line in machines:
        whole = line.amount.expected
        left, taken = max(whole - taken, Decimal(0)), max(taken - whole, Decimal(0))
        operational = digits(line.operational.expected * left / whole, _LEAST) if whole else Decimal(0)
        energy = digits(line.energy * left / whole, _LEAST) if whole else Decimal(0)
        embodied = None if line.embodied is None else _certain(left - operational)
        yield Emission(line.address, f"{line.part}, idle", energy, _certain(operational), embodied, line.rate)


def _certain(amount: Decimal) -> Total:
    return Total(amount, amount, amount)


class FunctionalUnit(NamedTuple):
    """What an app is there for, and how many a month it does: orders, for one. By itself it is an hour of running."""

    name: str = "hour"
    monthly: Decimal = HOURS


HOUR = FunctionalUnit()


def intensity(amount: Total, unit: FunctionalUnit) -> Total:
    """The SCI score, (E × I + M) / R: what is emitted for each functional unit."""  # noqa: RUF002  # times
    return Total(*(each / unit.monthly for each in amount))
