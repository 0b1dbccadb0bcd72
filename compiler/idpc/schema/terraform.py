"""Looks up the resource and data types of the Terraform providers whose schemas ship with idpc."""

import json
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, TypeAlias

from idpc.schema import shelf
from idpc.schema.model import Attribute, AttributeType, BlockSchema, CollectionType, NestedBlock, ObjectType, TupleType

PINS: Mapping[str, str] = MappingProxyType(
    {
        "aws": "6.47.0",
        "azuread": "3.7.0",
        "azurerm": "4.79.0",
        "google": "6.50.0",
        "helm": "3.0.2",
        "kubernetes": "2.38.0",
        "null": "3.2.4",
        "random": "3.7.2",
        "time": "0.13.1",
        "tls": "4.1.0",
        "vault": "5.6.0",
    }
)
"""The exact version of each provider whose schema is here."""

DATA = "data."
_FLAGS = {"r": "required", "o": "optional", "c": "computed", "s": "sensitive", "w": "write_only", "d": "deprecated"}

Written: TypeAlias = list[Any]
_Found: TypeAlias = BlockSchema | NestedBlock | AttributeType | None


def resource(type: str) -> BlockSchema | None:  # noqa: A002  # Terraform's own word
    """The schema of a resource type."""
    return _body(provider_of(type), type)


def data(type: str) -> BlockSchema | None:  # noqa: A002  # Terraform's own word
    """The schema of a data source type."""
    return _body(provider_of(type), DATA + type)


@cache
def is_set(type: str, is_data: bool, path: tuple[str | int, ...]) -> bool:  # noqa: A002  # Terraform's own word
    """Whether what a path leads to is a set, whose members Terraform cannot count."""
    found: _Found = data(type) if is_data else resource(type)
    for step in path:
        found = _member(found, step)
    return getattr(found, "nesting", None) == "set" or getattr(found, "collection", None) == "set"


def _member(found: _Found, step: str | int) -> _Found:
    if isinstance(found, NestedBlock):
        return found.block if isinstance(step, int) else _member(found.block, step)
    if isinstance(found, BlockSchema):
        attribute = found.attributes.get(str(step))
        return attribute.type if attribute else found.blocks.get(str(step))
    if isinstance(found, CollectionType):
        return found.item
    return found.attributes.get(str(step)) if isinstance(found, ObjectType) else None


def provider_of(type: str) -> str | None:  # noqa: A002  # Terraform's own word
    """The provider that a type's name belongs to: what stands before its first `_`."""
    provider = type.partition("_")[0]
    return provider if provider in PINS else None


@cache
def types(provider: str) -> tuple[str, ...]:
    """The resource types of a provider, in order."""
    return tuple(name for name in _names(provider) if not name.startswith(DATA))


@cache
def data_types(provider: str) -> tuple[str, ...]:
    """The data source types of a provider, in order."""
    return tuple(name.removeprefix(DATA) for name in _names(provider) if name.startswith(DATA))


def _names(provider: str) -> tuple[str, ...]:
    names = shelf.names(_content(provider)) if provider in PINS else ()
    return tuple(name for name in names if not name.startswith("~"))


def _content(provider: str) -> bytes:
    return shelf.content("terraform", f"{provider}.tsv")


@cache
def _body(provider: str | None, name: str) -> BlockSchema | None:
    found = shelf.rows(_content(provider), name) if provider else []
    return _block(provider or "", json.loads(found[0][1])) if found else None


def _block(provider: str, written: Written) -> BlockSchema:
    """A body is a list of groups of attributes that are alike, then its blocks by name."""
    groups, blocks = written
    attributes = {attribute.name: attribute for group in groups for attribute in _attributes(*group)}
    return BlockSchema(
        dict(sorted(attributes.items())), {name: _nested(provider, name, parts) for name, parts in blocks.items()}
    )


def _attributes(flags: str, type: Any, names: str) -> list[Attribute]:  # noqa: A002  # Terraform's own word
    decoded, said = _type(type), {_FLAGS[flag]: True for flag in flags}
    return [Attribute(name, decoded, **said) for name in names.split(" ")]


def _nested(provider: str, name: str, written: Written) -> NestedBlock:
    nesting, min_items, max_items, body = written
    block = _shared(provider, body) if isinstance(body, str) else _block(provider, body)
    return NestedBlock(name, nesting, min_items, max_items, block)


@cache
def _shared(provider: str, name: str) -> BlockSchema:
    """A body that several types have, kept once."""
    return _block(provider, json.loads(shelf.rows(_content(provider), name)[0][1]))


def _type(written: Any) -> AttributeType:
    if isinstance(written, str):
        return written
    tag, parts, *optional = written
    if tag == "object":
        return ObjectType(
            "object", {name: _type(part) for name, part in parts.items()}, tuple(optional[0]) if optional else ()
        )
    if tag == "tuple":
        return TupleType("tuple", tuple(_type(part) for part in parts))
    return CollectionType(tag, _type(parts))
