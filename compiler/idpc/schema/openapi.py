"""Reads OpenAPI schemas, as Kubernetes and custom resources publish them, into definitions with a name for every record."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType, NoneType
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from idpc.schema.model import Definition, FieldSchema, FieldType
from idpc.schema.notation import write_definition

OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_QUANTITY_PATTERN = r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))"
_SENTENCE_END = re.compile(r"(?<!e\.g)(?<!i\.e)(?<!etc)\. ")
_SCALARS: dict[str, FieldType] = {"string": "string", "integer": "int", "number": "number", "boolean": "bool"}
_NOTHING: Mapping[str, str] = MappingProxyType({})
_OF_EVERY_OBJECT: Mapping[str, FieldSchema] = MappingProxyType(
    {
        "apiVersion": FieldSchema("string"),
        "kind": FieldSchema("string"),
        "metadata": FieldSchema("record", definition=OBJECT_META),
    }
)
_DEEPEST = 200
_MOST_PARTS = 100_000
_LISTS_OF_NAMES = ("properties", "required", "x-kubernetes-list-map-keys")
_FORMS: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {
        "type": (str,),
        "description": (str,),
        "properties": (dict,),
        "additionalProperties": (dict, bool),
        "required": (list,),
        "enum": (list,),
        "x-kubernetes-list-map-keys": (list,),
        "x-kubernetes-patch-merge-key": (str,),
    }
)

Schema = Mapping[str, Any]


class Reader(Struct, frozen=True):
    """Collects the definitions of one source.

    `references` gives what a `$ref` to each name stands for, `borrowed` the paths that hold a record of Kubernetes' own.
    """

    references: Mapping[str, FieldSchema] = field(default_factory=dict)
    borrowed: Mapping[str, str] = field(default_factory=dict)
    definitions: dict[str, Definition] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def record(self, name: str, schema: Schema) -> str:
        """Takes in the record `schema` and returns its name, that of an equal one seen before where there is one."""
        definition = Definition(name, self._fields(name, schema), _is_open(schema))
        chosen = self.names.setdefault(write_definition(definition), name) if "#" in name else name
        self.definitions.setdefault(chosen, definition)
        return chosen

    def field(self, path: str, schema: Schema, *, required: bool = False) -> FieldSchema:
        """The field that stands at `path`."""
        return replace(self._shape(path, schema), required=required, doc=first_sentence(schema.get("description", "")))

    def _fields(self, name: str, schema: Schema) -> dict[str, FieldSchema]:
        required = frozenset(schema.get("required") or ())
        step = "." if "#" in name else "#"
        return {
            key: self.field(f"{name}{step}{key}", value, required=key in required)
            for key, value in sorted((schema.get("properties") or {}).items())
        }

    def _shape(self, path: str, schema: Schema) -> FieldSchema:
        if path in self.borrowed:
            return FieldSchema("record", definition=self.borrowed[path])
        if "$ref" in schema:
            return self.references[schema["$ref"].rpartition("/")[2]]
        if schema.get("x-kubernetes-int-or-string"):
            return FieldSchema("quantity" if _is_quantity(schema) else "int_or_string")
        kind = _kind(schema)
        if kind == "array":
            return self._list(path, schema)
        if kind == "object":
            return self._object(path, schema)
        return _scalar(kind, schema)

    def _list(self, path: str, schema: Schema) -> FieldSchema:
        item = self._shape(f"{path}[]", schema.get("items") or {})
        return FieldSchema("list", item, merge_key=_merge_key(schema) if item.type == "record" else None)

    def _object(self, path: str, schema: Schema) -> FieldSchema:
        if schema.get("properties"):
            return FieldSchema("record", definition=self.record(path, schema))
        values = schema.get("additionalProperties")
        return FieldSchema(
            "map", self._shape(f"{path}{{}}", values) if isinstance(values, dict) else FieldSchema("any")
        )


def custom_definitions(name: str, schema: Schema, borrowed: Mapping[str, str] = _NOTHING) -> dict[str, Definition]:
    """The definitions of the custom resource called `<group>/<version>/<kind>`, by name."""
    reader = Reader(borrowed=borrowed)
    published = schema.get("properties") or {}
    properties = {key: part for key, part in published.items() if key not in _OF_EVERY_OBJECT}
    reader.record(name, {**schema, "properties": properties})
    whole = reader.definitions[name]
    return {**reader.definitions, name: replace(whole, fields={**_OF_EVERY_OBJECT, **whole.fields})}


def malformed(schema: Any) -> str | None:
    """The path of a part that is not of the form that Kubernetes asks of custom resources, if there is one."""
    waiting: list[tuple[str, int, Any]] = [("openAPIV3Schema", 0, schema)]
    for _ in range(_MOST_PARTS):
        if not waiting:
            return None
        path, depth, part = waiting.pop()
        if depth > _DEEPEST or not _is_structural(part):
            return path
        waiting += [(f"{path}.{step}", depth + 1, inner) for step, inner in _inner(part)]
    return "openAPIV3Schema"


def _is_structural(schema: Any) -> bool:
    if not isinstance(schema, dict) or "$ref" in schema:
        return False
    if not all(isinstance(schema.get(key), (*forms, NoneType)) for key, forms in _FORMS.items()):
        return False
    names = (name for key in _LISTS_OF_NAMES for name in schema.get(key) or ())
    return all(isinstance(name, str) for name in names)


def _inner(schema: Schema) -> Iterator[tuple[str, Any]]:
    """The schemas inside a schema, with the steps that lead to them."""
    for key, part in (schema.get("properties") or {}).items():
        yield f"properties.{key}", part
    if schema.get("items") is not None:
        yield "items", schema["items"]
    if isinstance(schema.get("additionalProperties"), dict):
        yield "additionalProperties", schema["additionalProperties"]


def first_sentence(description: str) -> str:
    """The first sentence of a description, without line breaks."""
    text = " ".join(description.split())
    end = _SENTENCE_END.search(text)
    return text if end is None else text[: end.start() + 1]


def _kind(schema: Schema) -> str:
    kinds = schema.get("type") or ("object" if schema.get("properties") else "")
    return kinds if isinstance(kinds, str) else next(kind for kind in kinds if kind != "null")


def _scalar(kind: str, schema: Schema) -> FieldSchema:
    enum = schema.get("enum") or ()
    texts = tuple(enum) if kind == "string" and all(isinstance(text, str) for text in enum) else ()
    return FieldSchema(_SCALARS.get(kind, "any"), enum=texts)


def _is_quantity(schema: Schema) -> bool:
    return str(schema.get("pattern", "")).startswith(_QUANTITY_PATTERN)


def _is_open(schema: Schema) -> bool:
    return bool(schema.get("x-kubernetes-preserve-unknown-fields") or schema.get("additionalProperties"))


def _merge_key(schema: Schema) -> str | None:
    """What Kubernetes merges the list by; of a pair of keys that ends in the protocol, the other one."""
    key: str | None = schema.get("x-kubernetes-patch-merge-key")
    keys = [name for name in schema.get("x-kubernetes-list-map-keys") or () if name != "protocol"]
    return key or (keys[0] if len(keys) == 1 else None)
