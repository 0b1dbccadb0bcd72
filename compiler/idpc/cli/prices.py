"""`idpc prices`: what the price lists that ship with idpc hold, how old they are, and where they are from."""

import datetime

import click

from idpc.cli import console, options


@click.group()
def command() -> None:
    """Look at the price lists that ship with idpc."""


@command.command(
    cls=options.Command,
    name="status",
    examples=(
        ("idpc prices status", "each cloud's services: in how many regions a price is exact, derived, interpolated"),
    ),
)
@options.today
def status(today: datetime.date) -> int:
    """Show the age, the sources and the coverage of the price lists."""
    from idpc.cost.coverage import status_text

    console.write(status_text(today, console.look()))
    return 0
