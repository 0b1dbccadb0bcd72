"""Codes of stage 1: what is written."""

from idpc.diagnostics.model import Code, Severity

