"""What has changed in what a project costs and emits: against an earlier version of it, or with other values."""

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from idpc.cli.session import with_diagnostics
from idpc.cli.sides import revision

if TYPE_CHECKING:
    from idpc.cost import CostSheet
    from idpc.cost.baseline import Baseline
    from idpc.cost.groups import Change
    from idpc.pipeline import Compilation

_WORD = re.compile(r"[A-Za-z][\w-]*")
Amounts = tuple[Mapping[str, Decimal], Mapping[str, Decimal]]
"""What each instance costs, and what it emits."""


class Changed(NamedTuple):
    """What has changed in each environment, in cost and in carbon."""

    costs: "dict[str, list[Change]]"
    carbon: "dict[str, list[Change]]"


def with_values(compilation: "Compilation", changes: tuple[str, ...]) -> "tuple[Compilation, Changed | None]":
    """The project with other values, given as `shop.checkout.replicas=6`, and what they change."""
    before = {name: _amounts(sheet) for name, sheet in compilation.sheets.items()}
    made = _supposing(compilation, dict(_asked(change) for change in changes))
    return made, _changes(made, before, {}) if made.sheets else None


def _supposing(compilation: "Compilation", asked: dict[str, str]) -> "Compilation":
    """The project compiled with other values."""
    from idpc.diagnostics.codes.names import UNKNOWN_NAME
    from idpc.explain import UnknownSubject
    from idpc.pipeline import compile_project
    from idpc.what_if import supposing

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


def compared(compilation: "Compilation", asked: str) -> "tuple[Compilation, Changed]":
    """The changes since an earlier version; budgets may limit by how much cost and emissions rise."""
    from idpc.cost import budgets, spent
    from idpc.cost.baseline import increases

    assert compilation.evaluated is not None  # noqa: S101  # there are sheets
    earlier = _earlier(compilation, asked)
    found = tuple(
        each
        for name, before in earlier.items()
        for each in increases(
            budgets(compilation.evaluated.runs[name]), before.spent(), spent(compilation.sheets[name].instances), name
        )
    )
    changed = _changes(compilation, {name: (each.expected, each.emitted) for name, each in earlier.items()}, earlier)
    return with_diagnostics(compilation, found), changed


def _earlier(compilation: "Compilation", asked: str) -> "dict[str, Baseline]":
    """The environments of a build folder, or of the sources of a revision."""
    if Path(asked).is_dir():
        return _built(compilation, Path(asked))
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


def _amounts(sheet: "CostSheet") -> Amounts:
    return (
        {str(cost.address): cost.total.expected for cost in sheet.instances if any(cost.total)},
        {str(cost.address): cost.carbon.expected for cost in sheet.instances if any(cost.carbon)},
    )


def _changes(compilation: "Compilation", before: Mapping[str, Amounts], earlier: "Mapping[str, Baseline]") -> Changed:
    """By environment, each change with the lines that made it where the earlier version tells."""
    from idpc.cost.groups import changes

    found = Changed({}, {})
    because = _reasons(compilation, earlier)
    for name, (expected, emitted) in before.items():
        sheet = compilation.sheets[name]
        of_carbon = changes(emitted, sheet, lambda cost: cost.carbon)
        for several, changed in ((found.costs, changes(expected, sheet)), (found.carbon, of_carbon)):
            several[name] = [each._replace(because=because(name, each.address)) for each in changed]
    return found


def _reasons(compilation: "Compilation", earlier: "Mapping[str, Baseline]") -> Callable[[str, str], tuple[str, ...]]:
    """Tells for an environment and an instance which lines changed what it costs."""
    from idpc.cost.named import names_read
    from idpc.cost.reasons import Reasons

    assert compilation.evaluated is not None  # noqa: S101  # there are sheets
    reads, runs, graphs = names_read(compilation.modules).get, compilation.evaluated.runs, compilation.evaluated.graph
    told = {
        name: Reasons(
            runs[name],
            graphs.environments[name],
            before,
            compilation.location,
            reads,
            frozenset(str(line.address) for line in compilation.sheets[name].idle),
        )
        for name, before in earlier.items()
    }
    return lambda name, address: told[name].of(address) if name in told else ()
