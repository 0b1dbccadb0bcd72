"""Values that are known, as text."""

import datetime

from idpc.values import Quantity, Value

_CLOCK = (("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))


def plain_text(value: Value) -> str | None:
    """A scalar in the form in which the language prints it, None where the value is none."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Quantity):
        return str(value)
    return value.isoformat() if isinstance(value, datetime.date) else None


def clock(milliseconds: int) -> str:
    """A duration as Go's parser reads it, in no unit longer than an hour."""
    sign, rest, text = ("-" if milliseconds < 0 else ""), abs(milliseconds), ""
    for suffix, size in _CLOCK:
        count, rest = divmod(rest, size)
        text += f"{count}{suffix}" if count else ""
    return sign + text if text else "0s"
