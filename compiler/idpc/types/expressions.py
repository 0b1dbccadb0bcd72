"""Expressions: nodes become typed core. `elaborate` is given what the place expects; `expect` also makes it fit."""

from collections.abc import Callable, Mapping
from typing import Any

from idpc.diagnostics import Diagnostic, Label
from idpc.diagnostics.codes import types as codes
from idpc.resolve.program import twice
from idpc.source import Span
from idpc.syntax import nodes
from idpc.types import core as c
from idpc.types import messages, wording
from idpc.types.fit import SAME, fits
from idpc.types.literals import literal_const, measure_const
from idpc.types.model import (
    ANY,
    BOOL,
    INT,
    IS_SECRET,
    NULL,
    PLAIN,
    STRING,
    UNKNOWN,
    Field,
    InstanceType,
    ListType,
    LiteralType,
    MapType,
    RangeType,
    RecordType,
    SecretType,
    Type,
    UnionType,
    UnknownType,
    is_optional,
    mark_of,
    marked,
    members,
    own_mark,
    record,
    union,
    unmarked,
    value_type,
    without_null,
)
from idpc.types.scope import Scope

Elaborate = Callable[[Any, Type | None, Scope], c.Core]


def elaborate(node: nodes.Expr, expected: Type | None, scope: Scope) -> c.Core:
    """The typed core of an expression; `expected` guides literals, but the result may have another type."""
    return handlers()[type(node)](node, expected, scope)


def expect(node: nodes.Expr, target: Type, place: str, scope: Scope) -> c.Core:
    """The core of an expression as a value of `target`; says so where it does not fit. `place` is for the message."""
    return fit_core(elaborate(node, target, scope), target, place, scope)


def fit_core(core: c.Core, target: Type, place: str, scope: Scope) -> c.Core:
    """A core made to fit its place."""
    conversion = fits(core.type, target)
    if conversion is None:
        for part in _misfits(core, target):
            scope.report(_with_declaration(messages.mismatch(part, target, place), part, scope))
        return broken(core.span)
    return core if conversion == SAME else c.Convert(core, conversion, target, core.span)


def _with_declaration(diagnostic: Diagnostic, core: c.Core, scope: Scope) -> Diagnostic:
    """With a label where the instance is declared that does not fit its place."""
    declared = scope.checker.uses.get(core.span)
    if declared is None or not isinstance(core.type, InstanceType):
        return diagnostic
    return diagnostic.but(labels=(*diagnostic.labels, Label(declared, "declared here")))


def _misfits(core: c.Core, target: Type) -> list[c.Core]:
    """The parts that do not fit: the branches of an `if` or `match` that are to blame, else the whole."""
    match core:
        case c.If(_, then, otherwise):
            branches = [then, otherwise]
        case c.Match(_, arms):
            branches = [arm.result for arm in arms]
        case _:
            return [core]
    found = [part for branch in branches if fits(branch.type, target) is None for part in _misfits(branch, target)]
    return found or [core]


def no_secret_literal(core: c.Core, target: Type, scope: Scope) -> c.Core:
    """A core that is not made of plain text in a place that is declared secret: that is in every copy of the sources."""
    inner = core.value if isinstance(core, c.Convert) else core
    harmless = isinstance(inner, c.Const) and not (isinstance(inner.value, str) and inner.value)
    if own_mark(target) != IS_SECRET or harmless or mark_of(inner.type) != PLAIN:
        return core
    return fail(scope, messages.secret_literal(core.span))


def broken(span: Span) -> c.Core:
    """What stands where something is wrong; a diagnostic has been given."""
    return c.Const(None, UNKNOWN, span)


def is_broken(core: c.Core) -> bool:
    """Whether a diagnostic has been given for a core."""
    return isinstance(core.type, UnknownType)


def fail(scope: Scope, diagnostic: Diagnostic) -> c.Core:
    """Tell the user, and go on."""
    scope.report(diagnostic)
    return broken(diagnostic.span)


def plain(core: c.Core, what: str, scope: Scope) -> c.Core:
    """A core that must be known at compile time; `what` is what is done with it."""
    if mark_of(core.type) == PLAIN:
        return core
    return fail(scope, messages.decides_on_mark(core, what))


def condition(node: nodes.Expr, scope: Scope, what: str = "deciding on") -> c.Core:
    """The core of a condition: a boolean known at compile time."""
    core = plain(elaborate(node, BOOL, scope), what, scope)
    return fit_core(core, BOOL, "a condition", scope)


# ------------------------------------------------------------------ literals


def _number(node: nodes.Number, expected: Type | None, scope: Scope) -> c.Core:
    del scope
    return literal_const(node.value, expected, node.span)


def _measure(node: nodes.Measure, expected: Type | None, scope: Scope) -> c.Core:
    return measure_const(node, expected, scope)


def _bool(node: nodes.Bool, expected: Type | None, scope: Scope) -> c.Core:
    del expected, scope
    return c.Const(node.value, LiteralType(node.value), node.span)


def _null(node: nodes.Null, expected: Type | None, scope: Scope) -> c.Core:
    del expected, scope
    return c.Const(None, NULL, node.span)


def _hole(node: nodes.Hole, expected: Type | None, scope: Scope) -> c.Core:
    del expected, scope
    return broken(node.span)


def _string(node: nodes.String, expected: Type | None, scope: Scope) -> c.Core:
    del expected
    if node.plain is not None:
        return c.Const(node.plain, LiteralType(node.plain), node.span)
    parts, mark = [], PLAIN
    for part in node.parts:
        core = part if isinstance(part, str) else _text_part(part, scope)
        mark = mark if isinstance(core, str) else max(mark, mark_of(core.type))
        parts.append(core)
    return c.MakeText(tuple(parts), marked(STRING, mark), node.span)


def _text_part(node: nodes.Expr, scope: Scope) -> c.Core:
    core = elaborate(node, None, scope)
    if is_optional(core.type) and core.type != ANY:
        return fail(scope, messages.may_be_null(core, "a string"))
    if any(_no_text(member) for member in members(unmarked(core.type))):
        return fail(
            scope,
            codes.NOT_TEXT.at(
                core.span,
                f"{messages.describe(core.type)} cannot stand in a string",
                help="`json(…)` makes a string of a list or map, `.name` and `.address` of an instance",
            ),
        )
    return core


def _no_text(type_: Type) -> bool:
    if isinstance(type_, UnionType):
        return any(map(_no_text, type_.members))
    return isinstance(unmarked(type_), ListType | MapType | RecordType | RangeType | InstanceType)


# --------------------------------------------------------------- collections


def _list(node: nodes.ListExpr, expected: Type | None, scope: Scope) -> c.Core:
    wanted = _member(expected, ListType)
    if isinstance(wanted, ListType):
        items = tuple(expect(item, wanted.item, "an item of the list", scope) for item in node.items)
        return c.MakeList(items, _list_type(items, wanted), node.span)
    items = tuple(elaborate(item, None, scope) for item in node.items)
    return c.MakeList(items, ListType(union(*map(widened, items)) if items else UNKNOWN), node.span)


def _list_type(items: tuple[c.Core, ...], wanted: ListType) -> Type:
    """The type of a list whose items were made to fit: its marks are those that its items really have."""
    if all(fits(item.type, unmarked(wanted.item)) == SAME for item in items):
        return ListType(unmarked(wanted.item))
    return wanted


def widened(core: c.Core) -> Type:
    """The type under which an item is remembered: of a literal, the primitive."""
    return value_type(core.type.value) if isinstance(core.type, LiteralType) else core.type


def _member(expected: Type | None, shape: type) -> Type | None:
    """The member of an expected type that has a shape, through its marks."""
    if expected is None:
        return None
    for member in members(expected):
        bare = unmarked(member)
        if isinstance(bare, shape):
            return bare
        if isinstance(bare, UnionType):
            found = _member(bare, shape)
            if found:
                return found
    return None


def _map(node: nodes.MapExpr, expected: Type | None, scope: Scope) -> c.Core:
    wanted = record_for([entry.key.text for entry in node.entries], expected)
    if isinstance(wanted, RecordType):
        return make_record(node, wanted, scope)
    if isinstance(wanted, MapType):
        return _typed_map(node, wanted, scope)
    entries, fields = [], {}
    for entry in _unique(node.entries, scope):
        core = elaborate(entry.value, None, scope)
        entries.append((entry.key.text, core))
        fields[entry.key.text] = Field(entry.key.text, widened(core), True, entry.key.span)
    return c.MakeMap(tuple(entries), record("map", fields, node.span, anonymous=True), node.span)


def record_for(keys: list[str], expected: Type | None) -> RecordType | MapType | None:
    """The member of an expected type that a map with some keys is meant as: a record that has them all, or a map."""
    if expected is None:
        return None
    flat = [part for member in members(expected) for part in members(unmarked(member))]
    records = [member for member in flat if isinstance(member, RecordType)]
    maps = [member for member in flat if isinstance(member, MapType)]
    for member in records:
        if all(key in member.fields for key in keys):
            return member
    if maps:
        return maps[0]
    return max(records, key=lambda each: sum(key in each.fields for key in keys), default=None)


def _unique(entries: tuple[nodes.Entry, ...], scope: Scope) -> list[nodes.Entry]:
    seen: dict[str, nodes.Entry] = {}
    for entry in entries:
        first = seen.setdefault(entry.key.text, entry)
        if first is not entry:
            scope.report(
                codes.SET_TWICE.at(
                    entry.key.span,
                    f"`{entry.key.text}` is set twice",
                    hint="set again here",
                    labels=(Label(first.key.span, "first set here"),),
                )
            )
    return list(seen.values())


def _typed_map(node: nodes.MapExpr, wanted: MapType, scope: Scope) -> c.Core:
    entries = []
    for entry in _unique(node.entries, scope):
        check_key(entry.key, wanted.key, scope)
        entries.append((entry.key.text, expect(entry.value, wanted.value, f"`{entry.key.text}`", scope)))
    values = tuple(core for _, core in entries)
    unmarked_value = unmarked(wanted.value)
    marks_needed = any(fits(core.type, unmarked_value) != SAME for core in values)
    type_ = wanted if marks_needed else MapType(wanted.key, unmarked_value)
    return c.MakeMap(tuple(entries), type_, node.span)


def check_key(key: nodes.Name, wanted: Type, scope: Scope) -> None:
    """Say so when a key is not among those of a map."""
    if wanted != STRING and not isinstance(wanted, InstanceType) and fits(LiteralType(key.text), wanted) is None:
        scope.report(
            messages.no_such_key(key, [str(part.value) for part in members(wanted) if isinstance(part, LiteralType)])
        )


def make_record(node: nodes.MapExpr, wanted: RecordType, scope: Scope) -> c.Core:
    """A record of a map literal: every field checked, and the required ones there."""
    entries = []
    for entry in _unique(node.entries, scope):
        field = wanted.fields.get(entry.key.text)
        if field is None and not wanted.open:
            scope.report(field_unknown(wanted, entry.key))
            elaborate(entry.value, None, scope)
            continue
        type_ = field.type if field else ANY
        entries.append((entry.key.text, expect(entry.value, type_, f"`{entry.key.text}`", scope)))
    missing = missing_fields(wanted, {name for name, _ in entries})
    if missing:
        scope.report(messages.missing_field(describe_record(wanted), missing, node.span))
    return c.MakeRecord(wanted, tuple(entries), wanted, node.span)


def missing_fields(wanted: RecordType, given: set[str]) -> list[str]:
    """The required fields of a record that are not given."""
    return [name for name, field in wanted.fields.items() if field.required and name not in given]


def describe_record(wanted: RecordType) -> str:
    """How a record is called in a sentence."""
    return "the map" if wanted.anonymous else f"`{wanted.name}`"


def field_unknown(wanted: RecordType, key: nodes.Name) -> Diagnostic:
    """A field that a record does not have."""
    return messages.unknown_field(describe_record(wanted), key.text, key.span, tuple(wanted.fields), wanted.span)


# ------------------------------------------------------------ comprehensions


def _list_for(node: nodes.ListFor, expected: Type | None, scope: Scope) -> c.Core:
    slots, iterable, inner, test = loop(node.variables, node.iterable, node.condition, scope)
    wanted = _member(expected, ListType)
    if isinstance(wanted, ListType):
        item = expect(node.item, wanted.item, "an item of the list", inner)
        type_: Type = _list_type((item,), wanted)
    else:
        item = elaborate(node.item, None, inner)
        type_ = ListType(widened(item))
    return c.Comprehension(slots, iterable, test, None, item, type_, node.span)


def _map_for(node: nodes.MapFor, expected: Type | None, scope: Scope) -> c.Core:
    slots, iterable, inner, test = loop(node.variables, node.iterable, node.condition, scope)
    wanted = _member(expected, MapType)
    key = plain(elaborate(node.key, STRING, inner), "naming by", inner)
    key = fit_core(key, STRING, "a key", inner)
    if isinstance(wanted, MapType):
        item = expect(node.value, wanted.value, "a value of the map", inner)
        marks_needed = fits(item.type, unmarked(wanted.value)) != SAME
        type_: Type = wanted if marks_needed else MapType(wanted.key, unmarked(wanted.value))
    else:
        item = elaborate(node.value, None, inner)
        type_ = MapType(STRING, widened(item))
    return c.Comprehension(slots, iterable, test, key, item, type_, node.span)


def loop(
    variables: tuple[nodes.Name, ...], iterable: nodes.Expr, test: nodes.Expr | None, scope: Scope
) -> tuple[tuple[str, ...], c.Core, Scope, c.Core | None]:
    """The variables' slots, what is looped over, the scope inside, and the filter of a `for`."""
    from idpc.types.operators import facts_when_true  # operators need expressions

    once(variables, scope)
    over = elaborate(iterable, None, scope)
    types = _loop_types(over, len(variables), scope)
    slots, inner = [], scope
    for name, type_ in zip(variables, types, strict=False):
        slot = scope.checker.slot(name.text)
        slots.append(slot)
        inner = inner.with_local(name.text, slot, type_)
    if test is None:
        return tuple(slots), over, inner, None
    checked = condition(test, inner)
    return tuple(slots), over, inner.with_facts(facts_when_true(test, inner)), checked


def once(names: tuple[nodes.Name, ...], scope: Scope) -> None:
    """Say so when two parameters or loop variables have the same name."""
    seen: dict[str, nodes.Name] = {}
    for name in names:
        first = seen.setdefault(name.text, name)
        if first is not name and name.text != "_":
            scope.report(twice(name, first.span))


def _loop_types(over: c.Core, count: int, scope: Scope) -> tuple[Type, ...]:
    if is_broken(over):
        return (UNKNOWN,) * count
    bare = over.type if over.type == ANY else unmarked(over.type)
    if is_optional(bare) and not scope.manifest:
        scope.report(
            codes.MAY_BE_NULL.at(
                over.span, f"{wording.subject(over)} may be null, so it cannot be looped over", hint="write `… ?? []`"
            )
        )
        bare = without_null(bare)
    match bare:
        case UnknownType():
            return (UNKNOWN,) * count
        case ListType(item):
            _no_marked_loop(over, scope)
            return (item,) if count == 1 else (INT, item)
        case MapType(key, value):
            return (key if not isinstance(key, InstanceType) else STRING,) if count == 1 else (key, value)
        case RecordType():
            value = union(*(field.type for field in bare.fields.values())) if bare.fields else UNKNOWN
            return (STRING,) if count == 1 else (STRING, value)
        case RangeType(item):
            return (item,) if count == 1 else (INT, item)
    if bare == ANY:
        return (ANY,) * count
    scope.report(
        codes.MISMATCH.at(
            over.span,
            f"{messages.describe(over.type)} cannot be looped over",
            hint="a loop runs over a list, a map or a range",
        )
    )
    return (UNKNOWN,) * count


def _no_marked_loop(over: c.Core, scope: Scope) -> None:
    if isinstance(over.type, SecretType) or over.type != unmarked(over.type):
        scope.report(messages.decides_on_mark(over, "looping over"))


# ------------------------------------------------------------------ dispatch

_HANDLERS: dict[type, Elaborate] = {}


def handlers() -> Mapping[type, Elaborate]:
    """The function for each class of node."""
    if not _HANDLERS:
        from idpc.types import calls, matching, operators, references  # they elaborate operands in turn

        _HANDLERS.update(
            {
                nodes.Number: _number,
                nodes.Measure: _measure,
                nodes.Bool: _bool,
                nodes.Null: _null,
                nodes.Hole: _hole,
                nodes.String: _string,
                nodes.ListExpr: _list,
                nodes.MapExpr: _map,
                nodes.ListFor: _list_for,
                nodes.MapFor: _map_for,
                nodes.Date: operators.date,
                nodes.Ref: references.reference,
                nodes.Member: references.member,
                nodes.Index: references.index,
                nodes.Call: calls.call,
                nodes.Unary: operators.unary,
                nodes.Binary: operators.binary,
                nodes.RangeExpr: operators.range_expression,
                nodes.IfExpr: operators.if_expression,
                nodes.Match: matching.match_expression,
            }
        )
    return _HANDLERS
