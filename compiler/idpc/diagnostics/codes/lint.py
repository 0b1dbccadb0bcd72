"""Codes of stage 8: lint and deprecation."""

from idpc.diagnostics.model import Code, Severity

