"""`idpc check`: everything that a build would find wrong, and nothing written."""

import datetime
from pathlib import Path

import click

from idpc.cli import console, options
from idpc.cli.session import Session
from idpc.diagnostics.renderers.report import plural


@click.command(
    cls=options.Command,
    examples=(
        ("idpc check", "the project around the current folder"),
        ("idpc check shop.platform", "show only what is wrong in this file"),
        ("idpc check --env prod --strict", "one environment, warnings fail"),
        ("idpc check --format github", "annotations in a pull request"),
    ),
)
@options.project_path
@options.environments
@options.output_format
@options.today
@options.strict
def command(path: Path, environments: tuple[str, ...], form: str, today: datetime.date, *, strict: bool) -> int:
    """Check the specification without writing anything.

    Runs all stages, templates, schemas and policies included, in every environment at once. Exits with 0 when there
    are no errors, 1 when there are, 2 when the command was used wrongly, and 3 when idpc itself failed.
    """
    session = Session(path, today, environments, strict, form)
    compilation = session.compile("plan")
    passed = session.tell(compilation)
    if form == "text" and not compilation.diagnostics:
        files = plural(len(compilation.sources.files), "file")
        console.write(f"no errors in {files}, checked for {', '.join(compilation.graph.environments)}\n")
    return 0 if passed else 1
