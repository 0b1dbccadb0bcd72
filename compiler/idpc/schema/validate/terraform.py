"""Checks the body of a Terraform resource or data source, in JSON syntax, against its provider's schema."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from idpc.schema import terraform
from idpc.schema.model import (
    Attribute,
    AttributeType,
    BlockSchema,
    CollectionType,
    NestedBlock,
    ObjectType,
    TupleType,
)
from idpc.schema.validate.faults import Fault, Path, misfit

_META = frozenset({"connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"})
_COMMENT = "//"
_DYNAMIC = "dynamic"
_EXPRESSION = re.compile(r"(?<!\$)\$\{|(?<!%)%\{")
_SPELLED = {"number": re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?"), "bool": re.compile("true|false")}


def terraform_faults(type: str, body: Mapping[str, Any], data: bool = False) -> list[Fault]:  # noqa: A002  # Terraform's own word
    """Every unknown, missing or wrongly typed part; a string with `${…}` may stand for anything."""
    schema = terraform.data(type) if data else terraform.resource(type)
    if schema is None:
        return [Fault((), f"there is no {'data source' if data else 'resource'} type `{type}`")]
    return list(_body(schema, {key: part for key, part in body.items() if key not in _META}, ()))


def _body(schema: BlockSchema, body: Any, path: Path) -> Iterator[Fault]:
    if not isinstance(body, dict):
        yield misfit(path, "a block", body)
        return
    yield from _missing(schema, body, path)
    for key, value in body.items():
        if key in schema.attributes:
            yield from _attribute(schema.attributes[key], value, (*path, key))
        elif key in schema.blocks:
            yield from _blocks(schema.blocks[key], value, (*path, key))
        elif key not in {_COMMENT, _DYNAMIC}:
            yield Fault((*path, key), f"there is no attribute or block `{key}`")


def _missing(schema: BlockSchema, body: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    for name, attribute in schema.attributes.items():
        if attribute.required and body.get(name) is None:
            yield Fault(path, f"the attribute `{name}` is required")
    for name, nested in schema.blocks.items():
        if nested.min_items and body.get(name) is None and name not in body.get(_DYNAMIC, {}):
            yield Fault(path, f"at least {nested.min_items} block `{name}` is required")


def _attribute(attribute: Attribute, value: Any, path: Path) -> Iterator[Fault]:
    if value is None:
        return
    if attribute.settable:
        yield from _value(attribute.type, value, path)
    else:
        yield Fault(path, f"`{attribute.name}` is decided by the provider and cannot be set")


def _blocks(nested: NestedBlock, value: Any, path: Path) -> Iterator[Fault]:
    """One block is an object, several are a list of them; in a map each has a label."""
    if value is None:
        return
    if nested.nesting == "map" and isinstance(value, dict):
        places = {(*path, label): body for label, body in value.items()}
    else:
        places = (
            {(*path, index): body for index, body in enumerate(value)} if isinstance(value, list) else {path: value}
        )
    most = 1 if nested.nesting in {"single", "group"} else nested.max_items
    if len(places) < nested.min_items or (most and len(places) > most):
        yield Fault(path, f"there must be {_count(nested.min_items, most)} `{nested.name}`, not {len(places)}")
    for place, body in places.items():
        yield from _body(nested.block, body, place)


def _count(least: int, most: int) -> str:
    if not most:
        return f"at least {least}"
    return f"{least}" if least == most else f"{least} to {most}"


def _value(type: AttributeType, value: Any, path: Path) -> Iterator[Fault]:  # noqa: A002  # Terraform's own word
    if value is None or type == "dynamic" or (isinstance(value, str) and _EXPRESSION.search(value)):
        return
    if isinstance(type, str):
        if not _fits(type, value):
            yield misfit(path, _NAMED[type], value)
    elif isinstance(type, ObjectType):
        yield from _object(type, value, path)
    elif isinstance(type, TupleType):
        yield from _tuple(type, value, path)
    else:
        yield from _collection(type, value, path)


_NAMED = {"string": "a string", "number": "a number", "bool": "true or false"}


def _fits(type: str, value: Any) -> bool:  # noqa: A002  # Terraform's own word
    """Terraform converts between texts and what they spell."""
    if isinstance(value, str):
        return type == "string" or _SPELLED[type].fullmatch(value) is not None
    if isinstance(value, bool):
        return type != "number"
    return type != "bool" and isinstance(value, int | float)


def _collection(type: CollectionType, value: Any, path: Path) -> Iterator[Fault]:  # noqa: A002  # Terraform's own word
    if not isinstance(value, dict if type.collection == "map" else list):
        yield misfit(path, f"a {type.collection}", value)
        return
    for key, part in value.items() if isinstance(value, dict) else enumerate(value):
        yield from _value(type.item, part, (*path, key))


def _object(type: ObjectType, value: Any, path: Path) -> Iterator[Fault]:  # noqa: A002  # Terraform's own word
    if not isinstance(value, dict):
        yield misfit(path, "an object", value)
        return
    for name in type.attributes:
        if name not in value and name not in type.optional:
            yield Fault(path, f"the attribute `{name}` is required")
    for key, part in value.items():
        if key in type.attributes:
            yield from _value(type.attributes[key], part, (*path, key))
        else:
            yield Fault((*path, key), f"there is no attribute `{key}`")


def _tuple(type: TupleType, value: Any, path: Path) -> Iterator[Fault]:  # noqa: A002  # Terraform's own word
    if not isinstance(value, list) or len(value) != len(type.items):
        yield misfit(path, f"a list of {len(type.items)}", value)
        return
    for index, (item, part) in enumerate(zip(type.items, value, strict=True)):
        yield from _value(item, part, (*path, index))
