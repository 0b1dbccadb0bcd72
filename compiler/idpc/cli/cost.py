"""`idpc cost`: what every environment costs in a month, and what a change would make of it."""

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from idpc.cli import console, options
from idpc.cli.session import Session

if TYPE_CHECKING:
    from idpc.cost.report import Sheets
    from idpc.pipeline import Compilation

_FORMATS = ("table", "json", "infracost", "csv", "markdown")
_GROUPS = ("app", "team", "kind", "environment")


@click.command(
    cls=options.Command,
    examples=(
        ("idpc cost", "each environment with its apps"),
        ("idpc cost --env prod --explain", "every line with its unit price, where that is from, and how sure it is"),
        ("idpc cost --by team", "who spends how much"),
        ("idpc cost --what-if shop.checkout.replicas=6", "what it would cost with another value"),
        ("idpc cost --compare build --format markdown", "a comment for a pull request: what changes, and by which line"),
        ("idpc cost --format infracost", "for tools that read the breakdown of Infracost"),
    ),
)
@options.project_path
@options.environments
@click.option("--by", type=click.Choice(_GROUPS), default="app", show_default=True, help="What is summed up.")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="table", show_default=True, help="Of the costs.")
@click.option(
    "--compare",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Show the change against an earlier build, of which this is the folder.",
)
@click.option(
    "--what-if", "changes", multiple=True, metavar="ADDRESS.FIELD=VALUE", help="Another value; may be given several times."
)
@click.option("--explain", is_flag=True, help="Show every line with its unit price, source and confidence.")
@options.today
@options.strict
def command(  # noqa: PLR0913  # one parameter an option
    path: Path,
    environments: tuple[str, ...],
    by: str,
    form: str,
    compare: Path | None,
    changes: tuple[str, ...],
    today: datetime.date,
    *,
    explain: bool,
    strict: bool,
) -> int:
    """Show what each environment costs in a month, from list prices that ship with idpc.

    Nothing is asked of any cloud. A range of replicas, or of usage, is expected at its middle; what has no price, or
    whose usage nobody states, is listed as unpriced and never counts as nothing.
    """
    session = Session(path, today, environments, strict, product=True)
    compilation = session.compile("policy")
    session.tell(compilation)
    if not compilation.sheets:
        return 1
    before = _before(compilation, compare, session) if compare else None
    if changes:
        before, compilation = compilation.sheets, _changed(compilation, changes)
        session.tell(compilation)
    sheets = {name: sheet for name, sheet in compilation.sheets.items() if not environments or name in environments}
    console.write(_written(compilation, sheets, before, form, by, explain=explain))
    return 0 if session.passes(compilation) else 1
