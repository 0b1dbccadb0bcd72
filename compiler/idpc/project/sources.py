"""The sources: every text that a compilation may read, and nothing else."""

import hashlib
import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, Self

from msgspec import Struct, field

from idpc.diagnostics import Diagnostic
from idpc.project.decode import decode
from idpc.project.folder import MEBIBYTE, Folder, MemoryFolder, Refusal
from idpc.project.gather import Package, gather
from idpc.source import SourceFile

TEXT_LIMIT = MEBIBYTE


class Reading(NamedTuple):
    """What `read("…")` gave: the text or, where there is none, a sentence that says why not."""

    text: str
    refusal: str = ""

    @property
    def digest(self) -> str:
        """The SHA-256 of the text, in hexadecimal."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()


class Sources(Struct, frozen=True, eq=False, repr_omit_defaults=True):
    """A project as read: `files` are its own, ordered by path, without those of packages and of the standard library.

    `root_name` is the name in `project NAME { }` or, for a file without a project, the file's. `shown` are the paths
    that diagnostics and views are limited to, None for no limit. `crds` are the texts below `crds/`, `rego` policies in
    Rego and the data beside them, those of packages included. `root` is the
    folder on disk, None in memory: it says where output goes, and nothing that is written may hold it.
    """

    root_name: str
    files: tuple[SourceFile, ...]
    crds: tuple[SourceFile, ...] = ()
    packages: tuple[Package, ...] = ()
    shown: tuple[str, ...] | None = None
    root: Path | None = None
    folder: Folder = field(default_factory=lambda: MemoryFolder({}))
    readings: dict[str, Reading] = field(default_factory=dict)
    rego: tuple[SourceFile, ...] = ()

    @classmethod
    def of(cls, files: Mapping[str, str], *, shown: tuple[str, ...] | None = None) -> Self:
        """The sources of a project in memory, by path: `Sources.of({"project.platform": "…"})`.

        What is at fault in the files as such (NUL, size, packages) is told by `check_files`, as `load` tells it.
        """
        folder = MemoryFolder(files)
        gathered = gather(folder, [])
        return cls(
            gathered.name, gathered.files, gathered.crds, gathered.packages, shown, folder=folder, rego=gathered.rego
        )

    def check_files(self) -> tuple[Diagnostic, ...]:
        """What is at fault in the files as such; read anew."""
        found: list[Diagnostic] = []
        gather(self.folder, found)
        return tuple(found)

    def read_text(self, relative: str) -> Reading:
        """The text of a file of the project, by its path relative to the project's folder; read once."""
        if relative not in self.readings:
            self.readings[relative] = _read(self.folder, relative)
        return self.readings[relative]

    def file(self, path: str) -> SourceFile | None:
        """The file at a path, whether the project's own or a package's."""
        groups = (self.files, *(package.files for package in self.packages))
        return next((file for group in groups for file in group if file.path == path), None)

    def digest(self) -> str:
        """`sha256:…` of all texts, those that `read_text` has given so far included; the same wherever they lie."""
        read = {path: reading.digest for path, reading in self.readings.items() if not reading.refusal}
        return digest_of_digests({file.path: file.digest for file in self.all_files()} | read)

    def all_files(self) -> Iterator[SourceFile]:
        """The files of the project, its custom resources, its Rego, and those of its packages."""
        for group in (self.files, self.crds, self.rego, *(package.files for package in self.packages)):
            yield from group


def digest_of_digests(digests: Mapping[str, str]) -> str:
    """`sha256:…` of texts by their paths, each given by its own digest."""
    lines = "".join(f"{path}\0{digests[path]}\n" for path in sorted(digests))
    return f"sha256:{hashlib.sha256(lines.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _read(folder: Folder, relative: str) -> Reading:
    path = posixpath.normpath(relative)
    if posixpath.isabs(relative) or path.startswith("..") or "\0" in relative:
        return Reading("", f"`{relative}` leaves the project".replace("\0", "\\0"))
    content = folder.read(path, TEXT_LIMIT)
    if isinstance(content, Refusal):
        return Reading("", f"`{relative}` {content.clause}")
    found: list[Diagnostic] = []
    file = decode(relative, content, found)
    return Reading("", found[0].message) if found else Reading(file.text)
