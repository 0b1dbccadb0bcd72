"""`idpc show`: any stage of the compiler as text."""

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from idpc.cli import completing, console, options
from idpc.cli.completing import offering
from idpc.cli.session import Session, check_app, environment_of

if TYPE_CHECKING:
    from idpc.graph.model import EnvironmentGraph, Graph
    from idpc.pipeline import Compilation


@click.command(
    cls=options.Command,
    examples=(
        ("idpc show kubernetes --env prod", "the objects that a build would write"),
        ("idpc show terraform --env prod --app shop", "the Terraform of one app"),
        ("idpc show plan --env prod", "the deployment plan for people"),
    ),
)
@click.argument("stage", shell_complete=offering(completing.stages))
@options.project_path
@options.environment
@click.option("--app", shell_complete=offering(completing.apps), help="Only what belongs to this app.")
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
    name = environment_of(compilation.graph, environment)
    check_app(compilation.graph.environments[name], app)
    console.write(VIEWS[stage](_narrowed(compilation, compilation.graph, app) if app else compilation, name))
    return 0 if passed else 1


def _narrowed(compilation: "Compilation", graph: "Graph", app: str) -> "Compilation":
    """The compilation with the instances and files of one app only."""
    environments = {name: _of_app(each, app) for name, each in graph.environments.items()}
    bundles = tuple(
        replace(bundle, files={path: held for path, held in bundle.files.items() if bundle.owners[path].app == app})
        for bundle in compilation.bundles
    )
    return replace(compilation, graph=replace(graph, environments=environments), bundles=bundles)


def _of_app(graph: "EnvironmentGraph", app: str) -> "EnvironmentGraph":
    nodes = {address: node for address, node in graph.nodes.items() if node.app == app}
    edges = tuple(edge for edge in graph.edges if app in (edge.source.app, edge.target.app))
    return replace(graph, apps={app: graph.apps[app]}, nodes=nodes, edges=edges)
