"""Members of values: entries of maps and records, parts of scalars, what references lead to."""

from collections.abc import Mapping
from typing import NamedTuple

from idpc.diagnostics.codes import types as codes
from idpc.graph.arithmetic import quantity_part
from idpc.graph.convert import Partial
from idpc.graph.faults import Failed, Fault, Poisoned
from idpc.graph.frame import Frame, finish
from idpc.source import Span
from idpc.types.scalars import parse_image
from idpc.values import InstanceRef, NamedRef, OutputRef, Priced, Quantity, Range, ResourceRef, Value


class Step(NamedTuple):
    """A member to read: its name and where it is read; whether null is its value where the base or the key is missing."""

    name: str
    span: Span
    of_null: bool = False
    of_lacking: bool = False


def member(value: Value, step: Step, frame: Frame) -> Value:
    """A member of a value; raises Fault where a map has no such key."""
    if isinstance(value, dict):
        return _entry(value, step, frame)
    if isinstance(value, OutputRef | ResourceRef):
        return value._replace(path=(*value.path, step.name))
    if isinstance(value, InstanceRef):
        return frame.run.states[value.address].member(step.name, "any", frame, step.span)
    if isinstance(value, NamedRef):
        return _entry(frame.run.named(value), step, frame)
    if value is None and not step.of_null:
        raise Fault(codes.MAY_BE_NULL.at(step.span, f"this is null here, so it has no `{step.name}`", hint="null"))
    return _part(value, step.name, step.span)


def _entry(value: dict[str, Value], step: Step, frame: Frame) -> Value:
    if step.name in value:
        return value[step.name]
    if isinstance(value, Failed):
        raise Poisoned
    if isinstance(value, Partial):
        return finish(value, frame)[step.name]
    if step.of_lacking:
        return None
    raise no_key(step.name, value, step.span)


def _part(value: Value, name: str, span: Span) -> Value:
    """A part of a scalar: an end of a range, a quantity as a number, a part of an image's name."""
    if isinstance(value, Range):
        return value.min if name == "min" else value.max
    if isinstance(value, Quantity | Priced):
        return quantity_part(value, name, span)
    image = parse_image(value) if isinstance(value, str) else None
    return (getattr(image, name) or None) if image and name in image._fields else None


def no_key(name: object, value: Mapping[str, object] | list[object], span: Span) -> Fault:
    """A key or index that a map or list does not have."""
    if isinstance(value, list):
        return Fault(
            codes.NO_SUCH_ITEM.at(span, f"the list has {len(value)} items, so none at {name}", hint="no such item")
        )
    known = ", ".join(f"`{key}`" for key in list(value)[:12])
    return Fault(
        codes.NO_SUCH_ITEM.at(
            span, f"there is no key `{name}` here", hint=f"keys: {known}" if known else "the map is empty"
        )
    )
