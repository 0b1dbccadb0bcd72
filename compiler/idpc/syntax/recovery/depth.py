"""Leaves out declarations that nest too deeply."""

from idpc.diagnostics import Diagnostic
from idpc.diagnostics.codes.syntax import TOO_DEEP
from idpc.source import Span
from idpc.syntax.recovery.tokens import Text, Token
from idpc.syntax.scanner import DEEPEST
from idpc.syntax.terminals import terminals


def without_deep_declarations(
    text: Text, tokens: list[Token], places: list[int], found: list[Diagnostic], broken: list[Span]
) -> list[Token]:
    """The tokens without the declarations that hold one of `places`."""
    starts = [at for at, token in enumerate(tokens) if at == 0 or _at_margin(text, token)] + [len(tokens) - 1]
    deep = iter(sorted(places))
    place = next(deep, None)
    kept: list[Token] = []
    for begin, end in zip(starts, starts[1:], strict=False):
        first, last = tokens[begin], tokens[end - 1]
        if place is None or place >= tokens[end].start:
            kept += tokens[begin:end]
            continue
        found.append(_too_deep(text.span(place, place + 1)))
        broken.append(text.span(first.start, last.end))
        while place is not None and place < tokens[end].start:
            place = next(deep, None)
    return [*kept, tokens[-1]]


def _at_margin(text: Text, token: Token) -> bool:
    return token.kind == terminals().NAME and (token.start == 0 or text.text[token.start - 1] == "\n")


def _too_deep(span: Span) -> Diagnostic:
    return TOO_DEEP.at(
        span,
        f"this nests more than {DEEPEST} levels deep",
        hint="too deep",
        help="give its parts names of their own with `let`",
    )
