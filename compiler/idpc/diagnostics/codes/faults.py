"""Codes of stage 9: faults of idpc itself."""

from idpc.diagnostics.model import Code, Severity

