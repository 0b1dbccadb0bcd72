"""How long it usually takes to make something, as a range of seconds; every row of the table has a source or is an estimate."""

import csv
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from idpc.resources import resource


class Duration(NamedTuple):
    """Seconds at least and at most, as a rule and never for certain."""

    low: int = 0
    high: int = 0

    def then(self, other: "Duration") -> "Duration":
        """One after the other."""
        return Duration(self.low + other.low, self.high + other.high)

    def beside(self, other: "Duration") -> "Duration":
        """At the same time: the slower one counts."""
        return Duration(max(self.low, other.low), max(self.high, other.high))


def of_action(action: str) -> Duration:
    """What a step of an action takes by itself."""
    return _usual().get(f"action {action}", Duration())


def of_object(kind: str) -> Duration:
    """What it takes until an applied object is well."""
    return _usual().get(f"object {kind}", Duration())


def of_resource(type: str) -> Duration:  # noqa: A002  # Terraform's own word
    """What it takes to create a resource; most are made at once."""
    return _usual().get(f"resource {type}", Duration())


@cache
def _usual() -> Mapping[str, Duration]:
    rows = csv.DictReader(resource("schemas", "durations.csv").read_text(encoding="utf-8").splitlines())
    return {row["what"]: Duration(int(row["low"]), int(row["high"])) for row in rows}
