"""A folder of sources, on disk or in memory: which files belong to it, and their bytes."""

import json
import os
import posixpath
import stat
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, Protocol

from msgspec import Struct

from idpc.diagnostics.codes.syntax import FILE_TOO_LARGE, FILE_UNREADABLE
from idpc.diagnostics.model import Code

PROJECT_FILE = "project.platform"
SUFFIX = ".platform"
REGO = ".rego"
DATA = (".json", ".yaml", ".yml")
"""What Rego reads beside its own files: only in folders that hold some."""
GATEKEEPER = "gatekeeper"
"""The folder with templates and constraints of Gatekeeper, wherever it is."""
MEBIBYTE = 1 << 20
_NO_LINK, _NO_WAIT = getattr(os, "O_NOFOLLOW", 0), getattr(os, "O_NONBLOCK", 0)  # Windows has neither


class Refusal(NamedTuple):
    """Why a file or folder is not read: a clause that follows its name, as in "`a.platform` is a folder"."""

    clause: str
    code: Code = FILE_UNREADABLE


class Folder(Protocol):
    """What gathering asks of a folder; paths are relative to it, with `/`."""

    def paths(self) -> list[str]:
        """The `.platform` files, the custom resources in `crds/`, and Rego with its data; folders of other projects are left out."""

    def read(self, path: str, limit: int) -> bytes | Refusal:
        """The bytes of a file inside this folder, at most `limit` of them."""

    def sub(self, path: str) -> "Folder | Refusal":
        """Another folder, which may lie outside this one."""


class DiskFolder(Struct, frozen=True, dict=True):
    """A folder on disk. No symbolic link is followed out of it."""

    root: Path

    @cached_property
    def _inside(self) -> dict[str, bool]:
        """Whether folders that were read from are below this one, links and all."""
        return {}

    def paths(self) -> list[str]:
        """See `Folder.paths`; a link is taken only where its target inside the folder is not found by itself."""
        real: set[str] = set()
        links: list[str] = []
        for entry in _walk(self.root):
            path = Path(entry.path).relative_to(self.root).as_posix()
            if wanted(path):
                if entry.is_symlink():
                    links.append(path)
                elif entry.is_file(follow_symlinks=False):
                    real.add(path)
        return sorted(used(real | {link for link in links if self._target(link) not in real}))

    def folders(self) -> list[str]:
        """The folders whose entries decide which files belong to it, those that were looked at and left out included."""
        found = [os.fspath(self.root)]
        for folder in found:
            with os.scandir(folder) as entries:
                below = [entry.path for entry in entries if _is_visible(entry) and entry.is_dir(follow_symlinks=False)]
            if folder == found[0] or not _is_apart(folder):
                found += sorted(below)
        return found

    def _target(self, link: str) -> str:
        target = Path(os.path.realpath(self.root / link))
        root = Path(os.path.realpath(self.root))
        return target.relative_to(root).as_posix() if target.is_relative_to(root) else ""

    def read(self, path: str, limit: int) -> bytes | Refusal:
        """See `Folder.read`; only regular files are read, so that a pipe or a device cannot hang a build."""
        if self._leads_inside(posixpath.dirname(path)):
            content = _plain_content(f"{self.root}/{path}", limit)
            if content is not None:
                return content
        return self._read_carefully(path, limit)

    def _leads_inside(self, folder: str) -> bool:
        known = self._inside.get(folder)
        if known is None:
            target = Path(os.path.realpath(self.root / folder))
            known = self._inside[folder] = target.is_relative_to(os.path.realpath(self.root))
        return known

    def _read_carefully(self, path: str, limit: int) -> bytes | Refusal:
        """What the target of a link holds, or why nothing is read."""
        target = Path(os.path.realpath(self.root / path))
        if not target.is_relative_to(os.path.realpath(self.root)):
            return Refusal("is a symbolic link that leaves the project")
        try:
            if not target.exists():
                return Refusal("does not exist in the project")
            if not target.is_file():
                return Refusal("is a folder" if target.is_dir() else "is no regular file")
            with target.open("rb") as file:
                content = file.read(limit + 1)
        except OSError as error:
            return Refusal(f"cannot be read: {error.strerror}")
        return content if len(content) <= limit else too_large(limit)

    def sub(self, path: str) -> "Folder | Refusal":
        """See `Folder.sub`."""
        target = self.root / path
        return DiskFolder(target) if target.is_dir() else Refusal("is no folder")


class MemoryFolder(Struct, frozen=True):
    """Files by path, as tests and editors hold them; `base` is the folder's own path among them."""

    files: Mapping[str, str]
    base: str = ""

    def paths(self) -> list[str]:
        """See `Folder.paths`."""
        inside = sorted(self._inside())
        nested = {posixpath.dirname(path) for path in inside if posixpath.basename(path) == PROJECT_FILE} - {""}
        return sorted(
            used(path for path in inside if wanted(path) and not any(path.startswith(f"{it}/") for it in nested))
        )

    def _inside(self) -> Iterator[str]:
        start = f"{self.base}/" if self.base else ""
        return (path.removeprefix(start) for path in self.files if path.startswith(start))

    def read(self, path: str, limit: int) -> bytes | Refusal:
        """See `Folder.read`."""
        text = self.files.get(posixpath.join(self.base, path))
        if text is None:
            return Refusal("does not exist in the project")
        content = text.encode("utf-8", "surrogatepass")
        return content if len(content) <= limit else too_large(limit)

    def sub(self, path: str) -> "Folder | Refusal":
        """See `Folder.sub`."""
        folder = MemoryFolder(self.files, posixpath.normpath(posixpath.join(self.base, path)))
        return folder if any(folder._inside()) else Refusal("is no folder")


def _plain_content(path: str, limit: int) -> bytes | None:
    """The bytes of a regular file that is no link and not over the limit, None for what wants a closer look."""
    try:
        handle = os.open(path, os.O_RDONLY | _NO_LINK | _NO_WAIT)
    except OSError:
        return None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_size > limit:
            return None
        content = os.read(handle, limit + 1)
        return content if len(content) == status.st_size else None
    except OSError:
        return None
    finally:
        os.close(handle)


def wanted(path: str) -> bool:
    """Whether a path may be that of a specification, of a custom resource's definition, of Rego or of data for it."""
    return path.endswith((SUFFIX, REGO, *DATA)) and not (path.startswith(".") or "/." in path)


def is_custom_resource(path: str) -> bool:
    """Whether a path is that of a custom resource's definition."""
    return path.startswith("crds/") and path.endswith((".yaml", ".yml"))


def used(paths: Iterable[str]) -> Iterator[str]:
    """Wanted paths without those of data that lies beside no Rego, nor in a folder for Gatekeeper's files."""
    paths = tuple(paths)
    folders = {posixpath.dirname(path) for path in paths if path.endswith(REGO)}
    for path in paths:
        beside = posixpath.dirname(path) in folders or GATEKEEPER in path.split("/")[:-1]
        if not path.endswith(DATA) or is_custom_resource(path) or beside:
            yield path


def too_large(limit: int) -> Refusal:
    """The refusal of a file over the limit."""
    return Refusal(f"is larger than {limit // MEBIBYTE} MiB", FILE_TOO_LARGE)


def _walk(folder: Path) -> Iterator[os.DirEntry[str]]:
    """The entries below a folder, without hidden ones, `node_modules`, what a build wrote, and other projects."""
    pending = [os.fspath(folder)]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if not _is_visible(entry):
                    continue
                if not entry.is_dir(follow_symlinks=False):
                    yield entry
                elif not _is_apart(entry.path):
                    pending.append(entry.path)


def _is_visible(entry: os.DirEntry[str]) -> bool:
    return not entry.name.startswith(".") and entry.name != "node_modules"


def _is_apart(folder: str) -> bool:
    return os.path.exists(f"{folder}/{PROJECT_FILE}") or is_build_output(Path(folder))  # noqa: PTH110  # of every folder: `Path` costs more than the look


def is_build_output(folder: Path) -> bool:
    """Whether a folder holds a manifest that idpc wrote."""
    try:
        return marks_build_output((folder / "manifest.json").read_bytes())
    except OSError:
        return False


def marks_build_output(manifest: bytes) -> bool:
    """Whether a `manifest.json` is one that idpc wrote."""
    try:
        found = json.loads(manifest)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and str(found.get("compiler", "")).startswith("idpc ")
