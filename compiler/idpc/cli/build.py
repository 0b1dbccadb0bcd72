"""`idpc build`: writes what the specification becomes, or tells whether the tree on disk is up to date."""

import datetime
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from idpc.cli import console, options
from idpc.cli.grounds import rest_on
from idpc.cli.session import Session, near_path
from idpc.diagnostics.merge import merge

if TYPE_CHECKING:
    from idpc.project import Sources
    from idpc.units.build import Built
    from idpc.units.memory import Memory


@click.command(
    cls=options.Command,
    examples=(
        ("idpc build", "write build/ in the project's folder"),
        ("idpc build --env prod -o out", "one environment, elsewhere"),
        ("idpc build --check", "in CI: fail when build/ is not what the sources say"),
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
@click.option("--check", "compare_only", is_flag=True, help="Write nothing; exit with 1 when the tree is out of date.")
@options.output_format
@options.today
@options.strict
@options.cached
@options.workers
def command(  # noqa: PLR0913  # one parameter an option
    path: Path,
    environments: tuple[str, ...],
    output: Path | None,
    form: str,
    today: datetime.date,
    *,
    compare_only: bool,
    strict: bool,
    no_cache: bool,
    jobs: int | None,
    executor: str | None,
) -> int:
    """Write Kubernetes objects, Terraform and the deployment plan of each environment.

    With an error of any kind nothing is written. A build replaces and removes only files that the last build wrote,
    and an interrupted one leaves the old tree or the new one.
    """
    session = Session(path, today, environments, strict, form, cache=not no_cache, jobs=jobs, cluster=executor)
    loaded = session.load()
    memory = session.memory(loaded.value)
    target = Path(os.path.abspath(output or default_output(loaded.value)))  # noqa: PTH100  # links are the user's names
    built = session.build(loaded, memory, target)
    if not session.passes(built):
        session.tell(built)
        rest_on(built.sources, path)
        return 1
    return _compare(built, target, session) if compare_only else _write(built, target, session, memory)


def default_output(sources: "Sources") -> Path:
    """`build` beside `project.platform`."""
    return (sources.root or Path()) / "build"


def _compare(built: "Built", target: Path, session: Session) -> int:
    from idpc.emit.tree import compare

    session.tell(built)
    differences = compare(
        target, built.texts, built.digest, environments=session.environments or None, there=built.there
    )
    shown = near_path(target)
    console.error("".join(f"{what}: {shown}/{path}\n" for path, what in differences))
    if differences:
        console.error(f"{shown} is not what the sources say; `idpc build` makes it so\n")
    return 1 if differences else 0


def _write(built: "Built", target: Path, session: Session, memory: "Memory") -> int:
    from idpc.emit.tree import commit

    done = commit(target, built.texts, built.digest, environments=session.environments or None, there=built.there)
    found = merge((*built.diagnostics, *done.diagnostics), built.environments)
    if not session.tell(replace(built, diagnostics=found)):
        return 1
    memory.note(built, target)
    written, removed, unchanged = map(len, done.value)
    if session.form == "text":
        shown, held = near_path(target), written + unchanged
        next_time = f"{shown}: 0 written, 0 removed, {held} unchanged\n"
        console.write(f"{shown}: {written} written, {removed} removed, {unchanged} unchanged\n", next_time)
    rest_on(built.sources, session.path, (f"{target}/{path}" for path in (*done.value.written, *done.value.unchanged)))
    return 0
