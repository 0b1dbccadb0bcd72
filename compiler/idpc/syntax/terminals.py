"""The kinds of token: their numbers in the parser's tables, and two that only the scanner and the parser know."""

from functools import cache

from msgspec import Struct

from idpc.syntax.tables import load

SOFT_NEWLINE = -1
"""The end of a line before `then` or `else`: nothing, where the parser waits for one of these."""

INVALID = -2
"""A character that begins no token."""


class Terminals(Struct, frozen=True):
    """The number of each terminal of the grammar."""

    ARROW: int
    AT: int
    BANG: int
    BAR: int
    COLON: int
    COMMA: int
    DATE: int
    DOT: int
    ELSE: int
    END: int
    EQUAL: int
    FALSE: int
    FN: int
    FOR: int
    GREATER: int
    HOLE: int
    IF: int
    IMPORT: int
    IN: int
    INTERPOLATION: int
    LBRACE: int
    LBRACKET: int
    LESS: int
    LET: int
    LPAR: int
    MATCH: int
    MEASURE: int
    MINUS: int
    NAME: int
    NEWLINE: int
    NULL: int
    NUMBER: int
    OPERATOR: int
    OUTPUT: int
    PATTERN: int
    PLUS_EQUAL: int
    QUESTION: int
    RANGE: int
    RBRACE: int
    RBRACKET: int
    REQUIRE: int
    RPAR: int
    STRING: int
    STRING_END: int
    STRING_START: int
    STRING_TEXT: int
    THEN: int
    TRUE: int
    TYPE: int

    @property
    def words(self) -> dict[str, int]:
        """The words that are terminals of their own; all others are a `NAME`."""
        names = "LET IN IF REQUIRE FOR MATCH TRUE FALSE NULL TYPE FN OUTPUT IMPORT THEN ELSE".split()
        return {name.lower(): getattr(self, name) for name in names}

    @property
    def punctuation(self) -> dict[str, int]:
        """The operators, brackets and separators."""
        binary = dict.fromkeys(("+", "*", "/", "<=", ">=", "==", "!=", "&&", "||", "??"), self.OPERATOR)
        return {text: getattr(self, name) for text, name in _PUNCTUATION.items()} | binary

    @property
    def closers(self) -> dict[int, int]:
        """What closes each opening bracket."""
        return {
            self.LBRACE: self.RBRACE,
            self.INTERPOLATION: self.RBRACE,
            self.LBRACKET: self.RBRACKET,
            self.LPAR: self.RPAR,
        }


_PUNCTUATION = {
    "{": "LBRACE",
    "}": "RBRACE",
    "[": "LBRACKET",
    "]": "RBRACKET",
    "(": "LPAR",
    ")": "RPAR",
    "=": "EQUAL",
    "+=": "PLUS_EQUAL",
    ":": "COLON",
    "=>": "ARROW",
    "|": "BAR",
    ".": "DOT",
    "..": "RANGE",
    "?": "QUESTION",
    "@": "AT",
    "!": "BANG",
    "-": "MINUS",
    "<": "LESS",
    ">": "GREATER",
    ",": "COMMA",
}


@cache
def terminals() -> Terminals:
    """The terminals of the grammar that ships with idpc."""
    numbers = {name.removeprefix("$"): number for number, name in enumerate(load().terminals)}
    return Terminals(**{name: numbers[name] for name in Terminals.__struct_fields__})
