"""`idpc eval`: the value of an expression in an environment."""

import datetime
from pathlib import Path

import click

from idpc.cli import console, options
from idpc.cli.session import Session, environment_of
from idpc.diagnostics.merge import merge
from idpc.diagnostics.renderers import Report, render
from idpc.source import SourceFile


@click.command(
    cls=options.Command,
    examples=(
        ("idpc eval shop.checkout.replicas --env prod", "a field of an instance"),
        ("idpc eval '[for r in environment.regions: upper(r)]' --env prod", "any expression"),
    ),
)
@click.argument("expression")
@options.project_path
@options.environment
@options.today
def command(expression: str, path: Path, environment: str | None, today: datetime.date) -> int:
    """Print the value of an expression, as a top-level `let` would have it.

    Secret and deferred values are shown as references.
    """
    from idpc.queries import evaluate_expression

    session = Session(path, today, product=True)
    compilation = session.compile("graph")
    session.tell(compilation)
    if compilation.graph is None:
        return 1
    result = evaluate_expression(compilation, expression, environment_of(compilation.graph, environment))
    if not result.diagnostics:
        console.write(f"{result.value}\n")
        return 0
    files = {**compilation.files_by_path, "<expression>": SourceFile("<expression>", expression)}
    told = {(each.code, each.span) for each in compilation.diagnostics}
    fresh = [each for each in result.diagnostics if (each.code, each.span) not in told]
    report = Report(merge(fresh, ()), files)
    console.error(render("text", report, console.look(error=True)))
    return 1
