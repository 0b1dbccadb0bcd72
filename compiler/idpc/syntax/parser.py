"""Text to nodes."""

from idpc.diagnostics import Outcome
from idpc.diagnostics.codes.syntax import UNEXPECTED
from idpc.source import SourceFile, Span
from idpc.syntax.driver import Failed, parse
from idpc.syntax.nodes import Expr, Hole, Module
from idpc.syntax.scanner import scan


def parse_module(source: SourceFile) -> Outcome[Module]:
    """The module that any text holds, and what is wrong with the rest of it."""
    tokens = scan(source)
    try:
        statements, builder = parse(source, tokens, "module")
    except Failed:
        span = Span(source.path, 0, len(source.text))
        return Outcome(Module(source.path, (), tuple(tokens.comments), (span,)), (UNEXPECTED.at(span, "broken"),))
    module = Module(source.path, statements, tuple(tokens.comments))
    return Outcome(module, (*tokens.diagnostics, *builder.found))


def parse_expression(source: SourceFile) -> Outcome[Expr]:
    """The expression that a text is."""
    tokens = scan(source)
    try:
        value, builder = parse(source, tokens, "expression")
    except Failed:
        span = Span(source.path, 0, len(source.text))
        return Outcome(Hole(span), (UNEXPECTED.at(span, "broken"),))
    return Outcome(value, (*tokens.diagnostics, *builder.found))
