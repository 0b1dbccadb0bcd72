"""The formats in which diagnostics are printed."""

from importlib import import_module

from idpc.diagnostics.renderers.report import Look, Report

FORMATS = ("text", "short", "json", "github")


def render(form: str, report: Report, look: Look) -> str:
    """Diagnostics in one of the formats; where there are none, only `json` has anything to say."""
    if not report.diagnostics and form != "json":
        return ""
    text: str = import_module(f"idpc.diagnostics.renderers.{form}").render(report, look)
    return text


__all__ = ["FORMATS", "Look", "Report", "render"]
