"""The standard library's files, as they ship with idpc."""

from functools import cache
from typing import TYPE_CHECKING

from idpc.resources import resource
from idpc.source import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable


@cache
def standard_library() -> tuple[SourceFile, ...]:
    """Every `.platform` file of the standard library, ordered by path; the paths begin with `std/`."""
    return tuple(sorted(_files(resource("stdlib"), "std"), key=lambda file: file.path))


def _files(folder: "Traversable", path: str) -> "Iterator[SourceFile]":
    if not folder.is_dir():
        return
    for entry in folder.iterdir():
        below = f"{path}/{entry.name}"
        if entry.is_dir():
            yield from _files(entry, below)
        elif entry.name.endswith(".platform"):
            yield SourceFile(below, entry.read_text(encoding="utf-8"))
