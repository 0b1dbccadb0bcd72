"""The price lists that ship with idpc, `stdlib/prices/*.csv`, looked up by name, sku and region.

Columns: provider, service, sku, region, unit, start, usd, source, as_of, confidence. `start` is the quantity a month from
which the price holds. A price that holds everywhere has the region `*`. In a region that has no price of its own a price is
that of the provider's first region, times how much dearer machines are there (`regions.csv`: provider, region, index, source).
"""

import csv
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache

from idpc.cost.model import Price, Tier
from idpc.resources import resource

Row = Mapping[str, str]
EVERYWHERE = "*"


def price(name: str, sku: str, region: str) -> Price | None:
    """The price of something in a region; None where no list has it. Names begin with the provider: `aws/rds/postgres`."""
    provider, _, service = name.partition("/")
    found = _prices(provider).get((service, sku), {})
    return found.get(region) or found.get(EVERYWHERE) or _scaled(found, provider, region)


@cache
def _prices(provider: str) -> dict[tuple[str, str], dict[str, Price]]:
    """All prices of a provider, by service and sku, and by region."""
    tiers: dict[tuple[str, str, str], list[Row]] = {}
    for row in _rows(f"{provider}.csv"):
        tiers.setdefault((row["service"], row["sku"], row["region"]), []).append(row)
    prices: dict[tuple[str, str], dict[str, Price]] = {}
    for (service, sku, region), rows in tiers.items():
        prices.setdefault((service, sku), {})[region] = _price(rows)
    return prices


def _price(rows: list[Row]) -> Price:
    steps = sorted(Tier(Decimal(row["start"] or 0), Decimal(row["usd"])) for row in rows)
    last = rows[-1]
    return Price(last["unit"], tuple(steps), last["confidence"], last["source"], last["as_of"])


@cache
def _indices() -> dict[str, dict[str, Decimal]]:
    """How dear machines are in each region of each provider, beside the provider's first one."""
    indices: dict[str, dict[str, Decimal]] = {}
    for row in _rows("regions.csv"):
        indices.setdefault(row["provider"], {})[row["region"]] = Decimal(row["index"])
    return indices


def _scaled(found: Mapping[str, Price], provider: str, region: str) -> Price | None:
    """A price of another region, as much dearer as machines are here; None where that is not known."""
    known = _indices().get(provider, {})
    base = next((each for each in known if each in found), None)
    if base is None or region not in known:
        return None
    there = found[base]
    scale = known[region] / known[base]
    steps = tuple(Tier(tier.start, tier.usd * scale) for tier in there.tiers)
    return there._replace(tiers=steps, confidence="interpolated")


def _rows(name: str) -> Iterator[Row]:
    file = resource("stdlib", "prices", name)
    if file.is_file():
        yield from csv.DictReader(file.read_text(encoding="utf-8").splitlines())
