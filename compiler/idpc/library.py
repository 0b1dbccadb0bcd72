"""Finds the checked standard library: in this process, shipped with idpc, in the cache, else by checking it."""

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache

from idpc.cache import Store
from idpc.heap import kept
from idpc.identity import identity
from idpc.project import Sources, standard_library
from idpc.resources import package, root
from idpc.source import SourceFile
from idpc.stages import custom_schemas
from idpc.syntax.nodes import Block, Module
from idpc.types.library import Library

SHIPPED = "library.image"
"""Beside this module in a wheel: the library for the newest Kubernetes, for projects without resources of their own."""


def library_for(modules: Iterable[Module], sources: Sources) -> Library:
    """The standard library as a project needs it: for its version of Kubernetes, with its custom resources."""
    from idpc.types.check import kubernetes_version

    statements = (statement for module in modules for statement in module.statements)
    projects = [each for each in statements if isinstance(each, Block) and each.head.text == "project"]
    return _library(kubernetes_version(projects)[0], sources.crds)


@lru_cache(maxsize=8)
def _library(version: str, crds: tuple[SourceFile, ...]) -> Library:
    from idpc.types import image

    schemas = custom_schemas(Sources("", (), crds))[0]
    data = _shipped(version) if not crds else None
    store, key = Store.open(), _key(version, crds)
    data = data or store.get(key)
    if data is not None:
        with kept():
            return image.read(data, schemas)
    library = check_standard_library(version, crds)
    if not library.faults:
        store.put(key, image.written(library))
    return library


def kind_fields() -> Mapping[str, frozenset[str]]:
    """The kinds of the standard library with their fields."""
    library = library_for((), Sources("", (), ()))
    return {kind.name: frozenset(kind.fields) for kind in library.kinds.values()}


def check_standard_library(version: str, crds: tuple[SourceFile, ...] = ()) -> Library:
    """The standard library, parsed and checked."""
    from idpc.syntax import parse_module
    from idpc.types.check import check_library

    schemas = custom_schemas(Sources("", (), crds))[0]
    return check_library([parse_module(file).value for file in standard_library()], version, schemas)


def _shipped(version: str) -> bytes | None:
    """The image in an installed wheel, whose files are not edited."""
    from idpc.types.check import DEFAULT_KUBERNETES

    if version != DEFAULT_KUBERNETES or root() != package():
        return None
    image = package().joinpath(SHIPPED)
    return image.read_bytes() if image.is_file() else None


def _key(version: str, crds: tuple[SourceFile, ...]) -> str:
    digest = hashlib.sha256(identity().encode())
    for text in (version, *(text for file in crds for text in (file.path, file.text))):
        digest.update(b"%d " % len(text.encode()) + text.encode())
    return f"library-{digest.hexdigest()[:32]}"
