"""Codes of stage 9: faults of idpc itself."""

from idpc.diagnostics.model import Code

INTERNAL_FAULT = Code("IDP9001", "a fault of idpc")
