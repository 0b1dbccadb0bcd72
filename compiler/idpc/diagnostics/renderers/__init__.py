"""The formats in which diagnostics are printed, by name."""

from collections.abc import Callable, Mapping

from idpc.diagnostics.renderers import github, json, short, text
from idpc.diagnostics.renderers.report import Look, Report

Renderer = Callable[[Report, Look], str]

FORMATS: Mapping[str, Renderer] = {
    "text": text.render,
    "short": short.render,
    "json": json.render,
    "github": github.render,
}

__all__ = ["FORMATS", "Look", "Renderer", "Report"]
