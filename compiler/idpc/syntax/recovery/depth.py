"""Leaves out declarations that nest too deeply."""

from itertools import pairwise

from idpc.diagnostics import Diagnostic
from idpc.diagnostics.codes.syntax import TOO_DEEP
from idpc.source import Span
from idpc.syntax.recovery.tokens import Text, Token
from idpc.syntax.scanner import DEEPEST
from idpc.syntax.stacks import continuing
from idpc.syntax.terminals import terminals


def without_deep_declarations(
    text: Text, tokens: list[Token], places: list[int], found: list[Diagnostic], broken: list[Span]
) -> list[Token]:
    """The tokens without the declarations that hold one of `places`."""
    starts = [*_starts(text, tokens), len(tokens) - 1]
    deep = iter(sorted(places))
    place = next(deep, None)
    kept: list[Token] = []
    for begin, end in pairwise(starts):
        first, last = tokens[begin], tokens[end - 1]
        if place is None or place >= tokens[end].start:
            kept += tokens[begin:end]
            continue
        found.append(_too_deep(text.span(place, place + 1)))
        broken.append(text.span(first.start, last.end))
        while place is not None and place < tokens[end].start:
            place = next(deep, None)
    return [*kept, tokens[-1]]


def _starts(text: Text, tokens: list[Token]) -> list[int]:
    """Where declarations begin: at the margin, outside brackets or where the body around is indented."""
    kinds = terminals()
    closers = kinds.closers
    closing = frozenset(closers.values())
    starts = [0]
    depth, indented = 0, False
    for at, token in enumerate(tokens):
        if token.kind in closers:
            depth += 1
        elif token.kind in closing:
            depth -= 1
        elif at and tokens[at - 1].kind == kinds.NEWLINE and (at < 2 or tokens[at - 2].kind not in continuing()):
            if text.indent(token.start):
                indented = True
            elif (token.kind == kinds.AT or text.of(token).isidentifier()) and (depth <= 0 or indented):
                starts.append(at)
                depth, indented = 0, False
    return starts


def _too_deep(span: Span) -> Diagnostic:
    return TOO_DEEP.at(
        span,
        f"this nests more than {DEEPEST} levels deep",
        hint="too deep",
        help="give its parts names of their own with `let`",
    )
