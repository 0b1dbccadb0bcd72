"""Writes the build tree: only what changed, only what is idpc's own, and the old tree or the new one, never half.

The guarantee. `commit` replaces the folder as a whole (`swap`): at every moment, whoever kills the process, each path
below the folder leads into the old tree or into the new one, and foreign files are in both. Where the system cannot
do that (see `journal`), a killed run leaves the old tree or a journal, which the next run finishes first. Runs in the
same folder wait for each other. This holds for processes that die, not for machines that lose power: nothing is
flushed, but the next build compares every file by content and mends what differs.
"""

import os
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from idpc.diagnostics import Diagnostic, Outcome
from idpc.diagnostics.codes.artifacts import (
    FOREIGN_FILE,
    LINK_IN_TREE,
    MANIFEST_DAMAGED,
    PATH_LEAVES_TREE,
    TREE_NOT_WRITABLE,
)
from idpc.diagnostics.model import Code
from idpc.emit.journal import finish, replace_in_place
from idpc.emit.manifest import MANIFEST, DamagedManifestError, Manifest, digest, read_manifest, stays_inside
from idpc.emit.swap import clear_leftovers, swap
from idpc.source import Span

_MOVE = "move it, or build elsewhere with `-o`"


class TreeChange(NamedTuple):
    """The paths that a build wrote, removed and left as they were, each in order."""

    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


class Difference(NamedTuple):
    """A path whose file is not what the sources say: `missing`, `changed` or `left over`."""

    path: str
    what: str


class _Plan(Struct, frozen=True):
    """What a folder should hold against what it holds; `contents` has the manifest last, and lacks what is there."""

    contents: Mapping[str, bytes]
    owned: frozenset[str]
    change: TreeChange
    partial: bool


def commit(
    root: Path,
    files: Mapping[str, bytes | str],
    sources_digest: str,
    *,
    environments: Collection[str] | None = None,
    there: Mapping[str, str] | None = None,
) -> Outcome[TreeChange]:
    """Makes `files`, by relative path, the files that idpc owns in `root`, besides those that are `there`.

    Of these the caller has seen that they hold what their SHA-256 says. With `environments`, owned files outside these
    top folders stay as they are. What is in the way is a diagnostic, and nothing is written.
    """
    root = Path(os.path.realpath(root))
    outside = [path for path in sorted(files) if not stays_inside(path)]
    if outside:
        return Outcome(
            TreeChange(), tuple(_at(PATH_LEAVES_TREE, root, path, "is no path of a build") for path in outside)
        )
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        with _alone(root.parent):
            clear_leftovers(root)
            finish(root)
            return _commit(root, files, sources_digest, environments, there or {})
    except OSError as error:
        message = f"the build folder `{root.name}` cannot be written: {error.strerror or error}"
        return Outcome(TreeChange(), (TREE_NOT_WRITABLE.at(Span(root.name, 0, 0), message),))


def compare(
    root: Path,
    files: Mapping[str, bytes | str],
    sources_digest: str,
    *,
    environments: Collection[str] | None = None,
    there: Mapping[str, str] | None = None,
) -> tuple[Difference, ...]:
    """Where the folder on disk differs from what `commit` would leave; writes nothing."""
    root = Path(os.path.realpath(root))
    try:
        plan = _plan(root, files, sources_digest, environments, there or {})
    except DamagedManifestError:
        return (Difference(MANIFEST, "changed"),)
    written = [
        Difference(path, "changed" if os.path.lexists(root / path) else "missing") for path in plan.change.written
    ]
    return tuple(sorted([*written, *(Difference(path, "left over") for path in plan.change.removed)]))


def _commit(
    root: Path,
    files: Mapping[str, bytes | str],
    sources_digest: str,
    environments: Collection[str] | None,
    there: Mapping[str, str],
) -> Outcome[TreeChange]:
    try:
        plan = _plan(root, files, sources_digest, environments, there)
    except DamagedManifestError as error:
        helps = f"remove `{root.name}/{MANIFEST}`, or the whole folder if it holds nothing of yours"
        return Outcome(TreeChange(), (_at(MANIFEST_DAMAGED, root, MANIFEST, f"{error}", helps),))
    faults = tuple(_obstacles(root, plan))
    if faults:
        return Outcome(TreeChange(), faults)
    if plan.change.written or plan.change.removed:
        _replace(root, plan)
    return Outcome(plan.change)


def _plan(
    root: Path,
    files: Mapping[str, bytes | str],
    sources_digest: str,
    environments: Collection[str] | None,
    there: Mapping[str, str],
) -> _Plan:
    old = read_manifest(root)
    contents = {path: _bytes(files[path]) for path in sorted(files)}
    kept = {path for path in old.files if _stays(path, environments)} - contents.keys() - there.keys()
    listed = {path: digest(content) for path, content in contents.items()} | {path: old.files[path] for path in kept}
    listed |= {path: f"sha256:{found}" for path, found in there.items()}
    contents[MANIFEST] = Manifest(listed, sources_digest).text().encode()
    stale = tuple(sorted(path for path in old.files.keys() - listed.keys() if _is_file(root, path)))
    same = {path for path, content in contents.items() if _holds(f"{root}/{path}", content)} if root.is_dir() else set()
    if not there:
        contents = {**{path: (root / path).read_bytes() for path in sorted(kept) if _is_file(root, path)}, **contents}
    written = tuple(path for path in contents if path not in same and path not in kept)
    unchanged = (*(path for path in contents if path in same or path in kept), *sorted(there))
    return _Plan(contents, frozenset(old.files), TreeChange(written, stale, unchanged), bool(there))


def _stays(path: str, environments: Collection[str] | None) -> bool:
    return environments is not None and path.partition("/")[0] not in environments


def _bytes(content: bytes | str) -> bytes:
    return content.encode() if isinstance(content, str) else content


def _is_file(root: Path, path: str) -> bool:
    """Whether an owned path is a regular file that no link leads to."""
    target = root / path
    return target.is_file() and os.path.realpath(target) == os.fspath(target)


def _holds(path: str, content: bytes) -> bool:
    """Whether a regular file, which no link stands for, has a content."""
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    if not stat.S_ISREG(found.st_mode) or found.st_size != len(content):
        return False
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123  # of every file
        return file.readall() == content


def _obstacles(root: Path, plan: _Plan) -> Iterator[Diagnostic]:
    """What keeps files from being written, each once, in order."""
    if not root.is_dir():
        if root.exists():
            yield FOREIGN_FILE.at(Span(root.name, 0, 0), f"`{root.name}` is a file where a build needs a folder")
        return
    blocked: tuple[str, ...] = ()
    above = {path.rpartition("/")[0] for path in plan.contents}
    for folder in sorted({"", *above, *(folder for path in above for folder in _above(path))} - {""}):
        fault = None if folder.startswith(blocked) else _folder_fault(root, plan, folder)
        if fault:
            blocked = (*blocked, f"{folder}/")
            yield fault
    for path in plan.change.written:
        fault = None if path.startswith(blocked) else _file_fault(root, plan, path)
        if fault:
            yield fault


def _above(path: str) -> Iterator[str]:
    while path := path.rpartition("/")[0]:
        yield path


def _folder_fault(root: Path, plan: _Plan, path: str) -> Diagnostic | None:
    try:
        mode = os.lstat(f"{root}/{path}").st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    if stat.S_ISLNK(mode):
        return _link(root, path)
    if stat.S_ISREG(mode) and path not in plan.change.removed:
        return _at(FOREIGN_FILE, root, path, "is a file where a build needs a folder", _MOVE)
    return None


def _file_fault(root: Path, plan: _Plan, path: str) -> Diagnostic | None:
    target = root / path
    if target.is_symlink():
        return _link(root, path)
    if target.is_dir():
        below = (file.relative_to(root).as_posix() for file in target.rglob("*") if not file.is_dir())
        foreign = sorted(set(below) - set(plan.change.removed))
        return (
            _at(FOREIGN_FILE, root, foreign[0], "was not written by idpc and is in the way", _MOVE) if foreign else None
        )
    if path in plan.owned or path == MANIFEST or not target.exists():
        return None
    return _at(FOREIGN_FILE, root, path, "was not written by idpc and would be overwritten", _MOVE)


def _link(root: Path, path: str) -> Diagnostic:
    return _at(
        LINK_IN_TREE, root, path, "is a symbolic link where a build writes", "remove the link, or build elsewhere"
    )


def _at(code: Code, root: Path, path: str, clause: str, helps: str = "") -> Diagnostic:
    name = f"{root.name}/{path}"
    return code.at(Span(name, 0, 0), f"`{name}` {clause}", help=helps)


def _replace(root: Path, plan: _Plan) -> None:
    """Exchange the tree for the new one; where that cannot be, or few files changed, replace these along a journal."""
    written, removed, _ = plan.change
    if not plan.partial:
        with suppress(OSError):
            swap(root, {MANIFEST: plan.contents[MANIFEST], **plan.contents}, set(written), removed)
            return
    manifest_last = sorted(written, key=lambda path: path == MANIFEST)
    replace_in_place(root, {path: plan.contents[path] for path in manifest_last}, removed)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Holds a lock on a folder; one that a killed process held is free again."""
    import fcntl  # there is none on Windows

    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems have no locks: then one build at a time is the user's care
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
