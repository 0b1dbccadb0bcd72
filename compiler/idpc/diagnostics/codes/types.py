"""Codes of stage 3: types and units."""

from idpc.diagnostics.model import Code, Severity

