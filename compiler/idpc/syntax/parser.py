"""Text to nodes."""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from idpc.diagnostics import Diagnostic, Outcome
from idpc.diagnostics.codes.syntax import FILE_TOO_LARGE
from idpc.heap import uncollected
from idpc.source import SourceFile, Span
from idpc.syntax.driver import Failed, parse
from idpc.syntax.nodes import Expr, Module
from idpc.syntax.scanner import Tokens, scan
from idpc.syntax.shapes import Shapes

LARGEST = 4 * 1024 * 1024
"""The most bytes that a file may have."""


class _Parsed(Struct, frozen=True):
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


@uncollected()
def _parse(source: SourceFile, start: str) -> _Parsed:
    if len(source.text) <= LARGEST and len(source.text.encode("utf-8", "surrogatepass")) <= LARGEST:
        return _parse_text(source, start)
    parsed = _parse_text(SourceFile(source.path, ""), start)
    message = f"`{source.path}` is larger than {LARGEST >> 20} MiB"
    return replace(
        parsed,
        diagnostics=[FILE_TOO_LARGE.at(Span(source.path, 0, 0), message, hint="not read")],
        broken=[Span(source.path, 0, len(source.text))],
    )


def _parse_text(source: SourceFile, start: str) -> _Parsed:
    tokens = scan(source)
    if not tokens.too_deep:
        try:
            value, builder = parse(source, tokens, start)
        except Failed:
            pass
        else:
            found = [*tokens.diagnostics, *builder.found]
            return _Parsed(value, tokens, found, [each.span for each in found])
    return _mended(source, tokens, start)


def _mended(source: SourceFile, scanned: Tokens, start: str) -> _Parsed:
    from idpc.syntax.recovery import mend

    mended = mend(source, scanned, start)
    value, builder = parse(source, mended.tokens, start)
    broken = mended.broken + [each.span for each in builder.found]
    return _Parsed(value, mended.tokens, mended.diagnostics + builder.found, broken)


def _one_a_line(source: SourceFile, found: list[Diagnostic]) -> list[Diagnostic]:
    """The first diagnostic of each line: the others are mostly its echo."""
    kept = {source.position(each.span.start).line: each for each in reversed(found)}
    return sorted(kept.values(), key=_place)


def _place(diagnostic: Diagnostic) -> Span:
    return diagnostic.span
