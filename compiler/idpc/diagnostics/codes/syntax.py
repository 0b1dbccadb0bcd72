"""Codes of stage 1: what is written."""

from idpc.diagnostics.model import Code, Severity
FILE_TOO_LARGE = Code("IDP1091", "a file that is too large")
FILE_HAS_NUL = Code("IDP1092", "a NUL character")
FILE_NOT_UTF8 = Code("IDP1093", "a file that is not UTF-8")
FILE_UNREADABLE = Code("IDP1094", "a file that cannot be read")
