"""How tokens, and what is expected, are called when one speaks to a user."""

from functools import cache

from idpc.syntax.recovery.tokens import Text, Token
from idpc.syntax.terminals import Terminals, terminals

MOST_NAMED = 4


def found(token: Token, text: Text) -> str:
    """What stands there."""
    kinds = terminals()
    written = text.of(token)
    if token.kind == kinds.STRING_END:
        return "the string"
    if token.kind == kinds.END:
        return "the end of the file"
    if "\n" in written or token.kind == kinds.NEWLINE:
        return "the end of the line" if not written.strip() else "a text of several lines"
    return f"`{written if len(written) <= 40 else written[:37] + '…'}`"


def after_what(token: Token, text: Text) -> str:
    """Where something is missing, if what stands before it has a name."""
    written = text.of(token)
    return f" after {found(token, text)}" if written.strip() and "\n" not in written else ""


def expected(kinds: frozenset[int]) -> str:
    """What could stand there, in a few words."""
    names = terminals()
    if names.LBRACKET in kinds and names.STRING in kinds and names.NUMBER in kinds:
        return "a value"
    if names.NUMBER in kinds and names.STRING in kinds:
        return "a type" if names.LPAR in kinds else "a pattern"
    if names.AT in kinds:
        return "a field, a block or a declaration"
    if names.HOLE in kinds:
        return "a key" if names.STRING in kinds else "a name"
    if names.OPERATOR in kinds:
        return _after_value(kinds)
    words = [name for kind, name in _words().items() if kind in kinds and not (names.NAME in kinds and _is_word(kind))]
    return _joined(words[:MOST_NAMED])


def _after_value(kinds: frozenset[int]) -> str:
    """What can follow a value; that any operator can is clear to everybody."""
    names = terminals()
    if names.NEWLINE in kinds:
        return "a new line or a comma"
    ends = (names.THEN, names.ELSE, names.COLON, names.ARROW, names.LBRACE, names.RBRACE, names.RBRACKET, names.RPAR)
    return _joined([word(kind) for kind in ends if kind in kinds])


def _is_word(kind: int) -> bool:
    return kind in (terminals().THEN, terminals().ELSE, terminals().IN)


def _joined(words: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def word(kind: int) -> str:
    """What a kind of token is called."""
    return _words().get(kind, "a value")


@cache
def _words() -> dict[int, str]:
    """In the order in which they are named."""
    kinds: Terminals = terminals()
    return {
        kinds.EQUAL: "`=`",
        kinds.LBRACE: "`{`",
        kinds.RBRACE: "`}`",
        kinds.RPAR: "`)`",
        kinds.RBRACKET: "`]`",
        kinds.COLON: "`:`",
        kinds.ARROW: "`=>`",
        kinds.THEN: "`then`",
        kinds.ELSE: "`else`",
        kinds.IN: "`in`",
        kinds.GREATER: "`>`",
        kinds.LPAR: "`(`",
        kinds.LBRACKET: "`[`",
        kinds.RANGE: "`..`",
        kinds.DOT: "`.`",
        kinds.COMMA: "a comma",
        kinds.NEWLINE: "a new line",
        kinds.STRING: "a string",
        kinds.NAME: "a name",
        kinds.OPERATOR: "an operator",
    }
