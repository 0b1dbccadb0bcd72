"""`idpc policy list`: each policy with what it looked at, and what came of it."""

import datetime
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from idpc.cli import console, options
from idpc.cli.session import Session

if TYPE_CHECKING:
    from idpc.pipeline import Compilation
    from idpc.policy.verdicts import Tally
    from idpc.types.declared import PolicyInfo

_FORMATS = ("text", "json")


@click.command(
    cls=options.Command,
    examples=(
        ("idpc policy list", "over all environments"),
        ("idpc policy list --env prod --format json", "one environment, for a program"),
    ),
)
@options.project_path
@options.environments
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True, help="Of the list.")
@options.today
@options.judged
def command(
    path: Path, environments: tuple[str, ...], form: str, today: datetime.date, judging: options.Judging
) -> int:
    """List the policies that are in force: how often each looked, passed, failed and was waived."""
    session = Session(path, today, environments, judging=judging, product=True)
    compilation = session.compile("plan")
    rows = list(_rows(compilation))
    if compilation.evaluated is None or not compilation.bundles:
        session.tell(compilation)
        return 1
    if form == "json":
        from idpc.emit.json_writer import json_document

        console.write(json_document({"version": 1, "policies": rows, "clusters": _clusters(compilation)}))
    else:
        console.write(_table(rows))
        console.write("".join(f"{line}\n" for line in _sentences(_clusters(compilation))))
    return 0


def _rows(compilation: "Compilation") -> Iterable[Mapping[str, object]]:
    wanted = compilation.options.environments or tuple(compilation.verdicts.policies)
    for policy in compilation.typed.policies if compilation.typed else ():
        found = [compilation.verdicts.policies.get(name, {}).get(policy.name) for name in wanted]
        yield _row(policy, [each.among() for each in found if each is not None])


def _row(policy: "PolicyInfo", tallies: "list[Tally]") -> Mapping[str, object]:
    return {
        "name": policy.name,
        "severity": policy.severity,
        "target": policy.target,
        "written": "rego" if policy.rego else "language",
        "looked_at": sum(each.looked_at for each in tallies),
        "passed": sum(each.passed for each in tallies),
        "failed": sum(each.failed for each in tallies),
        "waived": sum(each.waived for each in tallies),
    }


def _clusters(compilation: "Compilation") -> Mapping[str, Mapping[str, str]]:
    """By environment whose cluster checks policies: for each policy why it does not, empty where it does."""
    from idpc.policy.admission.files import enforcement

    wanted = compilation.options.environments
    found = {each.environment: enforcement(each) for each in compilation.bundles}
    return {name: each for name, each in found.items() if each and (not wanted or name in wanted)}


def _sentences(clusters: Mapping[str, Mapping[str, str]]) -> Iterable[str]:
    for environment, found in clusters.items():
        for why in sorted({*found.values()}):
            names = ", ".join(name for name, each in found.items() if each == why)
            yield f"the cluster of {environment} {f'does not check {names}: {why}' if why else f'checks {names}'}"


def _table(rows: Iterable[Mapping[str, object]]) -> str:
    lines = [[str(value) for value in row.values()] for row in rows]
    head = ["policy", "severity", "target", "written in", "looked at", "passed", "failed", "waived"]
    widths = [max(map(len, column)) for column in zip(head, *lines, strict=True)]
    return "".join(f"{_line(line, widths)}\n" for line in (head, *lines))


def _line(cells: list[str], widths: list[int]) -> str:
    words = [cell.ljust(width) for cell, width in zip(cells[:4], widths[:4], strict=True)]
    numbers = [cell.rjust(width) for cell, width in zip(cells[4:], widths[4:], strict=True)]
    return "  ".join((*words, *numbers))
