"""Expressions over several lines: where the author broke them, or where a line would be too long."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from idpc.format.breaks import Breaks
from idpc.format.comments import Comments
from idpc.format.flat import arm, entry, format_expression, format_type, head_of_for, member, patterns
from idpc.format.words import POSTFIX, binding, escaped_line, named, needed_on_left, needed_on_right
from idpc.source import Span
from idpc.syntax.nodes import (
    Argument,
    Arm,
    Binary,
    Call,
    Entry,
    Expr,
    IfExpr,
    ListExpr,
    ListFor,
    MapExpr,
    MapFor,
    Match,
    Member,
    String,
    TypeExpr,
    Unary,
    UnionType,
)

_OPEN = (ListExpr, MapExpr, Match, Call, ListFor, MapFor)
"""What has brackets of its own, in which its lines are broken."""

WIDTH = 120
INDENT = 2


class Unprintable(Exception):  # noqa: N818  # no fault: the text is left as it is
    """A comment or a line break stands where the printer has no place for it."""


class Piece(Struct, frozen=True):
    """Something in brackets or a body: its place and how it is printed at an indent."""

    span: Span
    show: Callable[[int], str]


class Layout:
    """Prints expressions with the line breaks of their source."""

    def __init__(self, comments: Comments) -> None:
        self.comments = comments
        self.text = comments.text
        self.breaks = Breaks(comments.text)

    def expression(self, expr: Expr, indent: int, column: int, after: int = 0) -> str:
        """An expression that begins at a column; further lines are indented, `after` is what follows on the last."""
        flat = self.flat(expr, expr.span)
        if flat is not None and column + len(flat) + after <= WIDTH:
            return flat
        return self.broken(expr, indent, column, flat)

    def flat(self, node: Any, span: Span, form: Callable[[Any], str] = format_expression) -> str | None:
        """A node on one line; none where it holds comments, or where its author broke a line that may be broken."""
        return None if self.comments.between(span.start, span.end) or self.breaks.any(node) else form(node)

    def broken(self, expr: Expr, indent: int, column: int, flat: str | None) -> str:  # noqa: C901, PLR0911  # one node a case
        """An expression with its outermost lines broken."""
        match expr:
            case String() if expr.multiline:
                return self.lines(expr, indent)
            case ListExpr() if len(expr.items) == 1 and self.hugs(expr.span.start, expr.items[0]):
                return self.hugged("[", expr.items[0], expr.span, indent, column)
            case ListExpr() if expr.items:
                return self.bracketed("[", "]", self.pieces(expr.items), indent, expr.span, ",")
            case MapExpr() if expr.entries:
                return self.bracketed("{", "}", [self.entry(each) for each in expr.entries], indent, expr.span)
            case Match() if expr.arms:
                return self.match(expr, indent, column)
            case Call() if expr.arguments:
                return self.call(expr, indent, column)
            case ListFor() | MapFor():
                return self.comprehension(expr, indent)
            case IfExpr():
                return self.choice(expr, indent, column)
            case Binary():
                return self.chain(expr, indent, column)
            case Member():
                return f"{self.operand(expr.base, POSTFIX, indent, column)}.{expr.name.text}"
            case Unary():
                return expr.operator + self.operand(expr.operand, binding(expr), indent, column + 1)
        if flat is None:
            raise Unprintable
        return flat

    def operand(self, expr: Expr, needed: float, indent: int, column: int) -> str:
        """An expression in a place that binds so tightly."""
        if binding(expr) >= needed:
            return self.expression(expr, indent, column)
        return f"({self.expression(expr, indent, column + 1, 1)})"

    def pieces(self, items: Sequence[Expr]) -> list[Piece]:
        """The items of a list."""
        return [Piece(item.span, self.shown(item)) for item in items]

    def shown(self, expr: Expr) -> Callable[[int], str]:
        """How an expression is printed on a line of its own."""
        return lambda indent: self.expression(expr, indent, indent, 1)

    def hugs(self, start: int, item: Expr) -> bool:
        """Whether an only item in brackets begins on their line, and breaks by itself."""
        return isinstance(item, _OPEN) and "\n" not in self.text[start : item.span.start]

    def hugged(self, before: str, item: Expr, span: Span, indent: int, column: int) -> str:
        """An only item that shares the lines of the brackets around it."""
        self.nothing_lost(item.span.end, span.end)
        return f"{before}{self.expression(item, indent, column + len(before), 1)}]"

    def entry(self, each: Entry) -> Piece:
        """An entry of a map."""

        def show(indent: int) -> str:
            flat = self.flat(each, each.span, entry)
            if flat is not None and indent + len(flat) <= WIDTH:
                return flat
            sign = " " if isinstance(each.value, MapExpr) and each.value.entries else " ="
            return self.after_sign(named(each.key) + sign, each.value, each.key.span.end, indent)

        return Piece(each.span, show)

    def after_sign(self, before: str, value: Expr, place: int, indent: int, start: int | None = None) -> str:
        """What stands before a value, and the value: on the next line where the author put it there."""
        if before.endswith("=") and "\n" in self.text[place : value.span.start]:
            self.nothing_lost(place, value.span.start)
            further = indent + INDENT
            return f"{before}\n{' ' * further}{self.expression(value, further, further)}"
        gap = " " if before.endswith("=") else ""
        column = (indent if start is None else start) + len(before) + len(gap)
        return before + gap + self.expression(value, indent, column)

    def nothing_lost(self, start: int, end: int) -> None:
        """Make sure that no comment stands where none can be printed."""
        if self.comments.between(start, end):
            raise Unprintable

    def bracketed(  # noqa: PLR0913  # what stands around, and where
        self, opening: str, closing: str, pieces: list[Piece], indent: int, span: Span, separator: str = ""
    ) -> str:
        """Brackets with one piece a line."""
        comment = self.trailing(span.start + 1, pieces[0].span.start if pieces else span.end)
        inner = self.body(pieces, span.start + 1, span.end - 1, indent + INDENT, separator)
        return "\n".join([opening + comment, *inner, " " * indent + closing])

    def body(self, pieces: list[Piece], start: int, end: int, indent: int, separator: str = "") -> list[str]:
        """Lines of pieces with their comments, and one empty line at most where there were some."""
        lines: list[str] = []
        place = start
        waiting = list(pieces)
        while True:
            limit = waiting[0].span.start if waiting else end
            self.own_lines(lines, place, limit, indent)
            if not waiting:
                return lines
            piece = waiting.pop(0)
            last = self.comments.between(place, limit)
            self.blank(lines, last[-1].span.end if last else place, limit)
            text = " " * indent + piece.show(indent)
            place = piece.span.end
            text += separator if waiting else ""
            lines.append(text + self.trailing(place, waiting[0].span.start if waiting else end))

    def own_lines(self, lines: list[str], start: int, end: int, indent: int) -> None:
        """The comments before something, each on its line."""
        place = start
        for comment in self.comments.waiting(start, end):
            self.blank(lines, place, comment.span.start)
            lines.append(" " * indent + comment.text.rstrip())
            self.comments.take(comment)
            place = comment.span.end

    def blank(self, lines: list[str], start: int, end: int) -> None:
        """An empty line where the source has one, but not at the beginning."""
        if lines and self.comments.blank_line(start, end):
            lines.append("")

    def trailing(self, place: int, end: int) -> str:
        """The comment that follows on the line on which something ends."""
        for comment in self.comments.waiting(place, end)[:1]:
            if self.comments.follows_on_line(place, comment):
                self.comments.take(comment)
                return "  " + comment.text.rstrip()
        return ""

    def match(self, expr: Match, indent: int, column: int) -> str:
        """A match with one arm a line."""
        subject = self.expression(expr.subject, indent, column + len("match "))
        brace = self.text.index("{", expr.subject.span.end)
        span = Span(expr.span.file, brace, expr.span.end)
        return f"match {subject} " + self.bracketed("{", "}", [self.arm(each) for each in expr.arms], indent, span)

    def arm(self, each: Arm) -> Piece:
        """An arm of a match."""

        def show(indent: int) -> str:
            flat = self.flat(each, each.span, arm)
            if flat is not None and indent + len(flat) <= WIDTH:
                return flat
            before = f"{patterns(each)} => "
            self.nothing_lost(each.span.start, each.value.span.start)
            return before + self.expression(each.value, indent, indent + len(before))

        return Piece(each.span, show)

    def call(self, expr: Call, indent: int, column: int) -> str:
        """A call with one argument a line, or with its last argument open where that is the one in brackets."""
        function = self.operand(expr.function, POSTFIX, indent, column)
        first = expr.arguments[0]
        if (
            len(expr.arguments) == 1
            and first.name is None
            and isinstance(first.value, ListFor | ListExpr | MapExpr | MapFor)
        ):
            self.nothing_lost(expr.function.span.end, first.value.span.start)
            self.nothing_lost(first.value.span.end, expr.span.end)
            return f"{function}({self.expression(first.value, indent, column + len(function) + 1, 1)})"
        parenthesis = self.text.index("(", expr.function.span.end)
        span = Span(expr.span.file, parenthesis, expr.span.end)
        pieces = [self.argument(each) for each in expr.arguments]
        return function + self.bracketed("(", ")", pieces, indent, span, ",")

    def argument(self, each: Argument) -> Piece:
        """An argument of a call."""
        name = each.name
        if name is None:
            return Piece(each.value.span, self.shown(each.value))
        return Piece(
            name.span.to(each.value.span),
            lambda indent: f"{name.text} = {self.expression(each.value, indent, indent + len(name.text) + 3, 1)}",
        )

    def comprehension(self, expr: "ListFor | MapFor", indent: int) -> str:
        """A comprehension with its item on a line of its own."""
        further = indent + INDENT
        item = expr.item if isinstance(expr, ListFor) else expr.key
        self.nothing_lost(expr.span.start, item.span.start)
        head = head_of_for(expr)
        if isinstance(expr, ListFor) and self.hugs(expr.iterable.span.end, expr.item):
            return self.hugged(f"[{head} ", expr.item, expr.span, indent, indent)
        if isinstance(expr, ListFor):
            inner = self.expression(expr.item, further, further)
            self.nothing_lost(expr.item.span.end, expr.span.end)
            return f"[{head}\n{' ' * further}{inner}\n{' ' * indent}]"
        key = f"{format_expression(expr.key)} => "
        self.nothing_lost(expr.key.span.end, expr.value.span.start)
        self.nothing_lost(expr.value.span.end, expr.span.end)
        value = self.expression(expr.value, further, further + len(key))
        return f"{{{head}\n{' ' * further}{key}{value}\n{' ' * indent}}}"

    def choice(self, expr: IfExpr, indent: int, column: int) -> str:
        """`if` with `else`, or `then` as well, on lines of their own."""
        further = indent + INDENT if self.column_is_inside(column, indent) else indent
        start = "\n" + " " * further
        condition = "if " + self.expression(expr.condition, further, column + 3)
        self.nothing_lost(expr.condition.span.end, expr.then.span.start)
        self.nothing_lost(expr.then.span.end, expr.otherwise.span.start)
        if not self.breaks.then(expr) and not self.breaks.otherwise(expr) and isinstance(expr.then, _OPEN):
            hugging = f"{condition} then {self.expression(expr.then, indent, column + len(condition) + 6)} else "
            hugging += self.expression(expr.otherwise, indent, len(hugging.rpartition("\n")[2]))
            if "\n" in hugging and self.fits(hugging, column):
                return hugging
        then_breaks = self.breaks.then(expr) or len(condition) + column + len(format_expression(expr.then)) > WIDTH
        then = self.expression(expr.then, further, further + 5)
        last = further + 5
        if isinstance(expr.otherwise, IfExpr):
            otherwise = self.else_if(expr.otherwise, further, last)
        else:
            otherwise = self.expression(expr.otherwise, further, last)
        return f"{condition}{start if then_breaks else ' '}then {then}{start}else {otherwise}"

    def fits(self, text: str, column: int) -> bool:
        """Whether the lines of a text are short enough, the first of which begins at a column."""
        first, *others = text.split("\n")
        return column + len(first) <= WIDTH and all(len(line) <= WIDTH for line in others)

    def else_if(self, expr: IfExpr, indent: int, column: int) -> str:
        """An `if` after `else`, whose lines begin below that of the first."""
        flat = self.flat(expr, expr.span)
        return flat if flat is not None and column + len(flat) <= WIDTH else self.choice(expr, indent, indent)

    def column_is_inside(self, column: int, indent: int) -> bool:
        """Whether something stands on the line before an expression, so that its other lines are indented."""
        return column > indent

    def chain(self, expr: Binary, indent: int, column: int) -> str:
        """Operands of one level, with the line broken after operators: all where none was, else where it was."""
        further = indent + INDENT if self.column_is_inside(column, indent) else indent
        operands = _operands(expr)
        were = [self.breaks.after(operator, operand) for operand, operator, _ in operands if operator]
        every = not any(were)
        text = ""
        at = column
        for number, (operand, operator, needed) in enumerate(operands):
            if operator:
                sign = self.text[operator.start : operator.end]
                self.nothing_lost(operator.start, operand.span.start)
                new_line = were[number - 1] or every
                text += f" {sign}\n{' ' * further}" if new_line else f" {sign} "
                at = further if new_line else len(text) - text.rfind("\n") - 1
            text += self.operand(operand, needed, further, at)
        return text

    def lines(self, expr: String, indent: int) -> str:
        """A string of several lines, further in than its place."""
        further = " " * (indent + INDENT)
        parts: list[str] = []
        for part in expr.parts:
            if isinstance(part, str):
                parts.append(escaped_line(part))
            else:
                flat = self.flat(part, part.span)
                if flat is None:
                    raise Unprintable
                parts.append(f"${{{flat}}}")
        text = _with_common_indent("".join(parts), further)
        return f'"""\n{text}"""' if not text.endswith("\n") else f'"""\n{text}{" " * indent}"""'

    def type(self, type_: TypeExpr, indent: int, column: int, after: int = 0) -> str:
        """A type; a union is broken after `|` where its line is too long."""
        self.nothing_lost(type_.span.start, type_.span.end)
        flat = format_type(type_)
        if column + len(flat) + after <= WIDTH or not isinstance(type_, UnionType):
            return flat
        further = " " * (indent + INDENT)
        lines = [""]
        for number, each in enumerate(type_.members):
            text = member(each) + (" |" if number < len(type_.members) - 1 else "")
            start = column if len(lines) == 1 else len(further)
            if lines[-1] and start + len(lines[-1]) + 1 + len(text) > WIDTH:
                lines.append(text)
            else:
                lines[-1] = f"{lines[-1]} {text}".lstrip()
        return f"\n{further}".join(lines)


def _operands(expr: Binary) -> list[tuple[Expr, Span | None, float]]:
    """The operands of one level, each with the operator before it and how tightly it must bind."""
    left = expr.left
    needed = needed_on_left(expr)
    same = isinstance(left, Binary) and binding(left) == binding(expr) and binding(left) >= needed
    first = _operands(left) if isinstance(left, Binary) and same else [(left, None, needed)]
    return [*first, (expr.right, expr.operator_span, needed_on_right(expr))]


def _with_common_indent(text: str, indent: str) -> str:
    if text.endswith('"'):
        text = text[:-1] + '\\"'
    lines = text.split("\n")
    filled = [number for number, line in enumerate(lines) if line.strip(" ")]
    if filled and all(lines[number].startswith(" ") for number in filled):
        lines[filled[0]] = "\\u{20}" + lines[filled[0]][1:]
    if lines[-1] and not lines[-1].strip(" "):
        lines[-1] = "\\u{20}" + lines[-1][1:]
    return "\n".join(indent + line if line else line for line in lines)
