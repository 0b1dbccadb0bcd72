"""The price lists that ship with idpc, `stdlib/prices/*.csv`, looked up by name, sku and region.

Columns: provider, service, sku, region, unit, start, usd, source, as_of, confidence. `start` is the quantity a month from
which the price holds. A price that holds everywhere has the region `*`. In a region that has no price of its own a price is
that of the provider's first region, times how much dearer machines are there (`regions.csv`: provider, region, index).
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache

from idpc.cost.model import CONFIDENCES, Price, Tier
from idpc.resources import resource

Row = tuple[str, ...]
Rows = dict[tuple[str, str], dict[str, list[Row]]]
"""The rows of a table by service and sku, and by region."""
COLUMNS = ("provider", "service", "sku", "region", "unit", "start", "usd", "source", "as_of", "confidence")
EVERYWHERE = "*"
PROVIDERS = ("aws", "gcp", "azure")
_MOST = 10**12
_DIGITS = Decimal("1e-10")
"""To how much of a dollar a price of another region is scaled."""


class BadTableError(Exception):
    """A table that is no price list; the message says why, as a sentence without its full stop."""


def listed(provider: str) -> Rows:
    """The rows of a provider's list, empty for a provider that has none."""
    return _listed(provider) if provider in PROVIDERS else {}


@cache
def _listed(provider: str) -> Rows:
    return by_key(_rows(f"{provider}.csv"))


@cache
def indices(provider: str) -> dict[str, Decimal]:
    """How dear machines are in each region of a provider, beside its first one."""
    return {row[1]: Decimal(row[2]) for row in _rows("regions.csv") if row[0] == provider}


def by_key(rows: Iterable[Row]) -> Rows:
    """Rows by service and sku, and by region."""
    found: Rows = {}
    for row in rows:
        found.setdefault((row[1], row[2]), {}).setdefault(row[3], []).append(row)
    return found


def price_in(region: str, regions: Mapping[str, list[Row]], provider: str) -> Price | None:
    """The price in a region of what has prices in some; None where it cannot be told."""
    rows = regions.get(region) or regions.get(EVERYWHERE)
    return price_of(rows) if rows else _scaled(regions, provider, region)


def price_of(rows: list[Row]) -> Price:
    """The price that rows of one key say, a row a tier."""
    steps = sorted(Tier(Decimal(row[5] or 0), Decimal(row[6])) for row in rows)
    _, _, _, _, unit, _, _, source, as_of, confidence = rows[-1]
    return Price(unit, tuple(steps), confidence, source, as_of)


def _scaled(regions: Mapping[str, list[Row]], provider: str, region: str) -> Price | None:
    """A price of another region, as much dearer as machines are here; None where that is not known."""
    known = indices(provider)
    base = next((each for each in known if each in regions), None)
    if base is None or region not in known:
        return None
    there, scale = price_of(regions[base]), known[region] / known[base]
    steps = tuple(Tier(tier.start, (tier.usd * scale).quantize(_DIGITS)) for tier in there.tiers)
    return there._replace(tiers=steps, confidence=max(there.confidence, "interpolated", key=CONFIDENCES.index))


def _rows(name: str) -> Iterator[Row]:
    reader = csv.reader(resource("stdlib", "prices", name).read_text(encoding="utf-8").splitlines())
    next(reader)
    yield from map(tuple, reader)


def own_table(text: str) -> dict[str, Rows]:
    """The rows of a table of one's own, by provider; raises BadTableError."""
    rows = [tuple(row) for row in csv.reader(text.splitlines()) if row]
    if not rows or rows[0] != COLUMNS:
        raise BadTableError(f"its first line is not `{','.join(COLUMNS)}`")
    found: dict[str, list[Row]] = {}
    for number, row in enumerate(rows[1:], 2):
        _check(row, number)
        found.setdefault(row[0], []).append(row)
    return {provider: by_key(each) for provider, each in found.items()}


def _check(row: Row, number: int) -> None:
    if len(row) != len(COLUMNS):
        raise BadTableError(f"line {number} has {len(row)} columns, not {len(COLUMNS)}")
    for name, text in (("start", row[5] or "0"), ("usd", row[6])):
        if not _is_amount(text):
            raise BadTableError(f"in line {number} `{name}` is `{text}`, which is no amount")
    if row[9] not in CONFIDENCES:
        raise BadTableError(f"in line {number} `confidence` is `{row[9]}`, none of {', '.join(CONFIDENCES)}")


def _is_amount(text: str) -> bool:
    try:
        return Decimal(text).is_finite() and 0 <= Decimal(text) <= _MOST
    except InvalidOperation:
        return False
