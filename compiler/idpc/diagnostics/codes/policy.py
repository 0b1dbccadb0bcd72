"""Codes of stage 5: policy."""

from idpc.diagnostics.model import Code, Severity

