"""A file that did not parse as a whole: its sound statements get their canonical form, every other byte stays."""

from collections.abc import Iterator

from idpc.format.statements import Statements
from idpc.source import SourceFile, Span
from idpc.syntax.nodes import Block, IfStatement, InStatement, Module, Statement


def format_sound_parts(source: SourceFile, module: Module, printer: Statements) -> str:
    """The text with its sound statements printed, each at the indent that it has."""
    text = source.text
    parts: list[str] = []
    place = 0
    for statement in _sound(module.statements, module.broken):
        start, end = statement.span.start, statement.span.end
        indent = _indent(text, start)
        if start < place or indent is None:
            continue
        parts += [text[place:start], printer.shown(statement)(indent)]
        place = end
    return "".join([*parts, text[place:]])


def _sound(statements: tuple[Statement, ...], broken: tuple[Span, ...]) -> Iterator[Statement]:
    """The outermost statements without a place that did not parse."""
    for statement in statements:
        inside = tuple(span for span in broken if span.start <= statement.span.end and statement.span.start <= span.end)
        if not inside:
            yield statement
            continue
        for body in _bodies(statement):
            yield from _sound(body, inside)


def _bodies(statement: Statement) -> list[tuple[Statement, ...]]:
    if isinstance(statement, Block | InStatement):
        return [statement.body]
    if isinstance(statement, IfStatement):
        return [statement.then, statement.otherwise or ()]
    return []


def _indent(text: str, start: int) -> int | None:
    """The indent of a statement that begins its line."""
    before = text[text.rfind("\n", 0, start) + 1 : start]
    return len(before) if not before.strip(" ") else None
