"""What a project's builds remember of each other: the parts of its units, and which files they have written where."""

import hashlib
import os
import stat
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from idpc import profile
from idpc.cache import Store
from idpc.identity import identity
from idpc.units.build import Built, Known
from idpc.units.facts import FileFacts
from idpc.units.part import FilePart, Part

GRAIN = 50_000_000
"""Nanoseconds in which two changes of a file may bear the same time: kernels stamp files at their clock's ticks."""


class Stamp(Struct, frozen=True, array_like=True):
    """What tells a file from one that was changed: times of change in nanoseconds, number and size."""

    modified: int
    changed: int
    number: int
    size: int

    @classmethod
    def of(cls, status: os.stat_result) -> "Stamp":
        """The stamp of a file."""
        return cls(status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_size)


class Written(Struct, frozen=True, array_like=True):
    """A file that holds what its SHA-256 says as long as it bears this stamp."""

    digest: str
    stamp: Stamp


class Remembered(Struct, array_like=True):
    """The entry of a project in the cache. `outputs` are by the build folder's path, then by the file's."""

    facts: tuple[FileFacts, ...] = ()
    parts: tuple[Part, ...] = ()
    outputs: dict[str, dict[str, Written]] = field(default_factory=dict)


class Memory:
    """The memory of the project in one folder, read once and written after each build that differs."""

    def __init__(self, store: Store, root: Path | None) -> None:
        self.store = store
        where = hashlib.sha256(f"{identity()}\n{root}".encode("utf-8", "surrogateescape")).hexdigest()
        self.key = f"project-{where[:32]}" if root else ""
        with profile.stage("memory"):
            self.held = self._read()

    def _read(self) -> Remembered:
        data = self.store.get(self.key) if self.key else None
        if data is None:
            return Remembered()
        try:
            return msgspec.msgpack.decode(data, type=Remembered)
        except msgspec.MsgspecError:  # of another idpc, whose files bore the same stamps
            return Remembered()

    def reads(self) -> set[str]:
        """The further files that the last build has read, relative to the project."""
        return {path for part in self.held.parts for path, _ in part.reads}

    @property
    def folder(self) -> Path | None:
        """The folder into which the project was built last."""
        return next(map(Path, self.held.outputs), None)

    def known(self, target: Path | None) -> Known:
        """What a build into a folder may take over; without a folder only what is wrong counts."""
        parts = {part.key: part for part in self.held.parts}
        known = Known({each.path: each for each in self.held.facts}, parts)
        if target is None:
            return known
        root, written = os.fspath(target), self.held.outputs.get(os.fspath(target), {})

        def intact(part: Part) -> bool:
            files = (file for environment in part.environments for file in environment.files)
            return all(holds(f"{root}/{file.path}", file, written.get(file.path)) for file in files)

        return replace(known, intact=intact, read=lambda path: (target / path).read_text(encoding="utf-8"))

    def note(self, built: Built, target: Path | None) -> None:
        """Remember a build and the files that it left in a folder."""
        if not self.key or not built.parts:
            return
        with profile.stage("memory"):
            self._note(built, target)

    def _note(self, built: Built, target: Path | None) -> None:
        fresh = {part.key: part for part in built.parts}
        self.held.facts, self.held.parts = built.facts, tuple(fresh.values())
        if target is not None:
            files = (file for part in built.parts for each in part.environments for file in each.files)
            self.held.outputs = {os.fspath(target): stamped(os.fspath(target), files, time.time_ns())}
        self.store.put(self.key, msgspec.msgpack.encode(self.held))


def stamped(root: str, files: Iterable[FilePart], now: int) -> dict[str, Written]:
    """The stamps of files, without those that were changed just `now`, and may be again at the same time."""
    found = {}
    for file in files:
        try:
            status = os.lstat(f"{root}/{file.path}")
        except OSError:
            continue
        if status.st_ctime_ns < now - GRAIN and status.st_size == file.size:
            found[file.path] = Written(file.digest, Stamp.of(status))
    return found


def holds(path: str, file: FilePart, written: Written | None) -> bool:
    """Whether a regular file holds what it should: by its stamp where that is known, else by its content."""
    try:
        status = os.lstat(path)
        if not file.digest or status.st_size != file.size or not stat.S_ISREG(status.st_mode):
            return False
        if written is not None and written.stamp == Stamp.of(status):
            return written.digest == file.digest
        with open(path, "rb", buffering=0) as content:
            return hashlib.sha256(content.readall()).hexdigest() == file.digest
    except OSError:
        return False
