"""Fields as the catalog describes them, and the records that they take."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from idpc.catalog.model import FieldEntry, RecordEntry
from idpc.source import Span
from idpc.types.core import Core
from idpc.types.declared import KindInfo
from idpc.types.model import (
    TEXTS,
    DeferredType,
    Field,
    ListType,
    LiteralType,
    MapType,
    RangeType,
    RecordType,
    SecretType,
    Type,
    UnionType,
    base_name,
    is_optional,
    literal_text,
    members,
    without_null,
)

Written = Callable[[Span], str]
"""What is written at a place, on one line."""


def kind_fields(kind: KindInfo, written: Written) -> Iterator[FieldEntry]:
    """The fields of a kind, the required ones first."""
    defaults = dict(kind.defaults)
    for record in kind.flattened.values():
        defaults |= record.defaults
    return _entries(kind.fields, defaults, written)


def record_fields(record: RecordType, written: Written) -> Iterator[FieldEntry]:
    """The fields of a record, the required ones first."""
    return _entries(record.fields, record.defaults, written)


def choices(type_: Type) -> tuple[str, ...]:
    """The values that a type lists, as they are written; none for a type that does not list them all."""
    parts = members(without_null(type_))
    listed = tuple(literal_text(part.value) for part in parts if isinstance(part, LiteralType))
    return listed if len(listed) == len(parts) else ()


def records(fields: Iterable[Field], written: Written) -> tuple[RecordEntry, ...]:
    """The declared records that fields take, in the order in which a reader meets them."""
    found: dict[str, RecordType] = {}
    waiting = [each.type for each in fields]
    while waiting:
        type_ = waiting.pop(0)
        if isinstance(type_, RecordType):
            if type_.schema or type_.anonymous or type_.name in found:
                continue
            found[type_.name] = type_
        waiting += _parts(type_)
    made = (RecordEntry(name, tuple(_entries(each.fields, each.defaults, written))) for name, each in found.items())
    return tuple(made)


def _entries(fields: Mapping[str, Field], defaults: Mapping[str, Core], written: Written) -> Iterator[FieldEntry]:
    for name, each in sorted(fields.items(), key=lambda item: not item[1].required):
        default = defaults.get(name)
        text = "" if each.required else _without(default, each.type) if default is None else written(default.span)
        yield FieldEntry(
            name,
            str(each.type),
            each.required,
            text,
            each.doc,
            choices(each.type),
            each.deprecated,
            _is_text(each.type),
        )


def _is_text(type_: Type) -> bool:
    return all(base_name(part) in TEXTS for part in members(without_null(type_)))


def _without(default: Core | None, type_: Type) -> str:
    """What a field holds that states no default."""
    return "null" if default is None and is_optional(type_) else ""


def _parts(type_: Type) -> list[Type]:
    match type_:
        case UnionType(several):
            return list(several)
        case ListType(item) | RangeType(item) | SecretType(item) | DeferredType(item):
            return [item]
        case MapType(_, value):
            return [value]
        case RecordType():
            return [each.type for each in type_.fields.values()]
    return []
