"""Which statements a body can hold: what cannot stand where it is, is told and left out of the tree."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from idpc.diagnostics import Diagnostic, Edit, Fix
from idpc.diagnostics.codes.syntax import MALFORMED_HEADER, MISPLACED_STATEMENT, OTHER_LANGUAGE
from idpc.source import SourceFile, Span
from idpc.syntax.nodes import (
    Assign,
    Block,
    DottedLabel,
    Expr,
    FieldDecl,
    Fn,
    Hole,
    IfStatement,
    Import,
    InStatement,
    Let,
    LiteralType,
    Member,
    Name,
    NamedType,
    Operator,
    OutputDecl,
    Ref,
    Require,
    Statement,
    TypeAlias,
    TypeExpr,
)

MOST_FOUND = 3000
"""After so many misplaced statements nothing new is learnt."""

TARGETED = frozenset(("provision", "access", "reach", "price", "observe"))
"""Heads whose label is a target and no name."""

KIND_BLOCKS = TARGETED | {"catalog", "advice"}
"""Blocks of a kind."""

_TWO_LABELS = frozenset(("data", "patch"))
_TERRAFORM = frozenset(("resource", "data", "variable", "module", "provider", "output", "locals", "terraform"))


class Shape(Struct, frozen=True):
    """A sort of body: what it is called and what it holds; `blocks` are the heads it takes, none for any."""

    name: str
    holds: tuple[type, ...]
    blocks: frozenset[str] | None = None


FILE = Shape("a file", (Block, Let, Fn, TypeAlias, Import))
RECORD = Shape("a type", (FieldDecl, Let, Require, Block), frozenset(("advice",)))
KIND = Shape("a kind", (FieldDecl, OutputDecl, Let, Require, Block), KIND_BLOCKS)
TEMPLATE = Shape("a template", (FieldDecl, OutputDecl, Let, Require, Block, IfStatement, InStatement))
VALUES = Shape("a block of values", (Assign, Block, IfStatement, InStatement, Let, Require))
CHANGES = Shape("an `in` block", (Assign, Block, IfStatement, Let, Require))

DECLARING = {"type": RECORD, "kind": KIND, "template": TEMPLATE}


class Shapes(Struct):
    """The check of one file."""

    source: SourceFile
    found: list[Diagnostic]
    broken: list[Span]

    def check(self, statements: tuple[Statement, ...], shape: Shape = FILE) -> tuple[Statement, ...]:
        """The statements without those that cannot stand here; the same tuple where all can."""
        checked: list[Statement] = []
        changed = False
        for statement in statements:
            kept = self.statement(statement, shape)
            changed = changed or kept is not statement
            if kept is not None:
                checked.append(kept)
        return tuple(checked) if changed else statements

    def statement(self, statement: Statement, shape: Shape) -> Statement | None:
        """A statement with its own bodies checked; none if it cannot stay."""
        if isinstance(statement, FieldDecl) and FieldDecl not in shape.holds:
            return self.value_with_colon(statement, shape)
        if not isinstance(statement, shape.holds):
            self.misplaced(statement, shape)
            return None
        if isinstance(statement, Block):
            return self.block(statement, shape)
        if isinstance(statement, IfStatement):
            return self.condition(statement, shape)
        if isinstance(statement, InStatement):
            body = self.check(statement.body, CHANGES)
            return statement if body is statement.body else replace(statement, body=body)
        return statement if _is_named(statement) else None

    def condition(self, statement: IfStatement, shape: Shape) -> IfStatement:
        """Both branches hold what the body around them does."""
        then = self.check(statement.then, shape)
        otherwise = self.check(statement.otherwise, shape) if statement.otherwise else statement.otherwise
        if then is statement.then and otherwise is statement.otherwise:
            return statement
        return replace(statement, then=then, otherwise=otherwise)

    def block(self, block: Block, shape: Shape) -> Block | None:
        """A block whose head, labels and body fit."""
        head = block.head.text
        if not head:
            return None
        if self.is_terraform(block) or (shape is FILE and not self.has_name(block)):
            return None
        inner = DECLARING.get(head) if shape is FILE else None
        if shape.blocks is not None and head not in shape.blocks:
            self.misplaced(block, shape)
            return None
        if shape is not FILE and head in DECLARING and _declares(block):
            self.misplaced(block, shape)
            return None
        if shape is FILE and head not in DECLARING and self.is_misnamed(block):
            return None
        labels = self.labels(block, shape)
        body = self.check(block.body, inner or VALUES)
        if body is block.body and labels is block.labels:
            return block
        return replace(block, body=body, labels=labels)

    def is_terraform(self, block: Block) -> bool:
        """Whether a block has the form of Terraform: quoted labels after one of its words."""
        quoted = [label for label in block.labels if isinstance(label, Name)]
        if block.head.text not in _TERRAFORM or not quoted or len(quoted) < len(block.labels):
            return False
        words = [label.text for label in quoted]
        better = f"{' '.join(words)} {{ … }}" if block.head.text == "resource" else ""
        self.tell(
            OTHER_LANGUAGE.at(
                block.header_span,
                f'`{block.head.text} "{words[0]}"` is the form of Terraform',
                hint="labels stand without quotes",
                help=f"in a `provision` block of a kind, write `{better}`" if better else "",
            ),
            block.span,
        )
        return True

    def is_misnamed(self, block: Block) -> bool:
        """Whether a block at the top level declares fields, but its head is none of the words that do."""
        declared = [each for each in block.body if isinstance(each, FieldDecl) and not _may_be_value(each)]
        if len(declared) * 2 <= sum(not isinstance(each, Let | Require | OutputDecl) for each in block.body):
            return False
        self.tell(
            MISPLACED_STATEMENT.at(
                block.head.span,
                f"`{block.head.text}` declares no fields, and the body of this block does",
                hint="expected `type`, `kind` or `template`",
            ),
            block.span,
        )
        return True

    def has_name(self, block: Block) -> bool:
        """Whether a declaration has a name."""
        if block.labels:
            return True
        head = block.head.text
        self.tell(
            MALFORMED_HEADER.at(
                block.header_span,
                f"`{head}` declares nothing without a name",
                hint="expected a name after it",
                help=f"`{head} NAME {{ … }}` declares; a field of that name stands inside another block",
            ),
            block.span,
        )
        return False

    def labels(self, block: Block, shape: Shape) -> "tuple[DottedLabel | Name, ...]":
        """The labels of a block, as many as it takes; a declaration has its own without quotes."""
        labels = block.labels
        most = 2 if block.head.text in _TWO_LABELS else 1
        if len(labels) > most:
            extra = labels[most].span.to(labels[-1].span)
            self.tell(
                MALFORMED_HEADER.at(
                    extra, f"`{block.head.text}` takes {'two names' if most == 2 else 'one name'}", hint="one too many"
                ),
                block.header_span,
            )
            labels = labels[:most]
        if shape is FILE and block.head.text != "test":
            labels = tuple(self.unquoted(label) for label in labels) if _any_quoted(labels) else labels
        return labels

    def unquoted(self, label: "DottedLabel | Name") -> "DottedLabel | Name":
        """A name of a declaration, which has no quotes."""
        if isinstance(label, DottedLabel):
            return label
        fixes = (Fix("remove the quotes", (Edit(label.span, label.text),)),) if label.text.isidentifier() else ()
        self.tell(
            MALFORMED_HEADER.at(
                label.span, f"the name `{label.text}` stands without quotes", hint="a name, and no text", fixes=fixes
            ),
            label.span,
        )
        return DottedLabel((Name(label.text, label.span),), label.span)

    def value_with_colon(self, field: FieldDecl, shape: Shape) -> Assign | None:
        """`name: value` where only values stand."""
        if Assign not in shape.holds:
            self.misplaced(field, shape)
            return None
        name, value = field.name.text, field.default
        if not name:
            return None
        if value is None:
            value = _as_value(field.type)
            gap = Span(self.source.path, field.name.span.end, field.type.span.start)
            self.tell(
                OTHER_LANGUAGE.at(
                    Span(gap.file, gap.start, gap.start + len(self.source.slice(gap).rstrip())),
                    f"`:` gives a type: the value of `{name}` is given with `=`",
                    hint="expected `=`",
                    fixes=(Fix("write `=`", (Edit(gap, " = "),), safe=True),),
                ),
                field.span,
            )
        else:
            self.misplaced(field, shape)
        return Assign(field.name, Operator.SET, value, field.span, field.annotations, field.doc)

    def misplaced(self, statement: Statement, shape: Shape) -> None:
        """Say that a statement cannot stand in its body."""
        what, where = _called(statement), _place(statement)
        span = statement.header_span if isinstance(statement, Block) else _first_line(self.source, statement.span)
        self.tell(
            MISPLACED_STATEMENT.at(span, f"{what} cannot stand in {shape.name}", hint="not here", help=where),
            statement.span,
        )

    def tell(self, diagnostic: Diagnostic, broken: Span) -> None:
        """Report, and keep the place."""
        self.broken.append(broken)
        if len(self.found) < MOST_FOUND:
            self.found.append(diagnostic)


def _is_named(statement: Statement) -> bool:
    """Whether a statement has its name; recovery leaves one without where it is missing."""
    if isinstance(statement, Import | Require | IfStatement | InStatement | Block):
        return True
    return bool(statement.name.text)


def _declares(block: Block) -> bool:
    """Whether a block inside another is a declaration, and not an entry of a field that has such a name."""
    if len(block.labels) != 1 or isinstance(block.labels[0], Name):
        return False
    return any(isinstance(statement, FieldDecl | OutputDecl) for statement in block.body)


def _may_be_value(field: FieldDecl) -> bool:
    """Whether what reads as a type may be a value after a wrong sign."""
    return field.default is None and isinstance(field.type, LiteralType | NamedType | Hole)


def _any_quoted(labels: "tuple[DottedLabel | Name, ...]") -> bool:
    return any(isinstance(label, Name) for label in labels)


def _as_value(type_: TypeExpr) -> Expr:
    """The value that was meant by what reads as a type."""
    if isinstance(type_, LiteralType):
        return type_.value
    if isinstance(type_, NamedType) and type_.refinement is None:
        name = type_.name
        if type_.qualifier is None:
            return Ref(name.text, name.span)
        return Member(Ref(type_.qualifier.text, type_.qualifier.span), name, type_.span)
    return Hole(type_.span)


def _first_line(source: SourceFile, span: Span) -> Span:
    text = source.slice(span).split("\n")[0].rstrip()
    return Span(span.file, span.start, span.start + len(text))


_WORDS: Mapping[type, str] = {
    FieldDecl: "the declaration of the field `{}`",
    OutputDecl: "the output `{}`",
    Assign: "the value of `{}`",
    TypeAlias: "the type `{}`",
    Fn: "the function `{}`",
    Let: "`let {}`",
    Require: "`require`",
    IfStatement: "`if`",
    InStatement: "`in`",
    Import: "an import",
}


def _called(statement: Statement) -> str:
    """What a statement is called."""
    if isinstance(statement, Block):
        return f"`{statement.head.text}`" if statement.head.text in DECLARING else f"the block `{statement.head.text}`"
    if isinstance(statement, FieldDecl | OutputDecl | Assign | TypeAlias | Fn | Let):
        return _WORDS[type(statement)].format(statement.name.text)
    return _WORDS[type(statement)]


def _place(statement: Statement) -> str:
    """Where such a statement stands."""
    match statement:
        case FieldDecl():
            return "fields are declared in a `type`, a `kind` or a `template`"
        case OutputDecl():
            return "outputs are declared in a `kind` or a `template`"
        case Assign():
            name = statement.name.text
            return (
                f"a declared field has a type: `{name}: TYPE = …`; a value stands in the body of an instance or a block"
            )
        case TypeAlias() | Fn() | Import():
            return "it stands at the top level of a file"
        case Block() if statement.head.text in DECLARING:
            return "it is declared at the top level of a file"
        case Block():
            return "instances stand in an app, in a template or at the top level"
        case InStatement():
            return "`in` stands in the body of an app, an instance or a project declaration, and not in another `in`"
        case _:
            return ""
