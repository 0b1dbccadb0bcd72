"""The graph as the document `graph.json`: nodes, edges and where each was written, with references for all secrets."""

import datetime
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, cast

from idpc.address import Address, Part
from idpc.graph.model import Edge, EnvironmentGraph, Node
from idpc.source import Span
from idpc.values import (
    Base64,
    InstanceRef,
    JsonText,
    NamedRef,
    OutputRef,
    Priced,
    Quantity,
    Range,
    ResourceRef,
    StoreRef,
    Text,
    Value,
    canonical,
)

Document = dict[str, Any]
Positions = Callable[[Span], Mapping[str, str | int]]
_PLAIN = frozenset({str, int, float, bool, type(None)})
NETWORK_ONLY = frozenset({"pods", "network"})


def graph_document(
    graph: EnvironmentGraph, positions: Positions, enforced_by: Callable[[Edge], str] | None = None
) -> Document:
    """`graph.json` of one environment.

    `positions` gives `file`, `line` and `column` of a span; `enforced_by` says what holds an edge to its access level
    where that is less than an identity (`network`), and is empty elsewhere.
    """
    enforced_by = enforced_by or (lambda edge: enforcement(graph, edge))
    return {
        **head(graph.name),
        "nodes": [node_document(node, positions, former_apps(graph, node)) for node in graph.nodes.values()],
        "edges": [edge_document(edge, positions, enforced_by(edge)) for edge in graph.edges],
    }


def head(environment: str) -> Document:
    """What `graph.json` says before its nodes and edges."""
    return {"version": 1, "environment": environment}


def enforcement(graph: EnvironmentGraph, edge: Edge) -> str:
    """`network` for an edge with a level to what is reached by address and password, where no identity narrows it."""
    target = graph.nodes.get(edge.target)
    alone = edge.access and not edge.identified
    narrowed = alone and target is not None and target.reach is not None and target.reach.via in NETWORK_ONLY
    return "network" if narrowed else ""


def former_apps(graph: EnvironmentGraph, node: Node) -> tuple[str, ...]:
    """What the app of a node was called before."""
    app = graph.apps.get(node.app)
    return app.was if app else ()


def node_document(node: Node, positions: Positions, apps: tuple[str, ...] = ()) -> Document:
    """A node of `graph.json`; it depends on nothing but the node, and what its app was called before."""
    delivered = frozenset(node.delivered)
    document = {
        "address": str(node.address),
        "kind": node.kind,
        "app": node.app,
        "team": node.team,
        "tier": node.tier,
        "fields": {name: printable(value) for name, value in node.fields.items()},
        "outputs": {
            name: _reference(OutputRef(node.address, name)) if name in delivered else printable(value)
            for name, value in node.outputs.items()
        },
        "location": dict(positions(node.span)),
    }
    if node.name != node.address.below_app:
        document["name"] = node.name
    if node.was or apps:
        document["was"] = [str(address) for address in _former(node, apps)]
    return document


def _former(node: Node, apps: tuple[str, ...]) -> list[Address]:
    """All addresses that a node had, the oldest first."""
    found = [
        Address((Part(app), *address.parts[1:])) for app in (*apps, node.app) for address in (*node.was, node.address)
    ]
    return [address for address in dict.fromkeys((*node.was, *found)) if address != node.address]


def edge_document(edge: Edge, positions: Positions, enforced: str) -> Document:
    """An edge of `graph.json`; `enforced` is what holds it to its level of access."""
    document: Document = {
        "from": str(edge.source),
        "to": str(edge.target),
        "why": edge.why,
        "access": edge.access or None,
        "order": edge.order,
        "location": dict(positions(edge.span)),
    }
    return document | {"enforced": enforced} if enforced else document


def printable(value: Value) -> Any:
    """A value as JSON has it: quantities in canonical form, symbols and references as maps that name them."""
    kind = type(value)
    return value if kind in _PLAIN else _PRINTERS[kind](value)


def _list(value: list[Value]) -> list[Any]:
    return [item if type(item) in _PLAIN else printable(item) for item in value]


def _map(value: dict[str, Value]) -> Document:
    return {key: item if type(item) in _PLAIN else printable(item) for key, item in value.items()}


def _range(value: Range) -> Document:
    return {"min": printable(value.min), "max": printable(value.max)}


def _reference(value: OutputRef) -> Document:
    return {"secret": f"{value.address}.{value.output}{_path(value.path)}"}


def _store(value: StoreRef) -> Document:
    return {"store": f"{value.path}#{value.property}" if value.property else value.path}


def _resource(value: ResourceRef) -> Document:
    prefix = "data." if value.data else ""
    return {"resource": f"{prefix}{value.type}.{value.label}{_path(value.path)}", "of": str(value.owner)}


def _path(path: tuple[str | int, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


_PRINTERS: Mapping[type, Callable[[Any], Any]] = {
    list: _list,
    dict: _map,
    datetime.date: datetime.date.isoformat,
    Decimal: str,
    Quantity: canonical,
    Priced: lambda price: {"price": [term.name for term in price.terms]},
    Range: _range,
    OutputRef: _reference,
    StoreRef: _store,
    ResourceRef: _resource,
    Text: lambda text: {"text": [printable(cast("Value", part)) for part in text.parts]},
    JsonText: lambda text: {"json": printable(text.value)},
    Base64: lambda text: {"base64": printable(text.value)},
    InstanceRef: lambda reference: {"instance": str(reference.address)},
    NamedRef: lambda reference: {reference.sort: reference.name},
}
