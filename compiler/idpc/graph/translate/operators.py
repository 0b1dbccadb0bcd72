"""Operators: those of Python where the types of the operands allow it, else the language's own."""

from idpc.graph.translate.writer import Writer
from idpc.types import core as c
from idpc.types.model import TEXTS, ListType, LiteralType, NullType, Primitive, Refined, Type, base_name, members

TEXT, NUMBER, TRUTH = "string", "int", "bool"
_SCALARS = (*TEXTS, NUMBER, TRUTH)


def operation(core: c.Operation, writer: Writer) -> str:
    """A unary or binary operator."""
    if core.operator in ("&&", "||"):
        return _junction(core, writer)
    if core.operator == "??":
        return _alternative(core, writer)
    first = writer.value(core.operands[0])
    if len(core.operands) == 1:
        return f"(not {first})" if core.operator == "!" else f"negative({first})"
    second = writer.value(core.operands[1])
    if core.operator == "in":
        return _membership(core, first, second)
    if core.operator in ("==", "!="):
        return _equality(core, first, second, writer)
    return _calculation(core, first, second, writer)


def _junction(core: c.Operation, writer: Writer) -> str:
    first, name = writer.value(core.operands[0]), writer.fresh()
    start = len(writer.lines)
    writer.line(f"{name} = {first}")
    with writer.block(f"if {name}:" if core.operator == "&&" else f"if not {name}:"):
        second = writer.value(core.operands[1])
        writer.line(f"{name} = {second}")
    if len(writer.lines) > start + 3:
        return name
    del writer.lines[start:]
    return f"({first} {'and' if core.operator == '&&' else 'or'} {second})"


def _alternative(core: c.Operation, writer: Writer) -> str:
    name = writer.fresh()
    writer.line(f"{name} = {writer.part(core.operands[0])}")
    with writer.block(f"if {name} is None:"):
        writer.line(f"{name} = {writer.part(core.operands[1])}")
    return name


def _membership(core: c.Operation, first: str, second: str) -> str:
    item, where = core.operands[0].type, core.operands[1].type
    if isinstance(where, ListType) and _family(item) == _family(where.item) in (TEXT, NUMBER):
        return f"({first} in {second})"
    return f"is_in({first}, {second})"


def _equality(core: c.Operation, first: str, second: str, writer: Writer) -> str:
    left, right = core.operands
    if core.how == "version":
        made = f"version_equal({first}, {second})"
    elif has_plain_equality(left.type, right.type):
        return f"({first} {core.operator} {second})"
    else:  # prices among them, which cannot be compared
        made = f"equal_values(f, {first}, {second}, {writer.constant(core.span)})"
    return made if core.operator == "==" else f"(not {made})"


def same(first: str, left: Type, second: str, right: Type) -> str:
    """Whether two values are equal, as `match` asks."""
    return f"{first} == {second}" if has_plain_equality(left, right) else f"equal({first}, {second})"


def has_plain_equality(left: Type, right: Type) -> bool:
    """Whether Python's equality is the language's: for strings, numbers and truth values, and null beside them."""
    return _family(left) == _family(right) != "" or NullType() in (left, right)


def is_scalar(type_: Type) -> bool:
    """Whether all values of a type are strings, whole numbers, truth values or null."""
    return all(base_name(each) in _SCALARS or isinstance(each, NullType) for each in members(type_))


def _family(type_: Type) -> str:
    """What all values of a type are besides null: strings, whole numbers or truth values; else empty."""
    found = {_kind(each) for each in members(type_) if not isinstance(each, NullType)}
    return found.pop() if len(found) == 1 else ""


def _kind(type_: Type) -> str:
    if not isinstance(type_, Primitive | Refined | LiteralType):
        return ""
    name = base_name(type_)
    return name if name in (TEXT, NUMBER, TRUTH) else ""


def _calculation(core: c.Operation, first: str, second: str, writer: Writer) -> str:
    if core.operator in ("<", "<=", ">", ">="):
        if _family(core.operands[0].type) == _family(core.operands[1].type) == NUMBER:
            return f"({first} {core.operator} {second})"
        if any(base_name(each.type) == "money" for each in core.operands):
            span = writer.constant(core.span)
            return f"(price_key({first}, {span}) {core.operator} price_key({second}, {span}))"
        key = "version_key" if core.how == "version" else "sort_key"
        return f"({key}({first}) {core.operator} {key}({second}))"
    return f"calculate({core.operator!r}, {first}, {second}, {writer.constant(core.span)})"
