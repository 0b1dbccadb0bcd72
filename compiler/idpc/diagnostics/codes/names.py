"""Codes of stage 2: names and imports."""

from idpc.diagnostics.model import Code, Severity

