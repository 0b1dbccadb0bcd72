"""Codes of stage 1: what is written."""

from idpc.diagnostics.model import Code

UNEXPECTED = Code("IDP1001", "something stands where it cannot")
MISSING = Code("IDP1002", "something is missing")
UNCLOSED_BRACKET = Code("IDP1003", "a bracket is never closed")
EXTRA_BRACKET = Code("IDP1004", "a bracket closes nothing")
UNCLOSED_STRING = Code("IDP1005", "a string is never closed")
UNKNOWN_ESCAPE = Code("IDP1006", "an unknown escape in a string")
UNKNOWN_CHARACTER = Code("IDP1007", "a character that the language does not use")
TOO_DEEP = Code("IDP1008", "nested too deeply")
NUMBER_TOO_LARGE = Code("IDP1009", "a number that is too large")
CHAINED_COMPARISON = Code("IDP1010", "comparisons that are chained")
MISPLACED_STATEMENT = Code("IDP1011", "a statement that its body cannot hold")
MISPLACED_ANNOTATION = Code("IDP1012", "an annotation before something that takes none")
OTHER_LANGUAGE = Code("IDP1013", "the syntax of another language")
MALFORMED_HEADER = Code("IDP1014", "a malformed header of a block")
FILE_TOO_LARGE = Code("IDP1091", "a file that is too large")
FILE_HAS_NUL = Code("IDP1092", "a NUL character")
FILE_NOT_UTF8 = Code("IDP1093", "a file that is not UTF-8")
FILE_UNREADABLE = Code("IDP1094", "a file that cannot be read")
