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
Terraform = BlockSchema | ObjectType


@cache
def schema_record(
    origin: Origin,
    name: str,
    open: bool = False,  # noqa: A002  # the term
    crds: CustomSchemas | None = None,
) -> RecordType:
    """The record of a published schema by its origin; the schema is looked at when the fields are asked for."""
    return RecordType(name, partial(_fields_at, origin, crds), NOWHERE, open=open, origin=origin)


def _fields_at(origin: Origin, crds: CustomSchemas | None) -> Mapping[str, Field]:
    match origin:
        case ("kubernetes", name, version):
            return _kubernetes_fields(name, version, crds)
        case ("pod", version):
            return _pod_fields(version)
        case ("resource" | "data", _, "lifecycle"):
            return _plain(_LIFECYCLE)
        case ("resource" | "data", _):
            return {**_written(_terraform_at(origin), origin), **_meta(origin)}
        case ("resource" | "data", *_):
            return _written(_terraform_at(origin), origin)
    return _readable(_terraform_at(origin), origin)


def _terraform_at(origin: Origin) -> Terraform:
    sort, type_, *path = origin
    found: Terraform | None = terraform.data(type_) if sort.startswith("data") else terraform.resource(type_)
    for step in path:
        if isinstance(found, BlockSchema) and step in found.blocks:
            found = found.blocks[step].block
        elif found is not None:
            attribute = found.attributes[step]
            found = _object(attribute.type if isinstance(attribute, Attribute) else attribute)
    if found is None:
        raise LookupError(origin)
    return found


def _object(type_: AttributeType) -> ObjectType | None:
    """The object in a type of Terraform: the type itself, or of its items."""
    while isinstance(type_, CollectionType):
        type_ = type_.item
    return type_ if isinstance(type_, ObjectType) else None


def pod_record(version: str) -> RecordType:
    """The pod template that a patch of `Pod` reaches: the pod's own fields, and its metadata."""
    return schema_record(("pod", version), "Pod")


def _pod_fields(version: str) -> Mapping[str, Field]:
    shape = _kubernetes_fields("io.k8s.api.core.v1.PodSpec", version, None)
    meta = kubernetes_record("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", version)
    return {**shape, "metadata": Field("metadata", union(meta or ANY, NULL), False, NOWHERE)}


@cache
def kubernetes_record(name: str, version: str, crds: CustomSchemas | None = None) -> RecordType | None:
    """The record of a definition, by its full name."""
    definition = kubernetes.definition(name, version, crds)
    if definition is None:
        return None
    return schema_record(("kubernetes", name, version), _short(name), definition.preserve_unknown, crds)


def _short(name: str) -> str:
    return name.rsplit(".", 1)[-1] if "/" not in name else name


def _kubernetes_fields(name: str, version: str, crds: CustomSchemas | None) -> Mapping[str, Field]:
    definition = kubernetes.definition(name, version, crds)
    if definition is None:
        raise LookupError(name)
    return {key: _field(_short(name), key, schema, version, crds) for key, schema in definition.fields.items()}


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
    return schema_record(("data" if data else "resource", type_), type_)


def _meta(origin: Origin) -> dict[str, Field]:
    lifecycle = schema_record((*origin, "lifecycle"), "lifecycle")
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


def _written(schema: Terraform, origin: Origin) -> dict[str, Field]:
    if isinstance(schema, ObjectType):
        return {name: _field_written(name, each, (*origin, name), False) for name, each in schema.attributes.items()}
    fields = {
        name: _field_written(name, attribute.type, (*origin, name), attribute.required)
        for name, attribute in schema.attributes.items()
        if attribute.settable
    }
    return fields | {name: _written_block(name, each, (*origin, name)) for name, each in schema.blocks.items()}


def _field_written(name: str, type_: AttributeType, origin: Origin, required: bool) -> Field:
    return Field(name, union(SecretType(_accepts(type_, origin)), NULL), required, NOWHERE)


def _written_block(name: str, block: NestedBlock, origin: Origin) -> Field:
    record = schema_record(origin, name)
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
        return schema_record(origin, "object")
    if isinstance(type_, tuple):
        return ANY
    return {"string": union(STRING, INT, FLOAT, BOOL), "number": union(INT, FLOAT), "bool": BOOL}.get(type_, ANY)


@cache
def terraform_values(type_: str, data: bool) -> RecordType | None:
    """What may be read of a resource or data source: deferred values, secret where the provider calls them sensitive."""
    schema = terraform.data(type_) if data else terraform.resource(type_)
    if schema is None:
        return None
    return schema_record(("data values" if data else "values", type_), type_)


def _readable(schema: Terraform, origin: Origin) -> dict[str, Field]:
    if isinstance(schema, ObjectType):
        types = {name: _read_type(each, (*origin, name)) for name, each in schema.attributes.items()}
        return {name: Field(name, type_, False, NOWHERE) for name, type_ in types.items()}
    fields = {name: _read_attribute(name, attribute, (*origin, name)) for name, attribute in schema.attributes.items()}
    for name, block in schema.blocks.items():
        record = schema_record((*origin, name), name)
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
        return schema_record(origin, "object")
    if isinstance(type_, tuple):
        return ANY
    return {"string": STRING, "number": INT, "bool": BOOL}.get(type_, ANY)
