"""Codes of stage 4: the graph."""

from idpc.diagnostics.model import Code, Severity

