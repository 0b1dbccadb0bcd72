"""What the functions of the language do with values."""

import hashlib
import ipaddress
import json as json_module
import math
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import reduce
from typing import Any, Literal, TypeVar, cast

from idpc.diagnostics.codes import types as codes
from idpc.diagnostics.codes.cost import NOT_LOOKED_UP
from idpc.graph.convert import equal, text
from idpc.graph.faults import MAX_ITEMS, MAX_TEXT, Fault
from idpc.source import Span
from idpc.values import (
    SYMBOLS,
    Base64,
    JsonText,
    Priced,
    PriceTerm,
    Quantity,
    Range,
    StoreRef,
    Text,
    Value,
    has_symbols,
)

T = TypeVar("T")
_MOST_PRICED = 10**18
Builtin = Callable[[Sequence[Any], Span], Value]


def _len(arguments: Sequence[Any], span: Span) -> Value:
    del span
    return len(arguments[0])


def _contains(arguments: Sequence[Any], span: Span) -> Value:
    del span
    where, what = arguments
    return what in where if isinstance(where, str) else any(equal(each, what) for each in where or ())


def _join(arguments: Sequence[Any], span: Span) -> Value:
    items, separator = arguments
    return limited(str(separator).join(map(text, items)), span)


def _split(arguments: Sequence[Any], span: Span) -> Value:
    del span
    return list(arguments[0].split(arguments[1])) if arguments[1] else list(arguments[0])


def _replace(arguments: Sequence[Any], span: Span) -> Value:
    whole, old, new = arguments
    return limited(str(whole).replace(old, new), span)


def _merge(arguments: Sequence[Any], span: Span) -> Value:
    del span
    return {key: value for each in arguments for key, value in each.items()}


def _flatten(arguments: Sequence[Any], span: Span) -> Value:
    made = [item for each in arguments[0] for item in each]
    if len(made) > MAX_ITEMS:
        raise _too_many(span)
    return made


def _distinct(arguments: Sequence[Any], span: Span) -> Value:
    del span
    made: list[Value] = []
    seen: set[str] = set()
    for item in arguments[0]:
        key = repr(item)
        if key not in seen:
            seen.add(key)
            made.append(item)
    return made


def sort_key(value: Any) -> Any:
    """What values are ordered by: strings by character, quantities by amount."""
    return value.amount if isinstance(value, Quantity) else value


def price_key(value: Any, span: Span) -> Any:
    """What money is ordered by; raises Fault for an amount that has to be looked up."""
    if isinstance(value, Priced):
        raise price_is_unknown(span)
    return sort_key(value)


def price_is_unknown(span: Span) -> Fault:
    """What a kind wants to know of a price before it is looked up."""
    return Fault(
        NOT_LOOKED_UP.at(
            span,
            "a price is looked up when everything else is known, so that nothing can depend on it",
            hint="needs the amount",
            help="add prices and multiply them; for a limit on what something costs declare a `budget`",
        )
    )


def amount(number: float, span: Span) -> Decimal:
    """A number of things that are paid for; raises Fault where it is without bounds."""
    if not abs(number) <= _MOST_PRICED:
        raise Fault(codes.ARITHMETIC.at(span, "nobody pays for so much", hint="too large"))
    return Decimal(str(number))


def priced(value: Any) -> Priced:
    """An amount of money that may be added to prices."""
    return value if isinstance(value, Priced) else Priced((), Decimal(value.amount))


def _sort(arguments: Sequence[Any], span: Span) -> Value:
    return sorted(arguments[0], key=lambda each: price_key(each, span))


def _sum(arguments: Sequence[Any], span: Span) -> Value:
    del span
    items = arguments[0]
    if any(isinstance(each, Priced) for each in items):
        return reduce(Priced.plus, map(priced, items))
    if items and isinstance(items[0], Quantity):
        return Quantity(items[0].unit, sum(item.amount for item in items))
    return cast("Value", sum(items))


def _extreme(choose: Callable[..., Any]) -> Builtin:
    def run(arguments: Sequence[Any], span: Span) -> Value:
        items = arguments[0] if len(arguments) == 1 else arguments
        if not items:
            raise Fault(codes.NO_SUCH_ITEM.at(span, "an empty list has no smallest or largest item", hint="empty"))
        return cast("Value", choose(items, key=lambda each: price_key(each, span)))

    return run


def _range(arguments: Sequence[Any], span: Span) -> Value:
    start, end = (0, arguments[0]) if len(arguments) == 1 else arguments
    if end - start > MAX_ITEMS:
        raise _too_many(span)
    return list(range(start, end))


def _too_many(span: Span) -> Fault:
    return Fault(codes.TOO_LARGE.at(span, f"a list has at most {MAX_ITEMS:,} items", hint="too many items"))


def _slice(arguments: Sequence[Any], span: Span) -> Value:
    del span
    end = arguments[2] if len(arguments) > 2 else None
    return cast("Value", arguments[0][arguments[1] : end])


def _cidr_subnet(arguments: Sequence[Any], span: Span) -> Value:
    network, bits, number = ipaddress.ip_network(arguments[0]), arguments[1], arguments[2]
    prefix = network.prefixlen + bits
    if bits < 0 or prefix > network.max_prefixlen or not 0 <= number < 1 << max(bits, 0):
        raise Fault(
            codes.ARITHMETIC.at(
                span, f"`{network}` has no subnet number {number} of {bits} more bits", hint="no such subnet"
            )
        )
    size = 1 << (network.max_prefixlen - prefix)
    return f"{network.network_address + number * size}/{prefix}"


def _secret(arguments: Sequence[Any], span: Span) -> Value:
    path, _, part = arguments[0].partition("#")
    if not path or path.startswith("/") or ".." in path.split("/"):
        raise Fault(codes.BAD_SCALAR.at(span, f"`{arguments[0]}` is no path of a secret", hint="like `team/name`"))
    return StoreRef(path, part)


def _price(arguments: Sequence[Any], span: Span) -> Value:
    """A term of a price; of its optional parts the sku is text, the quantity and what is assumed of it are not."""
    name, *rest = arguments
    sku = rest.pop(0) if rest and isinstance(rest[0], str) else ""
    quantity, other = (*rest, None, None)[:2] if rest else (1, None)
    assumed = quantity is None and other is not None
    return Priced((PriceTerm(name, sku, _priced_quantity(other if assumed else quantity, span), assumed=assumed),))


def _role(role: Literal["share", "capacity"]) -> Builtin:
    def run(arguments: Sequence[Any], span: Span) -> Value:
        del span
        return priced(arguments[0]).as_role(role)

    return run


def _priced_quantity(given: Any, span: Span) -> tuple[Decimal, Decimal] | None:
    if given is None:
        return None
    low, high = given if isinstance(given, Range) else (given, given)
    return _count(low, span), _count(high, span)


def _count(given: Any, span: Span) -> Decimal:
    """A number; gibibytes of bytes, cores of cpu."""
    if isinstance(given, Quantity):
        return Decimal(given.amount) / (1 << 30 if given.unit == "bytes" else 1000)
    return amount(given, span)


def _whole(choose: Callable[[float], int]) -> Builtin:
    def run(arguments: Sequence[Any], span: Span) -> Value:
        del span
        return choose(arguments[0])

    return run


def _round(number: float) -> int:
    return math.floor(number + 0.5)


def _base64(arguments: Sequence[Any], span: Span) -> Value:
    del span
    value = arguments[0]
    return Base64(value) if isinstance(value, SYMBOLS) else b64encode(value.encode()).decode()


def _sha256(arguments: Sequence[Any], span: Span) -> Value:
    del span
    return hashlib.sha256(arguments[0].encode()).hexdigest()


def plain_data(value: Value) -> Any:
    """A value as JSON has it: quantities as text, ranges as `min` and `max`."""
    if isinstance(value, dict):
        return {key: plain_data(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain_data(each) for each in value]
    if isinstance(value, Range):
        return {"min": plain_data(value.min), "max": plain_data(value.max)}
    return value if isinstance(value, str | bool | int | float) or value is None else text(value)


def _json(arguments: Sequence[Any], span: Span) -> Value:
    value = arguments[0]
    if has_symbols(value):
        return JsonText(value)
    return limited(json_module.dumps(plain_data(value), ensure_ascii=False, separators=(",", ":")), span)


def _yaml(arguments: Sequence[Any], span: Span) -> Value:
    import yaml  # seldom used

    value = arguments[0]
    if has_symbols(value):
        return JsonText(value)
    return limited(yaml.safe_dump(plain_data(value), sort_keys=False, allow_unicode=True), span)


def limited(value: T, span: Span) -> T:
    """A string within the limit, known or with parts that are not; raises Fault for a longer one."""
    parts = value.parts if isinstance(value, Text) else (value,)
    if sum(len(part) if isinstance(part, str) else _SYMBOL for part in parts) > MAX_TEXT:
        raise Fault(codes.TOO_LARGE.at(span, "this string is longer than 1 MiB", hint="too long"))
    return value


_SYMBOL = 64
"""What a value that is not known yet counts for, in characters."""


def joined(parts: Sequence[str | Value]) -> Value:
    """The string of some parts: plain where all are, else a `Text` of runs; a single symbol by itself."""
    flat: list[Any] = []
    for part in parts:
        for each in part.parts if isinstance(part, Text) else (part,):
            if isinstance(each, str) and flat and isinstance(flat[-1], str):
                flat[-1] += each
            elif each != "":
                flat.append(each)
    if not flat:
        return ""
    return cast("Value", flat[0]) if len(flat) == 1 else Text(tuple(flat))


BUILTINS: Mapping[str, Builtin] = {
    "len": _len,
    "keys": lambda arguments, _: list(arguments[0] or ()),
    "values": lambda arguments, _: list((arguments[0] or {}).values()),
    "contains": _contains,
    "starts_with": lambda arguments, _: arguments[0].startswith(arguments[1]),
    "ends_with": lambda arguments, _: arguments[0].endswith(arguments[1]),
    "upper": lambda arguments, _: arguments[0].upper(),
    "lower": lambda arguments, _: arguments[0].lower(),
    "trim": lambda arguments, _: arguments[0].strip(),
    "split": _split,
    "join": _join,
    "replace": _replace,
    "merge": _merge,
    "flatten": _flatten,
    "distinct": _distinct,
    "sort": _sort,
    "sum": _sum,
    "min": _extreme(min),
    "max": _extreme(max),
    "floor": _whole(math.floor),
    "ceil": _whole(math.ceil),
    "round": _whole(_round),
    "range": _range,
    "slice": _slice,
    "cidr_subnet": _cidr_subnet,
    "secret": _secret,
    "price": _price,
    "node_share": _role("share"),
    "node_capacity": _role("capacity"),
    "base64": _base64,
    "sha256": _sha256,
    "json": _json,
    "yaml": _yaml,
}
