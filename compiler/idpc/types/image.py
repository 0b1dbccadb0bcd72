"""A checked library as bytes; what no program declares stands there by name, and is looked up on the way back."""

import pickle
from collections.abc import Mapping
from functools import cached_property
from io import BytesIO
from types import ModuleType
from typing import Any, cast

from idpc.heap import uncollected
from idpc.schema.custom_resources import CustomSchemas
from idpc.source import Span
from idpc.types import attributes, provision, shapes
from idpc.types.declared import ProvisionInfo, ResourceInfo
from idpc.types.library import Library
from idpc.types.model import RecordType
from idpc.types.schemas import schema_record

_PROTOCOL = 5


def written(library: Library) -> bytes:
    """The library as bytes."""
    out = BytesIO()
    _Pickler(out, _names_in(library)).dump(library)
    return out.getvalue()


def read(data: bytes, crds: CustomSchemas | None) -> Library:
    """A library from its bytes, which must come from `written` of the same compiler: they are a program."""
    shelf = _Shelf(crds)
    found = _Unpickler(BytesIO(data), shelf).load()
    if not isinstance(found, Library):
        raise TypeError(type(found))
    shelf.library = found
    return found


Name = tuple[str, object, str]
"""What a declaration is called in the bytes of a provision: its sort, its key, and for a kind's `let` the name of that."""


def _names_in(library: Library) -> dict[int, Name]:
    """The declarations of a library that its provisions share, by their ids."""
    tables: Mapping[str, Mapping[Any, object]] = {
        "kinds": library.kinds,
        "records": library.records,
        "functions": library.functions,
        "lets": library.lets,
    }
    names = {id(each): (sort, key, "") for sort, table in tables.items() for key, each in table.items()}
    return names | {
        id(let): ("kinds", key, name) for key, kind in library.kinds.items() for name, let in kind.lets.items()
    }


class _Shelf:
    """Where the provisions of a library find what they share with it."""

    def __init__(self, crds: CustomSchemas | None) -> None:
        self.crds = crds
        self.library: Library | None = None

    def named(self, name: Name) -> object:
        """A declaration by its name."""
        sort, key, let = name
        found = getattr(self.library, sort)[key]
        return found.lets[let] if let else found


class LaterProvision:
    """A `provision` block whose body is read when it is asked for: an environment takes those of one cloud."""

    def __init__(self, targets: tuple[str, ...], span: Span, content: bytes, shelf: _Shelf) -> None:
        self.targets, self.span = targets, span
        self._content, self._shelf = content, shelf

    @cached_property
    def _body(self) -> tuple[Any, Any]:
        with uncollected():
            return cast("tuple[Any, Any]", _Unpickler(BytesIO(self._content), self._shelf).load())

    @property
    def resources(self) -> tuple[ResourceInfo, ...]:
        """As in `ProvisionInfo`."""
        return cast("tuple[ResourceInfo, ...]", self._body[0])

    @property
    def outputs(self) -> tuple[Any, ...]:
        """As in `ProvisionInfo`."""
        return cast("tuple[Any, ...]", self._body[1])


def _records(*modules: ModuleType) -> Mapping[str, RecordType]:
    """The records that the language itself has."""
    return {name: each for module in modules for name, each in vars(module).items() if isinstance(each, RecordType)}


_OWN = _records(attributes, provision, shapes)
_NAMES = {id(record): name for name, record in _OWN.items()}


class _Pickler(pickle.Pickler):
    """Writes provisions apart from the rest; inside of one, what is named stands by its name."""

    def __init__(self, file: BytesIO, names: Mapping[int, Name], *, inside: bool = False) -> None:
        super().__init__(file, _PROTOCOL)
        self.names, self.inside = names, inside

    def persistent_id(self, obj: object) -> object:
        if isinstance(obj, RecordType) and (obj.origin or id(obj) in _NAMES):
            return (obj.origin, obj.name, obj.open) if obj.origin else _NAMES[id(obj)]
        if isinstance(obj, ProvisionInfo):
            content = BytesIO()
            _Pickler(content, self.names, inside=True).dump((obj.resources, obj.outputs))
            return ("provision", obj.targets, obj.span, content.getvalue())
        return ("named", self.names[id(obj)]) if self.inside and id(obj) in self.names else None


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: BytesIO, shelf: _Shelf) -> None:
        super().__init__(file)
        self.shelf = shelf

    def persistent_load(self, pid: Any) -> object:
        if isinstance(pid, str):
            return _OWN[pid]
        if pid[0] == "provision":
            _, targets, span, content = pid
            return LaterProvision(targets, span, content, self.shelf)
        if pid[0] == "named":
            return self.shelf.named(pid[1])
        origin, name, open_ = pid
        return schema_record(origin, name, open_, self.shelf.crds if origin[0] == "kubernetes" else None)
