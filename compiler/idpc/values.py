"""Values that expressions have: quantities, ranges, references, and the marks of what is known only later.

Strings, whole numbers, floats, booleans, dates, lists and maps are Python's own; a record is a `dict`; null is None.
A value that is secret or deferred is a `Symbol`: it says where the value will come from and never holds it.
"""

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal, NamedTuple, Union

from msgspec import Struct

from idpc.address import Address


class Quantity(Struct, frozen=True, order=True):
    """An amount with a unit. `unit` is the type's name; amounts are whole numbers of the smallest part.

    cpu: thousandths of a core; bytes: bytes; duration: milliseconds; percent: hundredths as an exact decimal
    (99.9 for `99.9%`); money: US dollars a month, or a plain sum with the unit `sum`; carbon: grams of CO2e a month.
    """

    unit: str
    amount: int | Decimal

    def __str__(self) -> str:
        return canonical(self)


class PriceTerm(NamedTuple):
    """So much of something that a price list has, times a factor.

    `quantity` is None where nobody says how much is used, otherwise from the least to the most; bytes are in GiB. It is
    `assumed` where the kind says what to take when nobody else does. `role` tells a share of machines, and the machines.
    """

    name: str
    sku: str
    quantity: tuple[Decimal, Decimal] | None
    factor: Decimal = Decimal(1)
    assumed: bool = False
    role: Literal["", "share", "capacity"] = ""


class Priced(NamedTuple):
    """An amount of money that is known once prices are looked up: a sum of terms and of what was said in money."""

    terms: tuple[PriceTerm, ...]
    plain: Decimal = Decimal(0)

    def plus(self, other: "Priced") -> "Priced":
        """The sum of two."""
        return Priced((*self.terms, *other.terms), self.plain + other.plain)

    def times(self, factor: Decimal) -> "Priced":
        """A multiple."""
        return Priced(tuple(each._replace(factor=each.factor * factor) for each in self.terms), self.plain * factor)

    def as_role(self, role: Literal["share", "capacity"]) -> "Priced":
        """The same amount as a share of machines, or as the machines of which others take shares."""
        return Priced(tuple(each._replace(role=role) for each in self.terms), self.plain)


class Range(NamedTuple):
    """Both ends included; either may be None where a refinement is open."""

    min: "Value"
    max: "Value"


class OutputRef(NamedTuple):
    """A secret or deferred output of an instance; `path` leads into a structured one."""

    address: Address
    output: str
    path: tuple[str | int, ...] = ()


class StoreRef(NamedTuple):
    """An entry that people keep in the environment's secret store: `secret("payments/stripe-key#property")`."""

    path: str
    property: str = ""


class ResourceRef(NamedTuple):
    """An attribute of a Terraform resource or data source.

    `owner` is the instance in whose module it stands; `label` is complete (`orders_main`, `app_key`).
    """

    owner: Address
    type: str
    label: str
    path: tuple[str | int, ...]
    data: bool = False


class Text(NamedTuple):
    """An interpolated string some parts of which are symbols; neighbours are never both plain."""

    parts: tuple[Union[str, "Symbol"], ...]


class JsonText(NamedTuple):
    """`json(value)` of a value that holds symbols."""

    value: "Value"


class Base64(NamedTuple):
    """`base64(value)` of a symbol."""

    value: "Symbol"


class InstanceRef(NamedTuple):
    """A reference to an instance."""

    address: Address


class NamedRef(NamedTuple):
    """A reference to a declaration of another sort: `team`, `environment`, `app`, `policy`, `stage`, `kind`."""

    sort: str
    name: str


Symbol = OutputRef | StoreRef | ResourceRef | Text | JsonText | Base64
SYMBOLS = (OutputRef, StoreRef, ResourceRef, Text, JsonText, Base64)
Scalar = str | int | float | bool | None | datetime.date | Quantity | Priced
Value = Scalar | Range | Symbol | InstanceRef | NamedRef | list["Value"] | dict[str, "Value"]


def symbols(value: Value) -> Iterator[Symbol]:
    """Every symbol in a value, in order, the parts of composed ones included."""
    if isinstance(value, Text):
        for part in value.parts:
            yield from symbols(part)
    elif isinstance(value, JsonText | Base64):
        yield from symbols(value.value)
    elif isinstance(value, SYMBOLS):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from symbols(item)
    elif isinstance(value, list):
        for item in value:
            yield from symbols(item)


def has_symbols(value: Value) -> bool:
    """Whether any part of a value is secret or deferred."""
    return next(symbols(value), None) is not None


_BYTES = (("Pi", 1 << 50), ("Ti", 1 << 40), ("Gi", 1 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10))
_DECIMAL_BYTES = (("P", 10**15), ("T", 10**12), ("G", 10**9), ("M", 10**6), ("k", 1000))
_DURATION = (("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))


def canonical(quantity: Quantity) -> str:
    """The one way in which a quantity is printed: `250m`, `512Mi`, `1h30m`, `99.9%`, `$80/month`, `1.5kg`."""
    return _PRINTERS[quantity.unit](quantity.amount)


def _cpu(amount: int | Decimal) -> str:
    return str(amount // 1000) if amount % 1000 == 0 else f"{amount}m"


def _bytes(amount: int | Decimal) -> str:
    for suffix, size in (*_BYTES, *_DECIMAL_BYTES):
        if amount and amount % size == 0:
            return f"{amount // size}{suffix}"
    return str(amount)


def _duration(amount: int | Decimal) -> str:
    if not amount:
        return "0s"
    text, rest = "-" if amount < 0 else "", abs(int(amount))
    for suffix, size in _DURATION[1:]:
        count, rest = divmod(rest, size)
        text += f"{count}{suffix}" if count else ""
    return text


def _number(amount: int | Decimal) -> str:
    return format(amount.normalize(), "f") if isinstance(amount, Decimal) else str(amount)


def _money(amount: int | Decimal) -> str:
    return f"${_number(amount)}/month"


def _carbon(amount: int | Decimal) -> str:
    for suffix, size in (("t", 1_000_000), ("kg", 1000)):
        if amount and amount % size == 0:
            return f"{_number(amount // size)}{suffix}"
    return f"{_number(amount)}g"


_PRINTERS = {
    "cpu": _cpu,
    "bytes": _bytes,
    "duration": _duration,
    "percent": lambda amount: f"{_number(amount)}%",
    "money": _money,
    "sum": lambda amount: f"${_number(amount)}",
    "carbon": _carbon,
}
