"""The nodes: what is written, with exact spans. They hold no meaning, and nothing of the text is lost but its layout."""

from dataclasses import dataclass
from enum import StrEnum

from idpc.source import Span


@dataclass(frozen=True, slots=True)
class Name:
    """A name or a quoted key; `text` is unquoted."""

    text: str
    span: Span
    quoted: bool = False


# ---------------------------------------------------------------- expressions


@dataclass(frozen=True, slots=True)
class String:
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


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number or a float, without suffix."""

    value: int | float
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Measure:
    """A number with a suffix or a dollar sign, as written: `512Mi`, `1h30m`, `99.9%`, `$1_500/month`."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Bool:
    """`true` or `false`."""

    value: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Null:
    """`null`."""

    span: Span


@dataclass(frozen=True, slots=True)
class Date:
    """A date as written, `2027-01-31`; whether it is one is checked later."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Ref:
    """A bare word."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Member:
    """`base.name`; the span covers both. `name` is a `Name` with empty text where it is missing."""

    base: "Expr"
    name: Name
    span: Span


@dataclass(frozen=True, slots=True)
class Index:
    """`base[index]`."""

    base: "Expr"
    index: "Expr"
    span: Span


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a call, positional or named."""

    name: Name | None
    value: "Expr"


@dataclass(frozen=True, slots=True)
class Call:
    """`function(arguments)`; the function is a `Ref` or a `Member`."""

    function: "Expr"
    arguments: tuple[Argument, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Unary:
    """`!` or `-`."""

    operator: str
    operand: "Expr"
    span: Span


@dataclass(frozen=True, slots=True)
class Binary:
    """Any operator between two operands but `..`; `in` among them."""

    operator: str
    left: "Expr"
    right: "Expr"
    span: Span
    operator_span: Span


@dataclass(frozen=True, slots=True)
class RangeExpr:
    """`low..high`; either may be missing in a refinement only."""

    low: "Expr | None"
    high: "Expr | None"
    span: Span


@dataclass(frozen=True, slots=True)
class IfExpr:
    """`if c then a else b`."""

    condition: "Expr"
    then: "Expr"
    otherwise: "Expr"
    span: Span


@dataclass(frozen=True, slots=True)
class Arm:
    """`"a" | "b" => value`: a pattern is a literal, a name (`_` among them) or `null`."""

    patterns: "tuple[Expr, ...]"
    value: "Expr"
    span: Span


@dataclass(frozen=True, slots=True)
class Match:
    """`match subject { arms }`."""

    subject: "Expr"
    arms: tuple[Arm, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ListExpr:
    """`[a, b]`."""

    items: "tuple[Expr, ...]"
    span: Span


@dataclass(frozen=True, slots=True)
class Entry:
    """`key = value` in a map, or `key { … }`, whose value is a `MapExpr`."""

    key: Name
    value: "Expr"
    span: Span


@dataclass(frozen=True, slots=True)
class MapExpr:
    """`{ a = 1, "b" = 2 }`."""

    entries: tuple[Entry, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ListFor:
    """`[for x in xs if c: e]`; two variables are key and value (or index and item)."""

    variables: tuple[Name, ...]
    iterable: "Expr"
    condition: "Expr | None"
    item: "Expr"
    span: Span


@dataclass(frozen=True, slots=True)
class MapFor:
    """`{for k, v in m if c: k => v}`."""

    variables: tuple[Name, ...]
    iterable: "Expr"
    condition: "Expr | None"
    key: "Expr"
    value: "Expr"
    span: Span


@dataclass(frozen=True, slots=True)
class Hole:
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


@dataclass(frozen=True, slots=True)
class Pattern:
    r"""`/…/`: a regular expression in RE2's syntax, without the slashes; `\/` is a slash."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class NamedType:
    """A type by name, `module.Name` when qualified, with a refinement in parentheses: `int(1..50)`, `string(/re/)`."""

    name: Name
    qualifier: Name | None
    refinement: "RangeExpr | Pattern | None"
    span: Span


@dataclass(frozen=True, slots=True)
class GenericType:
    """`map<K, T>`, `range<T>`, `secret<T>`, `deferred<T>`."""

    name: Name
    arguments: "tuple[TypeExpr, ...]"
    span: Span


@dataclass(frozen=True, slots=True)
class LiteralType:
    """A literal as a type: `"small"`, `1`, `true`, `null`."""

    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class OptionalType:
    """`T?`."""

    base: "TypeExpr"
    span: Span


@dataclass(frozen=True, slots=True)
class ListType:
    """`T[]`."""

    base: "TypeExpr"
    span: Span


@dataclass(frozen=True, slots=True)
class UnionType:
    """`A | B`, flat."""

    members: "tuple[TypeExpr, ...]"
    span: Span


TypeExpr = NamedType | GenericType | LiteralType | OptionalType | ListType | UnionType | Hole

# ----------------------------------------------------------------- statements


@dataclass(frozen=True, slots=True)
class Annotation:
    """`@was("old")`, `@locked`."""

    name: Name
    arguments: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class FieldDecl:
    """`name: type = default` in a type, kind or template."""

    name: Name
    type: TypeExpr
    default: Expr | None
    span: Span
    annotations: tuple[Annotation, ...] = ()
    doc: str = ""


@dataclass(frozen=True, slots=True)
class OutputDecl:
    """`output name: type = value`."""

    name: Name
    type: TypeExpr | None
    value: Expr | None
    span: Span
    annotations: tuple[Annotation, ...] = ()
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Let:
    """`let name: type = value`."""

    name: Name
    type: TypeExpr | None
    value: Expr
    span: Span
    annotations: tuple[Annotation, ...] = ()
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function."""

    name: Name
    type: TypeExpr
    default: Expr | None
    span: Span


@dataclass(frozen=True, slots=True)
class Fn:
    """`fn name(parameters): result = value`."""

    name: Name
    parameters: tuple[Parameter, ...]
    result: TypeExpr | None
    value: Expr
    span: Span
    annotations: tuple[Annotation, ...] = ()
    doc: str = ""


@dataclass(frozen=True, slots=True)
class TypeAlias:
    """`type Size = "small" | "large"`; a record type is a `Block` with the head `type`."""

    name: Name
    type: TypeExpr
    span: Span
    annotations: tuple[Annotation, ...] = ()
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Require:
    """`require condition else message`."""

    condition: Expr
    message: Expr | None
    span: Span
    annotations: tuple[Annotation, ...] = ()


class Operator(StrEnum):
    """How an assignment meets what weaker layers said."""

    SET = "="
    ADD = "+="


@dataclass(frozen=True, slots=True)
class Assign:
    """`name = value` or `name += value`."""

    name: Name
    operator: Operator
    value: Expr
    span: Span
    annotations: tuple[Annotation, ...] = ()
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Loop:
    """`for k, v in xs` of a header."""

    variables: tuple[Name, ...]
    iterable: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class DottedLabel:
    """A label that is a reference: `billing.ledger` (one name is one too)."""

    names: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Block:
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


@dataclass(frozen=True, slots=True)
class IfStatement:
    """`if c { } else { }`; `else if` is an `otherwise` of one `IfStatement`."""

    condition: Expr
    then: "tuple[Statement, ...]"
    otherwise: "tuple[Statement, ...] | None"
    span: Span


@dataclass(frozen=True, slots=True)
class InStatement:
    """`in staging, prod { }`."""

    environments: tuple[Name, ...]
    body: "tuple[Statement, ...]"
    span: Span


@dataclass(frozen=True, slots=True)
class Import:
    """`import { a, b } from "std/edge"`, or `import "acme/kinds" as acme`, whose `names` are empty."""

    names: tuple[Name, ...]
    package: Name
    alias: Name | None
    span: Span


Statement = (
    FieldDecl | OutputDecl | Let | Fn | TypeAlias | Require | Assign | Block | IfStatement | InStatement | Import
)


@dataclass(frozen=True, slots=True)
class Comment:
    """`// …` or `/// …`, with its slashes."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Module:
    """One file, parsed. `broken` are spans that did not parse; they are left as they are by the formatter."""

    path: str
    statements: tuple[Statement, ...]
    comments: tuple[Comment, ...] = ()
    broken: tuple[Span, ...] = ()
