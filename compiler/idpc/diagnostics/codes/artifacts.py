"""Codes of stage 7: artifacts and plan."""

from idpc.diagnostics.model import Code, Severity

