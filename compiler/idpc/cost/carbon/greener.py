"""Regions of the same cloud in which the same machines would emit less."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from idpc.cost.carbon.factors import Region, regions
from idpc.cost.carbon.model import Emission, Factor


class Greener(NamedTuple):
    """A region, and what would be emitted there in a month, in grams; `before` is what is emitted now."""

    provider: str
    region: str
    grams: Decimal
    before: Decimal
    factor: Factor

    @property
    def saved(self) -> Decimal:
        """How much less it is."""
        return self.before - self.grams


def greener(lines: Iterable[Emission], *, nearby: bool = False) -> tuple[Greener, ...]:
    """For what stands in one region, the regions of its cloud that emit less, the best first; none where it stands in several.

    `nearby`: only those whose names begin as its own does, as `eu-west-1` and `eu-north-1`. The energy stays the same, as does
    what making the servers emitted.
    """
    several = tuple(lines)
    places = {(each.rate.provider, each.rate.region) for each in several}
    if len(places) != 1:
        return ()
    provider, here = places.pop()
    before = sum((each.amount.expected for each in several), Decimal(0))
    found = (
        Greener(provider, name, _elsewhere(several, region), before, region.factor)
        for (cloud, name), region in regions().items()
        if cloud == provider
        and name != here
        and region.partition == regions()[provider, here].partition
        and (not nearby or _area(name) == _area(here))
    )
    return tuple(sorted((each for each in found if each.grams < before), key=lambda each: (each.grams, each.region)))


def _elsewhere(lines: Iterable[Emission], region: Region) -> Decimal:
    """What lines would emit with another region's grid and data centres."""
    made = sum((each.embodied.expected for each in lines if each.embodied is not None), Decimal(0))
    return made + sum((each.energy for each in lines), Decimal(0)) * region.pue * region.grid


def _area(region: str) -> str:
    return region.partition("-")[0]
