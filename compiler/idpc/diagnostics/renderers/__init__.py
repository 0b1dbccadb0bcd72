"""The formats in which diagnostics are printed."""

from importlib import import_module

from idpc.diagnostics.renderers.report import Look, Report

FORMATS = ("text", "short", "json", "github", "sarif", "junit")
WITH_WAIVED = ("json", "sarif", "junit")
"""Those that tell what is waived, too: programs count it."""
_WHOLE = ("json", "sarif", "junit")
"""Those that are a document, with diagnostics or without."""


def render(form: str, report: Report, look: Look) -> str:
    """Diagnostics in one of the formats; where there are none, only documents have anything to say."""
    if not report.diagnostics and form not in _WHOLE:
        return ""
    text: str = import_module(f"idpc.diagnostics.renderers.{form}").render(report, look)
    return text


__all__ = ["FORMATS", "WITH_WAIVED", "Look", "Report", "render"]
