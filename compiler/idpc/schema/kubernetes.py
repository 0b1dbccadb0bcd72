"""Looks up the kinds of objects and the records of the Kubernetes API, with the custom resources that idpc knows."""

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from idpc.schema import shelf
from idpc.schema.custom_resources import CustomSchemas, combine, user_crds
from idpc.schema.model import Definition, ObjectSchema
from idpc.schema.notation import read_definition

__all__ = [
    "CustomSchemas",
    "combine",
    "definition",
    "definition_by_short_name",
    "find",
    "kinds",
    "user_crds",
    "versions",
]

_DEFINITIONS = ("kubernetes", "definitions.tsv")
_KINDS = ("kubernetes", "kinds.tsv")
_CUSTOM_DEFINITIONS = ("crds", "definitions.tsv")
_CUSTOM_KINDS = ("crds", "kinds.tsv")
_VERSION = re.compile(r"v?(\d+)\.(\d+)")
_API_VERSION = re.compile(r"v(\d+)(?:(alpha|beta)(\d+))?")
_STABILITY = {"alpha": 0, "beta": 1, None: 2}


class _Entry(NamedTuple):
    first: int
    last: int
    schema: ObjectSchema


@cache
def versions() -> tuple[str, ...]:
    """The versions of Kubernetes whose schemas are here, oldest first."""
    pod = next(entry for entry in _entries(_KINDS, "Pod") if entry.schema.api_version == "v1")
    return tuple(f"1.{minor}" for minor in range(pod.first, pod.last + 1))


def find(
    kind: str, version: str, api_version: str | None = None, crds: CustomSchemas | None = None
) -> tuple[ObjectSchema, ...]:
    """The objects called `kind`: Kubernetes' own, else custom ones; more than one where several groups have it.

    Of each group only the newest stable version, unless `api_version` says which.
    """
    own = _own(kind, version)
    if api_version is not None:
        everything = (*own, *_custom(kind, crds))
        return tuple(schema for schema in everything if schema.api_version == api_version)[:1]
    return _newest_of_each_group(own) or _newest_of_each_group(_custom(kind, crds))


def definition(name: str, version: str, crds: CustomSchemas | None = None) -> Definition | None:
    """The record called `name`, of Kubernetes, of the project's own custom resources or of those shipped with idpc."""
    if "/" not in name:
        return _own_definition(name, version)
    if crds is not None and name in crds.definitions:
        return crds.definitions[name]
    return _custom_definition(name)


@cache
def definition_by_short_name(name: str, version: str) -> tuple[Definition, ...]:
    """The records of Kubernetes that end in `name`; of each group only the newest stable version's."""
    newest: dict[str, Definition] = {}
    for full in sorted(shelf.names_ending(shelf.content(*_DEFINITIONS), f".{name}"), key=_rank_of_definition):
        record = _own_definition(full, version)
        if record is not None:
            newest[full.rsplit(".", 2)[0]] = record
    return tuple(newest[group] for group in sorted(newest))


@cache
def kinds(version: str) -> tuple[str, ...]:
    """The names of all kinds of objects in a version, custom ones included, in order."""
    own = (name for name in shelf.names(shelf.content(*_KINDS)) if _own(name, version))
    return tuple(sorted({*own, *shelf.names(shelf.content(*_CUSTOM_KINDS))}))


@cache
def _own(kind: str, version: str) -> tuple[ObjectSchema, ...]:
    minor = _minor(version)
    return tuple(entry.schema for entry in _entries(_KINDS, kind) if entry.first <= minor <= entry.last)


def _custom(kind: str, crds: CustomSchemas | None) -> tuple[ObjectSchema, ...]:
    """The project's own first; the shipped ones of a group only where the project does not bring that group's kind."""
    brought = tuple(schema for schema in crds.objects if schema.kind == kind) if crds else ()
    groups = {schema.group for schema in brought}
    shipped = (entry.schema for entry in _entries(_CUSTOM_KINDS, kind))
    return (*brought, *(schema for schema in shipped if schema.group not in groups))


@cache
def _entries(parts: tuple[str, str], kind: str) -> tuple[_Entry, ...]:
    custom = parts == _CUSTOM_KINDS
    return tuple(
        _Entry(_minor(first), _minor(last), ObjectSchema(api_version, kind, name, scope == "namespaced", custom))
        for _, api_version, first, last, scope, name in shelf.rows(shelf.content(*parts), kind)
    )


@cache
def _own_definition(name: str, version: str) -> Definition | None:
    minor = _minor(version)
    for _, first, last, fields in shelf.rows(shelf.content(*_DEFINITIONS), name):
        if _minor(first) <= minor <= _minor(last):
            return read_definition(name, fields)
    return None


@cache
def _custom_definition(name: str) -> Definition | None:
    found = shelf.rows(shelf.content(*_CUSTOM_DEFINITIONS), name)
    return read_definition(name, found[0][1]) if found else None


def _newest_of_each_group(schemas: Iterable[ObjectSchema]) -> tuple[ObjectSchema, ...]:
    newest: dict[str, ObjectSchema] = {}
    for schema in sorted(schemas, key=lambda schema: _rank(schema.api_version.rpartition("/")[2])):
        newest[schema.group] = schema
    return tuple(newest[group] for group in sorted(newest))


def _rank(api_version: str) -> tuple[int, int, int]:
    """Stable above beta above alpha, then the higher number."""
    match = _API_VERSION.fullmatch(api_version)
    if match is None:
        return (-1, 0, 0)
    return (_STABILITY[match[2]], int(match[1]), int(match[3] or 0))


def _rank_of_definition(name: str) -> tuple[int, int, int]:
    return _rank(name.rsplit(".", 2)[1])


def _minor(version: str) -> int:
    """The minor version, 0 for what is none of Kubernetes'."""
    match = _VERSION.match(version)
    return int(match[2]) if match and match[1] == "1" else 0
