"""Precedence: a flat chain of operators and operands becomes a tree."""

from msgspec import Struct

from idpc.diagnostics import Diagnostic
from idpc.diagnostics.codes.syntax import CHAINED_COMPARISON
from idpc.source import Span
from idpc.syntax.nodes import Binary, Expr, Hole

PRECEDENCE = {
    "??": 1,
    "||": 2,
    "&&": 3,
    "==": 4,
    "!=": 4,
    "<": 5,
    "<=": 5,
    ">": 5,
    ">=": 5,
    "in": 5,
    "+": 6,
    "-": 6,
    "*": 7,
    "/": 7,
}
COMPARISONS = (4, 5)

_MEANT = {"and": "&&", "&": "&&", "or": "||", "|": "||", "=": "=="}
"""What recovery takes for an operator, by what is written."""


def meant(written: str) -> str:
    """The operator that a token stands for."""
    return written if written in PRECEDENCE else _MEANT[written]


class Operand(Struct):
    """An operand with the operator before it, and the places of both; parentheses belong to the operand."""

    operator: str
    at: int
    value: Expr
    start: int
    end: int


def tree(file: str, operands: list[Operand], found: list[Diagnostic]) -> Expr:
    """The tree of a chain; operators of one level group from the left."""
    done: list[Operand] = [operands[0]]
    waiting: list[Operand] = []
    for operand in operands[1:]:
        while waiting and PRECEDENCE[waiting[-1].operator] >= PRECEDENCE[operand.operator]:
            _combine(file, done, waiting.pop(), operand, found)
        waiting.append(operand)
        done.append(operand)
    while waiting:
        _combine(file, done, waiting.pop(), None, found)
    return done[0].value


def _combine(
    file: str, done: list[Operand], operation: Operand, following: Operand | None, found: list[Diagnostic]
) -> None:
    right, left = done.pop(), done.pop()
    span = Span(file, left.start, right.end)
    operator_span = Span(file, operation.at, operation.at + len(operation.operator))
    value: Expr = Binary(operation.operator, left.value, right.value, span, operator_span)
    level = PRECEDENCE[operation.operator]
    if following and level in COMPARISONS and PRECEDENCE[following.operator] == level:
        found.append(_chained(file, operation, following))
        value = Hole(span)
    done.append(Operand(left.operator, left.at, value, left.start, right.end))


def _chained(file: str, first: Operand, second: Operand) -> Diagnostic:
    return CHAINED_COMPARISON.at(
        Span(file, second.at, second.at + len(second.operator)),
        f"`{first.operator}` and `{second.operator}` cannot be chained: a comparison gives a bool",
        hint="a second comparison",
        help="write two comparisons and join them with `&&`",
    )
