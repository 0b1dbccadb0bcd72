"""Reads a project's CustomResourceDefinition documents into the same shapes as the shipped schemas."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct

from idpc.schema.model import Definition, ObjectSchema

KIND = "CustomResourceDefinition"


class CustomSchemas(Struct, frozen=True, eq=False):
    """The custom resources of a project; `faults` says in a sentence each what could not be read."""

    objects: tuple[ObjectSchema, ...]
    definitions: Mapping[str, Definition]
    faults: tuple[str, ...] = ()


class _Names(Struct, frozen=True):
    """What a CustomResourceDefinition says of its kind."""

    group: str
    kind: str
    namespaced: bool


def combine(schemas: Iterable[CustomSchemas]) -> CustomSchemas:
    """The custom resources of several files as one."""
    files = tuple(schemas)
    definitions = {name: definition for file in files for name, definition in file.definitions.items()}
    objects = tuple(schema for file in files for schema in file.objects)
    return CustomSchemas(objects, definitions, tuple(fault for file in files for fault in file.faults))


@lru_cache(maxsize=256)
def user_crds(text: str) -> CustomSchemas:
    """The custom resources that the YAML documents in `text` define; other documents are faults."""
    import yaml  # only projects with resources of their own pay for it

    try:
        documents = [document for document in yaml.load_all(text, _safe_loader()) if document is not None]
    except (yaml.YAMLError, ValueError) as error:
        return CustomSchemas((), {}, (f"this is not YAML: {' '.join(str(error).split())}",))
    return combine(_of_document(number, document) for number, document in enumerate(documents, 1))


def _safe_loader() -> Any:
    """The safe loader of libyaml where PyYAML was built with it, else its own."""
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _of_document(number: int, document: Any) -> CustomSchemas:
    if not isinstance(document, dict) or document.get("kind") != KIND:
        return _fault(f"document {number} is not a {KIND}")
    spec = _mapping(document, "spec")
    group, kind = spec.get("group"), _mapping(spec, "names").get("kind")
    if not isinstance(group, str) or not isinstance(kind, str):
        return _fault(f"document {number} does not say its `spec.group` and `spec.names.kind`")
    names = _Names(group, kind, spec.get("scope") != "Cluster")
    served = tuple(_served(spec))
    if not served:
        return _fault(f"`{kind}` of `{group}` has no served version")
    return combine(_of_version(names, version) for version in served)


def _served(spec: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    listed = spec.get("versions")
    for version in listed if isinstance(listed, list) else ():
        if isinstance(version, dict) and isinstance(version.get("name"), str) and version.get("served", True):
            yield version


def _of_version(names: _Names, version: Mapping[str, Any]) -> CustomSchemas:
    from idpc.schema.openapi import custom_definitions, malformed  # as above

    api_version = f"{names.group}/{version['name']}"
    schema = _mapping(_mapping(version, "schema"), "openAPIV3Schema")
    if not schema:
        return _fault(f"`{names.kind}` of `{api_version}` has no `openAPIV3Schema`")
    place = malformed(schema)
    if place is not None:
        return _fault(f"`{names.kind}` of `{api_version}` has no structural schema at `{place}`")
    name = f"{api_version}/{names.kind}"
    definitions = custom_definitions(name, schema)
    return CustomSchemas((ObjectSchema(api_version, names.kind, name, names.namespaced, custom=True),), definitions)


def _mapping(parent: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = parent.get(key)
    return value if isinstance(value, dict) else {}


def _fault(text: str) -> CustomSchemas:
    return CustomSchemas((), {}, (text,))
