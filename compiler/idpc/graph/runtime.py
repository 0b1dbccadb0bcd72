"""What the Python functions of expressions call: reading through references, loops, strings, and checks of values."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, cast

from idpc.diagnostics.codes import types as codes
from idpc.graph.arithmetic import calculate, negative
from idpc.graph.builtins import joined, limited, price_is_unknown, price_key, sort_key
from idpc.graph.convert import Partial, convert, equal, matches, text, version_equal
from idpc.graph.faults import MAX_TEXT, Fault, Poisoned
from idpc.graph.frame import Frame, finish
from idpc.graph.layers import Fold, Guarded, sum_of
from idpc.graph.loops import turns, within_limit
from idpc.graph.members import member, no_key
from idpc.source import Span
from idpc.types.model import RecordType
from idpc.types.scalars import version_key
from idpc.values import SYMBOLS, InstanceRef, OutputRef, Priced, Range, ResourceRef, Value

MISSING = object()
"""An argument that is not given."""


def poison() -> Value:
    """The value of what is broken."""
    raise Poisoned


def instance_member(frame: Frame, ref: InstanceRef | None, name: str, what: str, span: Span) -> Value:
    """A field, attribute or inner instance, read through a reference."""
    return None if ref is None else frame.run.states[ref.address].member(name, what, frame, span)


def instance_output(frame: Frame, ref: InstanceRef | None, name: str, path: tuple[str | int, ...], span: Span) -> Value:
    """An output, read through a reference."""
    return None if ref is None else frame.run.states[ref.address].read_output(name, path, frame, span)


_NOTHING = object()


def item(value: Any, key: Any, tolerant: bool, span: Span) -> Value:  # called by made text
    """`value[key]`; raises Fault where there is none and that is not tolerated."""
    if isinstance(value, OutputRef | ResourceRef):
        return value._replace(path=(*value.path, key))
    if value is None and tolerant:
        return None
    found = _at(value, key)
    if found is not _NOTHING:
        return cast("Value", found)
    if tolerant:
        return None
    raise no_key(key, value, span)


def _at(value: Any, key: Any) -> object:
    if isinstance(value, dict):
        return value.get(key, _NOTHING)
    if isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value):
        return value[key]
    return _NOTHING


def counted(frame: Frame, over: Collection[Any] | None, span: Span) -> Collection[Any]:
    """What a loop goes over; its turns are counted as steps."""
    if not over:
        return {}
    within_limit(len(over), span)
    frame.run.step(len(over))
    return over


def counted_turns(frame: Frame, over: Any, count: int, span: Span) -> list[tuple[Any, ...]]:
    """The values of the variables in each turn of a loop, counted as steps."""
    found = turns(over, count, span)
    frame.run.step(len(found))
    return found


def plain_text(parts: Iterable[Value], span: Span) -> Value:
    """An interpolated string none of whose parts is secret or deferred."""
    made = "".join([part if type(part) is str else _text(part, span) for part in parts])
    return made if len(made) <= MAX_TEXT else limited(made, span)


def text_of(parts: Iterable[Value], span: Span) -> Value:
    """An interpolated string; with symbols in it, a `Text`."""
    made = [part if isinstance(part, (str, *SYMBOLS)) else _text(part, span) for part in parts]
    return limited(joined(made), span)


def _text(part: Value, span: Span) -> str:
    if isinstance(part, Priced):
        raise price_is_unknown(span)
    if part is None:
        raise Fault(codes.MAY_BE_NULL.at(span, "a part of this string is null here", hint="null"))
    return text(part)


def range_of(low: Value, high: Value, span: Span) -> Range:
    """`low..high`; raises Fault where they stand the other way round."""
    if price_key(low, span) > price_key(high, span):
        raise Fault(
            codes.OUT_OF_RANGE.at(
                span, "the lower end of the range is above the upper one", hint=f"{text(low)}..{text(high)}"
            )
        )
    return Range(low, high)


def is_in(value: Value, where: Any) -> bool:
    """Whether a value is an item of a list, or within a range."""
    if isinstance(where, Range):
        return bool(sort_key(where.min) <= sort_key(value) <= sort_key(where.max))
    return any(equal(each, value) for each in where or ())


def equal_values(frame: Frame, left: Value, right: Value, span: Span) -> bool:
    """Whether two values are equal; raises Fault for two too large to be compared, and for prices."""
    if isinstance(left, Priced) or isinstance(right, Priced):
        raise price_is_unknown(span)
    if isinstance(left, list | dict) and isinstance(right, list | dict):
        frame.run.scale.check([left, right], span)
    return equal(left, right)


def weighed(frame: Frame, values: Sequence[Value], span: Span) -> Sequence[Value]:
    """Values that a function may walk through; raises Fault where one is too large."""
    for value in values:
        frame.run.scale.check(value, span)
    return values


def record(given: Mapping[str, Value], declared: RecordType, span: Span, frame: Frame) -> dict[str, Value]:
    """A declared record with its defaults, by its rules."""
    return finish(Partial(given, declared, span), frame)


def merge_into(frame: Frame, made: dict[str, Value], guarded: Guarded) -> None:
    """A statement of a body that adds to what stands there."""
    name = guarded.statement.name
    made[name] = frame.run.finished(Fold(None).apply(made.get(name), guarded, frame, (name,)), frame)


def no_case(span: Span) -> Fault:
    """No arm of a match fits."""
    return Fault(codes.NOT_EXHAUSTIVE.at(span, "no case of this match holds here", hint="not covered"))


RUNTIME: Mapping[str, object] = {
    "MISSING": MISSING,
    "Partial": Partial,
    "added": sum_of,
    "calculate": calculate,
    "convert": convert,
    "counted": counted,
    "counted_turns": counted_turns,
    "equal": equal,
    "equal_values": equal_values,
    "instance_member": instance_member,
    "instance_output": instance_output,
    "is_in": is_in,
    "item": item,
    "matches": matches,
    "member": member,
    "merge_into": merge_into,
    "negative": negative,
    "no_case": no_case,
    "plain_text": plain_text,
    "poison": poison,
    "range_of": range_of,
    "record": record,
    "sort_key": sort_key,
    "price_key": price_key,
    "text_of": text_of,
    "version_equal": version_equal,
    "version_key": version_key,
    "weighed": weighed,
}
"""The names that a made text may use, beside those of Python."""
