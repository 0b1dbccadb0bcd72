"""Values as advice writes them, into sources and for people."""

from idpc.graph.convert import show
from idpc.values import Range, Value


def text_of(value: Value) -> str:
    """A value as people write it: a range from a number to itself is that number."""
    is_one = isinstance(value, Range) and value.min == value.max
    return show(value.min if is_one and isinstance(value, Range) else value, whole=True)
