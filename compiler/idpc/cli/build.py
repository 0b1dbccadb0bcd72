"""`idpc build`: writes what the specification becomes, or tells whether the tree on disk is up to date."""

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from idpc.cli import console, options
from idpc.cli.session import Session, near_path, with_diagnostics

if TYPE_CHECKING:
    from idpc.pipeline import Compilation
    from idpc.project import Sources


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
def command(  # noqa: PLR0913  # one parameter an option
    path: Path,
    environments: tuple[str, ...],
    output: Path | None,
    form: str,
    today: datetime.date,
    *,
    compare_only: bool,
    strict: bool,
) -> int:
    """Write Kubernetes objects, Terraform and the deployment plan of each environment.

    With an error of any kind nothing is written. A build replaces and removes only files that the last build wrote,
    and an interrupted one leaves the old tree or the new one.
    """
    session = Session(path, today, environments, strict, form)
    compilation = session.compile("plan")
    target = output or default_output(compilation.sources)
    if not session.passes(compilation):
        session.tell(compilation)
        return 1
    return (_compare if compare_only else _write)(compilation, target, session)


def default_output(sources: "Sources") -> Path:
    """`build` beside `project.platform`."""
    return (sources.root or Path()) / "build"


def _compare(compilation: "Compilation", target: Path, session: Session) -> int:
    from idpc.emit.tree import compare
    from idpc.pipeline import artifacts

    session.tell(compilation)
    made, digest = artifacts(compilation), compilation.sources.digest()
    differences = compare(target, made, digest, environments=session.environments or None)
    shown = near_path(target)
    console.error("".join(f"{what}: {shown}/{path}\n" for path, what in differences))
    if differences:
        console.error(f"{shown} is not what the sources say; `idpc build` makes it so\n")
    return 1 if differences else 0


def _write(compilation: "Compilation", target: Path, session: Session) -> int:
    from idpc.emit.tree import commit
    from idpc.pipeline import artifacts

    made, digest = artifacts(compilation), compilation.sources.digest()
    done = commit(target, made, digest, environments=session.environments or None)
    if not session.tell(with_diagnostics(compilation, done.diagnostics)):
        return 1
    written, removed, unchanged = map(len, done.value)
    if session.form == "text":
        console.write(f"{near_path(target)}: {written} written, {removed} removed, {unchanged} unchanged\n")
    return 0
