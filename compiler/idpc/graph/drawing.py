"""Draws a graph for people: Mermaid for Markdown, DOT for Graphviz; one box an app, calls dashed."""

from collections.abc import Iterator, Mapping, Sequence

from idpc.address import Address
from idpc.graph.model import Edge, EnvironmentGraph, Node

_MERMAID_ESCAPES = str.maketrans({"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;", "\n": " "})
_DOT_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": " "})
_MERMAID_SHAPES = {"workload": ('["', '"]'), "data": ('[("', '")]'), "shared": ('{{"', '"}}')}
_DOT_SHAPES = {"workload": "box", "data": "cylinder", "shared": "hexagon"}


def mermaid(graph: EnvironmentGraph, app: str | None = None) -> str:
    """A Mermaid flowchart of a graph, or of one app with what it needs and what needs it."""
    nodes, edges = selection(graph, app)
    names = _names(nodes)
    lines = ["flowchart LR"]
    for place, members in _by_app(nodes).items():
        lines.append(f'  subgraph app_{place}["{_mermaid_text(title(graph, place))}"]')
        lines.extend(f"    {names[node.address]}{_mermaid_box(node)}" for node in members)
        lines.append("  end")
    lines.extend(f"  {_mermaid_arrow(edge, names)}" for edge in edges)
    return "\n".join(lines) + "\n"


def dot(graph: EnvironmentGraph, app: str | None = None) -> str:
    """A Graphviz digraph of a graph, or of one app with what it needs and what needs it."""
    nodes, edges = selection(graph, app)
    names = _names(nodes)
    lines = [f"digraph {_dot_text(graph.name)} {{", "  rankdir=LR", "  node [fontname=Helvetica]"]
    for place, members in _by_app(nodes).items():
        lines.append(f"  subgraph {_dot_text('cluster_' + place)} {{")
        lines.append(f"    label={_dot_text(title(graph, place))}")
        lines.extend(f"    {names[node.address]} {_dot_box(node)}" for node in members)
        lines.append("  }")
    lines.extend(f"  {_dot_arrow(edge, names)}" for edge in edges)
    return "\n".join([*lines, "}"]) + "\n"


def selection(graph: EnvironmentGraph, app: str | None) -> tuple[Sequence[Node], Sequence[Edge]]:
    """What is drawn: all, or one app with its neighbours; several reads of one instance by another are one edge."""
    edges = [edge for edge in graph.edges if app is None or app in (edge.source.app, edge.target.app)]
    touched = {end for edge in edges for end in (edge.source, edge.target)}
    nodes = [node for node in graph.nodes.values() if app is None or node.app == app or node.address in touched]
    return nodes, _joined(edges, {node.address for node in nodes})


def _joined(edges: Sequence[Edge], known: set[Address]) -> list[Edge]:
    """One arrow for a pair: several reads of one instance by another are one line in a drawing."""
    first: dict[tuple[Address, Address, str, str], Edge] = {}
    for edge in edges:
        if edge.source in known and edge.target in known:
            first.setdefault((edge.source, edge.target, edge.access, edge.order), edge)
    return list(first.values())


def _names(nodes: Sequence[Node]) -> dict[Address, str]:
    return {node.address: f"n{number}" for number, node in enumerate(nodes)}


def _by_app(nodes: Sequence[Node]) -> dict[str, list[Node]]:
    apps: dict[str, list[Node]] = {}
    for node in nodes:
        apps.setdefault(node.app, []).append(node)
    return apps


def title(graph: EnvironmentGraph, app: str) -> str:
    """An app with its team."""
    declared = graph.apps.get(app)
    return f"{app} ({declared.team})" if declared and declared.team else app


def shape(node: Node) -> str:
    """What a node is drawn as."""
    return "workload" if node.workload else "shared" if node.shared else "data"


def below(node: Node) -> str:
    """A node's name within its app."""
    return str(node.address).removeprefix(f"{node.app}.")


def _edge_words(edge: Edge) -> Iterator[str]:
    if edge.access:
        yield edge.access
    if edge.why == "after":
        yield "after"


def _mermaid_text(text: str) -> str:
    return text.translate(_MERMAID_ESCAPES)


def _mermaid_box(node: Node) -> str:
    opening, closing = _MERMAID_SHAPES[shape(node)]
    return f"{opening}{_mermaid_text(below(node))}<br/>{_mermaid_text(node.kind)}{closing}"


def _mermaid_arrow(edge: Edge, names: Mapping[Address, str]) -> str:
    arrow = "-.->" if edge.order == "call" else "-->"
    words = _mermaid_text(" ".join(_edge_words(edge)))
    label = f'|"{words}"|' if words else ""
    return f"{names[edge.source]} {arrow}{label} {names[edge.target]}"


def _dot_text(text: str) -> str:
    return f'"{text.translate(_DOT_ESCAPES)}"'


def _dot_box(node: Node) -> str:
    label = _dot_text(below(node))[:-1] + "\\n" + _dot_text(node.kind)[1:]
    return f"[shape={_DOT_SHAPES[shape(node)]}, label={label}]"


def _dot_arrow(edge: Edge, names: Mapping[Address, str]) -> str:
    style = "dashed" if edge.order == "call" else "solid"
    words = " ".join(_edge_words(edge))
    label = f", label={_dot_text(words)}" if words else ""
    return f"{names[edge.source]} -> {names[edge.target]} [style={style}{label}]"
