"""Rings of things that need each other, in one line and as a diagnostic."""

from collections.abc import Sequence

from idpc.diagnostics.codes.graph import NEEDS_ITSELF
from idpc.diagnostics.model import Diagnostic, Label
from idpc.source import Span

_LONGEST = 8


def ring_text(names: Sequence[object]) -> str:
    """The way round, back to the first: of a long ring the beginning, how many are left out, and the end."""
    shown = [f"`{name}`" for name in (*names, names[0])]
    if len(shown) > _LONGEST:
        shown[4:-3] = [f"{len(shown) - 7} more"]
    return " -> ".join(shown)


def needs_itself(ring: Sequence[tuple[str, Span]]) -> Diagnostic:
    """A ring of values by name and place, told at the one that stands first in the sources."""
    first = min(range(len(ring)), key=lambda position: _rank(ring, position))
    turned = [*ring[first:], *ring[:first]]
    name, span = turned[0]
    labels = tuple(Label(place, f"needs `{each}`, which is here") for each, place in turned[1:_LONGEST])
    path = ring_text([each for each, _ in turned])
    return NEEDS_ITSELF.at(span, f"`{name}` needs itself: {path}", hint="the ring begins here", labels=labels)


def _rank(ring: Sequence[tuple[str, Span]], position: int) -> tuple[bool, bool, Span]:
    """Own sources before the library's, what makes the ring before what many share, then by place."""
    span = ring[position][1]
    return (span.file.startswith("std/"), [place for _, place in ring].count(span) > 1, span)
