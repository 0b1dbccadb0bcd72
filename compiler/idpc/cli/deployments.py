"""`idpc deployments`: what was deployed, by whom and how it ended, and the four DORA metrics."""

import json
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

import click
from msgspec.structs import asdict

from idpc.cli import console, deploying, options, places

if TYPE_CHECKING:
    from idpc.deploy.metrics import Metrics


@click.command(
    cls=options.Command,
    examples=(
        ("idpc deployments", "all environments of the project around the current folder"),
        ("idpc deployments --env prod --days 90 --format json", "for a dashboard"),
    ),
)
@options.environment
@click.option(
    "--days", type=click.IntRange(1), default=30, show_default=True, help="The days that the metrics look back."
)
@deploying.form_option
@deploying.journal_options
def command(environment: str | None, days: int, form: str, journal: Path | None, project: str | None) -> int:
    """List deployments, the newest last, with deployment frequency, lead time, change failure rate and time to restore."""
    from idpc.deploy.metrics import metrics

    history = places.open_journal(journal, project, Path.cwd()).history(environment or "")
    found = metrics(history, time(), days)
    if form == "json":
        listed = [deploying.document(each) for each in history]
        console.write(json.dumps({"version": 1, "deployments": listed, "metrics": asdict(found)}, indent=2) + "\n")
    else:
        console.write("".join(f"{deploying.line(each)}\n" for each in history) + "\n" + _told(found))
    return 0


def _told(found: "Metrics") -> str:
    rate = "none to tell from" if found.change_failure_rate is None else f"{found.change_failure_rate:.0%}"
    rows = (
        ("deployment frequency", f"{found.per_day:.2f} a day ({found.deployments} in {found.days} days)"),
        ("lead time", _span(found.lead_time)),
        ("change failure rate", rate),
        ("time to restore", _span(found.time_to_restore)),
    )
    return "".join(f"{name:<22}{value}\n" for name, value in rows)


def _span(seconds: float | None) -> str:
    """A time in the unit that fits it."""
    if seconds is None:
        return "none to tell from"
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} s"
