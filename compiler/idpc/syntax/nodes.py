"""The nodes: what is written, with exact spans. They hold no meaning, and nothing of the text is lost but its layout."""

from enum import StrEnum

from msgspec import Struct

from idpc.source import Span


class Name(Struct, frozen=True):
    """A name or a quoted key; `text` is unquoted."""

    text: str
    span: Span
    quoted: bool = False


# ---------------------------------------------------------------- expressions


class String(Struct, frozen=True):
    """A string; plain parts have their escapes replaced. `multiline` for three quotes, common indent stripped."""

    parts: "tuple[str | Expr, ...]"
    span: Span
    multiline: bool = False

    @property
    def plain(self) -> str | None:
        """The text where nothing is interpolated."""
        if all(isinstance(part, str) for part in self.parts):
            return "".join(part for part in self.parts if isinstance(part, str))
        return None


class Number(Struct, frozen=True):
    """A whole number or a float, without suffix."""

    value: int | float
    text: str
    span: Span


class Measure(Struct, frozen=True):
    """A number with a suffix or a dollar sign, as written: `512Mi`, `1h30m`, `99.9%`, `$1_500/month`."""

    text: str
    span: Span


class Bool(Struct, frozen=True):
    """`true` or `false`."""

    value: bool
    span: Span


class Null(Struct, frozen=True):
    """`null`."""

    span: Span


class Date(Struct, frozen=True):
    """A date as written, `2027-01-31`; whether it is one is checked later."""

    text: str
    span: Span


class Ref(Struct, frozen=True):
    """A bare word."""

    name: str
    span: Span


class Member(Struct, frozen=True):
    """`base.name`; the span covers both. `name` is a `Name` with empty text where it is missing."""

    base: "Expr"
    name: Name
    span: Span


class Index(Struct, frozen=True):
    """`base[index]`."""

    base: "Expr"
    index: "Expr"
    span: Span


class Argument(Struct, frozen=True):
    """An argument of a call, positional or named."""

    name: Name | None
    value: "Expr"


class Call(Struct, frozen=True):
    """`function(arguments)`; the function is a `Ref` or a `Member`."""

    function: "Expr"
    arguments: tuple[Argument, ...]
    span: Span


class Unary(Struct, frozen=True):
    """`!` or `-`."""

    operator: str
    operand: "Expr"
    span: Span


class Binary(Struct, frozen=True):
    """Any operator between two operands but `..`; `in` among them."""

    operator: str
    left: "Expr"
    right: "Expr"
    span: Span
    operator_span: Span


class RangeExpr(Struct, frozen=True):
    """`low..high`; either may be missing in a refinement only."""

    low: "Expr | None"
    high: "Expr | None"
    span: Span


class IfExpr(Struct, frozen=True):
    """`if c then a else b`."""

    condition: "Expr"
    then: "Expr"
    otherwise: "Expr"
    span: Span


class Arm(Struct, frozen=True):
    """`"a" | "b" => value`: a pattern is a literal, a name (`_` among them) or `null`."""

    patterns: "tuple[Expr, ...]"
    value: "Expr"
    span: Span


class Match(Struct, frozen=True):
    """`match subject { arms }`."""

    subject: "Expr"
    arms: tuple[Arm, ...]
    span: Span


class ListExpr(Struct, frozen=True):
    """`[a, b]`."""

    items: "tuple[Expr, ...]"
    span: Span


class Entry(Struct, frozen=True):
    """`key = value` in a map, or `key { … }`, whose value is a `MapExpr`."""

    key: Name
    value: "Expr"
    span: Span


class MapExpr(Struct, frozen=True):
    """`{ a = 1, "b" = 2 }`."""

    entries: tuple[Entry, ...]
    span: Span


class ListFor(Struct, frozen=True):
    """`[for x in xs if c: e]`; two variables are key and value (or index and item)."""

    variables: tuple[Name, ...]
    iterable: "Expr"
    condition: "Expr | None"
    item: "Expr"
    span: Span


class MapFor(Struct, frozen=True):
    """`{for k, v in m if c: k => v}`."""

    variables: tuple[Name, ...]
    iterable: "Expr"
    condition: "Expr | None"
    key: "Expr"
    value: "Expr"
    span: Span


class Hole(Struct, frozen=True):
    """Where an expression or type is missing or broken; a diagnostic has been given."""

    span: Span


Expr = (
    String
    | Number
    | Measure
    | Bool
    | Null
    | Date
    | Ref
    | Member
    | Index
    | Call
    | Unary
    | Binary
    | RangeExpr
    | IfExpr
    | Match
    | ListExpr
    | MapExpr
    | ListFor
    | MapFor
    | Hole
)

# ---------------------------------------------------------------------- types


class Pattern(Struct, frozen=True):
    r"""`/…/`: a regular expression in RE2's syntax, without the slashes; `\/` is a slash."""

    text: str
    span: Span


class NamedType(Struct, frozen=True):
    """A type by name, `module.Name` when qualified, with a refinement in parentheses: `int(1..50)`, `string(/re/)`."""

    name: Name
    qualifier: Name | None
    refinement: "RangeExpr | Pattern | None"
    span: Span


class GenericType(Struct, frozen=True):
    """`map<K, T>`, `range<T>`, `secret<T>`, `deferred<T>`."""

    name: Name
    arguments: "tuple[TypeExpr, ...]"
    span: Span


class LiteralType(Struct, frozen=True):
    """A literal as a type: `"small"`, `1`, `true`, `null`."""

    value: Expr
    span: Span


class OptionalType(Struct, frozen=True):
    """`T?`."""

    base: "TypeExpr"
    span: Span


class ListType(Struct, frozen=True):
    """`T[]`."""

    base: "TypeExpr"
    span: Span


class UnionType(Struct, frozen=True):
    """`A | B`, flat."""

    members: "tuple[TypeExpr, ...]"
    span: Span


TypeExpr = NamedType | GenericType | LiteralType | OptionalType | ListType | UnionType | Hole

# ----------------------------------------------------------------- statements


class Annotation(Struct, frozen=True):
    """`@was("old")`, `@locked`."""

    name: Name
    arguments: tuple[Expr, ...]
    span: Span


class FieldDecl(Struct, frozen=True):
    """`name: type = default` in a type, kind or template."""

    name: Name
    type: TypeExpr
    default: Expr | None
    span: Span
    annotations: tuple[Annotation, ...] = ()
    doc: str = ""


class OutputDecl(Struct, frozen=True):
    """`output name: type = value`."""

    name: Name
    type: TypeExpr | None
    value: Expr | None
    span: Span
    annotations: tuple[Annotation, ...] = ()
    doc: str = ""


class Let(Struct, frozen=True):
    """`let name: type = value`."""

    name: Name
    type: TypeExpr | None
    value: Expr
    span: Span
    annotations: tuple[Annotation, ...] = ()
    doc: str = ""


class Parameter(Struct, frozen=True):
    """A parameter of a function."""

    name: Name
    type: TypeExpr
    default: Expr | None
    span: Span


class Fn(Struct, frozen=True):
    """`fn name(parameters): result = value`."""

    name: Name
    parameters: tuple[Parameter, ...]
    result: TypeExpr | None
    value: Expr
    span: Span
    annotations: tuple[Annotation, ...] = ()
    doc: str = ""


class TypeAlias(Struct, frozen=True):
    """`type Size = "small" | "large"`; a record type is a `Block` with the head `type`."""

    name: Name
    type: TypeExpr
    span: Span
    annotations: tuple[Annotation, ...] = ()
    doc: str = ""


class Require(Struct, frozen=True):
    """`require condition else message`."""

    condition: Expr
    message: Expr | None
    span: Span
    annotations: tuple[Annotation, ...] = ()


class Operator(StrEnum):
    """How an assignment meets what weaker layers said."""

    SET = "="
    ADD = "+="


class Assign(Struct, frozen=True):
    """`name = value` or `name += value`."""

    name: Name
    operator: Operator
    value: Expr
    span: Span
    annotations: tuple[Annotation, ...] = ()
    doc: str = ""


class Loop(Struct, frozen=True):
    """`for k, v in xs` of a header."""

    variables: tuple[Name, ...]
    iterable: Expr
    span: Span


class DottedLabel(Struct, frozen=True):
    """A label that is a reference: `billing.ledger` (one name is one too)."""

    names: tuple[Name, ...]
    span: Span


class Block(Struct, frozen=True):
    """`head label … for … if … { body }`: a declaration, an instance, a nested block, a map entry.

    `labels` are names, quoted strings or dotted names in order (`data aws_vpc main`, `slo availability`,
    `uses billing.ledger`, `patch Deployment main`, `app shop`). `targets` are those of `provision aws | gcp`,
    where the single target is in `targets` too and `labels` is empty.
    """

    head: Name
    labels: "tuple[DottedLabel | Name, ...]"
    targets: tuple[Name, ...]
    loop: Loop | None
    condition: Expr | None
    body: "tuple[Statement, ...]"
    span: Span
    header_span: Span
    annotations: tuple[Annotation, ...] = ()
    doc: str = ""


class IfStatement(Struct, frozen=True):
    """`if c { } else { }`; `else if` is an `otherwise` of one `IfStatement`."""

    condition: Expr
    then: "tuple[Statement, ...]"
    otherwise: "tuple[Statement, ...] | None"
    span: Span


class InStatement(Struct, frozen=True):
    """`in staging, prod { }`."""

    environments: tuple[Name, ...]
    body: "tuple[Statement, ...]"
    span: Span


class Import(Struct, frozen=True):
    """`import { a, b } from "std/edge"`, or `import "acme/kinds" as acme`, whose `names` are empty."""

    names: tuple[Name, ...]
    package: Name
    alias: Name | None
    span: Span


Statement = (
    FieldDecl | OutputDecl | Let | Fn | TypeAlias | Require | Assign | Block | IfStatement | InStatement | Import
)


class Comment(Struct, frozen=True):
    """`// …` or `/// …`, with its slashes."""

    text: str
    span: Span


class Module(Struct, frozen=True):
    """One file, parsed. `broken` are spans that did not parse; they are left as they are by the formatter."""

    path: str
    statements: tuple[Statement, ...]
    comments: tuple[Comment, ...] = ()
    broken: tuple[Span, ...] = ()
