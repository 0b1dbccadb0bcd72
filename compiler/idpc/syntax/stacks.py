"""The parser's stack of states without values: what can follow, tried without building anything."""

import re
from functools import cache
from typing import Optional

from msgspec import Struct

from idpc.syntax.tables import load
from idpc.syntax.terminals import SOFT_NEWLINE, terminals

_STATEMENT = re.compile(
    r"[ \t\n]*(?://[^\n]*\n[ \t\n]*)*"
    r"(?:[}\])]|@|\Z|(?:let|require|in)[ \t]+[^ \t\n)\]}]|if\b(?![^\n]*\bthen\b)[^\n]*[^$\n]\{"
    r"|(?!(?:if|match)\b)[A-Za-z_]\w*[ \t]*(?:=(?![=>])|\+=|:|\{|[ \t][\w.]+[ \t]*(?:\{|:|=(?![=>]))))"
)


class Stack(Struct, frozen=True):
    """A state and the stack below it; stacks share their lower parts."""

    state: int
    below: Optional["Stack"] = None

    @classmethod
    def of(cls, states: list[int]) -> "Stack":
        """The stack of a list of states."""
        stack = cls(states[0])
        for state in states[1:]:
            stack = cls(state, stack)
        return stack

    def after(self, kind: int) -> Optional["Stack"]:
        """The stack after a token of this kind, reductions first; none where it cannot stand."""
        tables = load()
        actions = tables.actions
        stack = self
        while True:
            step = actions[stack.state].get(kind)
            if step is None:
                return None
            if step > 0:
                return Stack(step, stack)
            rule = tables.rules[-step]
            for _ in range(rule.size):
                if stack.below is None:
                    return None
                stack = stack.below
            state = tables.gotos[stack.state][rule.result]
            stack = Stack(state, stack)
            if state in tables.finals:
                return stack

    def accepts(self, kind: int) -> bool:
        """Whether a token of this kind can follow."""
        return self.after(kind) is not None

    def expected(self) -> frozenset[int]:
        """All kinds of token that can follow."""
        return frozenset(kind for kind in load().actions[self.state] if self.accepts(kind))


def continues(text: str, before: int, kind: int, end: int) -> bool:
    """Whether the line goes on after a line end of this kind that comes after `before`, where no statement can end."""
    if kind != terminals().NEWLINE or before not in continuing():
        return False
    return before == terminals().BAR or not _STATEMENT.match(text, end)


def is_soft(kind: int, following: int, stack: Stack) -> bool:
    """Whether a line end means nothing because the parser waits for the `then` or `else` after it."""
    return kind == SOFT_NEWLINE and stack.accepts(following)


@cache
def continuing() -> frozenset[int]:
    """What a line may be broken after, besides brackets and commas."""
    k = terminals()
    return frozenset(
        (
            *(k.OPERATOR, k.MINUS, k.BANG, k.LESS, k.GREATER, k.IN, k.RANGE, k.DOT, k.BAR, k.EQUAL, k.PLUS_EQUAL),
            *(k.ARROW, k.COLON, k.THEN, k.ELSE),
        )
    )
