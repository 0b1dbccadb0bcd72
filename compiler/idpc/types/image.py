"""A checked library as bytes; what no program declares stands there by name, and is looked up on the way back."""

import pickle
from collections.abc import Mapping
from io import BytesIO
from types import ModuleType
from typing import Any

from idpc.schema.custom_resources import CustomSchemas
from idpc.types import attributes, provision, shapes
from idpc.types.library import Library
from idpc.types.model import RecordType
from idpc.types.schemas import schema_record

_PROTOCOL = 5


def written(library: Library) -> bytes:
    """The library as bytes."""
    out = BytesIO()
    _Pickler(out, _PROTOCOL).dump(library)
    return out.getvalue()


def read(data: bytes, crds: CustomSchemas | None) -> Library:
    """A library from its bytes, which must come from `written` of the same compiler: they are a program."""
    found = _Unpickler(BytesIO(data), crds).load()
    if not isinstance(found, Library):
        raise TypeError(type(found))
    return found


def _records(*modules: ModuleType) -> Mapping[str, RecordType]:
    """The records that the language itself has."""
    return {name: each for module in modules for name, each in vars(module).items() if isinstance(each, RecordType)}


_OWN = _records(attributes, provision, shapes)
_NAMES = {id(record): name for name, record in _OWN.items()}


class _Pickler(pickle.Pickler):
    def persistent_id(self, obj: object) -> object:
        if not isinstance(obj, RecordType):
            return None
        return (obj.origin, obj.name, obj.open) if obj.origin else _NAMES.get(id(obj))


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: BytesIO, crds: CustomSchemas | None) -> None:
        super().__init__(file)
        self.crds = crds

    def persistent_load(self, pid: Any) -> RecordType:
        if isinstance(pid, str):
            return _OWN[pid]
        origin, name, open_ = pid
        return schema_record(origin, name, open_, self.crds if origin[0] == "kubernetes" else None)
