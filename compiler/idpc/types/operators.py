"""Operators, conditions and matches, and what a test shows of the values behind it."""

from collections.abc import Mapping

from idpc.diagnostics import Diagnostic
from idpc.diagnostics.codes import types as codes
from idpc.resolve import did_you_mean
from idpc.source import Span
from idpc.syntax import nodes
from idpc.types import core as c
from idpc.types import messages
from idpc.types.declared_types import visible_type
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
    members,
    own_mark,
    union,
    unmarked,
    value_type,
    without_null,
)
from idpc.types.scalars import date_fault
from idpc.types.scope import Path, Scope, path_of

ORDER = ("<", "<=", ">", ">=")
ARITHMETIC = ("+", "-", "*", "/")


def date(node: nodes.Date, expected: Type | None, scope: Scope) -> c.Core:
    """`2027-01-31`."""
    import datetime  # seldom used

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


def _operands(node: nodes.Binary, expected: Type | None, scope: Scope) -> tuple[c.Core, c.Core]:
    """Both sides; a literal or a name of a sort takes the type of the other side."""
    tolerant = scope.but(tolerant=True) if node.operator in ("==", "!=") else scope
    hint = expected if node.operator in ARITHMETIC else None
    if _takes_hint(node.left) and not _takes_hint(node.right):
        right = elaborate(node.right, hint, tolerant)
        return elaborate(node.left, _beside(right, node.operator) or hint, tolerant), right
    left = elaborate(node.left, hint, tolerant)
    return left, elaborate(node.right, _beside(left, node.operator) or hint, tolerant)


def _takes_hint(node: nodes.Expr) -> bool:
    return isinstance(node, nodes.Measure | nodes.Number | nodes.ListExpr | nodes.MapExpr)


def _beside(other: c.Core, operator: str) -> Type | None:
    """What a literal beside an operand is expected to be."""
    type_ = unmarked(without_null(other.type)) if not is_broken(other) else other.type
    if isinstance(type_, LiteralType):
        type_ = value_type(type_.value)
    if _is_environment(other):
        return ReferenceType("environment")
    if operator in ("*", "/"):
        return None if operator == "*" or not expected_units(type_) else union(FLOAT, type_)
    return type_


def _is_environment(core: c.Core) -> bool:
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
    right = elaborate(node.right, None, scope)
    inside = unmarked(right.type)
    wanted = _item_of(inside)
    left = elaborate(node.left, wanted, scope)
    if is_broken(left) or is_broken(right):
        return broken(node.span)
    if is_optional(right.type) and not scope.manifest:
        return fail(scope, codes.MAY_BE_NULL.at(right.span, "this may be null, and `in` needs a list, map or range"))
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
    how = {ListType: "list", RangeType: "range"}.get(type(inside), "map")
    return c.Operation("in", (left, right), how, BOOL, node.span)


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
    if _is_environment(left) or _is_environment(right):
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
            return messages.not_in_union(const, options, "what it is compared with")
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
        return a == b or (base_name(a) != "string" and base_name(a) == base_name(b))
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
        if _optional_operand(left, right, scope):
            return broken(node.span)
        return c.Operation(node.operator, (left, right), "value", BOOL, node.span)
    if _union_of_literals(left.type) and names & {"int", "float"}:
        return c.Operation(node.operator, (left, right), "value", BOOL, node.span)
    if _optional_operand(left, right, scope):
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


def _optional_operand(left: c.Core, right: c.Core, scope: Scope) -> bool:
    for operand in (left, right):
        if is_optional(operand.type):
            scope.report(
                codes.MAY_BE_NULL.at(
                    operand.span, "this may be null, and an operator needs a value", help="test it, or use `??`"
                )
            )
            return True
    return False


def _arithmetic(node: nodes.Binary, left: c.Core, right: c.Core, scope: Scope) -> c.Core:
    if ANY in (left.type, right.type):
        return c.Operation(node.operator, (left, right), "any", ANY, node.span)
    if _optional_operand(left, right, scope):
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
                node.span, "the lower end of the range is above the upper one", hint="swap the two ends"
            ),
        )
    item = wanted or Primitive(base_name(low.type))
    return c.MakeRange(low, high, RangeType(item), node.span)


def if_expression(node: nodes.IfExpr, expected: Type | None, scope: Scope) -> c.Core:
    """`if c then a else b`."""
    test = condition(node.condition, scope, "branching on")
    then = elaborate(node.then, expected, scope.with_facts(facts_when_true(node.condition, scope)))
    otherwise = elaborate(node.otherwise, expected, scope.with_facts(facts_when_false(node.condition, scope)))
    type_ = union(then.type, otherwise.type)
    return c.If(test, then, otherwise, type_, node.span)


# --------------------------------------------------------------------- match

Case = Type | str
"""A member of the subject's type, or the name of an environment."""
Pattern = tuple[c.Core | None, Type | None, list[Case]]
"""What a pattern tests, a value or a type, and the cases that it covers."""


def match_expression(node: nodes.Match, expected: Type | None, scope: Scope) -> c.Core:
    """`match x { patterns => value, … }`, which must cover every case."""
    subject = elaborate(node.subject, None, scope.but(tolerant=True))
    if not all(isinstance(pattern, nodes.Ref) for arm in node.arms for pattern in arm.patterns):
        subject = plain(subject, "branching on", scope)  # by type alone, a marked value may be told from a plain one
    if is_broken(subject):
        for arm in node.arms:
            elaborate(arm.value, expected, scope)
        return broken(node.span)
    cases = _cases(subject, scope)
    left, path = list(cases), path_of(node.subject)
    arms = [_arm(arm, cases, left, path, expected, scope) for arm in node.arms]
    if left and not any(_is_wildcard(pattern) for arm in node.arms for pattern in arm.patterns):
        scope.report(_not_exhaustive(node, left, cases))
    type_ = union(*(arm.result.type for arm in arms)) if arms else NULL
    return c.Match(subject, tuple(arms), type_, node.span)


def _cases(subject: c.Core, scope: Scope) -> list[Case]:
    """The cases of a subject: the members of its type, true and false, or the names of the environments."""
    if _is_environment(subject) and isinstance(subject, c.Context) and subject.name == "environment":
        return list(scope.checker.program.environments())
    cases: list[Case] = []
    for member in members(subject.type):
        cases += [LiteralType(True), LiteralType(False)] if member == BOOL else [member]
    return cases


def _is_wildcard(pattern: nodes.Expr) -> bool:
    return isinstance(pattern, nodes.Ref) and pattern.name == "_"


def _arm(  # noqa: PLR0913  # the parts of a match
    arm: nodes.Arm,
    cases: list[Case],
    left: list[Case],
    path: Path | None,
    expected: Type | None,
    scope: Scope,
) -> c.Arm:
    values, types, narrowed = [], [], []
    for pattern in arm.patterns:
        if _is_wildcard(pattern):
            narrowed += [case for case in left if not isinstance(case, str)]
            left.clear()
            continue
        found = _pattern(pattern, cases, scope)
        if found is None:
            values.append(broken(pattern.span))
            continue
        value, type_, covered = found
        if value is not None:
            values.append(value)
        elif type_ is not None:
            types.append(type_)
        narrowed += [case for case in covered if not isinstance(case, str)]
        left[:] = [case for case in left if case not in covered]
    inner = scope.with_facts({path: union(*narrowed)}) if path and narrowed else scope
    return c.Arm(tuple(values), tuple(types), elaborate(arm.value, expected, inner))


def _pattern(pattern: nodes.Expr, cases: list[Case], scope: Scope) -> Pattern | None:
    """What a pattern tests (a value or a type) and which cases it covers; None after a diagnostic."""
    if isinstance(pattern, nodes.Ref):
        return _name_pattern(pattern, cases, scope)
    wanted = union(*(case for case in cases if not isinstance(case, str))) if cases else None
    value = elaborate(pattern, wanted, scope)
    if is_broken(value):
        return None
    covered = [case for case in cases if case == value.type]
    matching = [case for case in cases if not isinstance(case, str) and fits(value.type, case) is not None]
    if not covered and not matching:
        scope.report(_never(value, cases, pattern.span))
        return None
    return value, None, covered


def _name_pattern(pattern: nodes.Ref, cases: list[Case], scope: Scope) -> Pattern | None:
    if pattern.name in cases:
        ref = scope.checker.named("environment", pattern.name, pattern.span)
        return ref, None, [pattern.name]
    called = [case for case in cases if not isinstance(case, str) and _called(case, pattern.name)]
    if called:
        return None, union(*called), [*called]
    named = visible_type(pattern.name, pattern.span, scope)
    covered = [case for case in cases if named is not None and case in members(named)]
    if covered:
        return None, named, covered
    names = [case if isinstance(case, str) else _type_word(case) for case in cases]
    near = did_you_mean(pattern.name, names)
    scope.report(
        codes.BAD_PATTERN.at(
            pattern.span,
            f"`{pattern.name}` is none of the cases here",
            hint=f"did you mean `{near}`?" if near else f"cases: {', '.join(names)}",
        )
    )
    return None


def _called(type_: Type, name: str) -> bool:
    return _type_word(type_) == name or (base_name(type_) == name and not isinstance(type_, LiteralType))


def _type_word(type_: Type) -> str:
    match type_:
        case RangeType():
            return "range"
        case ListType():
            return "list"
        case MapType():
            return "map"
        case RecordType():
            return type_.name
    return str(type_)


def _never(value: c.Core, cases: list[Case], span: Span) -> Diagnostic:
    options = [case for case in cases if isinstance(case, LiteralType)]
    if isinstance(value, c.Const) and options:
        found = messages.not_in_union(value, options, "what is matched")
        return codes.BAD_PATTERN.at(span, found.message, hint=found.hint, help=found.help, fixes=found.fixes)
    return codes.BAD_PATTERN.at(span, "this can never match", hint=messages.describe(value.type))


def _not_exhaustive(node: nodes.Match, left: list[Case], cases: list[Case]) -> Diagnostic:
    head = Span(node.span.file, node.span.start, node.subject.span.end)
    listed = ", ".join(f"`{case}`" for case in left)
    open_ended = all(not isinstance(case, str | LiteralType | NullType) for case in left) and len(cases) == 1
    hint = "add `_ => …`" if open_ended else f"not covered: {listed}"
    return codes.NOT_EXHAUSTIVE.at(
        head, "this match does not cover every case", hint=hint, help="`_ => …` covers the rest"
    )


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
