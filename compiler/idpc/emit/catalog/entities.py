"""Entities: an app is a System, a workload a Component, what it offers an API, all else a Resource, a team a Group.

An entity has an owner, so what belongs to no team is in no catalog, and no reference leads there.
"""

from collections.abc import Iterable, Iterator, Mapping

from idpc.address import Address, kebab
from idpc.emit.catalog import references
from idpc.emit.kubernetes.labels import selector
from idpc.emit.kubernetes.network import ports_read
from idpc.emit.model import Document, Json, Source
from idpc.emit.plain import plain_text
from idpc.emit.site import Site
from idpc.graph.model import App, CatalogEntry, Edge, Interface, Node, Team

_VERSION = "backstage.io/v1alpha1"
_SOURCE = "idpc.dev/source"
_TEAM_FACTS = {"on_call": "idpc.dev/on-call", "cost_center": "idpc.dev/cost-center"}
Made = tuple[Document, Source]


def app_entities(app: App, site: Site) -> Iterator[Made]:
    """The entities of an app and of all that it holds, in the order of the graph."""
    if app.team:
        yield _system(app, site), Source(app.span)
    uses: dict[Address, list[Edge]] = {}
    for edge in site.edges.get(app.name, ()):
        if edge.source != edge.target:
            uses.setdefault(edge.source, []).append(edge)
    for node in site.apps[app.name]:
        if node.team:
            source = Source(node.span, node.address)
            yield _instance(node, uses.get(node.address, ()), app, site), source
            yield from ((_interface(node, each, app, site), source) for each in _offered(node))


def team_entity(team: Team) -> Document:
    """The entity of a team."""
    contact = plain_text(team.fields.get("owner")) or ""
    facts = {key: plain_text(team.fields.get(name)) for name, key in _TEAM_FACTS.items()}
    annotations = {key: value for key, value in facts.items() if value} | {_SOURCE: team.span.file}
    profile = {"displayName": team.name, **({"email": contact} if "@" in contact else {})}
    metadata = {"name": kebab(team.name), "namespace": references.ORGANISATION, "annotations": _json(annotations)}
    return _entity("Group", metadata, {"type": "team", "profile": _json(profile), "children": []})


def _system(app: App, site: Site) -> Document:
    metadata: Document = {
        "name": kebab(app.name),
        "namespace": site.folder,
        **({"title": app.title} if app.title else {}),
        **({"description": app.doc} if app.doc else {}),
        "annotations": {
            "backstage.io/kubernetes-namespace": app.namespace,
            "backstage.io/kubernetes-cluster": _cluster(site),
            _SOURCE: app.span.file,
        },
        "tags": [app.tier],
        **_links((title, url) for title, url in app.links.items()),
    }
    return _entity("System", metadata, {"owner": references.owner(app.team)})


def _instance(node: Node, uses: Iterable[Edge], app: App, site: Site) -> Document:
    uses = tuple(edge for edge in uses if site.node(edge.target).team)
    spec: Document = {"type": _entry(node).type}
    if node.workload:
        spec["lifecycle"] = _lifecycle(node, site)
    spec |= _belongs(node, app, site)
    spec |= _listed("dependsOn", (references.instance(site.node(edge.target), site) for edge in uses))
    if node.workload:
        spec |= _listed("providesApis", (references.interface(node, each, site) for each in _offered(node)))
        spec |= _listed("consumesApis", _consumed(uses, site))
    metadata: Document = {
        "name": references.instance_name(node),
        "namespace": site.folder,
        "title": node.name,
        "annotations": _json(_annotations(node, site)),
        "tags": [kebab(node.kind), node.tier],
        **_links(_entry(node).links),
    }
    return _entity("Component" if node.workload else "Resource", metadata, spec)


def _interface(node: Node, offered: Interface, app: App, site: Site) -> Document:
    metadata: Document = {
        "name": references.interface_name(node, offered),
        "namespace": site.folder,
        "title": f"{node.name} {offered.name}",
        "annotations": {_SOURCE: _file_of(node)},
        "tags": [kebab(offered.protocol)],
    }
    spec: Document = {"type": offered.protocol, "lifecycle": _lifecycle(node, site), **_belongs(node, app, site)}
    return _entity("API", metadata, spec | {"definition": offered.address})


def _entity(kind: str, metadata: Document, spec: Document) -> Document:
    return {"apiVersion": _VERSION, "kind": kind, "metadata": metadata, "spec": spec}


def _belongs(node: Node, app: App, site: Site) -> Document:
    """Who owns an instance, and which system it is a part of."""
    return {"owner": references.owner(node.team), **({"system": references.system(app, site)} if app.team else {})}


def _annotations(node: Node, site: Site) -> Mapping[str, str]:
    """Where the objects of an instance are found, and where it was written."""
    labels = ",".join(f"{key}={value}" for key, value in selector(node).items())
    found = {
        "backstage.io/kubernetes-id": node.name,
        "backstage.io/kubernetes-label-selector": labels,
        "backstage.io/kubernetes-namespace": node.namespace,
        "backstage.io/kubernetes-cluster": _cluster(site),
    }
    return {**(found if node.objects else {}), "idpc.dev/address": str(node.address), _SOURCE: _file_of(node)}


def _file_of(node: Node) -> str:
    """The file of an instance, or of the use of the template that made it."""
    return (*node.trace, node.span)[0].file


def _cluster(site: Site) -> str:
    return site.text("cluster", f"{site.project}-{site.folder}")


def _lifecycle(node: Node, site: Site) -> str:
    if node.tier == "experimental":
        return node.tier
    return "production" if site.graph.environment.get("protected") is True else "development"


def _offered(node: Node) -> tuple[Interface, ...]:
    return _entry(node).interfaces if node.workload else ()


def _entry(node: Node) -> CatalogEntry:
    return node.catalog or CatalogEntry(kebab(node.kind))


def _consumed(uses: Iterable[Edge], site: Site) -> Iterator[str]:
    """What is offered on the ports that the edges open."""
    for edge in uses:
        target = site.node(edge.target)
        numbers = {port.number for port in ports_read(target.reach, (edge,))} if target.reach and edge.network else ()
        yield from (references.interface(target, each, site) for each in _offered(target) if each.port in numbers)


def _listed(name: str, found: Iterable[str]) -> Document:
    """A list, each entry once and in order; none where it is empty."""
    once: list[Json] = [*sorted(set(found))]
    return {name: once} if once else {}


def _links(found: Iterable[tuple[str, str]]) -> Document:
    links: list[Json] = [{"url": url, "title": title} for title, url in found]
    return {"links": links} if links else {}


def _json(texts: Mapping[str, str]) -> Json:
    return {**texts}
