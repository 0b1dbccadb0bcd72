"""Operators, conditions and matches, and what a test shows of the values behind it."""

import datetime
import re
from collections.abc import Mapping

from idpc.diagnostics import Diagnostic, Edit, Fix
from idpc.diagnostics.codes import types as codes
from idpc.source import Span
from idpc.syntax import nodes
from idpc.types import core as c
from idpc.types import messages
from idpc.types.expressions import broken, condition, elaborate, fail, fit_core, is_broken, plain, widened
from idpc.types.fit import fits
from idpc.types.literals import expected_units, flat
from idpc.types.model import (
    ANY,
    BOOL,
    DATE,
    FLOAT,
    INT,
    NULL,
    PLAIN,
    QUANTITIES,
    STRING,
    TEXTS,
    InstanceType,
    ListType,
    LiteralType,
    MapType,
    NullType,
    Primitive,
    RangeType,
    RecordType,
    ReferenceType,
    Type,
    base_name,
    is_optional,
    literal_text,
    members,
    own_mark,
    union,
    unmarked,
    value_type,
    without_null,
)
from idpc.types.quantities import PERIODS, units_of
from idpc.types.scalars import date_fault
from idpc.types.scope import Path, Scope, path_of
from idpc.types.wording import subject

ORDER = ("<", "<=", ">", ">=")
ARITHMETIC = ("+", "-", "*", "/")


def date(node: nodes.Date, expected: Type | None, scope: Scope) -> c.Core:
    """`2027-01-31`."""
    del expected
    fault = date_fault(node.text)
    if fault:
        return fail(scope, codes.BAD_SCALAR.at(node.span, fault))
    return c.Const(datetime.date.fromisoformat(node.text), DATE, node.span)


def unary(node: nodes.Unary, expected: Type | None, scope: Scope) -> c.Core:
    """`!` and `-`."""
    if node.operator == "!":
        operand = condition(node.operand, scope, "negating")
        return c.Operation("!", (operand,), "bool", BOOL, node.span)
    operand = plain(elaborate(node.operand, expected, scope), "calculating with", scope)
    if is_broken(operand):
        return operand
    name = base_name(operand.type)
    if name not in ("int", "float", *QUANTITIES):
        return fail(scope, codes.BAD_OPERANDS.at(node.span, f"{messages.describe(operand.type)} has no negative"))
    if isinstance(operand, c.Const) and isinstance(operand.value, int | float):
        return c.Const(-operand.value, LiteralType(-operand.value), node.span)
    how = "quantity" if name in QUANTITIES else "number"
    return c.Operation("-", (operand,), how, Primitive(name), node.span)


def binary(node: nodes.Binary, expected: Type | None, scope: Scope) -> c.Core:
    """Every operator between two operands."""
    match node.operator:
        case "&&" | "||":
            return _logical(node, scope)
        case "??":
            return _alternative(node, expected, scope)
        case "in":
            return _membership(node, scope)
    foreign = _foreign_money(node)
    if foreign is not None:
        return fail(scope, foreign)
    left, right = _operands(node, expected, scope)
    if is_broken(left) or is_broken(right):
        return broken(node.span)
    if node.operator in ("==", "!="):
        return _equality(node, left, right, scope)
    what = "comparing" if node.operator in ORDER else "calculating with"
    left, right = plain(left, what, scope), plain(right, what, scope)
    if is_broken(left) or is_broken(right):
        return broken(node.span)
    return _compare(node, left, right, scope) if node.operator in ORDER else _arithmetic(node, left, right, scope)


def _foreign_money(node: nodes.Binary) -> Diagnostic | None:
    """What is said of money in another currency, as in `900EUR/month`."""
    left, right = node.left, node.right
    if node.operator != "/" or not isinstance(left, nodes.Measure) or not isinstance(right, nodes.Ref):
        return None
    known = right.name in PERIODS and re.fullmatch(r"[\d_.]+[A-Z]{3}", left.text)
    return messages.foreign_money(node.span, left.text, right.name) if known else None


def _operands(node: nodes.Binary, expected: Type | None, scope: Scope) -> tuple[c.Core, c.Core]:
    """Both sides; a literal or a name of a sort takes the type of the other side."""
    tolerant = scope.but(tolerant=True) if node.operator in ("==", "!=") else scope
    hint = expected if node.operator in ARITHMETIC else None
    if _takes_hint(node.left) and (not _takes_hint(node.right) or _is_ambiguous(node.left)):
        right = elaborate(node.right, hint, tolerant)
        return elaborate(node.left, _beside(right, node.operator) or hint, tolerant), right
    left = elaborate(node.left, hint, tolerant)
    return left, elaborate(node.right, _beside(left, node.operator) or hint, tolerant)


def _takes_hint(node: nodes.Expr) -> bool:
    return isinstance(node, nodes.Measure | nodes.Number | nodes.ListExpr | nodes.MapExpr)


def _is_ambiguous(node: nodes.Expr) -> bool:
    return isinstance(node, nodes.Measure) and len(units_of(node.text)) > 1


def _beside(other: c.Core, operator: str) -> Type | None:
    """What a literal beside an operand is expected to be."""
    type_ = unmarked(without_null(other.type)) if not is_broken(other) else other.type
    if isinstance(type_, LiteralType):
        type_ = value_type(type_.value)
    if is_environment(other):
        return ReferenceType("environment")
    if operator in ("*", "/"):
        return None if operator == "*" or not expected_units(type_) else union(FLOAT, type_)
    return type_


def is_environment(core: c.Core) -> bool:
    """Whether a core is `environment`, `team` or `app`, which are compared with declared names."""
    return isinstance(core, c.Context) and core.name in ("environment", "team", "app")


def _logical(node: nodes.Binary, scope: Scope) -> c.Core:
    left = condition(node.left, scope)
    known = facts_when_true(node.left, scope) if node.operator == "&&" else facts_when_false(node.left, scope)
    right = condition(node.right, scope.with_facts(known))
    return c.Operation(node.operator, (left, right), "bool", BOOL, node.span)


def _alternative(node: nodes.Binary, expected: Type | None, scope: Scope) -> c.Core:
    left = elaborate(node.left, expected, scope.but(tolerant=True))
    right = elaborate(node.right, expected if expected is not None else without_null(left.type), scope)
    if is_broken(left) or is_broken(right):
        return broken(node.span)
    type_ = union(without_null(left.type), widened(right))
    return c.Operation("??", (left, right), "any", type_, node.span)


def _membership(node: nodes.Binary, scope: Scope) -> c.Core:
    right = elaborate(node.right, _names_in(node.left), scope)
    inside = unmarked(right.type)
    wanted = _item_of(inside)
    left = elaborate(node.left, wanted, scope)
    if is_broken(left) or is_broken(right):
        return broken(node.span)
    if is_optional(right.type) and not scope.manifest:
        return fail(scope, messages.may_be_null(right, "`in`"))
    left = plain(left, "comparing", scope)
    right = plain(right, "comparing", scope) if _compares_items(right) else right
    if wanted is None and right.type != ANY:
        return fail(
            scope,
            codes.BAD_OPERANDS.at(
                right.span, f"`in` needs a list, a map or a range, not {messages.describe(right.type)}"
            ),
        )
    if wanted is not None and not _comparable(left.type, wanted) and not is_broken(left):
        return fail(scope, _unlike(node, left, wanted))
    how = "list" if isinstance(inside, ListType) else "range" if isinstance(inside, RangeType) else "map"
    return c.Operation("in", (left, right), how, BOOL, node.span)


def _names_in(left: nodes.Expr) -> Type | None:
    """What the names of a list are, beside `environment in [staging, prod]`."""
    sort = left.name if isinstance(left, nodes.Ref) and left.name in ("environment", "team", "app") else ""
    return ListType(ReferenceType(sort)) if sort else None


def _compares_items(core: c.Core) -> bool:
    """Whether `in` looks at values, which must be known, and not at keys, which always are."""
    return own_mark(core.type) != PLAIN or not isinstance(unmarked(core.type), MapType | RecordType)


def _item_of(type_: Type) -> Type | None:
    match type_:
        case ListType(item) | RangeType(item):
            return item
        case MapType(key):
            return STRING if isinstance(key, InstanceType) else key
        case RecordType():
            return STRING
    return None


def _unlike(node: nodes.Binary, left: c.Core, right: Type) -> Diagnostic:
    return codes.BAD_OPERANDS.at(
        node.span,
        f"{messages.describe(widened(left))} is never equal to {messages.describe(right)}",
        hint=f"`{node.operator}` compares values of one type",
    )


def _equality(node: nodes.Binary, left: c.Core, right: c.Core, scope: Scope) -> c.Core:
    if is_environment(left) or is_environment(right):
        return c.Operation(node.operator, (left, right), "reference", BOOL, node.span)
    null_test = NULL in (left.type, right.type)
    if not null_test:
        left, right = plain(left, "comparing", scope), plain(right, "comparing", scope)
        if is_broken(left) or is_broken(right):
            return broken(node.span)
        if not _comparable(left.type, right.type):
            return fail(scope, _equality_fault(node, left, right))
    how = "version" if "version" in (base_name(left.type), base_name(right.type)) else "value"
    return c.Operation(node.operator, (left, right), how, BOOL, node.span)


def _equality_fault(node: nodes.Binary, left: c.Core, right: c.Core) -> Diagnostic:
    for const, other in ((left, right), (right, left)):
        options = [member for member in flat(without_null(other.type)) if isinstance(member, LiteralType)]
        same = options and all(base_name(option) == base_name(const.type) for option in options)
        if isinstance(const, c.Const) and same and len(options) == len(flat(without_null(other.type))):
            return messages.not_in_union(const, options, subject(other))
    return _unlike(node, left, widened(right))


def _comparable(left: Type, right: Type) -> bool:
    """Whether values of two types can be equal."""
    if ANY in (left, right):
        return True
    for a in members(left):
        for b in members(right):
            if _one_comparable(a, b):
                return True
    return False


def _one_comparable(a: Type, b: Type) -> bool:
    if isinstance(a, NullType) or isinstance(b, NullType):
        return a == b
    if isinstance(a, ListType) and isinstance(b, ListType):
        return _comparable(a.item, b.item)
    if isinstance(a, ReferenceType) or isinstance(b, ReferenceType):
        return a == b or any(base_name(each) == "string" or isinstance(each, RecordType) for each in (a, b))
    if isinstance(a, LiteralType) and isinstance(b, LiteralType):
        same = base_name(a) == base_name(b) != "string"
        return a == b or same or {base_name(a), base_name(b)} <= {"int", "float"}
    if base_name(a) in TEXTS and base_name(b) in TEXTS:
        both = (a, b)
        literal = next((each for each in both if isinstance(each, LiteralType)), None)
        other = b if literal is a else a
        return literal is None or not isinstance(other, LiteralType)
    numbers = ("int", "float")
    if base_name(a) in numbers and base_name(b) in numbers:
        return True
    return fits(a, b) is not None or fits(b, a) is not None


def _compare(node: nodes.Binary, left: c.Core, right: c.Core, scope: Scope) -> c.Core:
    names = {base_name(member) for side in (left, right) for member in members(side.type)}
    if ANY in (left.type, right.type):
        return c.Operation(node.operator, (left, right), "any", BOOL, node.span)
    if "version" in names and names <= {"version", "string"}:
        return c.Operation(node.operator, (left, right), "version", BOOL, node.span)
    if names <= {"int", "float"} or (len(names) == 1 and names & {*QUANTITIES, "date", "string"}):
        if _optional_operand(node.operator, left, right, scope):
            return broken(node.span)
        return c.Operation(node.operator, (left, right), "value", BOOL, node.span)
    if _union_of_literals(left.type) and names & {"int", "float"}:
        return c.Operation(node.operator, (left, right), "value", BOOL, node.span)
    if _optional_operand(node.operator, left, right, scope):
        return broken(node.span)
    return fail(
        scope,
        codes.BAD_OPERANDS.at(
            node.span,
            f"{messages.describe(widened(left))} and {messages.describe(widened(right))} have no order",
            hint=f"`{node.operator}` needs two numbers, quantities of one unit, versions or dates",
        ),
    )


def _union_of_literals(type_: Type) -> bool:
    return all(isinstance(member, LiteralType) and base_name(member) == "int" for member in members(type_))


def _optional_operand(operator: str, left: c.Core, right: c.Core, scope: Scope) -> bool:
    for operand in (left, right):
        if is_optional(operand.type):
            scope.report(messages.may_be_null(operand, f"`{operator}`"))
            return True
    return False


def _arithmetic(node: nodes.Binary, left: c.Core, right: c.Core, scope: Scope) -> c.Core:
    if ANY in (left.type, right.type):
        return c.Operation(node.operator, (left, right), "any", ANY, node.span)
    if _optional_operand(node.operator, left, right, scope):
        return broken(node.span)
    found = _result(node.operator, _number_name(left.type), _number_name(right.type))
    if found is None:
        return fail(scope, _arithmetic_fault(node, left, right))
    how, type_ = found
    return c.Operation(node.operator, (left, right), how, type_, node.span)


def _number_name(type_: Type) -> str:
    names = {base_name(member) for member in members(type_)}
    return names.pop() if len(names) == 1 else ""


def _result(operator: str, left: str, right: str) -> tuple[str, Type] | None:
    """The domain and type of an arithmetic operation, or None where it has no meaning."""
    numbers = ("int", "float")
    if left in numbers and right in numbers:
        whole = left == right == "int" and operator != "/"
        return "number", INT if whole else FLOAT
    if left in QUANTITIES and left == right and operator in ("+", "-", "/"):
        return "quantity", FLOAT if operator == "/" else Primitive(left)
    if left in QUANTITIES and right in numbers and operator in ("*", "/"):
        return "quantity", Primitive(left)
    if left in numbers and right in QUANTITIES and operator == "*":
        return "quantity", Primitive(right)
    if left == "date" and right == "duration" and operator in ("+", "-"):
        return "date", DATE
    if left == right == "date" and operator == "-":
        return "date", Primitive("duration")
    return None


def _arithmetic_fault(node: nodes.Binary, left: c.Core, right: c.Core) -> Diagnostic:
    texts = {base_name(left.type), base_name(right.type)} & set(TEXTS)
    lists = isinstance(left.type, ListType) or isinstance(right.type, ListType)
    note = ""
    if texts and node.operator == "+":
        note = 'strings are joined by interpolation: "${a}${b}"'
    elif lists:
        note = "lists are joined by `flatten([a, b])`"
    return codes.BAD_OPERANDS.at(
        node.span,
        f"`{node.operator}` has no meaning between {messages.describe(widened(left))} "
        f"and {messages.describe(widened(right))}",
        hint="a quantity goes with the same quantity for + and -, with a number for * and /" if not note else "",
        help=note,
    )


def range_expression(node: nodes.RangeExpr, expected: Type | None, scope: Scope) -> c.Core:
    """`low..high`."""
    wanted = next((part.item for part in flat(expected) if isinstance(part, RangeType)), None)
    if node.low is None or node.high is None:
        return fail(
            scope, codes.MISMATCH.at(node.span, "a range has both ends", hint="an open range refines a type only")
        )
    low = plain(elaborate(node.low, wanted, scope), "a range of", scope)
    high = plain(elaborate(node.high, wanted or _beside(low, ".."), scope), "a range of", scope)
    if is_broken(low) or is_broken(high):
        return broken(node.span)
    if wanted is not None:
        low, high = fit_core(low, wanted, "the lower end", scope), fit_core(high, wanted, "the upper end", scope)
        if is_broken(low) or is_broken(high):
            return broken(node.span)
    elif base_name(low.type) != base_name(high.type):
        return fail(scope, codes.BAD_OPERANDS.at(node.span, "the ends of a range have one type"))
    if isinstance(low, c.Const) and isinstance(high, c.Const) and low.value > high.value:  # type: ignore[operator]  # both are of one type, which has an order
        return fail(
            scope,
            codes.OUT_OF_RANGE.at(
                node.span,
                "the lower end of the range is above the upper one",
                hint="swap the two ends",
                fixes=_swapped(node.span, low, high),
            ),
        )
    item = wanted or Primitive(base_name(low.type))
    return c.MakeRange(low, high, RangeType(item), node.span)


def _swapped(span: Span, low: c.Const, high: c.Const) -> tuple[Fix, ...]:
    text = "..".join(literal_text(end.value) for end in (high, low))
    return (Fix(f"write `{text}`", (Edit(span, text),)),)


def if_expression(node: nodes.IfExpr, expected: Type | None, scope: Scope) -> c.Core:
    """`if c then a else b`."""
    test = condition(node.condition, scope, "branching on")
    then = elaborate(node.then, expected, scope.with_facts(facts_when_true(node.condition, scope)))
    otherwise = elaborate(node.otherwise, expected, scope.with_facts(facts_when_false(node.condition, scope)))
    type_ = union(then.type, otherwise.type)
    return c.If(test, then, otherwise, type_, node.span)


# ----------------------------------------------------------------- narrowing


def facts_when_true(node: nodes.Expr, scope: Scope) -> Mapping[Path, Type]:
    """What is known of paths where a test has succeeded."""
    return _facts(node, scope, True)


def facts_when_false(node: nodes.Expr, scope: Scope) -> Mapping[Path, Type]:
    """What is known of paths where a test has failed."""
    return _facts(node, scope, False)


def _facts(node: nodes.Expr, scope: Scope, holds: bool) -> dict[Path, Type]:
    match node:
        case nodes.Unary(operator="!"):
            return _facts(node.operand, scope, not holds)
        case nodes.Binary(operator="&&") if holds:
            left = _facts(node.left, scope, True)
            return {**left, **_facts(node.right, scope.with_facts(left), True)}
        case nodes.Binary(operator="||") if not holds:
            left = _facts(node.left, scope, False)
            return {**left, **_facts(node.right, scope.with_facts(left), False)}
        case nodes.Binary(operator="==" | "!="):
            return _null_fact(node, scope, is_null=(node.operator == "==") is holds)
    return {}


def _null_fact(node: nodes.Binary, scope: Scope, *, is_null: bool) -> dict[Path, Type]:
    for side, other in ((node.left, node.right), (node.right, node.left)):
        path = path_of(side)
        if path and isinstance(other, nodes.Null):
            quiet = scope.but(checker=scope.checker.quiet(), tolerant=True)
            type_ = elaborate(side, None, quiet).type
            return {path: NULL if is_null else without_null(type_)} if is_optional(type_) else {}
    return {}
