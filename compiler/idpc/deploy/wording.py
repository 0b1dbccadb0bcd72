"""Puts what other programs say into a diagnostic: its first line into the message, the others below."""

from idpc.diagnostics import Diagnostic
from idpc.diagnostics.model import Code
from idpc.source import Span

HERE = Span("plan.json", 0, 0)


def told(  # noqa: PLR0913  # the parts of a diagnostic
    code: Code, head: str, said: str, notes: tuple[str, ...] = (), *, helps: str = "", address: str = ""
) -> Diagnostic:
    """A diagnostic about a plan, in which something of several lines was said."""
    first, *others = said.splitlines() or [""]
    lines = tuple(line for line in others if line.strip())
    return code.at(HERE, f"{head}: {first}", notes=(*lines, *notes), help=helps, address=address)
