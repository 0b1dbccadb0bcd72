"""The bodies of resources and data sources in Terraform's JSON syntax."""

from idpc.emit.model import Document, Json
from idpc.emit.terraform.expressions import address, template, traversal
from idpc.emit.terraform.scope import Reader, resolved
from idpc.values import ResourceRef, Value

_DEPENDENCIES, _TRIGGERS = "depends_on", "replace_triggered_by"


def body_of(body: dict[str, Value], reader: Reader) -> Document:
    """A body with its references resolved; what Terraform reads as an address is written as one, not as a template."""
    return {key: _argument(key, value, reader) for key, value in body.items() if not _says_nothing(key, value)}


def _says_nothing(key: str, value: Value) -> bool:
    return value is None or (key == _DEPENDENCIES and value == [])


def _argument(key: str, value: Value, reader: Reader) -> Json:
    if key == _DEPENDENCIES and isinstance(value, list):
        return [_address(item, reader) for item in value]
    if key == "lifecycle" and isinstance(value, dict):
        return {name: _rule(name, item, reader) for name, item in value.items() if item is not None}
    return template(resolved(value, reader))


def _rule(name: str, value: Value, reader: Reader) -> Json:
    if name == _TRIGGERS and isinstance(value, list):
        return [_traversal(item, reader) for item in value]
    return template(resolved(value, reader))


def _address(item: Value, reader: Reader) -> Json:
    found = resolved(item, reader)
    return address(found) if isinstance(found, ResourceRef) else template(found)


def _traversal(item: Value, reader: Reader) -> Json:
    found = resolved(item, reader)
    return traversal(found) if isinstance(found, ResourceRef) else template(found)
