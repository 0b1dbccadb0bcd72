"""`idpc watch`: builds again whenever the sources change."""

import datetime
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from time import perf_counter, sleep
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from idpc.cli import console, options
from idpc.cli.build import default_output
from idpc.cli.session import Session, near_path
from idpc.diagnostics.merge import merge
from idpc.diagnostics.renderers.report import plural

if TYPE_CHECKING:
    from idpc.project import Sources
    from idpc.units.memory import Memory

INTERVAL = 0.2
"""Seconds between two looks. To look is cheap, and works on every file system and in every container."""
LISTED = 3
Snapshot = dict[str, tuple[int, int, int]]


@click.command(
    cls=options.Command,
    examples=(
        ("idpc watch", "keep build/ up to date while you edit"),
        ("idpc watch --env dev -o out", "one environment, elsewhere"),
    ),
)
@options.project_path
@options.environments
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to write.  [default: build/ of the project]",
)
@options.today
@options.strict
@options.judged
@options.cached
@options.workers
def command(  # noqa: PLR0913  # one parameter an option
    path: Path,
    environments: tuple[str, ...],
    output: Path | None,
    today: datetime.date,
    *,
    strict: bool,
    no_cache: bool,
    jobs: int | None,
    executor: str | None,
    judging: options.Judging,
) -> int:
    """Build, and build again on every change, until interrupted.

    Tells what changed, what is wrong or was written, and how long it took. With an error nothing is written.
    """
    session = Session(
        path, today, environments, strict, cache=not no_cache, jobs=jobs, cluster=executor, judging=judging
    )
    began, loaded = perf_counter(), session.load()
    target = Path(os.path.abspath(output or default_output(loaded.value)))  # noqa: PTH100  # links are the user's names
    memory = session.memory(loaded.value)
    for changed in changes(loaded.value, memory.reads):
        if changed:
            began = perf_counter()
            console.write(f"{_listed(changed)} changed\n")
        console.write(f"{_once(session, memory, target)} in {perf_counter() - began:.2f} s\n")
        console.flush()
    return 0


def changes(sources: "Sources", reads: Callable[[], Iterable[str]]) -> Iterator[list[str]]:
    """Nothing to begin with; then, for as long as it is asked, the paths that changed since; `reads` are further ones."""
    seen = snapshot(sources, ())
    yield []
    seen |= {path: each for path, each in snapshot(sources, reads()).items() if path not in seen}
    while True:
        sleep(INTERVAL)
        found = snapshot(sources, reads())
        changed = sorted(path for path in seen.keys() | found.keys() if seen.get(path) != found.get(path))
        if changed:
            seen = found
            yield changed


def snapshot(sources: "Sources", reads: Iterable[str]) -> Snapshot:
    """The files of a project and its packages, and those that it reads, with what tells that one has changed."""
    from idpc.project import DiskFolder

    root = sources.root or Path()
    packages = [f"{each.folder}/{path}" for each in sources.packages for path in DiskFolder(root / each.folder).paths()]
    own = DiskFolder(root).paths() if (root / "project.platform").exists() else [file.path for file in sources.files]
    found = {}
    for path in (*own, *packages, *reads):
        try:
            status = (root / path).stat()
        except OSError:
            continue
        found[path] = (status.st_mtime_ns, status.st_size, status.st_ino)
    return found


def _once(session: Session, memory: "Memory", target: Path) -> str:
    """One build; gives what came of it."""
    from idpc.emit.tree import commit

    loaded = session.load()
    built = session.build(loaded, memory, target)
    if not session.passes(built):
        session.tell(built)
        return "nothing written"
    done = commit(target, built.texts, built.digest, environments=session.environments or None, there=built.there)
    if not session.tell(replace(built, diagnostics=merge((*built.diagnostics, *done.diagnostics), built.environments))):
        return "nothing written"
    memory.note(built, target)
    written, removed, unchanged = map(len, done.value)
    return f"{near_path(target)}: {written} written, {removed} removed, {unchanged} unchanged"


def _listed(paths: list[str]) -> str:
    shown = ", ".join(paths[:LISTED])
    return f"{shown} and {plural(len(paths) - LISTED, 'more file')}" if len(paths) > LISTED else shown
