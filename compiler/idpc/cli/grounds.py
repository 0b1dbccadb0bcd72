"""What the answer of a command rests on, so that it may be given again while that has not changed."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Iterable

    from idpc.units.build import Built


class Grounds(Struct):
    """Folders by their names, files by their contents, and paths at which there is nothing; none: not to be kept."""

    folders: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)


def rest_on(built: "Built", path: Path, outputs: "Iterable[str]" = ()) -> None:
    """Say that the command at hand depends on the sources found around `path`, and on these files that it wrote."""
    from idpc.project import PROJECT_FILE, DiskFolder

    sources, grounds = built.sources, click.get_current_context().find_object(Grounds)
    if grounds is None or sources.root is None:
        return
    start = Path(os.path.abspath(path))  # noqa: PTH100  # as the sources were found
    if not (sources.root / PROJECT_FILE).exists():
        _rest_on_file(built, sources.root, grounds, outputs)
        return
    above = [each for each in (start, *start.parents) if each == sources.root or sources.root in each.parents]
    folders = [DiskFolder(sources.root), *(DiskFolder(sources.root / each.folder) for each in sources.packages)]
    listed = dict.fromkeys(name for folder in folders for name in folder.folders())
    grounds.folders = [*listed, *(str(each) for each in above if each.is_dir() and str(each) not in listed)]
    manifests = (f"{folder}/manifest.json" for folder in grounds.folders)
    read = (*(file.path for file in sources.all_files()), *built.reads)
    files = (*(f"{sources.root}/{name}" for name in read), *filter(os.path.exists, manifests), *outputs)
    grounds.files = [*dict.fromkeys(files)]


def _rest_on_file(built: "Built", root: Path, grounds: Grounds, outputs: "Iterable[str]") -> None:
    """A file without a project around it depends on what it reads, and on there being none; not on what stands beside it."""
    from idpc.project import PROJECT_FILE

    read = (*(file.path for file in built.sources.all_files()), *built.reads)
    grounds.files = [*dict.fromkeys((*(f"{root}/{name}" for name in read), *outputs))]
    grounds.absent = [str(each / PROJECT_FILE) for each in (root, *root.parents)]
