"""`idpc build`: writes what the specification becomes, or tells whether the tree on disk is up to date."""

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from idpc.cli import console, options
from idpc.cli.session import Session, near_path
from idpc.cli.writing import reported

if TYPE_CHECKING:
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
    if not session.tell(compilation):
        return 1
    from idpc.pipeline import artifacts

    target = output or default_output(compilation.sources)
    made = artifacts(compilation)
    return _compare(made, target) if compare_only else _write(made, target, quiet=form != "text")


def default_output(sources: "Sources") -> Path:
    """`build` beside `project.platform`."""
    return (sources.root or Path()) / "build"


def _compare(made: Mapping[str, str], target: Path) -> int:
    from idpc.emit.tree import compare

    differences = compare(made, target)
    for difference in differences:
        console.error(f"{difference}\n")
    if differences:
        console.error(f"{near_path(target)} is not what the sources say; `idpc build` writes it anew\n")
    return 1 if differences else 0


def _write(made: Mapping[str, str], target: Path, *, quiet: bool) -> int:
    from idpc.emit.tree import commit

    with reported():
        done = commit(made, target)
    if not quiet:
        console.write(f"wrote {near_path(target)}: {done}\n")
    return 0
