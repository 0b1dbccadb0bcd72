"""The turns of a loop: over items, entries and ranges, within limits."""

from typing import Any, cast

from idpc.diagnostics.codes import types as codes
from idpc.graph.faults import MAX_ITEMS, Fault
from idpc.source import Span
from idpc.values import Range


def turns(over: Any, count: int, span: Span) -> list[tuple[Any, ...]]:
    """The values of the variables in each turn of a loop: items; index and item; keys; key and value."""
    if over is None:
        return []
    if isinstance(over, Range):
        low, high = cast("tuple[int, int]", over)
        within_limit(high - low + 1, span)
        over = list(range(low, high + 1))
    within_limit(len(over), span)
    if isinstance(over, dict):
        return [(key,) for key in over] if count == 1 else list(over.items())
    return [(item,) for item in over] if count == 1 else list(enumerate(over))


def within_limit(count: int, span: Span) -> None:
    """Raise Fault for a loop with too many turns."""
    if count > MAX_ITEMS:
        raise Fault(codes.TOO_LARGE.at(span, f"a loop has at most {MAX_ITEMS:,} turns", hint="too many"))
