"""Templates that hold themselves: told once, and emptied so that nothing opens them without end."""

from collections.abc import Iterable, Iterator

from idpc.diagnostics import Diagnostic, Label
from idpc.diagnostics.codes import graph as codes
from idpc.diagnostics.rings import ring_text
from idpc.types.declared import InstanceInfo, KindInfo

Step = tuple[KindInfo, InstanceInfo]


def endless(kinds: Iterable[KindInfo]) -> Iterator[Diagnostic]:
    """A diagnostic for each ring of templates, from the one that stands first in the sources on."""
    for kind in sorted((each for each in kinds if each.template), key=lambda each: each.span):
        ring = _ring(kind)
        if ring:
            yield _told(ring)
            for each, _ in ring:
                each.inner = {}


def _ring(start: KindInfo) -> tuple[Step, ...]:
    """The steps from a template back to itself, the fewest there are."""
    came: dict[int, tuple[Step, ...]] = {id(start): ()}
    queue = [start]
    for kind in queue:
        for instance in (each for several in kind.inner.values() for each in several):
            path = (*came[id(kind)], (kind, instance))
            if instance.kind is start:
                return path
            if id(instance.kind) not in came:
                came[id(instance.kind)] = path
                queue.append(instance.kind)
    return ()


def _told(ring: tuple[Step, ...]) -> Diagnostic:
    start = ring[0][0]
    path = ring_text([kind.name for kind, _ in ring])
    return codes.NEEDS_ITSELF.at(
        start.span,
        f"the template `{start.name}` holds itself: {path}",
        hint="the ring begins here",
        labels=tuple(Label(each.span, f"`{kind.name}` holds a `{each.kind.name}`") for kind, each in ring),
    )
