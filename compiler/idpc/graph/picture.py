"""The graph of an environment as a picture: apps as lanes, and instances to the left of what they need."""

from collections.abc import Iterator, Sequence

from idpc.drawing import Arrow, Box, Picture, svg
from idpc.drawing.layers import columns
from idpc.graph.drawing import below, selection, shape, title
from idpc.graph.model import Edge, EnvironmentGraph, Node

_LOOKS = {"workload": "work", "data": "data", "shared": "shared"}
_LONGEST = 34


def graph_svg(graph: EnvironmentGraph, app: str | None = None) -> str:
    """The picture of a graph, or of one app with what it needs and what needs it, as SVG."""
    nodes, edges = selection(graph, app)
    names = [str(node.address) for node in nodes]
    pairs = list(dict.fromkeys((str(edge.source), str(edge.target)) for edge in edges))
    column = columns(names, pairs)
    boxes = [_box(graph, node, column[str(node.address)]) for node in nodes]
    words = f"{graph.name}: {len(nodes)} instances, {len(edges)} edges"
    notes = ("An arrow leads from an instance to what it needs; a dashed one is a call between workloads.",)
    return svg(Picture(words, boxes, list(_arrows(edges)), lanes=list(_lanes(graph, nodes)), notes=notes))


def _lanes(graph: EnvironmentGraph, nodes: Sequence[Node]) -> Iterator[str]:
    yield from (title(graph, node.app) for node in nodes)


def _box(graph: EnvironmentGraph, node: Node, column: int) -> Box:
    lines = (_short(below(node)), node.kind)
    return Box(str(node.address), lines, column, title(graph, node.app), _LOOKS[shape(node)])


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def _arrows(edges: Sequence[Edge]) -> Iterator[Arrow]:
    """One arrow for a pair, whatever it is allowed to do; it is dashed where all of its edges are calls."""
    calls: dict[tuple[str, str], bool] = {}
    for edge in edges:
        pair = str(edge.source), str(edge.target)
        if pair[0] != pair[1]:
            calls[pair] = calls.get(pair, True) and edge.order == "call"
    yield from (Arrow(start, end, dashed=call) for (start, end), call in calls.items())
