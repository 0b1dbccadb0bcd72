"""Arithmetic of numbers, quantities and dates."""

import datetime
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, cast

from idpc.diagnostics.codes import types as codes
from idpc.graph.builtins import sort_key
from idpc.graph.convert import text
from idpc.graph.faults import Fault
from idpc.source import Span
from idpc.values import Priced, Quantity, Value


def calculate(operator: str, left: Any, right: Any, span: Span) -> Value:
    """Arithmetic of numbers, quantities and dates; raises Fault where there is no result."""
    if operator == "/" and not sort_key(right):
        raise Fault(codes.ARITHMETIC.at(span, "division by zero", hint="the divisor is zero here"))
    if isinstance(left, Priced) or isinstance(right, Priced):
        return _prices(operator, left, right)
    if isinstance(left, datetime.date):
        return _dates(operator, left, right)
    if isinstance(left, Quantity) or isinstance(right, Quantity):
        return _quantities(operator, left, right, span)
    made = _ARITHMETIC[operator](left, right)
    if isinstance(made, int) and not -(2**63) <= made < 2**63:
        raise Fault(codes.ARITHMETIC.at(span, "the result does not fit a whole number of 64 bits", hint="overflow"))
    return cast("Value", made)


_ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
}


def _dates(operator: str, left: Any, right: Any) -> Value:
    if isinstance(right, Quantity):
        delta = datetime.timedelta(milliseconds=int(right.amount))
        return cast("Value", left + delta if operator == "+" else left - delta)
    return Quantity("duration", (left - right).days * 86_400_000)


def _quantities(operator: str, left: Any, right: Any, span: Span) -> Value:
    if isinstance(left, Quantity) and isinstance(right, Quantity):
        if operator == "/":
            return float(Decimal(left.amount) / Decimal(right.amount))
        return Quantity(left.unit, _ARITHMETIC[operator](left.amount, right.amount))
    quantity, number = (left, right) if isinstance(left, Quantity) else (right, left)
    exact = _ARITHMETIC[operator](Decimal(quantity.amount), Decimal(str(number)))
    if quantity.unit in ("cpu", "bytes", "duration"):
        if exact != int(exact):
            exact = exact.to_integral_value(rounding="ROUND_CEILING")
        if abs(exact) >= 2**63:
            raise Fault(codes.ARITHMETIC.at(span, "the result is too large", hint="overflow"))
        return Quantity(quantity.unit, int(exact))
    return Quantity(quantity.unit, exact)


def _prices(operator: str, left: Any, right: Any) -> Value:
    """Sums, and multiples, of amounts that are known once prices are looked up."""
    if operator in ("+", "-"):
        first, second = _priced(left), _priced(right)
        return _sum(first, second if operator == "+" else _times(second, Decimal(-1)))
    priced, number = (left, right) if isinstance(left, Priced) else (right, left)
    return _times(priced, 1 / Decimal(str(number)) if operator == "/" else Decimal(str(number)))


def _priced(value: Any) -> Priced:
    return value if isinstance(value, Priced) else Priced((), Decimal(value.amount))


def _sum(first: Priced, second: Priced) -> Priced:
    return Priced((*first.terms, *second.terms), first.plain + second.plain)


def _times(priced: Priced, factor: Decimal) -> Priced:
    return Priced(tuple(each._replace(factor=each.factor * factor) for each in priced.terms), priced.plain * factor)


def negative(value: Any) -> Value:
    """A number or quantity with the other sign."""
    return Quantity(value.unit, -value.amount) if isinstance(value, Quantity) else -value


_PARTS: Mapping[str, int] = {
    "ki": 1 << 10, "mi": 1 << 20, "gi": 1 << 30, "ti": 1 << 40,
    "seconds": 1000, "minutes": 60_000, "hours": 3_600_000, "days": 86_400_000,
    "milli": 1,
}  # fmt: skip


def quantity_part(value: Quantity, name: str, span: Span) -> Value:
    """A quantity as a number of some unit; raises Fault where it is not whole."""
    if name == "cores":
        return float(value.amount) / 1000
    if name == "fraction":
        return float(Decimal(value.amount) / 100)
    if name in ("monthly", "hourly"):
        return float(value.amount) if name == "monthly" else float(Decimal(value.amount) / 730)
    whole, rest = divmod(value.amount, _PARTS[name])
    if rest:
        raise Fault(
            codes.ARITHMETIC.at(
                span, f"`{value}` is not a whole number of {name}", hint=f"{text(value)} has no whole `.{name}`"
            )
        )
    return int(whole)
