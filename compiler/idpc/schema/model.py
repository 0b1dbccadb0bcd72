"""What a schema says: fields of Kubernetes records, attributes and blocks of Terraform resources."""

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct

FieldType = Literal["string", "int", "number", "bool", "quantity", "int_or_string", "list", "map", "record", "any"]
Nesting = Literal["single", "group", "list", "set", "map"]


class FieldSchema(Struct, frozen=True):
    """One field of a record.

    A `record` names its `definition`, a `list` and a `map` have an `item`; `merge_key` is the field by which Kubernetes
    tells the entries of a list apart; `enum` holds the allowed texts of a string, empty for any.
    """

    type: FieldType
    item: "FieldSchema | None" = None
    definition: str | None = None
    required: bool = False
    merge_key: str | None = None
    enum: tuple[str, ...] = ()
    doc: str = ""


class Definition(Struct, frozen=True):
    """A record of the Kubernetes API or of a custom resource; closed unless it preserves what it does not know."""

    name: str
    fields: Mapping[str, FieldSchema]
    preserve_unknown: bool = False


class ObjectSchema(Struct, frozen=True):
    """A kind of object; `definition` names the record of its whole document."""

    api_version: str
    kind: str
    definition: str
    namespaced: bool
    custom: bool

    @property
    def group(self) -> str:
        """The API group, empty for Kubernetes' core."""
        return self.api_version.rpartition("/")[0]


class CollectionType(NamedTuple):
    """A Terraform list, set or map of one type."""

    collection: Literal["list", "set", "map"]
    item: "AttributeType"


class ObjectType(NamedTuple):
    """A Terraform object; the attributes in `optional` may be left out."""

    tag: Literal["object"]
    attributes: Mapping[str, "AttributeType"]
    optional: tuple[str, ...] = ()


class TupleType(NamedTuple):
    """A Terraform tuple, a type for each place."""

    tag: Literal["tuple"]
    items: tuple["AttributeType", ...]


AttributeType: TypeAlias = str | CollectionType | ObjectType | TupleType
"""`string`, `number`, `bool`, `dynamic`, or a composed type."""


class Attribute(Struct, frozen=True, eq=False):
    """An attribute of a Terraform resource, data source or block."""

    name: str
    type: AttributeType
    required: bool = False
    optional: bool = False
    computed: bool = False
    sensitive: bool = False
    write_only: bool = False
    deprecated: bool = False

    @property
    def settable(self) -> bool:
        """Whether a configuration may give it."""
        return self.required or self.optional


class NestedBlock(Struct, frozen=True, eq=False):
    """A block inside a resource; `max_items` is 0 where there may be any number."""

    name: str
    nesting: Nesting
    min_items: int
    max_items: int
    block: "BlockSchema"

    @property
    def repeated(self) -> bool:
        """Whether more than one may stand in the same place."""
        return self.nesting in {"list", "set", "map"} and self.max_items != 1


class BlockSchema(Struct, frozen=True, eq=False):
    """The body of a Terraform resource, data source or block."""

    attributes: Mapping[str, Attribute]
    blocks: Mapping[str, NestedBlock]
