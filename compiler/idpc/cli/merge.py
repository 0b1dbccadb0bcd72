"""`idpc merge`: joins the shards of a build that ran on several machines."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from idpc.cli import console, options
from idpc.cli.session import near_path
from idpc.cli.writing import Refused

if TYPE_CHECKING:
    from idpc.units.shard import Shard


@click.command(
    cls=options.Command,
    examples=(
        ("idpc merge shards -o build", "all shards in a folder, as CI gathered them"),
        ("idpc merge 1-of-2.idpc-shard 2-of-2.idpc-shard -o build", "shards by name"),
    ),
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "-o", "--output", required=True, type=click.Path(file_okay=False, path_type=Path), help="The build's folder."
)
def command(paths: tuple[Path, ...], output: Path) -> int:
    """Join the shards that `idpc build --shard` wrote into one tree with one plan.

    It holds the bytes of a build in one piece. All shards must be there, of the same sources and the same idpc.
    """
    from idpc.diagnostics.merge import merge
    from idpc.diagnostics.renderers import Report, render
    from idpc.emit.tree import commit
    from idpc.units.shard import UnlikeShardsError, merged

    shards = [_read(path) for path in _files(paths)]
    try:
        texts, digest, environments, report = merged(shards)
    except UnlikeShardsError as error:
        raise Refused(str(error)) from error
    if report.diagnostics:
        console.error(render("text", report, console.look(error=True)))
    if report.counts.errors:
        return 1
    target = Path(os.path.abspath(output))  # noqa: PTH100  # links are the user's names
    done = commit(target, texts, digest, environments=environments or None)
    if done.diagnostics:
        console.write(render("text", Report(merge(done.diagnostics, ())), console.look()))
        return 1
    change = done.value
    counts = f"{len(change.written)} written, {len(change.removed)} removed, {len(change.unchanged)} unchanged"
    console.write(f"{near_path(target)}: {counts}\n")
    return 0


def _files(paths: tuple[Path, ...]) -> list[Path]:
    """The shards' files: those that were named, and those in folders that were named, however deep."""
    from idpc.units.shard import SUFFIX

    found = [sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path] for path in paths]
    files = [file for several in found for file in several]
    if not files:
        raise Refused(f"there is no shard in `{paths[0]}`: `idpc build --shard 1/4 -o FOLDER` writes one")
    return files


def _read(path: Path) -> "Shard":
    from idpc.units.shard import UnlikeShardsError, read

    try:
        return read(path.read_bytes())
    except OSError as error:
        raise Refused(f"`{path}` cannot be read: {error.strerror}") from error
    except UnlikeShardsError as error:
        raise Refused(f"`{path}`: {error}") from error
