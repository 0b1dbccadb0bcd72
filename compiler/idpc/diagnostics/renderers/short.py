"""One line a diagnostic, as editors and `grep` like it: `file:line:column: error[IDP3001]: message`."""

from idpc.diagnostics.renderers.cells import visible
from idpc.diagnostics.renderers.report import Look, Report


def render(report: Report, _look: Look) -> str:
    """The diagnostics, a line each."""
    return "".join(
        f"{visible(report.place(each.span) or 'idpc')}: {each.severity.value}[{each.code}]: {visible(each.message)}\n"
        for each in report.diagnostics
    )
