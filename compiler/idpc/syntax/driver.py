"""Runs the tables over tokens: shift, reduce, and build a node at each reduction."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from idpc.source import SourceFile
from idpc.syntax.build import Builder
from idpc.syntax.scanner import Tokens
from idpc.syntax.tables import Tables, load
from idpc.syntax.terminals import SOFT_NEWLINE, terminals

Action = Callable[[list[Any], list[int], int], Any]

_STATEMENT = re.compile(
    r"[ \t\n]*(?://[^\n]*\n[ \t\n]*)*"
    r"(?:[}\])]|@|\Z|(?:let|require|in)\b|if\b(?![^\n]*\bthen\b)[^\n]*\{|(?!(?:if|match)\b)[A-Za-z_]\w*[ \t]*(?:=(?![=>])|\+=|:|\{|[ \t][\w.]+[ \t]*(?:\{|:|=(?![=>]))))"
)


class Failed(Exception):  # noqa: N818  # no fault: recovery takes over
    """The text is not in the grammar."""


def parse(source: SourceFile, tokens: Tokens, start: str) -> tuple[Any, Builder]:
    """The value of a text without mistakes, and its builder; raises `Failed` at the first one."""
    tables = load()
    builder = Builder(source, tokens.docs)
    rules = [
        (getattr(builder, rule.action, None) if rule.action else None, rule.size, rule.result) for rule in tables.rules
    ]
    return _run(source.text, tokens, tables, rules, start), builder


def _run(text: str, tokens: Tokens, tables: Tables, rules: list[tuple[Action | None, int, int]], start: str) -> Any:
    rows, gotos = tables.actions, tables.gotos
    kinds, starts, ends = tokens.kinds, tokens.starts, tokens.ends
    final = tables.ends[start]
    states = [tables.starts[start]]
    values: list[Any] = []
    places: list[int] = []
    row = rows[states[-1]]
    at = 0
    end = 0
    while True:
        step = row.get(kinds[at])
        if step is None:
            at = skip_newline(text, tokens, at, states, tables)
        elif step > 0:
            states.append(step)
            values.append(text[starts[at] : ends[at]])
            places.append(starts[at])
            end = ends[at]
            at += 1
            row = rows[step]
        else:
            action, size, result = rules[-step]
            if action is None:
                if size:
                    states.pop()
                else:
                    values.append(())
                    places.append(0)
            elif size == 1:
                values[-1] = action(values[-1:], places[-1:], end)
                states.pop()
            else:
                parts = places[-size:]
                values[-size:] = [action(values[-size:], parts, end)]
                places[-size:] = parts[:1]
                del states[-size:]
            step = gotos[states[-1]][result]
            if step == final:
                return values[0]
            states.append(step)
            row = rows[step]


def skip_newline(text: str, tokens: Tokens, at: int, states: list[int], tables: Tables) -> int:
    """The place after a line end that means nothing: after an operator, or before `then` and `else`."""
    kind = tokens.kinds[at]
    kinds = terminals()
    if kind == kinds.NEWLINE and at and tokens.kinds[at - 1] in _continuing():
        operator = tokens.kinds[at - 1]
        if operator == kinds.BAR or not _STATEMENT.match(text, tokens.ends[at]):
            return at + 1
    if kind == SOFT_NEWLINE:
        if accepts(tables, states, tokens.kinds[at + 1]):
            return at + 1
        tokens.kinds[at] = kinds.NEWLINE
        return at
    raise Failed


@cache
def _continuing() -> frozenset[int]:
    """What a line may be broken after, besides brackets and commas."""
    k = terminals()
    return frozenset(
        (k.OPERATOR, k.MINUS, k.BANG, k.LESS, k.GREATER, k.IN, k.RANGE, k.DOT, k.BAR, k.EQUAL, k.PLUS_EQUAL)
        + (k.ARROW, k.COLON, k.THEN, k.ELSE)
    )


def accepts(tables: Tables, states: list[int], kind: int) -> bool:
    """Whether a token of this kind can follow, reductions first."""
    return follow(tables, states, kind) is not None


def follow(tables: Tables, states: list[int], kind: int) -> list[int] | None:
    """The states after a token of this kind, without building anything; none where it cannot stand."""
    stack = states
    own = False
    while True:
        step = tables.actions[stack[-1]].get(kind)
        if step is None:
            return None
        if step > 0:
            return [*stack, step]
        rule = tables.rules[-step]
        if not own:
            stack, own = stack[:], True
        if rule.size:
            del stack[-rule.size :]
        stack.append(tables.gotos[stack[-1]][rule.result])
