"""Statements and bodies in canonical form."""

from collections.abc import Callable

from idpc.format.comments import Comments
from idpc.format.flat import annotation, format_expression, format_type, header, names, parameter
from idpc.format.layout import INDENT, WIDTH, Layout, Piece, Unprintable
from idpc.format.words import named, quoted
from idpc.source import Span
from idpc.syntax.nodes import (
    Assign,
    Block,
    Expr,
    FieldDecl,
    Fn,
    IfStatement,
    Import,
    InStatement,
    Let,
    OutputDecl,
    Parameter,
    Require,
    Statement,
    TypeAlias,
    TypeExpr,
)

Shown = Callable[[int], str]
Annotated = FieldDecl | OutputDecl | Let | Fn | TypeAlias | Require | Assign | Block


class Statements:
    """Prints the statements of a file; what did not parse stays as it is."""

    def __init__(self, comments: Comments, file: str) -> None:
        self.comments = comments
        self.text = comments.text
        self.file = file
        self.layout = Layout(comments)

    def body(self, statements: tuple[Statement, ...], start: int, end: int, indent: int) -> list[str]:
        """The lines of a body between two places of the text."""
        pieces = [Piece(each.span, self.shown(each)) for each in statements]
        return self.layout.body(pieces, start, end, indent)

    def verbatim(self, span: Span) -> str:
        """Text as it is, with the comments in it."""
        for comment in self.comments.between(span.start, span.end):
            self.comments.take(comment)
        return self.text[span.start : span.end].strip(" \t\n")

    def shown(self, statement: Statement) -> Shown:
        """How a statement is printed: as it is, where it has comments without a line of their own."""

        def show(indent: int) -> str:
            printed = set(self.comments.printed)
            try:
                text = self.statement(statement, indent)
            except Unprintable:
                text = ""
            if not text or self.comments.waiting(statement.span.start, statement.span.end):
                self.comments.printed = printed
                return self.verbatim(statement.span)
            return text

        return show

    def brace(self, place: int) -> int:
        """The opening brace after a header or condition."""
        brace = self.text.find("{", place)
        if brace < 0:
            raise Unprintable
        return brace

    def statement(self, statement: Statement, indent: int) -> str:  # noqa: C901, PLR0911  # one case a node
        """A statement at an indent, without that of its first line."""
        match statement:
            case IfStatement():
                return self.condition(statement, indent)
            case InStatement():
                head = f"in {names(statement.environments)}"
                brace = self.brace(statement.environments[-1].span.end)
                return head + " " + self.braces(statement.body, brace, statement.span.end, indent, len(head) + 1)
            case Import():
                return _import(statement)
        before = self.annotations(statement, indent)
        column = indent if "\n" in before else indent + len(before)
        match statement:
            case Block():
                return before + self.block(statement, indent, column)
            case Assign():
                sign = f"{named(statement.name)} {statement.operator}"
                return before + self.value(sign, statement.value, statement.name.span.end, indent, column)
            case FieldDecl():
                return before + self.typed(named(statement.name), statement.type, statement.default, indent, column)
            case OutputDecl():
                return before + self.typed(
                    f"output {statement.name.text}",
                    statement.type,
                    statement.value,
                    indent,
                    column,
                    statement.name.span,
                )
            case Let():
                return before + self.typed(
                    f"let {statement.name.text}", statement.type, statement.value, indent, column, statement.name.span
                )
            case TypeAlias():
                sign = f"type {statement.name.text} = "
                return before + sign + self.layout.type(statement.type, indent, column + len(sign))
            case Fn():
                return before + self.function(statement, indent, column)
            case Require():
                return before + self.require(statement, indent, column)
        raise Unprintable

    def annotations(self, statement: Annotated, indent: int) -> str:
        """The annotations of a statement, on lines of their own where they were, and where the rest begins."""
        text = ""
        for number, each in enumerate(statement.annotations):
            following = (
                statement.annotations[number + 1].span.start if number + 1 < len(statement.annotations) else None
            )
            end = following if following is not None else self.after(each.span.end)
            self.layout.nothing_lost(each.span.start, each.span.end)
            text += annotation(each)
            if "\n" not in self.text[each.span.end : end]:
                text += " "
                continue
            text += self.layout.trailing(each.span.end, end)
            lines: list[str] = []
            self.layout.own_lines(lines, each.span.end, end, indent)
            text += "\n" + "".join(f"{line}\n" for line in lines if line) + " " * indent
        return text

    def after(self, place: int) -> int:
        """The next place with neither blanks nor comments."""
        for comment in self.comments.between(place, len(self.text)):
            if self.text[place : comment.span.start].strip():
                break
            place = comment.span.end
        rest = self.text[place:]
        return place + len(rest) - len(rest.lstrip())

    def value(self, before: str, value: Expr, place: int, indent: int, column: int) -> str:
        """`name =` and its value."""
        return self.layout.after_sign(before, value, place, indent, column)

    def typed(  # noqa: PLR0913  # the parts of a declaration
        self,
        name: str,
        type_: TypeExpr | None,
        value: Expr | None,
        indent: int,
        column: int,
        place: Span | None = None,
    ) -> str:
        """`name: type = value`."""
        text = name
        end = place.end if place else 0
        if type_ is not None:
            flat = format_type(type_)
            text += ": " + self.layout.type(type_, indent, column + len(text) + 2)
            end = type_.span.end
            if "\n" in text or len(flat) > WIDTH:
                column = indent + INDENT - len(text) + len(text.rpartition("\n")[2].lstrip())
        if value is None:
            return text
        return self.value(f"{text} =", value, end, indent, column)

    def function(self, fn: Fn, indent: int, column: int) -> str:
        """`fn name(parameters): result = value`."""
        result = f": {format_type(fn.result)}" if fn.result else ""
        inside = ", ".join(map(parameter, fn.parameters))
        end = fn.result.span.end if fn.result else self.text.index(")", fn.name.span.end)
        if fn.parameters and not fn.result:
            end = fn.parameters[-1].span.end
        broken = bool(fn.parameters) and "\n" in self.text[fn.name.span.end : fn.parameters[0].span.start]
        head = f"fn {fn.name.text}({inside}){result} ="
        if broken or column + len(head) > WIDTH or self.comments.between(fn.name.span.end, end):
            pieces = [_parameter_piece(each) for each in fn.parameters]
            span = Span(self.file, self.text.index("(", fn.name.span.end), end)
            lines = self.layout.bracketed("(", ")", pieces, indent, span, ",")
            head = f"fn {fn.name.text}{lines}{result} ="
        return self.value(head, fn.value, end, indent, column)

    def require(self, statement: Require, indent: int, column: int) -> str:
        """`require condition else message`, with `else` on a line of its own where it was, or where it must."""
        condition = "require " + self.layout.expression(statement.condition, indent, column + len("require "))
        if statement.message is None:
            return condition
        between = self.text[statement.condition.span.end : statement.message.span.start].partition("else")[0]
        self.layout.nothing_lost(statement.condition.span.end, statement.message.span.start)
        flat = self.layout.flat(statement.message, statement.message.span)
        last = condition.rpartition("\n")[2]
        column = len(last) + (0 if "\n" in condition else column)
        if "\n" not in between and flat is not None and column + len(flat) + len(" else ") <= WIDTH:
            return f"{condition} else {flat}"
        further = indent + INDENT
        message = self.layout.expression(statement.message, further, further + len("else "))
        return f"{condition}\n{' ' * further}else {message}"

    def block(self, block: Block, indent: int, column: int) -> str:
        """A block."""
        self.layout.nothing_lost(block.head.span.start, block.header_span.end)
        if self.text[block.header_span.end : block.span.end].lstrip().startswith("="):
            return _removal(block)
        head = header(block) + " "
        return head + self.braces(
            block.body, self.brace(block.header_span.end), block.span.end, indent, column - indent + len(head)
        )

    def braces(self, body: tuple[Statement, ...], brace: int, end: int, indent: int, width: int) -> str:
        """A body in braces: on one line where it was and fits."""
        if "\n" not in self.text[brace:end]:
            flat = self.flat_body(body)
            if flat is not None and indent + width + len(flat) <= WIDTH:
                return flat
        comment = self.layout.trailing(brace + 1, body[0].span.start if body else end)
        lines = self.body(body, brace + 1, end - 1, indent + INDENT)
        if not lines and not comment:
            return "{ }"
        return "\n".join(["{" + comment, *lines, " " * indent + "}"])

    def flat_body(self, body: tuple[Statement, ...]) -> str | None:
        """A body on one line, if none of its statements needs more."""
        parts = [self.shown(each)(0) for each in body]
        if any("\n" in part for part in parts):
            return None
        return f"{{ {', '.join(parts)} }}" if parts else "{ }"

    def condition(self, statement: IfStatement, indent: int) -> str:
        """`if` with its branches."""
        self.layout.nothing_lost(statement.span.start, statement.condition.span.end)
        one_line = "\n" not in self.text[statement.span.start : statement.span.end]
        text = f"if {format_expression(statement.condition)} "
        brace = self.brace(statement.condition.span.end)
        if statement.otherwise is None:
            return text + self.braces(statement.then, brace, statement.span.end, indent, len(text))
        end = self.closing(statement.then, brace)
        if one_line:
            flat = self.flat_condition(statement)
            if flat is not None and indent + len(flat) <= WIDTH:
                return flat
        text += self.branch(statement.then, brace, end, indent)
        nested = statement.otherwise[0] if len(statement.otherwise) == 1 else None
        word = self.text.index("else", end) + len("else")
        self.layout.nothing_lost(end, word)
        following = self.after(word)
        if isinstance(nested, IfStatement) and following == nested.span.start:
            return f"{text} else {self.condition(nested, indent)}"
        return f"{text} else {self.branch(statement.otherwise, following, statement.span.end, indent)}"

    def branch(self, body: tuple[Statement, ...], brace: int, end: int, indent: int) -> str:
        """A branch over several lines."""
        comment = self.layout.trailing(brace + 1, body[0].span.start if body else end)
        lines = self.body(body, brace + 1, end - 1, indent + INDENT)
        return "\n".join(["{" + comment, *lines, " " * indent + "}"]) if lines or comment else "{ }"

    def flat_condition(self, statement: IfStatement) -> str | None:
        """`if` with its branches on one line."""
        then = self.flat_body(statement.then)
        text = f"if {format_expression(statement.condition)} {then}"
        if then is None or statement.otherwise is None:
            return text if then is not None else None
        nested = statement.otherwise[0] if len(statement.otherwise) == 1 else None
        end = self.closing(statement.then, self.brace(statement.condition.span.end))
        following = self.after(self.text.index("else", end) + len("else"))
        if isinstance(nested, IfStatement) and following == nested.span.start:
            otherwise = self.flat_condition(nested)
        else:
            otherwise = self.flat_body(statement.otherwise)
        return None if otherwise is None else f"{text} else {otherwise}"

    def closing(self, body: tuple[Statement, ...], brace: int) -> int:
        """The place after the brace that ends a body."""
        place = body[-1].span.end if body else brace + 1
        while True:
            end = self.text.index("}", place)
            comment = next(iter(self.comments.between(place, end)), None)
            if comment is None:
                return end + 1
            place = comment.span.end


def _parameter_piece(node: Parameter) -> Piece:
    return Piece(node.span, lambda _: parameter(node))


def _removal(block: Block) -> str:
    """`volume html = null`, the short form of a block that removes one entry."""
    (entry,) = (each for each in block.body if isinstance(each, Assign))
    return f"{named(block.head)} {named(entry.name)} = null"


def _import(statement: Import) -> str:
    package = quoted(statement.package.text)
    if statement.names:
        return f"import {{ {names(statement.names)} }} from {package}"
    return f"import {package} as {statement.alias.text}" if statement.alias else f"import {package}"
