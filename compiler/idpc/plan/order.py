"""Orders steps: rings are found, calls that no order can respect are dropped, and what remains is laid out in waves."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

Needs = Mapping[str, Iterable[str]]


def waves(steps: Sequence[str], strict: Needs, calls: Needs) -> list[list[str]]:
    """The fewest waves in which every step comes after its needs, and those that call each other in a ring together.

    Needs outside of `steps` do not count. `strict` must hold no ring and `calls` none with a strict need in it.
    """
    inside = set(steps)
    needs = {step: [need for need in _both(step, strict, calls) if need in inside] for step in steps}
    level: dict[str, int] = {}
    for ring in rings(steps, needs):
        depth = max((level[need] + 1 for step in ring for need in needs[step] if need in level), default=0)
        level.update(dict.fromkeys(ring, depth))
    laid: list[list[str]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for step in steps:
        laid[level[step]].append(step)
    return laid


def rings(steps: Iterable[str], needs: Needs) -> Iterator[list[str]]:
    """The strongly connected components, needs before those who need them; a step in no ring is one by itself.

    Tarjan's algorithm with a stack of its own, as a chain of calls may be longer than Python's.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    open_steps: dict[str, None] = {}
    for root in steps:
        if root in index:
            continue
        path: list[tuple[str, Iterator[str]]] = []
        _enter(root, needs, index, low, open_steps, path)
        while path:
            step, rest = path[-1]
            need = next(rest, None)
            if need is None:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[step])
                if low[step] == index[step]:
                    yield _close(step, open_steps)
            elif need not in index:
                _enter(need, needs, index, low, open_steps, path)
            elif need in open_steps:
                low[step] = min(low[step], index[need])


def _enter(  # noqa: PLR0913  # the state of one search
    step: str,
    needs: Needs,
    index: dict[str, int],
    low: dict[str, int],
    open_steps: dict[str, None],
    path: list[tuple[str, Iterator[str]]],
) -> None:
    index[step] = low[step] = len(index)
    open_steps[step] = None
    path.append((step, iter(needs.get(step, ()))))


def _close(step: str, open_steps: dict[str, None]) -> list[str]:
    ring = []
    while True:
        member, _ = open_steps.popitem()
        ring.append(member)
        if member == step:
            return ring[::-1]


def orderable_calls(steps: Sequence[str], strict: Needs, calls: Needs) -> dict[str, list[str]]:
    """The calls that can be respected beside all strict needs; of those that cannot, the first ones are kept."""
    both = {step: list(_both(step, strict, calls)) for step in steps}
    kept = {step: list(calls.get(step, ())) for step in steps}
    for ring in rings(steps, both):
        members = set(ring)
        if any(need in members for step in ring for need in strict.get(step, ())):
            kept.update(_compatible([step for step in steps if step in members], strict, calls))
    return kept


def _compatible(ring: Sequence[str], strict: Needs, calls: Needs) -> dict[str, list[str]]:
    members = set(ring)
    kept = {step: [need for need in calls.get(step, ()) if need not in members] for step in ring}
    for step in ring:
        for need in calls.get(step, ()):
            if need in members and not _strictly_before(step, need, strict, kept):
                kept[step].append(need)
    return kept


def _strictly_before(first: str, later: str, strict: Needs, kept: Needs) -> bool:
    """Whether `later` comes after `first` by a way with a strict need in it."""
    seen = {(later, False)}
    waiting = [(later, False)]
    while waiting:
        step, firm = waiting.pop()
        if step == first and firm:
            return True
        ahead = [(need, True) for need in strict.get(step, ())] + [(need, firm) for need in kept.get(step, ())]
        fresh = [state for state in ahead if state not in seen]
        seen.update(fresh)
        waiting.extend(fresh)
    return False


def _both(step: str, strict: Needs, calls: Needs) -> Iterator[str]:
    yield from strict.get(step, ())
    yield from calls.get(step, ())


def shortest_ring(ring: Sequence[str], needs: Needs) -> list[tuple[str, str]]:
    """The needs, as pairs, of a shortest way around a strongly connected component from its first member."""
    start, members = min(ring), set(ring)
    before: dict[str, str] = {}
    waiting = [start]
    for step in waiting:
        for need in sorted(set(needs.get(step, ())) & members):
            if need == start:
                return list(pairwise([*_way(step, start, before), start]))
            if need not in before:
                before[need] = step
                waiting.append(need)
    return []


def _way(step: str, start: str, before: Mapping[str, str]) -> list[str]:
    way = [step]
    while way[-1] != start:
        way.append(before[way[-1]])
    return way[::-1]
