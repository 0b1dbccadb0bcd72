"""Tells one compiler from another: what is kept between runs serves only the one that made it."""

import hashlib
import os
import sys
from collections.abc import Iterator
from functools import cache

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_BESIDE = ("grammar", "schemas", "stdlib")
_SKIPPED = ("__pycache__", "pages")


@cache
def identity() -> str:
    """32 hexadecimal digits that change with any file that ships with idpc, with Python, and with what is installed.

    Files are told apart by size and time of change: to read them all would cost more than most runs of idpc.
    """
    facts = (sys.version, *_installed(), *sorted(_shipped()))
    return hashlib.sha256("\n".join(facts).encode("utf-8", "surrogateescape")).hexdigest()[:32]


@cache
def release() -> str:
    """32 hexadecimal digits that change with the content of any file that ships: alike on all machines that have it."""
    found = hashlib.sha256()
    for name, path in sorted(_named()):
        with open(path, "rb", buffering=0) as file:
            found.update(f"{name}\0{hashlib.sha256(file.readall()).hexdigest()}\n".encode())
    return found.hexdigest()[:32]


def _named() -> Iterator[tuple[str, str]]:
    """The files that ship by their names in a wheel."""
    for folder in _folders():
        above = "" if folder == _PACKAGE else f"{os.path.basename(folder)}/"
        for entry in _below(folder):
            yield above + os.path.relpath(entry.path, folder), entry.path


def _installed() -> Iterator[str]:
    """Where packages are installed: such a folder changes when one of them is replaced."""
    return (_fact(path, os.stat(path)) for path in sys.path if path.endswith("-packages"))


def _shipped() -> Iterator[str]:
    """A line for each file that ships; of a zipped wheel, for the archive."""
    if not os.path.isdir(_PACKAGE):
        yield _archive(_PACKAGE)
    else:
        yield from (_fact(entry.path, entry.stat()) for folder in _folders() for entry in _below(folder))


def _folders() -> list[str]:
    """The package and what lies beside it in a checkout, within it in a wheel."""
    root = os.path.dirname(os.path.dirname(_PACKAGE))
    inside = os.path.isdir(f"{_PACKAGE}/{_BESIDE[0]}")
    return [_PACKAGE] if inside else [_PACKAGE, *(f"{root}/{name}" for name in _BESIDE)]


def _archive(path: str) -> str:
    while not os.path.exists(path):
        path = os.path.dirname(path)
    return _fact(path, os.stat(path))


def _below(folder: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                if entry.name not in _SKIPPED:
                    yield from _below(entry.path)
            elif not entry.name.endswith(".image"):
                yield entry


def _fact(path: str, status: os.stat_result) -> str:
    return f"{path} {status.st_size} {status.st_mtime_ns}"
