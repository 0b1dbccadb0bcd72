"""`idpc graph`: the instances and the edges between them, as a drawing or as data."""

import datetime
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from idpc.cli import completing, console, options
from idpc.cli.completing import offering
from idpc.cli.session import Session, check_app, environment_of

if TYPE_CHECKING:
    from idpc.graph.model import EnvironmentGraph
    from idpc.pipeline import Compilation

_FORMATS = ("mermaid", "dot", "svg", "json")


@click.command(
    cls=options.Command,
    examples=(
        ("idpc graph --env prod", "Mermaid, for Markdown"),
        ("idpc graph --env prod --format svg > graph.svg", "a picture"),
        ("idpc graph --env prod --format dot | dot -Tsvg > graph.svg", "one by Graphviz"),
        ("idpc graph --env prod --app shop", "one app with what it needs and what needs it"),
    ),
)
@options.project_path
@options.environment
@click.option("--app", shell_complete=offering(completing.apps), help="Only this app with its neighbours.")
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), default="mermaid", show_default=True, help="Of the graph."
)
@options.today
def command(path: Path, environment: str | None, app: str | None, form: str, today: datetime.date) -> int:
    """Print the graph of an environment: instances, and edges from each to what it needs.

    Calls between workloads are dashed; they order nothing that must not wait. All other edges order strictly.
    """
    session = Session(path, today, product=True)
    compilation = session.compile("graph")
    session.tell(compilation)
    if compilation.graph is None:
        return 1
    graph = compilation.graph.environments[environment_of(compilation.graph, environment)]
    check_app(graph, app)
    console.write(_WRITERS[form](graph, app, compilation))
    return 0


def _mermaid(graph: "EnvironmentGraph", app: str | None, _: "Compilation") -> str:
    from idpc.graph.drawing import mermaid

    return mermaid(graph, app)


def _dot(graph: "EnvironmentGraph", app: str | None, _: "Compilation") -> str:
    from idpc.graph.drawing import dot

    return dot(graph, app)


def _svg(graph: "EnvironmentGraph", app: str | None, _: "Compilation") -> str:
    from idpc.graph.picture import graph_svg

    return graph_svg(graph, app)


def _json(graph: "EnvironmentGraph", app: str | None, compilation: "Compilation") -> str:
    """What a build writes as `graph.json`, or the part of it that belongs to one app."""
    from idpc.emit.json_writer import json_document
    from idpc.graph.document import graph_document

    document = graph_document(graph, compilation.location)
    if app is None:
        return json_document(document)
    start = f"{app}."
    edges = [edge for edge in document["edges"] if edge["from"].startswith(start) or edge["to"].startswith(start)]
    ends = {edge[end] for edge in edges for end in ("from", "to")}
    nodes = [node for node in document["nodes"] if node["app"] == app or node["address"] in ends]
    return json_document({**document, "nodes": nodes, "edges": edges})


_WRITERS: Mapping[str, Callable[["EnvironmentGraph", str | None, "Compilation"], str]] = {
    "mermaid": _mermaid,
    "dot": _dot,
    "svg": _svg,
    "json": _json,
}
