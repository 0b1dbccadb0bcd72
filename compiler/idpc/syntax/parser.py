"""Text to nodes."""

from dataclasses import dataclass
from typing import Any

from idpc.diagnostics import Diagnostic, Outcome
from idpc.source import SourceFile, Span
from idpc.syntax.driver import Failed, parse
from idpc.syntax.nodes import Expr, Module
from idpc.syntax.scanner import Tokens, scan
from idpc.syntax.shapes import Shapes


@dataclass(frozen=True, slots=True)
class _Parsed:
    value: Any
    tokens: Tokens
    diagnostics: list[Diagnostic]
    broken: list[Span]


def parse_module(source: SourceFile) -> Outcome[Module]:
    """The module that any text holds, and what is wrong with the rest of it."""
    parsed = _parse(source, "module")
    found: list[Diagnostic] = []
    statements = Shapes(source, found, parsed.broken).check(parsed.value)
    module = Module(source.path, statements, tuple(parsed.tokens.comments), tuple(sorted(parsed.broken)))
    return Outcome(module, tuple(_one_a_line(source, [*parsed.diagnostics, *found])))


def parse_expression(source: SourceFile) -> Outcome[Expr]:
    """The expression that a text is."""
    parsed = _parse(source, "expression")
    return Outcome(parsed.value, tuple(_one_a_line(source, parsed.diagnostics)))


def _parse(source: SourceFile, start: str) -> _Parsed:
    tokens = scan(source)
    if not tokens.too_deep:
        try:
            value, builder = parse(source, tokens, start)
        except Failed:
            pass
        else:
            return _Parsed(value, tokens, [*tokens.diagnostics, *builder.found], [])
    return _mended(source, tokens, start)


def _mended(source: SourceFile, scanned: Tokens, start: str) -> _Parsed:
    from idpc.syntax.recovery import mend

    mended = mend(source, scanned, start)
    value, builder = parse(source, mended.tokens, start)
    return _Parsed(value, mended.tokens, mended.diagnostics + builder.found, mended.broken)


def _one_a_line(source: SourceFile, found: list[Diagnostic]) -> list[Diagnostic]:
    """The first diagnostic of each line: the others are mostly its echo."""
    kept = {source.position(each.span.start).line: each for each in reversed(found)}
    return sorted(kept.values(), key=_place)


def _place(diagnostic: Diagnostic) -> Span:
    return diagnostic.span
