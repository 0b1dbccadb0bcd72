"""The tables of carbon factors that ship with idpc, `stdlib/carbon/*.csv`; what stands in none of them is not known.

`regions.csv` has grams a kWh of the grid and the PUE of the data centres, `processors.csv` watts of a vCPU at rest and at
work, `machines.csv` what a type of machines is, `services.csv` what of a priced service uses energy, and
`coefficients.csv` what holds everywhere.
"""

import csv
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from idpc.cost.carbon.model import Factor
from idpc.resources import resource


class Region(NamedTuple):
    """A region's grid, and how much more energy than its machines a data centre uses.

    `partition` is the part of its cloud that it belongs to, where that takes accounts of its own.
    """

    grid: Decimal
    pue: Decimal
    factor: Factor
    confidence: str
    partition: str


class Processor(NamedTuple):
    """Watts of a vCPU at rest and at work, and the memory of a chip that they count in, in GiB."""

    idle: Decimal
    busy: Decimal
    gib: Decimal
    source: str
    as_of: str


class Machine(NamedTuple):
    """A type of machines. `server` is what making the server emitted, in kilograms, of which it has `vcpus` of `shares`."""

    name: str
    vcpus: int
    gib: Decimal
    processors: tuple[str, ...]
    server: Decimal | None
    shares: int
    source: str


class Service(NamedTuple):
    """What of a service uses energy, and how many times it is kept; `skus` are patterns for the names of its machines."""

    uses: str
    skus: tuple[str, ...]
    copies: Decimal
    source: str

    def machine(self, sku: str) -> str | None:
        """What stands for `*` in a pattern that a sku has; None where none fits."""
        for pattern in self.skus:
            before, _, after = pattern.partition("*")
            if sku.startswith(before) and sku.endswith(after):
                return sku[len(before) : len(sku) - len(after)]
        return None if self.skus else ""


@cache
def regions() -> dict[tuple[str, str], Region]:
    """By provider and name."""
    return {(row[0], row[1]): _region(*row) for row in _rows("regions")}


def _region(  # noqa: PLR0913  # a row
    provider: str, name: str, grid: str, pue: str, source: str, as_of: str, confidence: str, partition: str
) -> Region:
    factor = Factor(f"grid of {provider} {name}", f"{grid} g/kWh, PUE {pue}", source, as_of)
    return Region(Decimal(grid), Decimal(pue), factor, confidence, partition)


@cache
def processors() -> dict[tuple[str, str], Processor]:
    """By provider and architecture; without an architecture, the average of the provider."""
    return {
        (provider, name): Processor(Decimal(idle), Decimal(busy), Decimal(gib), source, as_of)
        for provider, name, idle, busy, gib, source, as_of in _rows("processors")
    }


@cache
def machines() -> dict[tuple[str, str], Machine]:
    """By provider and type."""
    return {
        (provider, name): Machine(
            name,
            int(vcpus),
            Decimal(gib),
            tuple(several.split("|")) if several else (),
            Decimal(server) if server else None,
            int(shares or 0),
            source,
        )
        for provider, name, vcpus, gib, several, server, shares, source in _rows("machines")
    }


@cache
def services() -> dict[tuple[str, str], tuple[Service, ...]]:
    """By provider and name, as price lists have them."""
    found: dict[tuple[str, str], tuple[Service, ...]] = {}
    for provider, name, uses, skus, copies, source in _rows("services"):
        service = Service(uses, tuple(skus.split("|")) if skus else (), Decimal(copies), source)
        found[provider, name] = (*found.get((provider, name), ()), service)
    return found


@cache
def coefficients() -> dict[str, tuple[Decimal, Factor]]:
    """Numbers that hold everywhere, by name."""
    return {
        name: (Decimal(value), Factor(name, f"{value} {unit}", source))
        for name, value, unit, source in _rows("coefficients")
    }


def _rows(name: str) -> Iterator[list[str]]:
    reader = csv.reader(resource("stdlib", "carbon", f"{name}.csv").read_text(encoding="utf-8").splitlines())
    next(reader)
    yield from reader
