"""Core expressions become Python functions of a frame, each once."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from idpc.diagnostics.codes import types as codes
from idpc.graph.arithmetic import calculate, negative
from idpc.graph.builtins import BUILTINS, joined, limited, sort_key
from idpc.graph.convert import Partial, convert, equal, matches, text, version_equal
from idpc.graph.faults import MAX_ITEMS, Fault, Poisoned
from idpc.graph.frame import Frame
from idpc.graph.members import Step, member, no_key
from idpc.source import Span
from idpc.types import core as c
from idpc.types.model import UnknownType
from idpc.types.scalars import version_key
from idpc.values import SYMBOLS, InstanceRef, OutputRef, Range, ResourceRef, Value

Code = Callable[[Frame], Any]
"""What an expression came to be; the checker has seen to it that values are of the types that their readers expect."""


class Coder:
    """Makes and keeps the functions of one typed program."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[c.Core, Code]] = {}

    def code(self, core: c.Core) -> Code:
        """The function that evaluates a core."""
        known = self._made.get(id(core))
        if known is None:
            known = (core, _MAKERS[type(core)](core, self))
            self._made[id(core)] = known
        return known[1]

    def run(self, core: c.Core, frame: Frame) -> Value:
        """The value of a core in a frame."""
        return cast("Value", self.code(core)(frame))


def _const(core: c.Const, coder: Coder) -> Code:
    del coder
    if isinstance(core.type, UnknownType):
        return _poison
    value = core.value
    return lambda _: value


def _poison(frame: Frame) -> Value:
    del frame
    raise Poisoned


def _var(core: c.Var, coder: Coder) -> Code:
    del coder
    slot = core.slot
    return lambda frame: frame.variables[slot]


def _read_let(core: c.ReadLet, coder: Coder) -> Code:
    del coder
    let = core.let
    return lambda frame: frame.let(let)


def _read_own(core: c.ReadOwn, coder: Coder) -> Code:
    del coder
    name, span = core.name, core.span
    return lambda frame: frame.declaring.field(name, span)


def _read_own_output(core: c.ReadOwnOutput, coder: Coder) -> Code:
    del coder
    name, path, span = core.name, core.path, core.span
    return lambda frame: frame.holder.read_output(name, path, frame, span)


def _read_inner(core: c.ReadInner, coder: Coder) -> Code:
    del coder
    return lambda frame: frame.run.instance(frame.holder.inner, core.name, core.tolerant, core.span)


def _read_instance(core: c.ReadInstance, coder: Coder) -> Code:
    del coder
    return lambda frame: frame.run.app_instance(core.app or frame.app, core.name, core.tolerant, core.span)


def _read_resource(core: c.ReadResource, coder: Coder) -> Code:
    del coder
    return lambda frame: frame.holder.read_resource(core)


def _context(core: c.Context, coder: Coder) -> Code:
    del coder
    name = core.name
    return _own_instance if name == "self" else lambda frame: frame.context(name)


def _own_instance(frame: Frame) -> Value:
    assert frame.own is not None  # noqa: S101  # the checker knows `self` only where there is one
    return InstanceRef(frame.own.address)


def _instance_member(core: c.InstanceMember, coder: Coder) -> Code:
    base = coder.code(core.base)

    def run(frame: Frame) -> Value:
        ref = base(frame)
        if ref is None:
            return None
        return frame.run.states[ref.address].member(core.name, core.what, frame, core.span)

    return run


def _instance_output(core: c.InstanceOutput, coder: Coder) -> Code:
    base = coder.code(core.base)

    def run(frame: Frame) -> Value:
        ref = base(frame)
        if ref is None:
            return None
        return frame.run.states[ref.address].read_output(core.name, core.path, frame, core.span)

    return run


def _member(core: c.Member, coder: Coder) -> Code:
    base, tolerant = coder.code(core.base), core.tolerant or core.how == "any"
    step = Step(core.name, core.span, tolerant, tolerant or core.how == "record")
    return lambda frame: member(base(frame), step, frame)


def _index(core: c.Index, coder: Coder) -> Code:
    base, index = coder.code(core.base), coder.code(core.index)

    def run(frame: Frame) -> Value:
        value, key = base(frame), index(frame)
        if isinstance(value, OutputRef | ResourceRef):
            return value._replace(path=(*value.path, key))
        if value is None and core.tolerant:
            return None
        found = _at(value, key)
        if found is _NOTHING:
            if core.tolerant:
                return None
            raise no_key(key, value, core.span)
        return cast("Value", found)

    return run


_NOTHING = object()


def _at(value: Any, key: Any) -> object:
    if isinstance(value, dict):
        return value.get(key, _NOTHING)
    if isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value):
        return value[key]
    return _NOTHING


# --------------------------------------------------------------------- calls


def _call_fn(core: c.CallFn, coder: Coder) -> Code:
    fn = core.fn
    arguments = [None if each is None else coder.code(each) for each in core.arguments]
    body: list[Code] = []

    def run(frame: Frame) -> Value:
        if not body:
            if fn.value is None:
                raise Poisoned
            body.append(coder.code(fn.value))
        frame.run.step()
        inner = frame.call()
        for position, argument in enumerate(arguments):
            value, default = None, fn.defaults[position]
            if argument is not None:
                value = argument(frame)
            elif default is not None:
                value = coder.run(default, inner)
            inner.variables[fn.slots[position]] = value
        return cast("Value", body[0](inner))

    return run


def _call_builtin(core: c.CallBuiltin, coder: Coder) -> Code:
    arguments, name, span = [coder.code(each) for each in core.arguments], core.name, core.span
    if name == "short_name":
        return lambda frame: frame.run.states[arguments[0](frame).address].short_name(arguments[1](frame))
    if name == "read":
        return lambda frame: frame.run.read(arguments[0](frame), span)
    function = BUILTINS[name]
    if name not in _WALKS:
        return lambda frame: function([frame.run.finished(each(frame), frame) for each in arguments], span)

    def run(frame: Frame) -> Value:
        values = [frame.run.finished(each(frame), frame) for each in arguments]
        for value in values:
            frame.run.scale.check(value, span)
        return function(values, span)

    return run


_WALKS = ("json", "yaml", "distinct", "contains", "sort")
"""Functions that look at every part of what they are given, and so must not be given too much."""


# ----------------------------------------------------------------- operators


def _operation(core: c.Operation, coder: Coder) -> Code:
    operands = [coder.code(each) for each in core.operands]
    first = operands[0]
    second = operands[1] if len(operands) > 1 else first
    match core.operator:
        case "!":
            return lambda frame: not first(frame)
        case "&&":
            return lambda frame: first(frame) and second(frame)
        case "||":
            return lambda frame: first(frame) or second(frame)
        case "??":
            return _alternative(first, second)
        case "in":
            return _membership(first, second)
        case "==" | "!=":
            return _equality(core, first, second)
    if len(operands) == 1:
        return lambda frame: negative(first(frame))
    return _calculation(core, first, second)


def _alternative(first: Code, second: Code) -> Code:
    def run(frame: Frame) -> Value:
        value = first(frame)
        return second(frame) if value is None else cast("Value", value)

    return run


def _membership(first: Code, second: Code) -> Code:
    def run(frame: Frame) -> Value:
        item, where = first(frame), second(frame)
        if isinstance(where, Range):
            return bool(sort_key(where.min) <= sort_key(item) <= sort_key(where.max))
        return any(equal(each, item) for each in where or ())

    return run


def _equality(core: c.Operation, first: Code, second: Code) -> Code:
    same = version_equal if core.how == "version" else equal
    wanted = core.operator == "=="

    def run(frame: Frame) -> Value:
        left, right = (frame.run.finished(each(frame), frame) for each in (first, second))
        if isinstance(left, list | dict) and isinstance(right, list | dict):
            frame.run.scale.check([left, right], core.span)
        return same(left, right) is wanted

    return run


def _calculation(core: c.Operation, first: Code, second: Code) -> Code:
    operator, span = core.operator, core.span
    if core.operator in _COMPARE:
        compare = _COMPARE[core.operator]
        key = version_key if core.how == "version" else sort_key
        return lambda frame: compare(key(first(frame)), key(second(frame)))

    def run(frame: Frame) -> Value:
        return calculate(operator, first(frame), second(frame), span)

    return run


_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


# --------------------------------------------------------------- branches


def _if(core: c.If, coder: Coder) -> Code:
    test, then, otherwise = coder.code(core.condition), coder.code(core.then), coder.code(core.otherwise)
    return lambda frame: then(frame) if test(frame) else otherwise(frame)


def _match(core: c.Match, coder: Coder) -> Code:
    subject = coder.code(core.subject)
    arms = [
        (not arm.values and not arm.types, [coder.code(each) for each in arm.values], arm.types, coder.code(arm.result))
        for arm in core.arms
    ]

    def run(frame: Frame) -> Value:
        value = subject(frame)
        for always, values, types, result in arms:
            if always or any(equal(value, each(frame)) for each in values) or any(matches(value, t) for t in types):
                return cast("Value", result(frame))
        raise Fault(codes.NOT_EXHAUSTIVE.at(core.span, "no case of this match holds here", hint="not covered"))

    return run


# -------------------------------------------------------------- collections


def _make_list(core: c.MakeList, coder: Coder) -> Code:
    items = [coder.code(each) for each in core.items]
    return lambda frame: [each(frame) for each in items]


def _make_map(core: c.MakeMap, coder: Coder) -> Code:
    entries = [(name, coder.code(each)) for name, each in core.entries]
    return lambda frame: {name: each(frame) for name, each in entries}


def _make_record(core: c.MakeRecord, coder: Coder) -> Code:
    entries = [(name, coder.code(each)) for name, each in core.entries]
    if core.record.schema:
        return lambda frame: {name: each(frame) for name, each in entries}

    def run(frame: Frame) -> Value:
        return Partial({name: each(frame) for name, each in entries}, core.record, core.span)

    return run


def _comprehension(core: c.Comprehension, coder: Coder) -> Code:
    iterable, slots = coder.code(core.iterable), core.slots
    test = None if core.condition is None else coder.code(core.condition)
    key = None if core.key is None else coder.code(core.key)
    item = coder.code(core.item)

    def run(frame: Frame) -> Value:
        made: list[Value] = []
        entries: dict[str, Value] = {}
        for values in turns(frame.run.finished(iterable(frame), frame), len(slots), core.span):
            frame.run.step()
            for slot, value in zip(slots, values, strict=True):
                frame.variables[slot] = value
            if test is not None and not test(frame):
                continue
            if key is None:
                made.append(item(frame))
            else:
                entries[key(frame)] = item(frame)
        return made if key is None else entries

    return run


def turns(over: Any, count: int, span: Span) -> list[tuple[Any, ...]]:
    """The values of the variables in each turn of a loop: items; index and item; keys; key and value."""
    if over is None:
        return []
    if isinstance(over, Range):
        low, high = cast("tuple[int, int]", over)
        if high - low >= MAX_ITEMS:
            raise Fault(codes.TOO_LARGE.at(span, f"a loop has at most {MAX_ITEMS:,} turns", hint="too many"))
        over = list(range(low, high + 1))
    if len(over) > MAX_ITEMS:
        raise Fault(codes.TOO_LARGE.at(span, f"a loop has at most {MAX_ITEMS:,} turns", hint="too many"))
    if isinstance(over, dict):
        return [(key,) for key in over] if count == 1 else list(over.items())
    return [(item,) for item in over] if count == 1 else list(enumerate(over))


def _make_text(core: c.MakeText, coder: Coder) -> Code:
    parts = [part if isinstance(part, str) else coder.code(part) for part in core.parts]

    def run(frame: Frame) -> Value:
        made: list[str | Value] = []
        for part in parts:
            value = part if isinstance(part, str) else part(frame)
            if value is None:
                raise Fault(codes.MAY_BE_NULL.at(core.span, "a part of this string is null here", hint="null"))
            made.append(value if isinstance(value, SYMBOLS) else text(value))
        whole = joined(made)
        return limited(whole, core.span)

    return run


def _make_range(core: c.MakeRange, coder: Coder) -> Code:
    low, high = coder.code(core.low), coder.code(core.high)

    def run(frame: Frame) -> Value:
        made = Range(low(frame), high(frame))
        if sort_key(made.min) > sort_key(made.max):
            raise Fault(
                codes.OUT_OF_RANGE.at(
                    core.span,
                    "the lower end of the range is above the upper one",
                    hint=f"{text(made.min)}..{text(made.max)}",
                )
            )
        return made

    return run


def _convert(core: c.Convert, coder: Coder) -> Code:
    value, conversion, span = coder.code(core.value), core.conversion, core.span
    return lambda frame: convert(value(frame), conversion, span)


_MAKERS: Mapping[type, Callable[[Any, Coder], Code]] = {
    c.Const: _const,
    c.Var: _var,
    c.ReadLet: _read_let,
    c.ReadOwn: _read_own,
    c.ReadOwnOutput: _read_own_output,
    c.ReadInner: _read_inner,
    c.ReadInstance: _read_instance,
    c.ReadResource: _read_resource,
    c.Context: _context,
    c.InstanceMember: _instance_member,
    c.InstanceOutput: _instance_output,
    c.Member: _member,
    c.Index: _index,
    c.CallFn: _call_fn,
    c.CallBuiltin: _call_builtin,
    c.Operation: _operation,
    c.If: _if,
    c.Match: _match,
    c.MakeList: _make_list,
    c.MakeMap: _make_map,
    c.MakeRecord: _make_record,
    c.Comprehension: _comprehension,
    c.MakeText: _make_text,
    c.MakeRange: _make_range,
    c.Convert: _convert,
}
