"""Finds columns for the nodes of a graph, so that as many arrows as can be lead to the right."""

from collections.abc import Iterable, Mapping, Sequence

Needs = Mapping[str, Sequence[str]]


def columns(nodes: Sequence[str], arrows: Iterable[tuple[str, str]]) -> dict[str, int]:
    """The column of each node: one after the last of those from which arrows lead to it. Arrows that close a ring count not."""
    ahead: dict[str, list[str]] = {node: [] for node in nodes}
    for start, end in arrows:
        if start != end:
            ahead[start].append(end)
    order = _finished(nodes, ahead)
    position = {node: number for number, node in enumerate(order)}
    found = dict.fromkeys(nodes, 0)
    for node in order:
        for end in ahead[node]:
            if position[end] > position[node]:
                found[end] = max(found[end], found[node] + 1)
    return found


def _finished(nodes: Sequence[str], ahead: Needs) -> list[str]:
    """The nodes so that all arrows lead to later ones, but for one of each ring; without recursion, as ways may be long."""
    done: list[str] = []
    seen: set[str] = set()
    for root in nodes:
        path = [(root, iter(ahead[root]))] if root not in seen else []
        seen.add(root)
        while path:
            node, rest = path[-1]
            following = next((each for each in rest if each not in seen), None)
            if following is None:
                done.append(node)
                path.pop()
            else:
                seen.add(following)
                path.append((following, iter(ahead[following])))
    return done[::-1]
