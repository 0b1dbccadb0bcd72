"""`idpc prices`: what the price lists and carbon factors that ship with idpc hold, how old they are, and where they are from."""

import datetime

import click

from idpc.cli import console, options


@click.command(
    cls=options.Command,
    examples=(("idpc prices status", "in how many regions a price is exact, derived, interpolated or missing"),),
)
@click.argument("action", type=click.Choice(("status",)), default="status")
@options.today
def command(action: str, today: datetime.date) -> int:
    """Show the age, the sources and the coverage of the price lists, and of the carbon factors.

    A letter says how sure the prices are that a kind needs in a region. What kinds name and no list has is told, too.
    """
    del action  # there is but one
    from idpc.cost.carbon.coverage import carbon_status_text
    from idpc.cost.coverage import status_text

    look = console.look()
    console.write(f"{status_text(today, look)}\n{carbon_status_text(today, look)}")
    return 0
