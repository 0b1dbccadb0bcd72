"""Expressions, types and headers on one line."""

from collections.abc import Iterable

from idpc.format.words import POSTFIX, UNARY, binding, escaped, named, needed_on_left, needed_on_right, quoted
from idpc.syntax.nodes import (
    Annotation,
    Argument,
    Arm,
    Binary,
    Block,
    Bool,
    Call,
    Date,
    DottedLabel,
    Entry,
    Expr,
    GenericType,
    Hole,
    IfExpr,
    Index,
    ListExpr,
    ListFor,
    ListType,
    LiteralType,
    Loop,
    MapExpr,
    MapFor,
    Match,
    Measure,
    Member,
    Name,
    NamedType,
    Null,
    Number,
    OptionalType,
    Parameter,
    Pattern,
    RangeExpr,
    Ref,
    String,
    TypeExpr,
    Unary,
    UnionType,
)

MISSING = "…"


def format_expression(expr: Expr) -> str:  # noqa: C901, PLR0911, PLR0912  # one case a node
    """An expression on one line, in canonical form."""
    match expr:
        case String():
            return _string(expr)
        case Number() | Measure() | Date():
            return expr.text
        case Bool():
            return "true" if expr.value else "false"
        case Null():
            return "null"
        case Ref():
            return expr.name
        case Member():
            return f"{operand(expr.base, POSTFIX)}.{expr.name.text}"
        case Index():
            return f"{operand(expr.base, POSTFIX)}[{format_expression(expr.index)}]"
        case Call():
            return f"{operand(expr.function, POSTFIX)}({', '.join(map(argument, expr.arguments))})"
        case Unary():
            return f"{expr.operator}{operand(expr.operand, UNARY)}"
        case Binary():
            left, right = operand(expr.left, needed_on_left(expr)), operand(expr.right, needed_on_right(expr))
            return f"{left} {expr.operator} {right}"
        case RangeExpr():
            return _range(expr)
        case IfExpr():
            parts = map(format_expression, (expr.condition, expr.then, expr.otherwise))
            return "if {} then {} else {}".format(*parts)
        case Match():
            return f"match {format_expression(expr.subject)} {_braces(map(arm, expr.arms))}"
        case ListExpr():
            return f"[{', '.join(map(format_expression, expr.items))}]"
        case MapExpr():
            return _braces(map(entry, expr.entries))
        case ListFor():
            return f"[{head_of_for(expr)} {format_expression(expr.item)}]"
        case MapFor():
            return f"{{{head_of_for(expr)} {format_expression(expr.key)} => {format_expression(expr.value)}}}"
        case Hole():
            return MISSING


def operand(expr: Expr, needed: float) -> str:
    """An expression in a place that binds so tightly."""
    text = format_expression(expr)
    return f"({text})" if binding(expr) < needed else text


def _string(expr: String) -> str:
    parts = (escaped(part) if isinstance(part, str) else f"${{{format_expression(part)}}}" for part in expr.parts)
    return f'"{"".join(parts)}"'


def _range(expr: RangeExpr) -> str:
    low = operand(expr.low, 1) if expr.low else ""
    high = operand(expr.high, 1) if expr.high else ""
    return f"{low}..{high}"


def _braces(items: Iterable[str]) -> str:
    inside = ", ".join(items)
    return f"{{ {inside} }}" if inside else "{}"


def argument(each: Argument) -> str:
    """An argument of a call."""
    value = format_expression(each.value)
    return f"{each.name.text} = {value}" if each.name else value


def arm(each: Arm) -> str:
    """An arm of a match."""
    return f"{patterns(each)} => {format_expression(each.value)}"


def patterns(each: Arm) -> str:
    """What an arm is for."""
    return " | ".join(map(format_expression, each.patterns))


def entry(each: Entry) -> str:
    """An entry of a map; one that is a map itself is written like a block."""
    sign = " " if isinstance(each.value, MapExpr) and each.value.entries else " = "
    return f"{named(each.key)}{sign}{format_expression(each.value)}"


def head_of_for(expr: "ListFor | MapFor") -> str:
    """`for k, v in xs if c:`."""
    condition = f" if {format_expression(expr.condition)}" if expr.condition else ""
    return f"for {names(expr.variables)} in {format_expression(expr.iterable)}{condition}:"


def names(several: tuple[Name, ...]) -> str:
    """Names with commas."""
    return ", ".join(name.text for name in several)


def format_type(type_: TypeExpr) -> str:
    """A type on one line."""
    match type_:
        case NamedType():
            qualifier = f"{type_.qualifier.text}." if type_.qualifier else ""
            return f"{qualifier}{type_.name.text}{_refinement(type_.refinement)}"
        case GenericType():
            return f"{type_.name.text}<{', '.join(map(format_type, type_.arguments))}>"
        case LiteralType():
            return format_expression(type_.value)
        case OptionalType():
            base = member(type_.base)
            return f"({base})?" if isinstance(type_.base, OptionalType) else f"{base}?"
        case ListType():
            return f"{member(type_.base)}[]"
        case UnionType():
            return " | ".join(map(member, type_.members))
        case Hole():
            return MISSING


def member(type_: TypeExpr) -> str:
    """A member of a union; a union in it stands in parentheses."""
    text = format_type(type_)
    return f"({text})" if isinstance(type_, UnionType) else text


def _refinement(refinement: "RangeExpr | Pattern | None") -> str:
    if refinement is None:
        return ""
    return f"(/{refinement.text}/)" if isinstance(refinement, Pattern) else f"({_range(refinement)})"


def parameter(each: Parameter) -> str:
    """A parameter of a function."""
    default = f" = {format_expression(each.default)}" if each.default else ""
    return f"{each.name.text}: {format_type(each.type)}{default}"


def annotation(each: Annotation) -> str:
    """An annotation."""
    arguments = ", ".join(map(format_expression, each.arguments))
    return f"@{each.name.text}({arguments})" if arguments else f"@{each.name.text}"


def header(block: Block) -> str:
    """A block up to its brace."""
    parts = [named(block.head), *map(label, block.labels)]
    if block.targets:
        parts.append(" | ".join(map(named, block.targets)))
    if block.loop:
        parts.append(loop(block.loop))
    if block.condition:
        parts.append(f"if {format_expression(block.condition)}")
    return " ".join(parts)


def label(each: "DottedLabel | Name") -> str:
    """A label of a block."""
    if isinstance(each, DottedLabel):
        return ".".join(name.text for name in each.names)
    return quoted(each.text)


def loop(each: Loop) -> str:
    """`for x in xs` of a header."""
    return f"for {names(each.variables)} in {format_expression(each.iterable)}"
