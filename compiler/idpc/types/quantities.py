"""Reads numbers with a suffix as amounts of a unit."""

import re
from decimal import Decimal

from idpc.values import Quantity

_PART = re.compile(r"(\d[\d_]*(?:\.\d[\d_]*)?)([A-Za-z%µ]*)")
_MONEY = re.compile(r"\$(\d[\d_]*(?:\.\d+)?)(?:/([A-Za-z]*))?$")

SUFFIXES: dict[str, dict[str, Decimal]] = {
    "cpu": {"m": Decimal(1), "": Decimal(1000)},
    "bytes": {
        **{suffix: Decimal(1024) ** power for power, suffix in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi"), 1)},
        **{suffix: Decimal(1000) ** power for power, suffix in enumerate(("k", "M", "G", "T", "P"), 1)},
    },
    "duration": {
        "ms": Decimal(1),
        "s": Decimal(1000),
        "m": Decimal(60_000),
        "h": Decimal(3_600_000),
        "d": Decimal(86_400_000),
        "w": Decimal(604_800_000),
    },
    "percent": {"%": Decimal(1)},
    "carbon": {"g": Decimal(1), "kg": Decimal(1000), "t": Decimal(1_000_000)},
}
# A month has 730 hours, as cloud price lists have it.
PERIODS = {
    "hour": Decimal(730),
    "day": Decimal(730) / Decimal(24),
    "month": Decimal(1),
    "year": Decimal(1) / Decimal(12),
}


def parse_quantity(text: str, unit: str) -> Quantity | None:
    """The quantity of a unit that a literal spells, or None: `parse_quantity("1h30m", "duration")`."""
    if unit == "money":
        return _money(text)
    parts = _PART.findall(text)
    if not parts or "".join(number + suffix for number, suffix in parts) != text:
        return None
    if len(parts) > 1 and unit != "duration":
        return None
    return _sum(parts, unit)


def _sum(parts: list[tuple[str, str]], unit: str) -> Quantity | None:
    total, last = Decimal(0), None
    for number, suffix in parts:
        size = SUFFIXES[unit].get(suffix)
        if size is None or (last is not None and size >= last):
            return None
        total, last = total + Decimal(number.replace("_", "")) * size, size
    if unit in ("percent", "carbon"):
        return Quantity(unit, total)
    return Quantity(unit, int(total)) if total == int(total) else None


def _money(text: str) -> Quantity | None:
    found = _MONEY.match(text)
    if not found:
        return None
    amount = Decimal(found[1].replace("_", ""))
    if found[2] is None:
        return Quantity("sum", amount)
    return Quantity("money", amount * PERIODS[found[2]]) if found[2] in PERIODS else None


def units_of(text: str) -> list[str]:
    """The units of which a literal may be an amount."""
    return [unit for unit in (*SUFFIXES, "money") if parse_quantity(text, unit)]


def suffixes(unit: str) -> str:
    """The valid suffixes of a unit, as words: "`Ki`, `Mi` …"."""
    if unit == "money":
        return "`$80/month` (periods: hour, day, month, year)"
    return ", ".join(f"`{suffix}`" if suffix else "none (cores)" for suffix in SUFFIXES[unit])


def suggest(text: str, unit: str) -> str | None:
    """A corrected spelling of a literal with a foreign suffix: `512MB` -> `512M`, `5min` -> `5m`."""
    found = re.fullmatch(r"(\d[\d_]*(?:\.\d+)?)([A-Za-z%]+)", text)
    if not found:
        return None
    known = {suffix.lower(): suffix for suffix in SUFFIXES.get(unit, {})}
    word = _FOREIGN.get(unit, {}).get(found[2].lower()) or known.get(found[2].lower())
    return found[1] + word if word else None


_FOREIGN = {
    "bytes": {"kb": "k", "mb": "M", "gb": "G", "tb": "T", "kib": "Ki", "mib": "Mi", "gib": "Gi", "tib": "Ti"},
    "duration": {
        **dict.fromkeys(("sec", "secs", "second", "seconds"), "s"),
        **dict.fromkeys(("min", "mins", "minute", "minutes"), "m"),
        **dict.fromkeys(("hr", "hrs", "hour", "hours"), "h"),
        **dict.fromkeys(("day", "days"), "d"),
        **dict.fromkeys(("week", "weeks"), "w"),
    },
    "cpu": dict.fromkeys(("core", "cores", "cpu", "cpus"), ""),
}


def number_as(value: float, unit: str) -> Quantity | None:
    """A bare number as a quantity; only cpu has one (cores)."""
    if unit != "cpu":
        return None
    amount = Decimal(str(value)) * 1000
    return Quantity("cpu", int(amount)) if amount == int(amount) else None
