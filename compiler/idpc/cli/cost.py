"""`idpc cost`: what every environment costs in a month, and what a change would make of it."""

import datetime
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from idpc.cli import console, options
from idpc.cli.session import Session, with_diagnostics
from idpc.diagnostics.codes import cost as cost_codes
from idpc.diagnostics.model import Code, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from idpc.cost import CostSheet
    from idpc.cost.baseline import Baseline
    from idpc.cost.groups import Change, Sheets
    from idpc.pipeline import Compilation

_WORD = re.compile(r"[A-Za-z][\w-]*")
_FORMATS = ("table", "json", "infracost", "csv", "markdown")
_COST_CODES = {each.id for each in vars(cost_codes).values() if isinstance(each, Code)}
_GROUPS = ("app", "team", "kind", "environment")


@click.command(
    cls=options.Command,
    examples=(
        ("idpc cost", "each environment with its apps"),
        ("idpc cost --env prod --explain", "every line with its unit price, where that is from, and how sure it is"),
        ("idpc cost --by team", "who spends how much"),
        ("idpc cost --what-if shop.checkout.replicas=6", "what it would cost with another value"),
        (
            "idpc cost --compare origin/main --format markdown",
            "a comment for a pull request: what changes, and by which line",
        ),
        ("idpc cost --compare build", "against what was built last"),
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
@click.option("--explain", is_flag=True, help="Show every line with its unit price, source and confidence.")
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
    if not compilation.sheets:
        session.tell(compilation)
        return 1
    changed = None
    if changes:
        before = {name: _expected(sheet) for name, sheet in compilation.sheets.items()}
        compilation = _supposing(compilation, changes)
        changed = _changes(compilation, before, {}) if compilation.sheets else None
    elif compare is not None:
        compilation, changed = _compared(compilation, compare)
    passed = session.tell(_of_costs(compilation, strict=strict))
    if not compilation.sheets:
        return 1
    sheets = {name: sheet for name, sheet in compilation.sheets.items() if not environments or name in environments}
    console.write(_written(form, by, sheets, compilation, changed, explain=explain))
    return 0 if passed else 1


def _of_costs(compilation: "Compilation", *, strict: bool) -> "Compilation":
    """The compilation without warnings that have nothing to do with what it costs, unless warnings fail."""
    kept = tuple(
        each
        for each in compilation.diagnostics
        if strict or each.severity is Severity.ERROR or each.code in _COST_CODES
    )
    return replace(compilation, diagnostics=kept)


def _written(  # noqa: PLR0913  # what decides how costs are written
    form: str,
    by: str,
    sheets: "Sheets",
    compilation: "Compilation",
    changed: "dict[str, list[Change]] | None",
    *,
    explain: bool,
) -> str:
    """The costs in one of the formats."""
    from idpc.cost.document import cost_document
    from idpc.cost.infracost import infracost
    from idpc.cost.markdown import comma_separated, markdown
    from idpc.cost.terminal import table
    from idpc.emit.json_writer import json_document

    if form == "json":
        documents = [cost_document(sheet) for sheet in sheets.values()]
        return json_document(documents[0] if len(documents) == 1 else documents)
    if form == "infracost":
        name = compilation.sources.root_name
        return json_document(infracost(sheets, name, compilation.options.today, changed))
    if form == "csv":
        return comma_separated(sheets)
    if form == "markdown":
        return markdown(sheets, by, changed)
    return table(sheets, by, console.look(), changed, explain=explain)


def _supposing(compilation: "Compilation", changes: tuple[str, ...]) -> "Compilation":
    """The project compiled with other values."""
    from idpc.diagnostics.codes.names import UNKNOWN_NAME
    from idpc.explain import UnknownSubject
    from idpc.pipeline import compile_project
    from idpc.what_if import supposing

    asked = dict(_asked(change) for change in changes)
    try:
        made = compile_project(supposing(compilation, asked), compilation.options, "policy")
        if any(each.code == UNKNOWN_NAME.id for each in made.diagnostics):  # a word that names nothing is a text
            texts = {subject: f'"{value}"' if _WORD.fullmatch(value) else value for subject, value in asked.items()}
            return compile_project(supposing(compilation, texts), compilation.options, "policy")
    except UnknownSubject as unknown:
        raise click.UsageError(str(unknown)) from unknown
    return made


def _asked(change: str) -> tuple[str, str]:
    subject, equals, value = change.partition("=")
    if not equals or not value.strip() or "." not in subject:
        raise click.UsageError(f"`--what-if {change}` is no value: write `shop.checkout.replicas=6`")
    return subject.strip(), value.strip()


def _compared(compilation: "Compilation", asked: str) -> "tuple[Compilation, dict[str, list[Change]]]":
    """The changes since an earlier version; budgets may limit by how much cost rises."""
    from idpc.cost import budgets, spent
    from idpc.cost.baseline import increases

    assert compilation.evaluated is not None  # noqa: S101  # there are sheets
    earlier = _earlier(compilation, asked)
    found = tuple(
        each
        for name, before in earlier.items()
        for each in increases(
            budgets(compilation.evaluated.runs[name]), before, spent(compilation.sheets[name].instances), name
        )
    )
    changed = _changes(compilation, {name: each.expected for name, each in earlier.items()}, earlier)
    return with_diagnostics(compilation, found), changed


def _earlier(compilation: "Compilation", asked: str) -> "dict[str, Baseline]":
    """The environments of a build folder, or of the sources of a revision."""
    if Path(asked).is_dir():
        return _built(compilation, Path(asked))
    from idpc.cli.sides import revision
    from idpc.cost.baseline import Baseline
    from idpc.pipeline import compile_project

    before = compile_project(revision(asked, compilation.sources), compilation.options, "policy")
    if not before.sheets or before.graph is None:
        raise click.UsageError(f"`{asked}` has no costs to compare with: it does not compile with this version of idpc")
    graphs = before.graph.environments
    return {
        name: Baseline.of_sheet(sheet, graphs[name], before.location)
        for name, sheet in before.sheets.items()
        if name in compilation.sheets
    }


def _built(compilation: "Compilation", folder: Path) -> "dict[str, Baseline]":
    from idpc.cost.baseline import Baseline, Unreadable

    try:
        found = {
            name: Baseline.of(_document(folder / name, "cost"), _document(folder / name, "graph"))
            for name in compilation.sheets
            if (folder / name / "cost.json").is_file()
        }
    except Unreadable as error:
        raise click.UsageError(f"`{folder}` holds no build of this version of idpc: {error}") from error
    if not found:
        raise click.UsageError(f"`{folder}` holds no build with costs: `idpc build -o FOLDER` makes one")
    return found


def _document(folder: Path, name: str) -> object:
    from idpc.cost.baseline import Unreadable

    path = folder / f"{name}.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Unreadable(f"`{path.name}` cannot be read") from error


def _expected(sheet: "CostSheet") -> "dict[str, Decimal]":
    return {str(cost.address): cost.total.expected for cost in sheet.instances if any(cost.total)}


def _changes(
    compilation: "Compilation", before: "Mapping[str, Mapping[str, Decimal]]", earlier: "Mapping[str, Baseline]"
) -> "dict[str, list[Change]]":
    """By environment, each change with the lines that made it where the earlier version tells."""
    from idpc.cost.groups import changes
    from idpc.cost.named import names_read
    from idpc.cost.reasons import Reasons

    found: dict[str, list[Change]] = {}
    reads = names_read(compilation.modules).get if earlier else None
    for name, expected in before.items():
        changed = changes(expected, compilation.sheets[name])
        if reads and compilation.graph and compilation.evaluated:
            run, graph = compilation.evaluated.runs[name], compilation.graph.environments[name]
            machines = frozenset(str(line.address) for line in compilation.sheets[name].idle)
            reasons = Reasons(run, graph, earlier[name], compilation.location, reads, machines)
            changed = [each._replace(because=reasons.of(each.address)) for each in changed]
        found[name] = changed
    return found
