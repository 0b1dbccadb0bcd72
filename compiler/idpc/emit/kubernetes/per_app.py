"""Objects that an app has once: what several of its instances make alike, such as the dashboard of them all."""

from collections.abc import Iterable

from idpc.diagnostics.codes.artifacts import OBJECT_TWICE
from idpc.diagnostics.model import Diagnostic, Label
from idpc.emit.findings import at_node
from idpc.emit.site import Site
from idpc.graph.model import KubernetesObject, Node

Shared = tuple[Node, KubernetesObject]


def made_once(nodes: Iterable[Node], site: Site) -> tuple[list[Shared], list[Diagnostic]]:
    """The `@per_app` objects of some instances, each with the first that makes it, and those that differ from it."""
    first: dict[tuple[str, str, str], Shared] = {}
    differing: list[Diagnostic] = []
    for node in nodes:
        for thing in node.objects:
            if thing.per_app:
                other, held = first.setdefault((thing.kind, thing.name, thing.key), (node, thing))
                if held.body != thing.body:
                    differing.append(_differs(thing, node, held, other, site))
    return list(first.values()), differing


def _differs(thing: KubernetesObject, node: Node, held: KubernetesObject, other: Node, site: Site) -> Diagnostic:
    message = (
        f"`{thing.kind}.{thing.name}` of `{node.address}` differs from the one of `{other.address}` in the same app"
    )
    advice = "a `@per_app` object may read nothing that differs between instances"
    found = at_node(OBJECT_TWICE, node, site, message, written=thing.span, advice=advice)
    return found.but(labels=(*found.labels, Label(held.span, "the other one")))
