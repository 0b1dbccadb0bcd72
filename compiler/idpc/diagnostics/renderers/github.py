"""Workflow commands of GitHub Actions, which show each diagnostic beside its line in a pull request."""

from idpc.diagnostics.codes import REGISTRY
from idpc.diagnostics.model import Diagnostic, Severity
from idpc.diagnostics.renderers.cells import visible
from idpc.diagnostics.renderers.report import Look, Report

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(report: Report, _look: Look) -> str:
    """The diagnostics, a command each."""
    return "".join(_command(each, report) for each in report.diagnostics)


def _command(diagnostic: Diagnostic, report: Report) -> str:
    properties = {"file": report.path(diagnostic.span.file)} if diagnostic.span.file else {}
    positions = report.positions(diagnostic.span)
    if positions:
        start, end = positions
        properties |= {"line": str(start.line), "endLine": str(end.line)}
        if start.line == end.line:
            properties |= {"col": str(start.column), "endColumn": str(max(end.column, start.column + 1))}
    code = REGISTRY.get(diagnostic.code)
    properties["title"] = f"{diagnostic.code} {code.title}" if code else diagnostic.code
    written = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{_LEVELS[diagnostic.severity]} {written}::{_data(_message(diagnostic))}\n"


def _message(diagnostic: Diagnostic) -> str:
    lines = [diagnostic.message, diagnostic.hint, *diagnostic.notes]
    lines.append(f"in {', '.join(diagnostic.environments)}" if diagnostic.environments else "")
    lines += [diagnostic.help, *(f"fix: {fix.title}" for fix in diagnostic.fixes), f"idpc explain {diagnostic.code}"]
    return "\n".join(visible(line) for text in lines for line in text.split("\n") if line)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
