"""Network policies: the rules that the edges of the graph open, on both sides."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from itertools import groupby

from msgspec import Struct, field

from idpc.address import Address
from idpc.emit.kubernetes.labels import node_labels, selector
from idpc.emit.model import Document, Json
from idpc.emit.reading import mapping
from idpc.emit.site import Site
from idpc.graph.model import Edge, Node, Port, Reach

PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
_NOT_OUTSIDE = (*PRIVATE, "169.254.0.0/16", "100.64.0.0/10")
_LOCAL_DNS = "169.254.20.10/32"
_MANY = 3
POLICY_VERSION = "networking.k8s.io/v1"

Ports = tuple[Port, ...]
Peer = tuple[str, ...]


class Opened(Struct, frozen=True):
    """Who an instance may talk to, by the ports: `egress` to and `ingress` from peers, in the order of their addresses."""

    ingress: dict[Ports, dict[Peer, Document]] = field(default_factory=dict)
    egress: dict[Ports, dict[Peer, Document]] = field(default_factory=dict)


class Pods(Struct, frozen=True):
    """Which instances of an environment have pods, and of which of these all pods run to completion."""

    present: AbstractSet[Address]
    ending: AbstractSet[Address]


def opened_paths(app: str, site: Site, pods: Pods) -> dict[Address, Opened]:
    """What the edges open, for each instance of an app with pods; what runs to completion is never called."""
    opened = {node.address: Opened() for node in site.apps[app] if node.address in pods.present}
    for source, target, ports in _paths(app, site):
        if source.address in opened:
            egress = opened[source.address].egress
            for peer, document in _peers(source, target, site, pods):
                egress.setdefault(ports, {})[peer] = document
        if target.address in opened and _is_called(source, target, pods):
            opened[target.address].ingress.setdefault(ports, {})[_key(source)] = _pods(source, target)
    return opened


def _is_called(source: Node, target: Node, pods: Pods) -> bool:
    reached = target.reach is not None and target.reach.via == "pods" and target.address not in pods.ending
    return reached and source.address in pods.present


def _paths(app: str, site: Site) -> Iterator[tuple[Node, Node, Ports]]:
    """Each consumer with what it reaches and the ports of all edges between the two, where either is of the app."""
    edges: dict[tuple[Address, Address], list[Edge]] = {}
    for edge in site.edges.get(app, ()):
        if edge.network and edge.source != edge.target:
            edges.setdefault((edge.source, edge.target), []).append(edge)
    for source, target in sorted(edges):
        reach = site.node(target).reach
        if reach is not None and (ports := ports_read(reach, edges[source, target])):
            yield site.node(source), site.node(target), ports


def ports_read(reach: Reach, edges: Iterable[Edge]) -> Ports:
    """The ports of the outputs that are read; all where an edge reads none or one that names no ports."""
    wanted: set[Port] = set()
    for edge in edges:
        for output in edge.outputs or ("",):
            wanted.update(_ports_of(output, reach))
    return tuple(sorted(wanted, key=lambda port: (port.number, port.protocol)))


def _ports_of(output: str, reach: Reach) -> Ports:
    words = output.split(".")
    candidates = (".".join(words[:length]) for length in range(len(words), 0, -1))
    return next((reach.by_output[name] for name in candidates if name in reach.by_output), reach.ports)


def _peers(source: Node, target: Node, site: Site, pods: Pods) -> Iterator[tuple[Peer, Document]]:
    via = target.reach.via if target.reach else ""
    if via == "pods" and target.address in pods.present:
        yield _key(target), _pods(target, source)
    elif via == "network":
        for cidr in _cidrs(site):
            yield (cidr,), {"ipBlock": {"cidr": cidr}}
    elif via in {"cloud_api", "internet"}:
        yield ("0.0.0.0/0",), {"ipBlock": {"cidr": "0.0.0.0/0", "except": list(_NOT_OUTSIDE)}}


def _key(node: Node) -> Peer:
    return (node.namespace, node.name)


def _pods(node: Node, seen_from: Node) -> Document:
    """The pods of an instance as a peer of another's."""
    pods: Document = {"podSelector": {"matchLabels": selector(node)}}
    return pods if node.namespace == seen_from.namespace else {**_namespace(node.namespace), **pods}


def _namespace(name: str) -> Document:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def _cidrs(site: Site) -> tuple[str, ...]:
    given = site.record("network").get("cidrs")
    return tuple(str(cidr) for cidr in given) if isinstance(given, list) and given else PRIVATE


def with_rules(policy: Document, opened: Opened) -> Document:
    """A policy with the rules of the edges after those that it holds."""
    spec = mapping(policy["spec"])
    ingress = _joined(spec.get("ingress"), _rules("from", opened.ingress))
    egress = _joined(spec.get("egress"), _rules("to", opened.egress))
    directions: Json = spec.get("policyTypes", ["Ingress", "Egress"])
    own: Document = {"podSelector": spec.get("podSelector", {}), "policyTypes": directions}
    return {**policy, "spec": {**own, **spec, "ingress": ingress, "egress": egress}}


def instance_policy(node: Node, site: Site, opened: Opened) -> Document:
    """The policy of an instance whose kind holds none of its own."""
    policy: Document = {
        "apiVersion": POLICY_VERSION,
        "kind": "NetworkPolicy",
        "metadata": {"name": node.name, "namespace": node.namespace, "labels": node_labels(node, site)},
        "spec": {"podSelector": {"matchLabels": selector(node)}},
    }
    return with_rules(policy, opened)


def _joined(held: Json, made: list[Json]) -> list[Json]:
    rules = held if isinstance(held, list) else []
    return [*rules, *(rule for rule in made if rule not in rules)]


def _rules(side: str, paths: dict[Ports, dict[Peer, Document]]) -> list[Json]:
    return [{side: list(peers.values()), "ports": list(_port_rules(ports))} for ports, peers in paths.items()]


def _port_rules(ports: Ports) -> Iterator[Document]:
    """A rule for each port, and one for many in a row."""
    rows = groupby(enumerate(ports), lambda each: (each[1].protocol, each[1].number - each[0]))
    for (protocol, _), row in rows:
        numbers = [port.number for _, port in row]
        if len(numbers) >= _MANY:
            yield {"protocol": protocol, "port": numbers[0], "endPort": numbers[-1]}
        else:
            yield from ({"protocol": protocol, "port": number} for number in numbers)


def namespace_policies(site: Site) -> Iterator[tuple[str, Document]]:
    """The names and specs of the policies of every namespace: nothing but names is reachable."""
    yield "default-deny", {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    ports: list[Json] = [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]
    rule: Document = {"to": list(_name_servers(site)), "ports": ports}
    yield "dns", {"podSelector": {}, "policyTypes": ["Egress"], "egress": [rule]}


def _name_servers(site: Site) -> Iterator[Document]:
    """Where names are asked for: what `dns_from` lists, addresses with a `/` and namespaces without."""
    for name in site.names("dns_from") or ("kube-system", _LOCAL_DNS):
        yield {"ipBlock": {"cidr": name}} if "/" in name else _namespace(name)
