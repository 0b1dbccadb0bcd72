"""`idpc cost`: what every environment costs and emits in a month, and what a change would make of it."""

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from idpc.cli import console, options
from idpc.cli.advising import Advising, advised_text, advising, measured, wanted
from idpc.cli.cost_changes import Changed, compared, with_values
from idpc.cli.session import Session, with_diagnostics
from idpc.diagnostics.codes import cost as cost_codes
from idpc.diagnostics.model import Code, Severity

if TYPE_CHECKING:
    from idpc.advice import Observations
    from idpc.cost.groups import Sheets
    from idpc.pipeline import Compilation

_FORMATS = ("table", "json", "infracost", "csv", "markdown")
_COST_CODES = {each.id for each in vars(cost_codes).values() if isinstance(each, Code)}
_GROUPS = ("app", "team", "kind", "environment")


@click.command(
    cls=options.Command,
    examples=(
        ("idpc cost", "each environment with its apps"),
        ("idpc cost --env prod --explain", "every line with its unit price, where that is from, and how sure it is"),
        ("idpc cost --by team", "who spends how much"),
        ("idpc cost --carbon", "what is emitted, for each functional unit of an app, and where it would be less"),
        ("idpc cost --what-if shop.checkout.replicas=6", "what it would cost with another value"),
        (
            "idpc cost --compare origin/main --format markdown",
            "a comment for a pull request: what changes, and by which line",
        ),
        ("idpc cost --compare build", "against what was built last"),
        ("idpc cost --advice", "what would cost less and break nothing"),
        ("idpc cost --advice --carbon", "what would emit less, and what that costs"),
        ("idpc cost --advice --env prod --usage metrics.csv", "sizes that fit what was measured"),
        ("idpc cost --format infracost", "for tools that read the breakdown of Infracost"),
    ),
)
@options.project_path
@options.environments
@click.option("--by", type=click.Choice(_GROUPS), default="app", show_default=True, help="What is summed up.")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="table", show_default=True, help="Of the costs.")
@click.option(
    "--compare",
    metavar="DIR|REVISION",
    help="Show the change against an earlier build, of which this is the folder, or against a revision of git.",
)
@click.option(
    "--what-if",
    "changes",
    multiple=True,
    metavar="ADDRESS.FIELD=VALUE",
    help="Another value; may be given several times.",
)
@advising("low")
@click.option(
    "--carbon", is_flag=True, help="Show what is emitted rather than what it costs, and regions that emit less."
)
@click.option(
    "--explain",
    is_flag=True,
    help="Show every line with its unit price or its factors, their sources and how sure they are.",
)
@options.today
@options.strict
def command(  # noqa: PLR0913  # one parameter an option
    path: Path,
    environments: tuple[str, ...],
    by: str,
    form: str,
    compare: str | None,
    changes: tuple[str, ...],
    today: datetime.date,
    advising: Advising,
    *,
    carbon: bool,
    explain: bool,
    strict: bool,
) -> int:
    """Show what each environment costs and emits in a month, from list prices and carbon factors that ship with idpc.

    Nothing is asked of any cloud. A range of replicas, or of usage, is expected at its middle; what has no price or factor,
    or whose usage nobody states, is listed as such and never counts as nothing.
    """
    session = Session(path, today, environments, strict, product=True)
    compilation = session.compile("policy")
    if not compilation.sheets:
        session.tell(compilation)
        return 1
    if advising.advice and (changes or compare):
        raise click.UsageError("advice is on the project as it is: leave `--what-if` and `--compare` out")
    compilation, observed, notes = measured(session, compilation, advising)
    if advising.advice:
        return _advice(session, compilation, advising, observed, notes, form, carbon=carbon)
    changed = None
    if changes:
        compilation, changed = with_values(compilation, changes)
    elif compare is not None:
        compilation, changed = compared(compilation, compare)
    passed = session.tell(_of_costs(compilation, strict=strict))
    if not compilation.sheets:
        return 1
    sheets = {name: sheet for name, sheet in compilation.sheets.items() if not environments or name in environments}
    if form == "table":
        console.write(_tables(by, sheets, changed, carbon=carbon, explain=explain))
    else:
        console.write(_written(form, by, sheets, compilation, changed))
    return 0 if passed else 1


def _advice(  # noqa: PLR0913  # what advice is made from
    session: Session,
    compilation: "Compilation",
    asked: Advising,
    observed: "Observations",
    notes: list[str],
    form: str,
    *,
    carbon: bool,
) -> int:
    from idpc.advice import advise

    with console.progress("trying out what costs less"):
        advised = advise(compilation, wanted(session, compilation, asked, carbon=carbon), observed)
    told = with_diagnostics(compilation, advised.diagnostics)
    passed = session.tell(told)
    console.write(advised_text(form, replace(advised, notes=(*notes, *advised.notes)), compilation))
    return 0 if passed else 1


def _of_costs(compilation: "Compilation", *, strict: bool) -> "Compilation":
    """The compilation without warnings that have nothing to do with what it costs, unless warnings fail."""
    kept = tuple(
        each
        for each in compilation.diagnostics
        if strict or each.severity is Severity.ERROR or each.code in _COST_CODES
    )
    return replace(compilation, diagnostics=kept)


def _tables(by: str, sheets: "Sheets", changed: "Changed | None", *, carbon: bool, explain: bool) -> str:
    """The costs for people, with what is emitted, or that alone."""
    from idpc.cost.carbon.terminal import carbon_table, changes_text, explained
    from idpc.cost.terminal import table

    look = console.look()
    if carbon:
        return carbon_table(sheets, by, look, changed.carbon if changed else None, explain=explain)
    text = table(sheets, by, look, changed.costs if changed else None, explain=explain)
    text += explained(sheets, look) if explain else ""
    return text + (changes_text(changed.carbon, sheets, look) if changed else "")


def _written(form: str, by: str, sheets: "Sheets", compilation: "Compilation", changed: "Changed | None") -> str:
    """The costs in one of the formats for machines and for comments."""
    from idpc.cost.document import cost_document
    from idpc.cost.infracost import infracost
    from idpc.cost.markdown import comma_separated, markdown
    from idpc.emit.json_writer import json_document

    if form == "json":
        documents = [cost_document(sheet) for sheet in sheets.values()]
        return json_document(documents[0] if len(documents) == 1 else documents)
    if form == "infracost":
        name = compilation.sources.root_name
        return json_document(infracost(sheets, name, compilation.options.today, changed and changed.costs))
    if form == "csv":
        return comma_separated(sheets)
    return markdown(sheets, by, changed and changed.costs, changed and changed.carbon)
