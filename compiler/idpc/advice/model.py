"""Advice: another value of a field, what it saves in a month, how sure it is that it is as good, and the edit."""

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from idpc.advice.observed import Observation
from idpc.diagnostics.model import Fix
from idpc.source import Span
from idpc.values import Value

CONFIDENCES = ("high", "medium", "low")
"""How sure it is that the other value is as good, the surest first."""


class Saving(NamedTuple):
    """What is saved in a month: US dollars, and grams of CO2 equivalents; less than nothing is more than before.

    `known`: whether all that had a price still has one, so that the money can be told.
    """

    money: Decimal = Decimal(0)
    grams: Decimal = Decimal(0)
    known: bool = True

    def plus(self, other: "Saving") -> "Saving":
        """The sum of two."""
        return Saving(self.money + other.money, self.grams + other.grams, self.known and other.known)


class Aim(StrEnum):
    """What is to be saved. Money is saved whatever is emitted; what emits less may cost more."""

    MONEY = "money"
    CARBON = "carbon"

    def of(self, saving: Saving) -> Decimal:
        """How much of it is saved."""
        return saving.money if self is Aim.MONEY else saving.grams

    def is_met(self, saving: Saving) -> bool:
        """Whether any of it is saved."""
        return self.of(saving) > 0 and (saving.known or self is Aim.CARBON)


class Candidate(Struct, frozen=True):
    """Another value of a field in an environment, not tried out yet.

    `address` is the instance, empty for a field of the environment itself; `guess` is what it saves as far as that is
    known without compiling the project again. `holds`: whether the instance may hold data, as no workload does by itself.
    """

    environment: str
    address: str
    path: tuple[str, ...]
    before: Value
    after: Value
    because: str
    confidence: str
    inputs: tuple[tuple[str, Observation], ...]
    guess: Saving
    span: Span
    fix: Fix
    holds: bool = True

    @property
    def app(self) -> str:
        """The app to which its instance belongs."""
        return self.address.partition(".")[0]

    @property
    def question(self) -> tuple[str, str, tuple[str, ...]]:
        """What several candidates answer, of which one is told."""
        return self.environment, self.address, self.path

    @property
    def subject(self) -> str:
        """The field as `--what-if` and `explain` name it; one of an environment begins with the environment's name."""
        return ".".join((self.address or self.environment, *self.path))


class Advice(Struct, frozen=True):
    """A candidate that was tried out: the project stays without new diagnostics, and costs or emits so much less in a month.

    `saving` is the difference of what is told before and after, in cents; `exact` is not rounded, and has what is no longer
    emitted.
    """

    candidate: Candidate
    saving: Decimal
    exact: Saving
