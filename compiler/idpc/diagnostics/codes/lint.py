"""Codes of stage 8: lint and deprecation."""

from idpc.diagnostics.model import Code, Severity

DEPRECATED = Code("IDP8001", "something deprecated is used", Severity.WARNING)
