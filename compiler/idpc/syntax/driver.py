"""Runs the tables over tokens: shift, reduce, and build a node at each reduction."""

from collections.abc import Callable
from typing import Any

from idpc.source import SourceFile
from idpc.syntax.build import Builder
from idpc.syntax.scanner import Tokens
from idpc.syntax.stacks import Stack, continues, is_soft
from idpc.syntax.tables import Tables, load
from idpc.syntax.terminals import SOFT_NEWLINE, terminals

Action = Callable[[list[Any], list[int], int], Any]


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
    kinds, starts, ends = tokens.kinds[:], tokens.starts, tokens.ends
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
            at = _skip_newline(text, kinds, ends[at], at, states)
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


def _skip_newline(text: str, kinds: list[int], end: int, at: int, states: list[int]) -> int:
    """The place after a line end that means nothing: after an operator, or before `then` and `else`."""
    if at and continues(text, kinds[at - 1], kinds[at], end):
        return at + 1
    if kinds[at] != SOFT_NEWLINE:
        raise Failed
    if is_soft(kinds[at], kinds[at + 1], Stack.of(states)):
        return at + 1
    kinds[at] = terminals().NEWLINE
    return at
