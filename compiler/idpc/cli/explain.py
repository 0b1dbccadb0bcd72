"""`idpc explain`: what a diagnostic means, or which layer set a field."""

import datetime
import re
from pathlib import Path

import click

from idpc.cli import console, options
from idpc.cli.session import Session, environment_of
from idpc.diagnostics.manual import page

_CODE = re.compile(r"(?:IDP)?(\d{4})", re.IGNORECASE)
_HEADING = re.compile(r"#+ ")


@click.command(
    cls=options.Command,
    examples=(
        ("idpc explain IDP3001", "what the diagnostic means, with an example and its fix"),
        ("idpc explain shop.checkout.replicas --env prod", "each layer that set the field, and which won"),
    ),
)
@click.argument("subject", metavar="CODE|ADDRESS.FIELD")
@options.project_path
@options.environment
@options.today
def command(subject: str, path: Path, environment: str | None, today: datetime.date) -> int:
    """Explain a diagnostic by its code, or the value of a field by its address.

    For a field, shows every layer that set it, from the weakest to the strongest, with file and line.
    """
    code = _CODE.fullmatch(subject)
    if code:
        return _explain_code(f"IDP{code[1]}")
    from idpc.explain import UnknownSubject, explain_field

    session = Session(path, today, product=True)
    compilation = session.compile("graph")
    session.tell(compilation)
    if compilation.graph is None:
        return 1
    try:
        console.write(explain_field(compilation, subject, environment_of(compilation.graph, environment)))
    except UnknownSubject as unknown:
        raise click.UsageError(str(unknown)) from unknown
    return 0


def _explain_code(code: str) -> int:
    text = page(code)
    if text is None:
        raise click.UsageError(f"there is no diagnostic `{code}`")
    look = console.look()
    lines = (look.paint("title", line) if _HEADING.match(line) else line for line in text.splitlines())
    console.write("\n".join(lines) + "\n")
    return 0
