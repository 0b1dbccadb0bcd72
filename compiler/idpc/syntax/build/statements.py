"""Builds statements and declarations."""

from msgspec import Struct
from msgspec.structs import replace

from idpc.diagnostics.codes.syntax import MALFORMED_HEADER, MISPLACED_ANNOTATION
from idpc.source import Span
from idpc.syntax.build.base import Base, Places, Values
from idpc.syntax.nodes import (
    Annotation,
    Assign,
    Block,
    DottedLabel,
    Expr,
    FieldDecl,
    Fn,
    IfStatement,
    Import,
    InStatement,
    Let,
    Loop,
    Name,
    Null,
    Operator,
    OutputDecl,
    Parameter,
    Require,
    Statement,
    TypeAlias,
    TypeExpr,
)
from idpc.syntax.shapes import TARGETED


class Body(Struct):
    """The statements between braces, and where the opening brace stands."""

    statements: tuple[Statement, ...]
    start: int


class Clauses(Struct):
    """`for` and `if` of a header."""

    loop: Loop | None
    condition: Expr | None


class Statements(Base):
    """The actions of the rules for statements."""

    def module_of(self, values: Values, places: Places, end: int) -> tuple[Statement, ...]:
        """All statements of a file."""
        return tuple(values[0])

    def annotation(self, values: Values, places: Places, end: int) -> Annotation:
        """`@name` with or without arguments."""
        arguments = tuple(argument.value for argument in values[3]) if len(values) == 5 else ()
        return Annotation(values[1], arguments, Span(self.file, places[0], end))

    def annotated(self, values: Values, places: Places, end: int) -> Statement:
        """A statement with one more annotation before it."""
        annotation: Annotation = values[0]
        statement: Statement = values[-1]
        if isinstance(statement, IfStatement | InStatement | Import):
            self.found.append(
                MISPLACED_ANNOTATION.at(
                    annotation.span,
                    f"`@{annotation.name.text}` stands before something that takes no annotations",
                    hint="annotates nothing",
                    help="an annotation stands before a declaration, a field or a block",
                )
            )
            return statement
        span = Span(self.file, places[0], end)
        annotations = (annotation, *statement.annotations)
        if isinstance(statement, Require):
            return replace(statement, annotations=annotations, span=span)
        doc = self.docs.get(places[0], statement.doc)
        return replace(statement, annotations=annotations, span=span, doc=doc)

    def field(self, values: Values, places: Places, end: int) -> FieldDecl:
        """`name: type = default`."""
        default = values[4] if len(values) == 5 else None
        span = Span(self.file, places[0], end)
        return FieldDecl(values[0], values[2], default, span, doc=self.docs.get(places[0], ""))

    def assign(self, values: Values, places: Places, end: int) -> Assign:
        """`name = value`."""
        operator = Operator.SET if values[1] == "=" else Operator.ADD
        return Assign(values[0], operator, values[2], Span(self.file, places[0], end), doc=self.docs.get(places[0], ""))

    def removed_entry(self, values: Values, places: Places, end: int) -> Block:
        """`name LABEL = null`, which is `name { LABEL = null }`."""
        head, labels = values[0], values[1]
        span = Span(self.file, places[0], end)
        if len(labels) > 1:
            self.found.append(
                MALFORMED_HEADER.at(
                    labels[0].span.to(labels[-1].span), f"`{head.text}` takes one label", hint="too many labels"
                )
            )
        key = _key_of(labels[0])
        entry = Assign(key, Operator.SET, Null(Span(self.file, places[3], end)), Span(self.file, places[1], end))
        doc = self.docs.get(places[0], "")
        return Block(head, (), (), None, None, (entry,), span, Span(self.file, places[0], key.span.end), (), doc)

    def output(self, values: Values, places: Places, end: int) -> OutputDecl:
        """`output name: type = value`."""
        value = values[5] if len(values) == 6 else None
        span = Span(self.file, places[0], end)
        return OutputDecl(values[1], values[3], value, span, doc=self.docs.get(places[0], ""))

    def output_untyped(self, values: Values, places: Places, end: int) -> OutputDecl:
        """`output name = value`."""
        span = Span(self.file, places[0], end)
        return OutputDecl(values[1], None, values[3], span, doc=self.docs.get(places[0], ""))

    def let(self, values: Values, places: Places, end: int) -> Let:
        """`let name: type = value`."""
        type_: TypeExpr | None = values[3] if len(values) == 6 else None
        span = Span(self.file, places[0], end)
        return Let(values[1], type_, values[-1], span, doc=self.docs.get(places[0], ""))

    def alias(self, values: Values, places: Places, end: int) -> TypeAlias:
        """`type Name = type`."""
        span = Span(self.file, places[0], end)
        return TypeAlias(values[1], values[3], span, doc=self.docs.get(places[0], ""))

    def fn(self, values: Values, places: Places, end: int) -> Fn:
        """`fn name(parameters): result = value`."""
        parameters = tuple(values[3]) if len(values) == 6 else ()
        result, value = values[-1]
        span = Span(self.file, places[0], end)
        return Fn(values[1], parameters, result, value, span, doc=self.docs.get(places[0], ""))

    def result(self, values: Values, places: Places, end: int) -> tuple[TypeExpr | None, Expr]:
        """What a function gives."""
        return (values[1] if len(values) == 4 else None, values[-1])

    def parameter(self, values: Values, places: Places, end: int) -> Parameter:
        """`name: type = default`."""
        default = values[4] if len(values) == 5 else None
        return Parameter(values[0], values[2], default, Span(self.file, places[0], end))

    def require(self, values: Values, places: Places, end: int) -> Require:
        """`require condition else message`."""
        message = values[3] if len(values) == 4 else None
        return Require(values[1], message, Span(self.file, places[0], end))

    def environment_block(self, values: Values, places: Places, end: int) -> InStatement:
        """`in staging, prod { … }`."""
        return InStatement(tuple(values[1]), values[2].statements, Span(self.file, places[0], end))

    def conditional(self, values: Values, places: Places, end: int) -> IfStatement:
        """`if c { … } else { … }`."""
        otherwise: tuple[Statement, ...] | None = None
        if len(values) == 5:
            otherwise = values[4].statements if isinstance(values[4], Body) else (values[4],)
        return IfStatement(values[1], values[2].statements, otherwise, Span(self.file, places[0], end))

    def body(self, values: Values, places: Places, end: int) -> Body:
        """Statements between braces."""
        return Body(tuple(values[1]), places[0])

    def body_empty(self, values: Values, places: Places, end: int) -> Body:
        """`{ }`."""
        return Body((), places[0])

    def block(self, values: Values, places: Places, end: int) -> Block:
        """`head { … }`."""
        clauses = values[1] if len(values) == 3 else None
        return self._block(values, places, end, (), (), clauses)

    def block_labelled(self, values: Values, places: Places, end: int) -> Block:
        """`head label … { … }`."""
        clauses = values[2] if len(values) == 4 else None
        labels: list[DottedLabel | Name] = values[1]
        head = values[0] if isinstance(values[0], str) else values[0].text
        if head in TARGETED:
            targets = self._targets(head, labels)
            return self._block(values, places, end, (), targets, clauses)
        return self._block(values, places, end, tuple(labels), (), clauses)

    def block_targets(self, values: Values, places: Places, end: int) -> Block:
        """`head target | target { … }`."""
        head = values[0] if isinstance(values[0], str) else values[0].text
        targets = (*self._targets(head, values[1]), *values[3])
        if head not in TARGETED:
            self.found.append(
                MALFORMED_HEADER.at(
                    targets[0].span.to(targets[-1].span),
                    f"`{head}` takes no targets",
                    hint="only `provision`, `access`, `reach`, `price` and `observe` do",
                )
            )
        return self._block(values, places, end, (), targets, None)

    def _targets(self, head: str, labels: list[DottedLabel | Name]) -> tuple[Name, ...]:
        first = labels[0]
        if len(labels) > 1 or not isinstance(first, DottedLabel) or len(first.names) > 1:
            last = labels[-1]
            self.found.append(
                MALFORMED_HEADER.at(
                    first.span.to(last.span),
                    f"`{head}` takes targets and no name",
                    hint="expected a target, or several with `|` between them",
                )
            )
        return first.names[:1] if isinstance(first, DottedLabel) else (first,)

    def _block(  # noqa: PLR0913  # the parts of a header
        self,
        values: Values,
        places: Places,
        end: int,
        labels: tuple[DottedLabel | Name, ...],
        targets: tuple[Name, ...],
        clauses: Clauses | None,
    ) -> Block:
        start = places[0]
        file = self.file
        head = values[0]
        if isinstance(head, str):
            head = Name(head, Span(file, start, start + len(head)))
        body: Body = values[-1]
        return Block(
            head,
            labels,
            targets,
            clauses.loop if clauses else None,
            clauses.condition if clauses else None,
            body.statements,
            Span(file, start, end),
            Span(file, start, self._before(body.start)),
            (),
            self.docs.get(start, ""),
        )

    def _before(self, place: int) -> int:
        text = self.source.text
        while place and text[place - 1] in " \t\n\r":
            place -= 1
        return place

    def clauses(self, values: Values, places: Places, end: int) -> Clauses:
        """`for x in xs`, and `if c` perhaps."""
        return Clauses(values[0], values[2] if len(values) == 3 else None)

    def clauses_condition(self, values: Values, places: Places, end: int) -> Clauses:
        """`if c`."""
        return Clauses(None, values[1])

    def loop(self, values: Values, places: Places, end: int) -> Loop:
        """`for x in xs`."""
        return Loop(tuple(values[1]), values[3], Span(self.file, places[0], end))

    def dotted_label(self, values: Values, places: Places, end: int) -> DottedLabel:
        """A label that is a reference."""
        return DottedLabel(tuple(values[0]), Span(self.file, places[0], end))

    def import_names(self, values: Values, places: Places, end: int) -> Import:
        """`import { a, b } from "package"`."""
        word: Name = values[4]
        if word.text != "from":
            self.found.append(
                MALFORMED_HEADER.at(word.span, "`from` is expected before the package", hint="expected `from`")
            )
        start = end - len(values[5])
        package = self.quoted([values[5]], [start], end)
        return Import(tuple(values[2]), package, None, Span(self.file, places[0], end))

    def import_package(self, values: Values, places: Places, end: int) -> Import:
        """`import "package" as name`."""
        span = Span(self.file, places[0], end)
        labels: list[DottedLabel | Name] = values[1]
        words = [label.names[0] if isinstance(label, DottedLabel) else label for label in labels]
        package, alias = words[0], words[2] if len(words) > 2 else None
        if len(words) not in (1, 3) or not package.quoted or (alias and words[1].text != "as"):
            self.found.append(
                MALFORMED_HEADER.at(
                    span,
                    "this import is malformed",
                    hint='expected `import "package" as name`, or `import { name } from "package"`',
                )
            )
        return Import((), package, alias, span)


def _key_of(label: DottedLabel | Name) -> Name:
    """The label as a key; one of several names stays as it is written."""
    if isinstance(label, Name):
        return label
    return label.names[0] if len(label.names) == 1 else Name(".".join(each.text for each in label.names), label.span)
