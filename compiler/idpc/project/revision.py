"""A folder as it was in a revision of git: read from git's objects, without a checkout."""

import posixpath
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from msgspec import Struct

from idpc.diagnostics import Diagnostic, Outcome
from idpc.project.folder import PROJECT_FILE, SUFFIX, Folder, Refusal, marks_build_output, too_large, wanted
from idpc.project.gather import gather
from idpc.project.sources import Sources

_LINK = "120000"
_MANIFEST = "manifest.json"


class RevisionError(Exception):
    """There is no such revision, or no git; the message is a clause."""


class Entry(Struct, frozen=True):
    """A file of a revision: its mode and the name of its content."""

    mode: str
    blob: str


class Repository(Struct, frozen=True, dict=True):
    """The files of one revision by path from the top of the repository."""

    top: Path
    entries: Mapping[str, Entry]

    @cached_property
    def contents(self) -> dict[str, bytes]:
        """What was read so far, by the name of the content."""
        return {}

    def read(self, paths: Sequence[str]) -> None:
        """Read files at once, for later."""
        blobs = sorted({self.entries[path].blob for path in paths} - self.contents.keys())
        if blobs:
            self.contents.update(zip(blobs, _contents(self.top, blobs), strict=True))

    def content(self, path: str) -> bytes:
        """The content of one file."""
        self.read([path])
        return self.contents[self.entries[path].blob]


class RevisionFolder(Struct, frozen=True):
    """A folder of a revision; `base` is its path from the top of the repository."""

    repository: Repository
    base: str

    def paths(self) -> list[str]:
        """See `Folder.paths`."""
        inside = dict(self._inside())
        apart = {posixpath.dirname(path) for path in inside if self._marks(path)} - {""}
        found = [path for path in inside if wanted(path) and not any(path.startswith(f"{each}/") for each in apart)]
        kept = [path for path in found if inside[path].mode != _LINK or self._leads_to(path) not in found]
        self.repository.read([posixpath.join(self.base, path) for path in kept])
        return sorted(kept)

    def _inside(self) -> Iterator[tuple[str, Entry]]:
        start = f"{self.base}/" if self.base else ""
        for path, entry in self.repository.entries.items():
            if path.startswith(start):
                yield path.removeprefix(start), entry

    def _marks(self, path: str) -> bool:
        """Whether a file marks its folder as another project's or as a build."""
        name = posixpath.basename(path)
        full = posixpath.join(self.base, path)
        return name == PROJECT_FILE or (name == _MANIFEST and marks_build_output(self.repository.content(full)))

    def _leads_to(self, link: str) -> str:
        target = self.repository.content(posixpath.join(self.base, link)).decode("utf-8", "replace")
        return posixpath.normpath(posixpath.join(posixpath.dirname(link), target))

    def read(self, path: str, limit: int) -> bytes | Refusal:
        """See `Folder.read`; of links only the last step is followed."""
        entry = self.repository.entries.get(posixpath.join(self.base, path))
        if entry is not None and entry.mode == _LINK:
            path = self._leads_to(path)
            entry = self.repository.entries.get(posixpath.join(self.base, path))
        if path.startswith("../"):
            return Refusal("is a symbolic link that leaves the project")
        if entry is None or entry.mode == _LINK:
            return Refusal("does not exist in the project")
        content = self.repository.content(posixpath.join(self.base, path))
        return content if len(content) <= limit else too_large(limit)

    def sub(self, path: str) -> Folder | Refusal:
        """See `Folder.sub`."""
        base = posixpath.normpath(posixpath.join(self.base, path))
        folder = RevisionFolder(self.repository, "" if base == "." else base)
        return folder if any(folder._inside()) else Refusal("is no folder")


def load_revision(root: Path, revision: str) -> Outcome[Sources]:
    """The sources that a project's folder held in a revision; raises RevisionError."""
    top = Path(_git(root, "rev-parse", "--show-toplevel").decode().rstrip("\n"))
    base = _git(root, "rev-parse", "--show-prefix").decode().rstrip("/\n")
    if revision.startswith("-"):
        raise RevisionError("a revision does not begin with `-`")
    commit = (
        _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
    )
    folder = RevisionFolder(Repository(top, _entries(top, commit)), base)
    if PROJECT_FILE not in folder.paths() and not any(path.endswith(SUFFIX) for path in folder.paths()):
        raise RevisionError("it has no project in this folder")
    found: list[Diagnostic] = []
    gathered = gather(folder, found)
    files, crds, packages = gathered.files, gathered.crds, gathered.packages
    sources = Sources(gathered.name, files, crds, packages, root=root, folder=folder, rego=gathered.rego)
    return Outcome(sources, tuple(found))


def _entries(top: Path, commit: str) -> dict[str, Entry]:
    listed = _git(top, "ls-tree", "-r", "-z", "--full-tree", commit)
    found: dict[str, Entry] = {}
    for line in listed.split(b"\0"):
        facts, _, path = line.decode("utf-8", "surrogateescape").partition("\t")
        if path and " blob " in facts:
            mode, _, blob = facts.split(" ")
            found[path] = Entry(mode, blob)
    return found


def _contents(top: Path, blobs: Sequence[str]) -> Iterator[bytes]:
    """The contents of blobs, in one run of git."""
    asked = "".join(f"{blob}\n" for blob in blobs).encode()
    output, start = _git(top, "cat-file", "--batch", given=asked), 0
    for _ in blobs:
        end = output.index(b"\n", start)
        size = int(output[start:end].split(b" ")[2])
        yield output[end + 1 : end + 1 + size]
        start = end + size + 2


def _git(folder: Path, *arguments: str, given: bytes | None = None) -> bytes:
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, input=given, capture_output=True, check=False)  # noqa: S603  # no shell
    except FileNotFoundError as error:
        raise RevisionError("there is no `git` on this machine") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise RevisionError(said[-1] if said else "the repository has none of that name")
    return done.stdout
