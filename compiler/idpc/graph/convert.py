"""Values made to fit their place, equality, sizes, and how values are printed."""

import datetime
from collections.abc import Mapping

from idpc.diagnostics.codes import types as codes
from idpc.graph.faults import MAX_TEXT, Fault
from idpc.source import Span
from idpc.types import fit
from idpc.types.fit import in_refinement
from idpc.types.model import (
    DeferredType,
    InstanceType,
    ListType,
    LiteralType,
    MapType,
    NullType,
    Primitive,
    RangeType,
    RecordType,
    ReferenceType,
    Refined,
    SecretType,
    Type,
    UnionType,
    base_name,
    literal_text,
)
from idpc.types.scalars import FAULTS, version_key
from idpc.values import SYMBOLS, InstanceRef, NamedRef, Quantity, Range, Value, canonical


class Partial(dict[str, Value]):
    """A record some fields of which have been set; the others take their defaults when it is finished."""

    __slots__ = ("done", "record", "span")

    def __init__(self, values: Mapping[str, Value], record: RecordType, span: Span) -> None:
        super().__init__(values)
        self.record, self.span = record, span
        self.done: dict[str, Value] | None = None


def convert(value: Value, conversion: fit.Conversion, span: Span) -> Value:  # one conversion a line
    """A value after a conversion; raises Fault where a refinement or syntax is not met."""
    match conversion:
        case fit.Same():
            return value
        case fit.ToFloat():
            return float(value)  # type: ignore[arg-type]  # whole numbers only
        case fit.ToRange(item):
            one = convert(value, item, span)
            return Range(one, one)
        case fit.CheckType(type_):
            return checked(value, type_, span)
        case fit.EachItem(item):
            return _each(value, item, span)
        case fit.ToRecord(record, fields):
            return _record(value, record, fields, span)
        case fit.ByMember(cases):
            for member, each in cases:
                if matches(value, member):
                    return convert(value, each, span)
    return value


def _each(value: Value, item: fit.Conversion, span: Span) -> Value:
    if isinstance(value, Range):
        return Range(convert(value.min, item, span), convert(value.max, item, span))
    if isinstance(value, dict):
        return {key: convert(each, item, span) for key, each in value.items()}
    return [convert(each, item, span) for each in value] if isinstance(value, list) else value


def _record(value: Value, record: RecordType | None, fields: Mapping[str, fit.Conversion], span: Span) -> Value:
    if not isinstance(value, dict):
        return value
    made = {key: convert(each, fields.get(key, fit.SAME), span) for key, each in value.items()}
    return made if record is None or record.schema else Partial(made, record, span)


def checked(value: Value, type_: Type, span: Span) -> Value:
    """A scalar that satisfies a refinement or parses as its type; raises Fault otherwise."""
    name = base_name(type_)
    if isinstance(value, str) and name in FAULTS:
        fault = FAULTS[name](value)
        if fault:
            raise Fault(codes.BAD_SCALAR.at(span, f"`{value}` is no {name.replace('_', ' ')}: {fault}"))
    if isinstance(type_, Refined) and not isinstance(value, SYMBOLS) and not in_refinement(value, type_):
        code = codes.PATTERN if type_.pattern else codes.OUT_OF_RANGE
        raise Fault(code.at(span, f"{show(value)} is not within {type_}", hint=f"{type_}"))
    return value


_SHAPES: Mapping[type, type | tuple[type, ...]] = {
    NullType: type(None),
    SecretType: SYMBOLS,
    DeferredType: SYMBOLS,
    RangeType: Range,
    ListType: list,
    InstanceType: InstanceRef,
}
"""Types whose values are known by their class alone."""


def matches(value: Value, type_: Type) -> bool:
    """Whether a value is of a type; secrets and deferred values are known by being symbols."""
    if type(type_) in _SHAPES:
        return isinstance(value, _SHAPES[type(type_)])
    match type_:
        case UnionType(parts):
            return any(matches(value, part) for part in parts)
        case LiteralType(literal):
            return type(literal) is type(value) and literal == value
        case MapType():
            return isinstance(value, dict) and not isinstance(value, Partial)
        case RecordType():
            return _is_record(value, type_)
        case ReferenceType(sort):
            return isinstance(value, NamedRef) and value.sort == sort
        case Primitive() | Refined():
            return _is_primitive(value, base_name(type_)) and in_refinement(value, type_)
    return True


def _is_record(value: Value, record: RecordType) -> bool:
    if isinstance(value, Partial):
        return value.record is record
    return isinstance(value, dict) and set(value) <= {*record.fields, *record.flattened}


_CLASSES: Mapping[str, type | tuple[type, ...]] = {
    "int": int,
    "float": (int, float),
    "bool": bool,
    "date": datetime.date,
}


def _is_primitive(value: Value, name: str) -> bool:
    if isinstance(value, Quantity):
        return value.unit == name
    if isinstance(value, bool):
        return name == "bool"
    if isinstance(value, str):
        return name not in _CLASSES and name not in ("cpu", "bytes", "duration", "percent", "carbon", "money")
    return name in _CLASSES and isinstance(value, _CLASSES[name])


def equal(a: Value, b: Value) -> bool:
    """Whether two values are the same; references by what they name."""
    a, b = _named(a, b), _named(b, a)
    if isinstance(a, bool) is not isinstance(b, bool):
        return False
    return a == b


def _named(value: Value, other: Value) -> Value:
    if isinstance(other, NamedRef | str):
        if isinstance(value, dict) and "name" in value:
            return other if _name(value["name"]) == _name(other) else None
        if isinstance(value, NamedRef) and isinstance(other, str):
            return value.name
    return value


def _name(value: Value) -> Value:
    return value.name if isinstance(value, NamedRef) else value


def version_equal(a: Value, b: Value) -> bool:
    """Whether two versions are equal by component."""
    return isinstance(a, str) and isinstance(b, str) and version_key(a) == version_key(b)


def text(value: Value) -> str:
    """A value as it stands in a string: numbers, booleans and quantities in canonical form."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Quantity):
        return canonical(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, dict) and isinstance(value.get("name"), str):
        return str(value["name"])
    return value.name if isinstance(value, NamedRef) else str(value)


def show(value: Value, *, whole: bool = False) -> str:  # one shape a line
    """A value as the language writes it, shortened unless `whole`; symbols by what they refer to, never by what they hold."""
    if value is None:
        return "null"
    if isinstance(value, str | bool | int | float | Quantity):
        shown = literal_text(value) if not isinstance(value, float) else text(value)
        return shown if whole or len(shown) <= 80 else shown[:77] + "…"
    if isinstance(value, Range):
        return f"{show(value.min)}..{show(value.max)}"
    if isinstance(value, SYMBOLS):
        return "(known after provisioning)"
    if isinstance(value, InstanceRef):
        return str(value.address)
    if isinstance(value, dict):
        entries = list(value.items()) if whole else list(value.items())[:6]
        inner = ", ".join(f"{key} = {show(each, whole=whole)}" for key, each in entries)
        return f"{{ {inner}{', …' if len(value) > len(entries) else ''} }}" if value else "{}"
    if isinstance(value, list):
        items = value if whole else value[:6]
        inner = ", ".join(show(each, whole=whole) for each in items)
        return f"[{inner}{', …' if len(value) > len(items) else ''}]"
    return text(value)


_COMPOSED = (list, dict)


class Scale:
    """Weighs values: parts of lists and maps as often as they occur, characters of strings."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[int, tuple[Value, int]] = {}

    def check(self, value: Value, span: Span) -> int:
        """The weight of a value; raises Fault for one past the limit."""
        weight = self._weigh(value, {}) if isinstance(value, _COMPOSED) else len(value) if isinstance(value, str) else 1
        if weight > MAX_TEXT:
            raise Fault(codes.TOO_LARGE.at(span, "this value is larger than 1 MiB", hint="too large"))
        return weight

    def keep(self, value: Value, weight: int) -> None:
        """Remember the weight of a list or map that stays, and of which others will be made."""
        self._kept[id(value)] = (value, weight)

    def _weigh(self, value: list[Value] | dict[str, Value], seen: dict[int, int]) -> int:
        """The number of parts and characters; looks at each shared part once, and counts it wherever it stands."""
        kept = self._kept.get(id(value))
        if kept is not None:
            return kept[1]
        weight = 1
        for part in value.values() if isinstance(value, dict) else value:
            if isinstance(part, str):
                weight += len(part)
            elif isinstance(part, _COMPOSED):
                known = seen.get(id(part))
                weight += self._weigh(part, seen) if known is None else known
            else:
                weight += 1
        seen[id(value)] = weight
        return weight
