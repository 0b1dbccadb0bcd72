"""`idpc plan`: the deployment plan for people, or as a pipeline of another engine."""

import datetime
from pathlib import Path

import click

from idpc.cli import console, options
from idpc.cli.writing import replace_file

_FORMATS = ("text", "json", "markdown", "svg")
_ENGINES = ("argo-workflows", "github-actions", "gitlab-ci")


@click.command(
    cls=options.Command,
    examples=(
        ("idpc plan --env prod", "what happens in which order, who approves, and what undoes it"),
        ("idpc plan --env prod --format svg -o plan.svg", "as a picture"),
        ("idpc plan build/prod/plan.json --as github-actions", "a workflow that runs this plan"),
    ),
)
@options.project_path
@options.environment
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True, help="Of the plan.")
@click.option("--as", "engine", type=click.Choice(_ENGINES), help="A pipeline of this engine that runs the plan.")
@click.option("--build", default="build", show_default=True, metavar="DIR", help="Where the repository has the build.")
@click.option(
    "--shards", type=click.IntRange(1, 256), metavar="N", help="Jobs of a wave at once.  [default: by its size]"
)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file to write to.")
@options.today
def command(  # noqa: PLR0913  # one parameter an option
    path: Path,
    environment: str | None,
    form: str,
    engine: str | None,
    build: str,
    shards: int | None,
    output: Path | None,
    today: datetime.date,
) -> int:
    """Print the deployment plan of an environment: of the sources now, or of a build by its plan.json.

    With --as, the plan becomes a pipeline whose jobs run `idpc deploy` for a wave each; they refuse another plan than
    this one, so make it from the plan.json of the build that the pipeline will find in the repository.
    """
    plan, content, place = _of_file(path) if path.is_file() else _of_sources(path, environment, build, today)
    if plan is None:
        return 1
    text = _pipeline(plan, content, place, engine, shards or 0) if engine else _WRITERS[form](plan, content)
    if output:
        output.parent.mkdir(parents=True, exist_ok=True)
        replace_file(output, text.encode())
    else:
        console.write(text)
    return 0
