"""Which type fits which, and what must be done with a value so that it does."""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from idpc.types.model import (
    ANY,
    FLOAT,
    STRING,
    TEXTS,
    AnyType,
    DeferredType,
    InstanceType,
    ListType,
    LiteralType,
    MapType,
    NullType,
    Primitive,
    RangeType,
    RecordType,
    Refined,
    SecretType,
    Type,
    UnionType,
    UnknownType,
    base_name,
)
from idpc.types.scalars import FAULTS
from idpc.values import Quantity, Value


class Same(Struct, frozen=True):
    """The value as it is."""


class ToFloat(Struct, frozen=True):
    """A whole number as a float."""


class ToRange(Struct, frozen=True):
    """A single value as the range of itself."""

    item: "Conversion"


class CheckType(Struct, frozen=True):
    """A value whose refinement or syntax only its evaluation can check."""

    type: Type


class EachItem(Struct, frozen=True):
    """Every item of a list, both bounds of a range, or every value of a map."""

    item: "Conversion"


class ToRecord(Struct, frozen=True):
    """The fields of an anonymous record or map, one by one; defaults of `record` are added."""

    record: RecordType | None
    fields: Mapping[str, "Conversion"]


class ByMember(Struct, frozen=True):
    """What to do depends on the member of the union that the value is of."""

    cases: tuple[tuple[Type, "Conversion"], ...]


Conversion = Same | ToFloat | ToRange | CheckType | EachItem | ToRecord | ByMember
SAME = Same()


def fits(source: Type, target: Type) -> Conversion | None:  # one rule a line
    """How a value of `source` becomes one of `target`, or None where it never does."""
    if source == target or isinstance(source, UnknownType | AnyType) or isinstance(target, UnknownType):
        return SAME
    if isinstance(source, UnionType):
        return _each_member(source, target)
    if isinstance(target, SecretType):
        return fits(source.item if isinstance(source, SecretType | DeferredType) else source, target.item)
    if isinstance(target, DeferredType):
        if isinstance(source, SecretType):
            return None
        return fits(source.item if isinstance(source, DeferredType) else source, target.item)
    if isinstance(target, UnionType):
        return _best(source, target)
    if isinstance(source, SecretType | DeferredType):
        return None
    return SAME if target == ANY else _structure(source, target)


def _each_member(source: UnionType, target: Type) -> Conversion | None:
    cases = []
    for member in source.members:
        conversion = fits(member, target)
        if conversion is None:
            return None
        cases.append((member, conversion))
    return SAME if all(conversion == SAME for _, conversion in cases) else ByMember(tuple(cases))


def _best(source: Type, target: UnionType) -> Conversion | None:
    found: Conversion | None = None
    for member in target.members:
        conversion = fits(source, member)
        if conversion == SAME:
            return SAME
        found = found or conversion
    return found


def _structure(source: Type, target: Type) -> Conversion | None:
    match source, target:
        case _, RangeType(item):
            return _to_range(source, item)
        case ListType(item), ListType(wanted):
            return _wrapped(fits(item, wanted))
        case MapType(key, value), MapType(wanted_key, wanted):
            return _wrapped(fits(value, wanted)) if _key_fits(key, wanted_key) else None
        case RecordType(), MapType(wanted_key, wanted):
            return _record_to_map(source, wanted_key, wanted)
        case RecordType(), RecordType():
            return _record_to_record(source, target)
        case MapType(_, value), RecordType(open=True):
            return SAME
        case InstanceType(kinds), InstanceType(wanted_kinds):
            return SAME if not wanted_kinds or (kinds and set(kinds) <= set(wanted_kinds)) else None
        case _:
            return _scalar(source, target)


def _wrapped(item: Conversion | None) -> Conversion | None:
    return item if item is None or item == SAME else EachItem(item)


def _to_range(source: Type, item: Type) -> Conversion | None:
    if isinstance(source, RangeType):
        return _wrapped(fits(source.item, item))
    inner = fits(source, item)
    return None if inner is None else ToRange(inner)


def _key_fits(source: Type, target: Type) -> bool:
    return target in (STRING, source) or isinstance(source, UnknownType) or fits(source, target) == SAME


def _record_to_map(source: RecordType, key: Type, wanted: Type) -> Conversion | None:
    if not source.anonymous:
        return None
    conversions = {}
    for name, item in source.fields.items():
        conversion = fits(item.type, wanted)
        if conversion is None or (key != STRING and fits(LiteralType(name), key) is None):
            return None
        conversions[name] = conversion
    return SAME if all(each == SAME for each in conversions.values()) else ToRecord(None, conversions)


def _record_to_record(source: RecordType, target: RecordType) -> Conversion | None:
    if source is target:
        return SAME
    if not (source.anonymous or source.schema or target.schema):
        return None
    conversions: dict[str, Conversion] = {}
    for name, item in source.fields.items():
        if name not in target.fields:
            if target.open:
                conversions[name] = SAME
                continue
            return None
        conversion = fits(item.type, target.fields[name].type)
        if conversion is None:
            return None
        conversions[name] = conversion
    if any(item.required and name not in source.fields for name, item in target.fields.items()):
        return None
    return ToRecord(target, conversions)


def _scalar(source: Type, target: Type) -> Conversion | None:
    name, wanted = base_name(source), base_name(target)
    if not name or not wanted or isinstance(source, NullType):
        return None
    if isinstance(target, LiteralType):
        return None
    if isinstance(source, LiteralType):
        return _literal(source, target, wanted)
    if name == wanted:
        return SAME if isinstance(target, Primitive) else CheckType(target)
    if target == FLOAT and name == "int":
        return ToFloat()
    if wanted == "string" and name in TEXTS:
        return SAME if isinstance(target, Primitive) else CheckType(target)
    return CheckType(target) if name == "string" and wanted in TEXTS else None


def _literal(source: LiteralType, target: Type, wanted: str) -> Conversion | None:
    name = base_name(source)
    if name == "int" and wanted == "float":
        return ToFloat()
    if name == "string" and wanted in TEXTS:
        text = str(source.value)
        if wanted in FAULTS:
            return None if FAULTS[wanted](text) else SAME
        return SAME if in_refinement(text, target) else None
    if name != wanted or (isinstance(source.value, Quantity) and source.value.unit == "sum"):
        return None
    return SAME if in_refinement(source.value, target) else None


def in_refinement(value: Value, target: Type) -> bool:
    """Whether a scalar satisfies the refinement of its type, if there is one."""
    if not isinstance(target, Refined):
        return True
    if target.pattern:
        return isinstance(value, str) and pattern_matches(target.pattern, value)
    low, size, high = _size(target.low), _size(value), _size(target.high)
    return size is None or ((low is None or low <= size) and (high is None or size <= high))


def _size(value: Value) -> int | float | Decimal | None:
    """What the bounds of a refinement are about: a length, an amount, or the number itself; None where there is none."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Quantity):
        return value.amount
    return value if isinstance(value, int | float) else None


def pattern_matches(pattern: str, text: str) -> bool:
    """Whether a text holds a match, in linear time (RE2)."""
    import re2  # only specifications with patterns pay for it

    return re2.search(pattern, text) is not None
