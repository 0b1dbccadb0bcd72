"""Published schemas as types: Kubernetes' definitions, custom resources, Terraform's resources and data sources."""

from collections.abc import Mapping
from functools import cache, partial

from idpc.schema import kubernetes, terraform
from idpc.schema.custom_resources import CustomSchemas
from idpc.schema.model import (
    Attribute,
    AttributeType,
    BlockSchema,
    CollectionType,
    FieldSchema,
    NestedBlock,
    ObjectType,
)
from idpc.types.model import (
    ANY,
    BOOL,
    BYTES,
    CPU,
    FLOAT,
    INT,
    NOWHERE,
    NULL,
    PERCENT,
    STRING,
    DeferredType,
    Field,
    ListType,
    MapType,
    RecordType,
    SecretType,
    Type,
    UnionType,
    union,
)

# Where a pod takes a value from a Secret, or a Secret holds one (Kubernetes API reference, EnvVar, Container, Secret).
_SECRET_PLACES: Mapping[tuple[str, str], Type] = {
    ("EnvVar", "value"): SecretType(STRING),
    ("Container", "args"): ListType(SecretType(STRING)),
    ("Secret", "stringData"): MapType(STRING, SecretType(STRING)),
    ("Secret", "data"): MapType(STRING, SecretType(STRING)),
}
_SCALARS: Mapping[str, Type] = {
    "string": STRING,
    "int": INT,
    "number": FLOAT,
    "bool": BOOL,
    "quantity": union(CPU, BYTES, INT, FLOAT, STRING),
    "int_or_string": union(INT, PERCENT, STRING),
    "any": ANY,
}


Origin = tuple[str, ...]


def found_again(origin: Origin, crds: CustomSchemas | None) -> RecordType:
    """The record of a published schema by its origin."""
    match origin:
        case ("kubernetes", name, version):
            found = kubernetes_record(name, version, crds)
        case ("pod", version):
            found = pod_record(version)
        case ("data" | "resource" as sort, type_, *path):
            found = _inside(terraform_record(type_, sort == "data"), path)
        case (sort, type_, *path):
            found = _inside(terraform_values(type_, sort == "data values"), path)
    if found is None:
        raise LookupError(origin)
    return found


def _inside(record: RecordType | None, path: list[str]) -> RecordType | None:
    for step in path:
        record = None if record is None else _record_of(record.fields[step].type)
    return record


def _record_of(type_: Type) -> RecordType | None:
    """The record in a type: the type itself, or of its items or members."""
    match type_:
        case RecordType():
            return type_
        case SecretType(item) | DeferredType(item) | ListType(item) | MapType(_, item):
            return _record_of(item)
        case UnionType(parts):
            return next((found for part in parts if (found := _record_of(part)) is not None), None)
    return None


@cache
def pod_record(version: str) -> RecordType | None:
    """The pod template that a patch of `Pod` reaches: the pod's own fields, and its metadata."""
    shape = kubernetes_record("io.k8s.api.core.v1.PodSpec", version)
    meta = kubernetes_record("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", version)
    if shape is None or meta is None:
        return None
    metadata = Field("metadata", union(meta, NULL), False, NOWHERE)
    return RecordType("Pod", lambda: {**shape.fields, "metadata": metadata}, NOWHERE, origin=("pod", version))


@cache
def kubernetes_record(name: str, version: str, crds: CustomSchemas | None = None) -> RecordType | None:
    """The record of a definition, by its full name."""
    definition = kubernetes.definition(name, version, crds)
    if definition is None:
        return None
    short = name.rsplit(".", 1)[-1] if "/" not in name else name

    def fields() -> Mapping[str, Field]:
        return {key: _field(short, key, schema, version, crds) for key, schema in definition.fields.items()}

    origin = ("kubernetes", name, version)
    return RecordType(short, fields, NOWHERE, open=definition.preserve_unknown, origin=origin)


def _field(record: str, name: str, schema: FieldSchema, version: str, crds: CustomSchemas | None) -> Field:
    type_ = _SECRET_PLACES.get((record, name)) or _kubernetes_type(schema, version, crds)
    repeated = schema.type == "list" and schema.item is not None and schema.item.type == "record"
    return Field(
        name,
        union(type_, NULL),
        False,
        NOWHERE,
        doc=schema.doc,
        repeated=repeated,
        merge_key=schema.merge_key or "",
    )


def _kubernetes_type(schema: FieldSchema, version: str, crds: CustomSchemas | None) -> Type:
    if schema.type == "list":
        return ListType(_kubernetes_type(schema.item, version, crds) if schema.item else ANY)
    if schema.type == "map":
        return MapType(STRING, union(_kubernetes_type(schema.item, version, crds) if schema.item else ANY, NULL))
    if schema.type == "record":
        return kubernetes_record(schema.definition or "", version, crds) or ANY
    return _SCALARS[schema.type]


@cache
def named_definition(name: str, version: str) -> tuple[RecordType, ...]:
    """The records of Kubernetes' definitions whose short name is `name`: `PodSpec`, `Container`."""
    found = kubernetes.definition_by_short_name(name, version)
    records = (kubernetes_record(each.name, version) for each in found)
    return tuple(record for record in records if record is not None)


# ----------------------------------------------------------------- Terraform


@cache
def terraform_record(type_: str, data: bool) -> RecordType | None:
    """What may be written in a resource or data source."""
    schema = terraform.data(type_) if data else terraform.resource(type_)
    if schema is None:
        return None
    origin = ("data" if data else "resource", type_)
    return RecordType(type_, lambda: {**_written(schema, origin), **_meta(origin)}, NOWHERE, origin=origin)


def _meta(origin: Origin) -> dict[str, Field]:
    place = (*origin, "lifecycle")
    lifecycle = RecordType("lifecycle", lambda: _plain(_LIFECYCLE), NOWHERE, origin=place)
    fields = _plain({"depends_on": ListType(ANY)})
    return {**fields, "lifecycle": Field("lifecycle", union(lifecycle, NULL), False, NOWHERE)}


_LIFECYCLE: Mapping[str, Type] = {
    "create_before_destroy": BOOL,
    "prevent_destroy": BOOL,
    "ignore_changes": ListType(ANY),
    "replace_triggered_by": ListType(ANY),
}


def _plain(types: Mapping[str, Type]) -> dict[str, Field]:
    return {name: Field(name, union(type_, NULL), False, NOWHERE) for name, type_ in types.items()}


def _written(schema: BlockSchema, origin: Origin) -> dict[str, Field]:
    fields = {
        name: Field(
            name, union(SecretType(_accepts(attribute.type, (*origin, name))), NULL), attribute.required, NOWHERE
        )
        for name, attribute in schema.attributes.items()
        if attribute.settable
    }
    for name, block in schema.blocks.items():
        fields[name] = _written_block(name, block, (*origin, name))
    return fields


def _written_block(name: str, block: NestedBlock, origin: Origin) -> Field:
    record = RecordType(name, lambda: _written(block.block, origin), NOWHERE, origin=origin)
    one = union(SecretType(record), NULL)
    if block.nesting == "map":
        return Field(name, union(MapType(STRING, record), NULL), block.min_items > 0, NOWHERE)
    if not block.repeated:
        return Field(name, one, block.min_items > 0, NOWHERE)
    several = union(SecretType(ListType(SecretType(record))), record, NULL)
    return Field(name, several, block.min_items > 0, NOWHERE, repeated=True)


def _accepts(type_: AttributeType, origin: Origin) -> Type:
    """What may be given for an attribute; Terraform converts numbers and booleans to strings, and back."""
    if isinstance(type_, CollectionType):
        item = _accepts(type_.item, origin)
        if type_.collection == "map":
            return MapType(STRING, union(SecretType(item), NULL))
        return ListType(SecretType(item))
    if isinstance(type_, ObjectType):
        fields = {
            name: Field(name, union(SecretType(_accepts(each, (*origin, name))), NULL), False, NOWHERE)
            for name, each in type_.attributes.items()
        }
        return RecordType("object", lambda: fields, NOWHERE, origin=origin)
    if isinstance(type_, tuple):
        return ANY
    return {"string": union(STRING, INT, FLOAT, BOOL), "number": union(INT, FLOAT), "bool": BOOL}.get(type_, ANY)


@cache
def terraform_values(type_: str, data: bool) -> RecordType | None:
    """What may be read of a resource or data source: deferred values, secret where the provider calls them sensitive."""
    schema = terraform.data(type_) if data else terraform.resource(type_)
    if schema is None:
        return None
    origin = ("data values" if data else "values", type_)
    return RecordType(type_, lambda: _readable(schema, origin), NOWHERE, origin=origin)


def _readable(schema: BlockSchema, origin: Origin) -> dict[str, Field]:
    fields = {name: _read_attribute(name, attribute, (*origin, name)) for name, attribute in schema.attributes.items()}
    for name, block in schema.blocks.items():
        place = (*origin, name)
        record = RecordType(name, partial(_readable, block.block, place), NOWHERE, origin=place)
        type_ = record if block.nesting in ("single", "group") else ListType(record)
        fields[name] = Field(name, DeferredType(type_), False, NOWHERE)
    return fields


def _read_attribute(name: str, attribute: Attribute, origin: Origin) -> Field:
    value = _read_type(attribute.type, origin)
    return Field(name, SecretType(value) if attribute.sensitive else DeferredType(value), False, NOWHERE)


def _read_type(type_: AttributeType, origin: Origin) -> Type:
    if isinstance(type_, CollectionType):
        item = _read_type(type_.item, origin)
        return MapType(STRING, item) if type_.collection == "map" else ListType(item)
    if isinstance(type_, ObjectType):
        fields = {
            name: Field(name, _read_type(each, (*origin, name)), False, NOWHERE)
            for name, each in type_.attributes.items()
        }
        return RecordType("object", lambda: fields, NOWHERE, origin=origin)
    if isinstance(type_, tuple):
        return ANY
    return {"string": STRING, "number": INT, "bool": BOOL}.get(type_, ANY)
