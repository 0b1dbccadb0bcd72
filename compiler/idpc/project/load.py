"""From a path on the command line to the sources of its project."""

import os
from pathlib import Path

from idpc.diagnostics import Diagnostic, Outcome
from idpc.diagnostics.codes.names import NO_PROJECT, NOT_IN_PROJECT
from idpc.diagnostics.model import Code
from idpc.project.folder import PROJECT_FILE, SUFFIX, DiskFolder
from idpc.project.gather import gather, read_file
from idpc.project.sources import Sources
from idpc.source import Span


def load(path: Path) -> Outcome[Sources]:
    """The project around a path: that of the nearest `project.platform` at or above it.

    A file without a project around it is a project of its own, named after the file. A file inside a project limits
    what is shown and not what is read.
    """
    start = Path(os.path.abspath(path))  # noqa: PTH100  # `resolve` would leave a project through a linked file
    if not start.exists():
        return _nothing(NO_PROJECT, path, "does not exist")
    root = _project_folder(start)
    if root:
        return _load_project(path, start, root)
    if start.is_dir():
        return _nothing(NO_PROJECT, path, f"is in no project: neither it nor a folder above holds `{PROJECT_FILE}`")
    if start.suffix != SUFFIX:
        return _nothing(NOT_IN_PROJECT, path, f"is no `{SUFFIX}` file")
    return _load_single(start)


def _project_folder(start: Path) -> Path | None:
    folders = [start, *start.parents] if start.is_dir() else start.parents
    return next((folder for folder in folders if (folder / PROJECT_FILE).is_file()), None)


def _load_project(path: Path, start: Path, root: Path) -> Outcome[Sources]:
    found: list[Diagnostic] = []
    folder = DiskFolder(root)
    try:
        gathered = gather(folder, found)
    except OSError as error:
        return _nothing(NO_PROJECT, path, f"cannot be read: {error.strerror}")
    relative = start.relative_to(root).as_posix()
    if start.is_file() and relative not in folder.paths():
        return _nothing(NOT_IN_PROJECT, path, "belongs to no project: it is hidden, another sort of file or a build's")
    shown = (relative,) if start.is_file() and relative != PROJECT_FILE else None
    files, crds, packages = gathered.files, gathered.crds, gathered.packages
    sources = Sources(gathered.name, files, crds, packages, shown, root, folder, rego=gathered.rego)
    return Outcome(sources, tuple(found))


def _load_single(start: Path) -> Outcome[Sources]:
    found: list[Diagnostic] = []
    folder = DiskFolder(start.parent)
    file = read_file(folder, start.name, found)
    return Outcome(Sources(start.stem, (file,) if file else (), root=start.parent, folder=folder), tuple(found))


def _nothing(code: Code, path: Path, clause: str) -> Outcome[Sources]:
    name = path.as_posix()
    helps = "`idpc init` makes a project" if code is NO_PROJECT else ""
    return Outcome(Sources("", ()), (code.at(Span(name, 0, 0), f"`{name}` {clause}", help=helps),))
