"""Builds expressions."""

import re
from typing import Any

from idpc.diagnostics.codes.syntax import NUMBER_TOO_LARGE
from idpc.source import Span
from idpc.syntax.build.base import Base, Places, Values
from idpc.syntax.nodes import (
    Argument,
    Arm,
    Bool,
    Call,
    Date,
    Entry,
    Expr,
    Hole,
    IfExpr,
    Index,
    ListExpr,
    ListFor,
    MapExpr,
    MapFor,
    Match,
    Measure,
    Member,
    Null,
    Number,
    RangeExpr,
    Ref,
    String,
    Unary,
)
from idpc.syntax.operators import Operand, meant, tree
from idpc.syntax.strings import THREE_QUOTES, replace_escapes, strip_indent

MOST_NEGATIVE = 2**63
DIGITS = len(str(MOST_NEGATIVE))
_LONG_NUMBER = re.compile(rf"[0-9]{{{DIGITS + 1},}}")


class Expressions(Base):
    """The actions of the rules for expressions."""

    def expression_of(self, values: Values, places: Places, end: int) -> Expr:
        """A text that is one expression."""
        made: Expr = values[0]
        return made

    def ref(self, values: Values, places: Places, end: int) -> Ref:
        """A bare word."""
        return Ref(values[0], Span(self.file, places[0], end))

    def hole(self, values: Values, places: Places, end: int) -> Hole:
        """Nothing, where an expression or a type was expected."""
        return Hole(Span(self.file, places[0], end))

    def true(self, values: Values, places: Places, end: int) -> Bool:
        """`true`."""
        return Bool(value=True, span=Span(self.file, places[0], end))

    def false(self, values: Values, places: Places, end: int) -> Bool:
        """`false`."""
        return Bool(value=False, span=Span(self.file, places[0], end))

    def null(self, values: Values, places: Places, end: int) -> Null:
        """`null`."""
        return Null(Span(self.file, places[0], end))

    def date(self, values: Values, places: Places, end: int) -> Date:
        """A date."""
        return Date(values[0], Span(self.file, places[0], end))

    def measure(self, values: Values, places: Places, end: int) -> Measure | Hole:
        """A number with a unit."""
        text: str = values[0]
        span = Span(self.file, places[0], end)
        if len(text) > DIGITS and _LONG_NUMBER.search(text.replace("_", "")):
            message = f"`{_shortened(text)}` is too large: an amount has at most {DIGITS} digits"
            self.found.append(NUMBER_TOO_LARGE.at(span, message, hint=f"more than {DIGITS} digits"))
            return Hole(span)
        return Measure(text, span)

    def number(self, values: Values, places: Places, end: int) -> Number | Hole:
        """A number; a minus before it may make the smallest of 64 bits."""
        text: str = values[0]
        span = Span(self.file, places[0], end)
        digits = text.replace("_", "")
        negative = self.source.text[: places[0]].endswith("-") if len(digits) >= DIGITS else False
        most = MOST_NEGATIVE if negative else MOST_NEGATIVE - 1
        whole = digits.split(".")[0].lstrip("0")
        if len(whole) > DIGITS or ("." not in digits and len(whole) == DIGITS and int(whole) > most):
            self.found.append(
                NUMBER_TOO_LARGE.at(
                    span,
                    f"`{_shortened(text)}` is too large: a whole number has at most 64 bits",
                    hint=f"the largest is {most}",
                )
            )
            return Hole(span)
        return Number(float(digits) if "." in digits else int(digits), text, span)

    def negative(self, values: Values, places: Places, end: int) -> Expr:
        """A literal below zero in a type or pattern."""
        number = self.number(values[1:], places[1:], end)
        return Unary("-", number, Span(self.file, places[0], end))

    def negative_measure(self, values: Values, places: Places, end: int) -> Expr:
        """A quantity below zero in a type or pattern."""
        return Unary("-", self.measure(values[1:], places[1:], end), Span(self.file, places[0], end))

    def string(self, values: Values, places: Places, end: int) -> String:
        """A string without interpolation."""
        text: str = values[0]
        span = Span(self.file, places[0], end)
        if text.startswith(THREE_QUOTES):
            return String(self._lines([text[3:-3]], [places[0] + 3]), span, multiline=True)
        inner = text[1:-1]
        if "\\" in inner:
            inner = replace_escapes(self.file, inner, places[0] + 1, self.found)
        return String((inner,) if inner else (), span)

    def string_text(self, values: Values, places: Places, end: int) -> tuple[str, int]:
        """Text between the interpolations of a string."""
        return (values[0], places[0])

    def string_expr(self, values: Values, places: Places, end: int) -> tuple[Expr, int]:
        """An interpolation."""
        return (values[1], places[0])

    def string_parts(self, values: Values, places: Places, end: int) -> String:
        """A string with interpolations."""
        parts = [part for part, _ in values[1]] if len(values) == 3 else []
        starts = [start for _, start in values[1]] if len(values) == 3 else []
        span = Span(self.file, places[0], end)
        if values[0] == THREE_QUOTES:
            return String(self._lines(parts, starts), span, multiline=True)
        return String(self._replaced(parts, starts), span)

    def _lines(self, parts: list[Any], starts: list[int]) -> tuple[str | Expr, ...]:
        self._replaced(parts, starts)
        stripped = strip_indent(parts) if parts else []
        return tuple(
            replace_escapes(self.file, part, 0, []) if isinstance(part, str) else part
            for part in stripped
            if part != ""
        )

    def _replaced(self, parts: list[Any], starts: list[int]) -> tuple[str | Expr, ...]:
        return tuple(
            replace_escapes(self.file, part, start, self.found) if isinstance(part, str) else part
            for part, start in zip(parts, starts, strict=True)
            if part != ""
        )

    def member(self, values: Values, places: Places, end: int) -> Member:
        """`base.name`."""
        return Member(values[0], values[2], Span(self.file, places[0], end))

    def index(self, values: Values, places: Places, end: int) -> Index:
        """`base[index]`."""
        return Index(values[0], values[2], Span(self.file, places[0], end))

    def call(self, values: Values, places: Places, end: int) -> Call:
        """`function(arguments)`."""
        arguments = tuple(values[2]) if len(values) == 4 else ()
        return Call(values[0], arguments, Span(self.file, places[0], end))

    def argument(self, values: Values, places: Places, end: int) -> Argument:
        """A positional argument."""
        return Argument(None, values[0])

    def argument_named(self, values: Values, places: Places, end: int) -> Argument:
        """`name = value`."""
        return Argument(values[0], values[2])

    def unary(self, values: Values, places: Places, end: int) -> Unary:
        """`!x` or `-x`."""
        return Unary("-" if values[0] == "-" else "!", values[1], Span(self.file, places[0], end))

    def chain_start(self, values: Values, places: Places, end: int) -> list[Operand]:
        """Two operands; where the first one ends does not matter."""
        left, operator, right = values
        return [
            Operand("", places[0], left, places[0], places[1]),
            Operand(meant(operator), places[1], right, places[2], end),
        ]

    def chain_more(self, values: Values, places: Places, end: int) -> list[Operand]:
        """One more operand."""
        operands: list[Operand] = values[0]
        operands.append(Operand(meant(values[1]), places[1], values[2], places[2], end))
        return operands

    def operation(self, values: Values, places: Places, end: int) -> Expr:
        """A whole chain."""
        return tree(self.file, values[0], self.found)

    def range(self, values: Values, places: Places, end: int) -> RangeExpr:
        """`low..high`."""
        return RangeExpr(values[0], values[2], Span(self.file, places[0], end))

    def range_from(self, values: Values, places: Places, end: int) -> RangeExpr:
        """`low..` in a refinement."""
        return RangeExpr(values[0], None, Span(self.file, places[0], end))

    def range_to(self, values: Values, places: Places, end: int) -> RangeExpr:
        """`..high` in a refinement."""
        return RangeExpr(None, values[1], Span(self.file, places[0], end))

    def if_expr(self, values: Values, places: Places, end: int) -> IfExpr:
        """`if c then a else b`."""
        return IfExpr(values[1], values[3], values[5], Span(self.file, places[0], end))

    def match(self, values: Values, places: Places, end: int) -> Match:
        """`match x { … }`."""
        arms = tuple(values[3]) if len(values) == 5 else ()
        return Match(values[1], arms, Span(self.file, places[0], end))

    def arm(self, values: Values, places: Places, end: int) -> Arm:
        """`a | b => value`."""
        return Arm(tuple(values[0]), values[2], Span(self.file, places[0], end))

    def list(self, values: Values, places: Places, end: int) -> ListExpr:
        """`[a, b]`."""
        return ListExpr(tuple(values[1]) if len(values) == 3 else (), Span(self.file, places[0], end))

    def list_for(self, values: Values, places: Places, end: int) -> ListFor:
        """`[for x in xs if c: e]`."""
        condition = values[6] if len(values) == 10 else None
        return ListFor(tuple(values[2]), values[4], condition, values[-2], Span(self.file, places[0], end))

    def map(self, values: Values, places: Places, end: int) -> MapExpr:
        """`{ a = 1 }`."""
        return MapExpr(tuple(values[1]) if len(values) == 3 else (), Span(self.file, places[0], end))

    def map_for(self, values: Values, places: Places, end: int) -> MapFor:
        """`{for k, v in m: k => v}`."""
        condition = values[6] if len(values) == 12 else None
        return MapFor(tuple(values[2]), values[4], condition, values[-4], values[-2], Span(self.file, places[0], end))

    def entry(self, values: Values, places: Places, end: int) -> Entry:
        """`key = value`, or `key { … }`."""
        return Entry(values[0], values[-1], Span(self.file, places[0], end))


def _shortened(text: str) -> str:
    return text if len(text) <= 30 else f"{text[:27]}…"
