"""Checks a Kubernetes object, as a plain JSON value, against the schema of its kind."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from idpc.schema import kubernetes
from idpc.schema.custom_resources import CustomSchemas
from idpc.schema.model import Definition, FieldSchema
from idpc.schema.validate.faults import Fault, Path, misfit


def kubernetes_faults(document: Mapping[str, Any], version: str, crds: CustomSchemas | None = None) -> list[Fault]:
    """Every unknown field, wrong type and missing field of an object; null stands for a field left out."""
    kind, api_version = document.get("kind"), document.get("apiVersion")
    if not isinstance(kind, str) or not isinstance(api_version, str):
        return [Fault((), "`apiVersion` and `kind` must be given")]
    found = kubernetes.find(kind, version, api_version, crds)
    if not found:
        return [Fault(("kind",), f"there is no `{kind}` of `{api_version}` in Kubernetes {version}")]
    return list(_Records(version, crds).of(found[0].definition, document, ()))


class _Records(NamedTuple):
    """Where the definitions of records are looked up."""

    version: str
    crds: CustomSchemas | None

    def of(self, name: str | None, value: Any, path: Path) -> Iterator[Fault]:
        """The faults of a value that should be the record called `name`."""
        definition = kubernetes.definition(name or "", self.version, self.crds)
        if not isinstance(value, dict):
            yield misfit(path, "an object", value)
        elif definition is not None:
            yield from _missing(definition, value, path)
            for key, part in value.items():
                yield from self._field(definition, key, part, (*path, key))

    def _field(self, definition: Definition, key: str, value: Any, path: Path) -> Iterator[Fault]:
        field = definition.fields.get(key)
        if field is not None:
            yield from self._value(field, value, path)
        elif not definition.preserve_unknown:
            yield Fault(path, f"`{_short(definition.name)}` has no field `{key}`")

    def _value(self, field: FieldSchema, value: Any, path: Path) -> Iterator[Fault]:
        if value is None or field.type == "any":
            return
        if field.type == "record":
            yield from self.of(field.definition, value, path)
        elif field.type == "list":
            yield from self._items(field, value, path)
        elif field.type == "map":
            yield from self._entries(field, value, path)
        elif not _fits(field, value):
            yield misfit(path, _NAMED.get(field.type, "a string"), value)
        elif field.enum and value not in field.enum:
            yield Fault(path, f"must be one of {', '.join(f'`{text}`' for text in field.enum)}, not `{value}`")

    def _items(self, field: FieldSchema, value: Any, path: Path) -> Iterator[Fault]:
        if not isinstance(value, list):
            yield misfit(path, "a list", value)
        elif field.item is not None:
            for index, item in enumerate(value):
                yield from self._value(field.item, item, (*path, index))

    def _entries(self, field: FieldSchema, value: Any, path: Path) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield misfit(path, "an object", value)
        elif field.item is not None:
            for key, item in value.items():
                yield from self._value(field.item, item, (*path, key))


_NAMED = {
    "string": "a string",
    "int": "a whole number",
    "number": "a number",
    "bool": "true or false",
    "quantity": "a quantity",
    "int_or_string": "a whole number or a string",
}


def _fits(field: FieldSchema, value: Any) -> bool:
    if field.type == "bool" or isinstance(value, bool):
        return field.type == "bool" and isinstance(value, bool)
    if isinstance(value, str):
        return field.type in {"string", "quantity", "int_or_string"}
    if isinstance(value, int | float):
        return field.type in {"number", "quantity"} or (field.type in {"int", "int_or_string"} and value == int(value))
    return False


def _missing(definition: Definition, value: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    for key, field in definition.fields.items():
        if field.required and value.get(key) is None:
            yield Fault(path, f"`{_short(definition.name)}` needs `{key}`")


def _short(name: str) -> str:
    """The end of a definition's name that people know: `PodSpec`, `Rollout`, `Rollout#spec.strategy`."""
    return name.rpartition("/")[2] if "/" in name else name.rpartition(".")[2]
