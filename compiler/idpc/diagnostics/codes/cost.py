"""Codes of stage 6: cost."""

from idpc.diagnostics.model import Code, Severity
