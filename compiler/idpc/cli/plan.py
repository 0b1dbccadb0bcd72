"""`idpc plan`: the deployment plan for people, or as a pipeline of another engine."""

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from idpc.cli import console, options
from idpc.cli.session import Session, environment_of, near_path
from idpc.cli.writing import replace_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from idpc.plan.model import Plan

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
    plan, content, place = _of_file(path, build) if path.is_file() else _of_sources(path, environment, build, today)
    if plan is None:
        return 1
    text = _pipeline(plan, content, place, engine, shards or 0) if engine else _WRITERS[form](plan, content)
    if output:
        output.parent.mkdir(parents=True, exist_ok=True)
        replace_file(output, text.encode())
    else:
        console.write(text)
    return 0


def _of_file(path: Path, build: str) -> "tuple[Plan, bytes, str]":
    """The plan of a build, its content, and its place in the repository: as it is named from here, where it lies below."""
    from idpc.deploy.plan_reader import UnreadablePlanError, read_plan

    content = path.read_bytes()
    try:
        plan = read_plan(content)
    except UnreadablePlanError as error:
        raise click.UsageError(f"`{path}` {error}") from error
    near = near_path(path)
    below = not near.startswith(("/", ".."))
    return plan, content, near if below else f"{build}/{path.absolute().parent.name}/{path.name}"


def _of_sources(
    path: Path, environment: str | None, build: str, today: datetime.date
) -> "tuple[Plan | None, bytes, str]":
    """The plan that a build of the sources would write."""
    from idpc.artifacts import plan_text

    session = Session(path, today, product=True)
    compilation = session.compile("plan")
    passed = session.tell(compilation)
    if compilation.graph is None or not passed:
        return None, b"", ""
    name = environment_of(compilation.graph, environment)
    plan = compilation.plans[name]
    return plan, plan_text(plan).encode(), f"{build}/{name}/plan.json"


def _pipeline(plan: "Plan", content: bytes, place: str, engine: str, shards: int) -> str:
    from idpc import __version__
    from idpc.emit.manifest import digest
    from idpc.plan.engines import pipeline_text
    from idpc.plan.engines.pipeline import pipeline

    return pipeline_text(pipeline(plan, place, digest(content), __version__, shards), engine)


def _text(plan: "Plan", _: bytes) -> str:
    from idpc.plan.text import plan_text

    return plan_text(plan)


def _json(_: "Plan", content: bytes) -> str:
    return content.decode()


def _markdown(plan: "Plan", _: bytes) -> str:
    from idpc.plan.page import plan_page

    return plan_page(plan)


def _svg(plan: "Plan", _: bytes) -> str:
    from idpc.plan.picture import plan_svg

    return plan_svg(plan)


_WRITERS: "Mapping[str, Callable[[Plan, bytes], str]]" = {
    "text": _text,
    "json": _json,
    "markdown": _markdown,
    "svg": _svg,
}
