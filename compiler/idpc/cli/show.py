"""`idpc show`: any stage of the compiler as text."""

import datetime
from pathlib import Path

import click

from idpc.cli import console, options
from idpc.cli.session import Session, environment_of


@click.command(
    cls=options.Command,
    examples=(
        ("idpc show kubernetes --env prod", "the objects that a build would write"),
        ("idpc show terraform --env prod --app shop", "the Terraform of one app"),
        ("idpc show plan --env prod", "the deployment plan for people"),
    ),
)
@click.argument("stage")
@options.project_path
@options.environment
@click.option("--app", help="Only what belongs to this app.")
@options.today
def command(stage: str, path: Path, environment: str | None, app: str | None, today: datetime.date) -> int:
    """Print what a stage of the compiler made of the specification.

    An unknown stage is answered with the list of them. Nothing is written.
    """
    from idpc.views import VIEWS

    if stage not in VIEWS:
        raise click.UsageError(f"there is no stage `{stage}`; the stages are {', '.join(VIEWS)}")
    session = Session(path, today, product=True)
    compilation = session.compile("plan")
    passed = session.tell(compilation)
    if compilation.graph is None:
        return 1
    console.write(VIEWS[stage](compilation, environment_of(compilation, environment)))
    return 0 if passed else 1
