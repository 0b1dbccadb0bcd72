"""The smallest parts of a canonical text: strings with their escapes, names, and how tightly operators bind."""

import unicodedata

from idpc.syntax.nodes import Binary, Expr, IfExpr, Name, RangeExpr, Unary
from idpc.syntax.operators import COMPARISONS, PRECEDENCE

LOOSEST, RANGE, UNARY, POSTFIX = 0, 0.5, 8, 9
"""How tightly what is no chain of operators binds, in the terms of `PRECEDENCE`."""

_LOGICAL = PRECEDENCE["&&"]
"""`&&`, `||` and `??` stand in parentheses inside one another: few readers know which binds tighter."""

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_INVISIBLE = frozenset(("Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"))


def quoted(text: str) -> str:
    """A text as a string of one line."""
    return f'"{escaped(text)}"'


def escaped(text: str) -> str:
    """The inside of a string of one line."""
    if text.isprintable() and not ('"' in text or "\\" in text or "${" in text):
        return text
    return "".join(map(_escaped, text)).replace("${", "\\${")


def escaped_line(text: str) -> str:
    """The inside of a string of several lines, where line breaks stand for themselves."""
    escapes = "".join(character if character in '\n"' else _escaped(character) for character in text)
    return escapes.replace("${", "\\${").replace('"""', '\\"\\"\\"')


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if unicodedata.category(character) in _INVISIBLE:
        return f"\\u{{{ord(character):x}}}"
    return character


def named(name: Name) -> str:
    """A name, in quotes if it was written so."""
    return quoted(name.text) if name.quoted else name.text


def binding(expr: Expr) -> float:
    """How tightly an expression binds: what binds looser than its place needs parentheses."""
    match expr:
        case IfExpr():
            return LOOSEST
        case RangeExpr():
            return RANGE
        case Binary():
            return PRECEDENCE[expr.operator]
        case Unary():
            return UNARY
        case _:
            return POSTFIX


def needed_on_left(expr: Binary) -> float:
    """How tightly the left operand must bind: comparisons do not chain, all else groups from the left."""
    level = PRECEDENCE[expr.operator]
    if level in COMPARISONS:
        return level + 1
    is_same = isinstance(expr.left, Binary) and expr.left.operator == expr.operator
    return level if is_same or level > _LOGICAL else _LOGICAL + 1


def needed_on_right(expr: Binary) -> float:
    """How tightly the right operand must bind."""
    return max(PRECEDENCE[expr.operator], _LOGICAL) + 1
