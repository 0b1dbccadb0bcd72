"""`idpc cost`: what every environment costs and emits in a month, and what a change would make of it."""

import datetime
import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
from msgspec.structs import replace

from idpc.cli import console, options
from idpc.cli.advising import Advising, advised_text, advising, measured, wanted
from idpc.cli.session import Session, with_diagnostics

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from idpc.advice import Observations
    from idpc.cost import CostSheet
    from idpc.cost.baseline import Baseline
    from idpc.cost.groups import Change, Sheets
    from idpc.pipeline import Compilation

_FORMATS = ("table", "json", "infracost", "csv", "markdown")
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
            "idpc cost --compare build --format markdown",
            "a comment for a pull request: what changes, and by which line",
        ),
        ("idpc cost --advice", "what would cost less and break nothing"),
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
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Show the change against an earlier build, of which this is the folder.",
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
    compare: Path | None,
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
        return _advice(session, compilation, advising, observed, notes, form)
    changed = None
    if changes:
        before = {name: _amounts(sheet) for name, sheet in compilation.sheets.items()}
        compilation = _supposing(compilation, changes)
        changed = _changes(compilation, before, {}) if compilation.sheets else None
    elif compare is not None:
        compilation, changed = _compared(compilation, compare)
    passed = session.tell(compilation)
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
) -> int:
    from idpc.advice import advise

    with console.progress("trying out what costs less"):
        advised = advise(compilation, wanted(session, compilation, asked), observed)
    told = with_diagnostics(compilation, advised.diagnostics)
    passed = session.tell(told)
    console.write(advised_text(form, replace(advised, notes=(*notes, *advised.notes)), compilation))
    return 0 if passed else 1


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


def _supposing(compilation: "Compilation", changes: tuple[str, ...]) -> "Compilation":
    """The project compiled with other values."""
    from idpc.explain import UnknownSubject
    from idpc.pipeline import compile_project
    from idpc.what_if import supposing

    asked = dict(_asked(change) for change in changes)
    try:
        sources = supposing(compilation, asked)
    except UnknownSubject as unknown:
        raise click.UsageError(str(unknown)) from unknown
    return compile_project(sources, compilation.options, "policy")


def _asked(change: str) -> tuple[str, str]:
    subject, equals, value = change.partition("=")
    if not equals or not value.strip() or "." not in subject:
        raise click.UsageError(f"`--what-if {change}` is no value: write `shop.checkout.replicas=6`")
    return subject.strip(), value.strip()


def _compared(compilation: "Compilation", folder: Path) -> "tuple[Compilation, Changed]":
    """The changes since an earlier build; budgets may limit by how much cost and emissions rise."""
    from idpc.cost import budgets
    from idpc.cost.baseline import Baseline, Unreadable, increases

    assert compilation.evaluated is not None  # noqa: S101  # there are sheets
    try:
        earlier = {
            name: Baseline.of(_document(folder / name, "cost"), _document(folder / name, "graph"))
            for name in compilation.sheets
            if (folder / name / "cost.json").is_file()
        }
    except Unreadable as error:
        raise click.UsageError(f"`{folder}` holds no build of this version of idpc: {error}") from error
    if not earlier:
        raise click.UsageError(f"`{folder}` holds no build with costs: `idpc build -o FOLDER` makes one")
    found = tuple(
        each
        for name, before in earlier.items()
        for each in increases(budgets(compilation.evaluated.runs[name]), before, compilation.sheets[name])
    )
    before = {name: (each.expected, each.emitted) for name, each in earlier.items()}
    changed = _changes(compilation, before, earlier)
    return with_diagnostics(compilation, found), changed


def _document(folder: Path, name: str) -> object:
    from idpc.cost.baseline import Unreadable

    path = folder / f"{name}.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Unreadable(f"`{path.name}` cannot be read") from error


def _amounts(sheet: "CostSheet") -> "tuple[dict[str, Decimal], dict[str, Decimal]]":
    """What each instance costs, and what it emits."""
    return (
        {str(cost.address): cost.total.expected for cost in sheet.instances if any(cost.total)},
        {str(cost.address): cost.carbon.expected for cost in sheet.instances if any(cost.carbon)},
    )


class Changed(NamedTuple):
    """What has changed in each environment, in cost and in carbon."""

    costs: "dict[str, list[Change]]"
    carbon: "dict[str, list[Change]]"


def _changes(
    compilation: "Compilation",
    before: "Mapping[str, tuple[Mapping[str, Decimal], Mapping[str, Decimal]]]",
    earlier: "Mapping[str, Baseline]",
) -> Changed:
    """By environment, each change with the lines that made it where an earlier graph tells."""
    from idpc.cost.baseline import reasons
    from idpc.cost.groups import changes

    graphs = compilation.graph.environments if compilation.graph else {}
    found = Changed({}, {})
    for name, (expected, emitted) in before.items():
        because = reasons(graphs[name], earlier[name], compilation.location) if name in earlier else {}
        sheet = compilation.sheets[name]
        of_carbon = changes(emitted, sheet, lambda cost: cost.carbon)
        for several, changed in ((found.costs, changes(expected, sheet)), (found.carbon, of_carbon)):
            several[name] = [each._replace(because=because.get(each.address, ())) for each in changed]
    return found
