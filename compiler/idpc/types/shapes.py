"""What a body may set: the fields of a record or kind, and those that every instance has."""

from collections.abc import Mapping

from msgspec import Struct

from idpc.diagnostics import Diagnostic
from idpc.source import Span
from idpc.syntax import nodes
from idpc.types import messages
from idpc.types.declared import KindInfo
from idpc.types.model import (
    NOWHERE,
    NULL,
    STRING,
    Field,
    InstanceType,
    ListType,
    LiteralType,
    MapType,
    RecordType,
    Refined,
    Type,
    record,
    union,
)


class Shape(Struct, frozen=True):
    """What a body may set: the fields of a record or kind, or the entries of a map.

    `owner` is how it is called in a sentence; `kind` is there for instances, which may also be patched and, for
    templates, reach into inner instances; `rules`: whether a `require` may stand here.
    """

    owner: str
    fields: Mapping[str, Field]
    span: Span
    value: Type | None = None
    key: Type = STRING
    open: bool = False
    kind: KindInfo | None = None
    rules: bool = False


def declaration_shape(record: RecordType, sort: str) -> Shape:
    """The shape of an organisation-wide declaration: what the compiler itself fills in, such as the name, is not set."""
    fields = {name: each for name, each in record.fields.items() if each.span.file}
    return Shape(f"`{sort}`", fields, record.span)


def record_shape(record: RecordType) -> Shape:
    """The shape of a record's block."""
    name = "the map" if record.anonymous else f"`{record.name}`"
    return Shape(name, record.fields, record.span, open=record.open)


def unknown_field(name: nodes.Name, shape: Shape) -> Diagnostic:
    """A field that the shape does not have."""
    known = [*shape.fields, *(shape.kind.headers if shape.kind else ())]
    return messages.unknown_field(shape.owner, name.text, name.span, tuple(known), shape.span)


def kind_shape(kind: KindInfo) -> Shape:
    """What the body of an instance may set: the fields of its kind, and those that every instance has."""
    return Shape(f"`{kind.name}`", {**INSTANCE_FIELDS, **kind.fields}, kind.span, kind=kind)


_ACCESS = union(*map(LiteralType, ("read", "write", "read_write", "admin")), NULL)


USE = record("use", {"access": Field("access", _ACCESS, False, NOWHERE)}, NOWHERE)


INSTANCE_FIELDS: Mapping[str, Field] = {
    "uses": Field("uses", MapType(InstanceType(), USE), False, NOWHERE),
    "after": Field("after", ListType(InstanceType()), False, NOWHERE),
    "name": Field("name", union(Refined(STRING, pattern="^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"), NULL), False, NOWHERE),
}
"""What every instance may set: edges without a value, order, and its name in artifacts."""
