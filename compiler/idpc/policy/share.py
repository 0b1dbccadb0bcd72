"""A unit's share of what policies in Rego look at: documents with the places that they come from, as plain values."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec import Struct, field

from idpc.address import Address
from idpc.cost import CostSheet
from idpc.cost.pool import Pool, pool_of
from idpc.emit.model import Bundle, Document, Place
from idpc.graph.document import edge_document, enforcement, node_document, printable
from idpc.graph.faults import Fault, Poisoned
from idpc.graph.frame import Frame
from idpc.graph.model import Edge, EnvironmentGraph, Node
from idpc.graph.rules import looked_at, root
from idpc.graph.run import EnvironmentRun
from idpc.policy.amounts import Amounts, amounts_of, carbon_input, cost_input
from idpc.policy.waivers import Uses, Waiver
from idpc.source import Span
from idpc.types.declared import PolicyInfo
from idpc.values import Value

if TYPE_CHECKING:
    from idpc.cost.model import InstanceCost

Positions = Callable[[Span], Mapping[str, str | int]]
GRAPH, MANIFEST, TERRAFORM, PLAN = "graph", "manifest", "terraform", "plan"
MADE = ""
"""The part of an object that is all of it: its place is that in the kind which makes it."""


class RegoPolicy(Struct, frozen=True, array_like=True):
    """A policy in Rego in one environment. `params` are JSON; `place` is where its files are named."""

    name: str
    target: str
    severity: str
    pattern: str
    language: str
    form: str
    params: str
    doc: str
    docs: str
    span: Span
    place: Span


class Subject(Struct, frozen=True, array_like=True):
    """A document, as JSON, with what it belongs to and the policies that do not look at it.

    `names` of an object of Kubernetes: version, kind, namespace and name. `parts` have places of their own: fields of
    an instance by dotted path, resources of a Terraform module by address, each with whose it is.
    """

    address: str
    app: str
    team: str
    span: Span
    text: str
    names: tuple[str, ...] = ()
    parts: dict[str, tuple[Span, str]] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()


class PolicyShare(Struct, frozen=True, array_like=True):
    """What a unit gives in one environment: by target the documents, the edges as JSON with their apps, and uses of waivers.

    `environment` and `project` are their records as JSON; `amounts` are what its apps cost and
    emit, `pool` machines of which workloads take shares, `apps` where they are declared, and by whom they are answered for. Where there are no policies in Rego, only waivers are there.
    """

    policies: tuple[RegoPolicy, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    together: tuple[tuple[str, ...], ...] = ()
    refused: tuple[tuple[str, str, str], ...] = ()
    subjects: dict[str, tuple[Subject, ...]] = field(default_factory=dict)
    edges: tuple[tuple[str, str], ...] = ()
    environment: str = "{}"
    project: str = "{}"
    amounts: tuple[Amounts, ...] = ()
    apps: dict[str, tuple[Span, str]] = field(default_factory=dict)
    pool: Pool = Pool()

    @property
    def uses(self) -> Uses:
        """How waivers were used."""
        return Uses({*self.together}, {*self.refused})


class Sharing:
    """Makes the shares of one environment."""

    def __init__(
        self, run: EnvironmentRun, graph: EnvironmentGraph, bundle: Bundle, sheet: CostSheet, positions: Positions
    ) -> None:
        self.run, self.graph, self.bundle, self.sheet, self.positions = run, graph, bundle, sheet, positions
        self.infos = tuple(policy for policy in run.typed.policies if policy.rego)
        found = ((info, rego_policy(info, run)) for info in self.infos)
        self.policies = tuple(policy for _, policy in found if policy is not None)
        self.uses: dict[Address, list[Edge]] = {}
        self.used_by: dict[Address, list[Edge]] = {}
        self.nodes: dict[str, list[Node]] = {}
        self.paths: dict[str, list[str]] = {}
        self.costs: dict[Address, InstanceCost] = {}
        if self.infos:
            self._index()

    def _index(self) -> None:
        """What is asked for by app or instance, once for all shares."""
        for edge in self.graph.edges:
            self.uses.setdefault(edge.source, []).append(edge)
            self.used_by.setdefault(edge.target, []).append(edge)
        for node in self.graph.nodes.values():
            self.nodes.setdefault(node.app, []).append(node)
        for path in self.bundle.files:
            self.paths.setdefault(self.bundle.owners[path].app, []).append(path)
        self.costs.update((cost.address, cost) for cost in self.sheet.found)

    def of(self, apps: Collection[str], waivers: tuple[Waiver, ...], uses: Mapping[str, Uses]) -> PolicyShare:
        """The share of some apps; `uses` are those of waivers by app."""
        own = [each for app, each in uses.items() if app in apps]
        together = tuple(sorted({names for each in own for names in each.together}))
        refused = tuple(sorted({one for each in own for one in each.refused}))
        if not self.policies:
            return PolicyShare((), waivers, together, refused)
        targets = {policy.target for policy in self.policies}
        subjects: dict[str, tuple[Subject, ...]] = {}
        if targets & {GRAPH, PLAN}:
            subjects[GRAPH] = tuple(self._instances(apps))
        if MANIFEST in targets:
            subjects[MANIFEST] = tuple(self._objects(apps))
        if TERRAFORM in targets:
            subjects[TERRAFORM] = tuple(self._modules(apps))
        nodes = [node for app in apps for node in self.nodes.get(app, ()) if GRAPH in targets]
        edges = (edge for node in nodes for edge in self.uses.get(node.address, ()))
        costs = [self.costs[node.address] for node in nodes if node.address in self.costs]
        environment, project = (_json(printable(dict(each))) for each in (self.graph.environment, self.graph.project))
        return PolicyShare(
            self.policies,
            waivers,
            together,
            refused,
            subjects,
            tuple((edge.source.app, self._edge(edge)) for edge in edges),
            environment,
            project,
            amounts_of(costs),
            {app: (self.graph.apps[app].span, self.graph.apps[app].team) for app in apps if app in self.graph.apps},
            pool_of(costs),
        )

    def _edge(self, edge: Edge) -> str:
        return _json(edge_document(edge, self.positions, enforcement(self.graph, edge)))

    def _instances(self, apps: Collection[str]) -> Iterator[Subject]:
        for node in (node for app in apps for node in self.nodes.get(app, ())):
            address = node.address
            document = {
                **node_document(node, self.positions),
                "environment": self.graph.name,
                "uses": [self._use(edge, edge.target) for edge in self.uses.get(address, ())],
                "used_by": [self._use(edge, edge.source) for edge in self.used_by.get(address, ())],
                "cost": cost_input(self.costs.get(address)),
                "carbon": carbon_input(self.costs.get(address)),
            }
            parts = {path: (span, str(address)) for path, span in node.origins.items()}
            skipped = self._skipped(GRAPH, address, {})
            yield Subject(str(address), address.app, node.team, node.span, _json(document), (), parts, skipped)

    def _use(self, edge: Edge, other: Address) -> dict[str, object]:
        node = self.graph.nodes.get(other)
        return {
            "address": str(other),
            "kind": node.kind if node else "",
            "access": edge.access or None,
            "order": edge.order,
            "why": edge.why,
        }

    def _objects(self, apps: Collection[str]) -> Iterator[Subject]:
        for app, path, documents in self._files("kubernetes", apps):
            for number, document in enumerate(documents):
                place = Place(path, number)
                address = self.bundle.address(place)
                span, team = self._owner(address, app)
                owner = str(address or app)
                parts = {MADE: (self.bundle.origin(place) or span, owner)}
                skipped = self._skipped(MANIFEST, address, {"object": cast("Value", document)})
                yield Subject(owner, app, team, span, _json(document), _names(document), parts, skipped)

    def _modules(self, apps: Collection[str]) -> Iterator[Subject]:
        for app, path, documents in self._files("terraform", apps):
            span, team = self._owner(None, app)
            planned = list(_planned(documents[0]))
            parts = {}
            for address, keys in planned:
                place = Place(path, 0, keys)
                owner = self.bundle.address(place)
                parts[str(address["address"])] = (self._owner(owner, app)[0], str(owner or app))
            values = {"root_module": {"resources": [each for each, _ in planned]}}
            text = _json({**documents[0], "planned_values": values})
            yield Subject(app, app, team, span, text, (), parts, self._skipped_module(parts))

    def _files(self, what: str, apps: Collection[str]) -> Iterator[tuple[str, str, tuple[Document, ...]]]:
        for app, path in ((each, path) for each in apps for path in self.paths.get(each, ())):
            if self.bundle.owners[path].what == what:
                yield app, path, self.bundle.files[path]

    def _owner(self, address: Address | None, app: str) -> tuple[Span, str]:
        """Where what belongs to an instance, or to none but an app, is declared, and whose it is."""
        node: Node | None = self.graph.nodes.get(address) if address else None
        owner = self.graph.apps[app]
        return (node.span, node.team) if node else (owner.span, owner.team)

    def _skipped(self, target: str, address: Address | None, variables: dict[str, Value]) -> tuple[str, ...]:
        return tuple(
            info.name for info in self.infos if info.target == target and not self._looks_at(info, address, variables)
        )

    def _skipped_module(self, parts: Mapping[str, tuple[Span, str]]) -> tuple[str, ...]:
        """The policies that look at none of the instances that a module is made for."""
        owners = {Address.parse(owner) for _, owner in parts.values() if "." in owner}
        return tuple(
            info.name
            for info in self.infos
            if info.target == TERRAFORM and not any(self._looks_at(info, owner, {}) for owner in owners or {None})
        )

    def _looks_at(self, info: PolicyInfo, address: Address | None, variables: dict[str, Value]) -> bool:
        """Whether a policy's `on` and `when` fit; what belongs to no instance is of no kind and has no `self`."""
        state = self.run.states.get(address) if address else None
        if info.kinds and (state is None or state.kind not in info.kinds):
            return False
        if info.when is None:
            return True
        if state is None and "self" in {root(core) for core in looked_at(info.when)}:
            return False
        app = state.app if state else ""
        frame = Frame(self.run, app, state, state, {**variables, "today": self.run.around.today})
        try:
            return bool(self.run.coder.run(info.when, frame))
        except Fault as fault:
            self.run.report(fault.diagnostic.but(policy=info.name))
        except Poisoned:
            pass
        return True


def rego_policy(info: PolicyInfo, run: EnvironmentRun) -> RegoPolicy | None:
    """A policy in Rego as it is in one environment; None where its fields have no values, which has been told."""
    try:
        fields: dict[str, Any] = run.record(info.declaration)
        return RegoPolicy(
            info.name,
            info.target,
            str(fields["severity"]),
            info.rego,
            str(fields["language"]),
            str(fields["form"] or ""),
            _json(printable(fields["params"])),
            info.remedy or info.title,
            str(fields["docs"] or ""),
            info.span,
            info.rego_span,
        )
    except Poisoned:
        return None


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _names(document: Document) -> tuple[str, ...]:
    metadata = document.get("metadata")
    inner = metadata if isinstance(metadata, dict) else {}
    found = (document.get("apiVersion"), document.get("kind"), inner.get("namespace"), inner.get("name"))
    return tuple(str(each or "") for each in found)


def _planned(document: Document) -> Iterator[tuple[dict[str, object], tuple[str, ...]]]:
    """The resources and data sources of a module as a plan's `planned_values` have them, with their keys in it."""
    for block, mode, prefix in (("resource", "managed", ""), ("data", "data", "data.")):
        types = document.get(block)
        for type_, labels in types.items() if isinstance(types, dict) else ():
            for label, values in labels.items() if isinstance(labels, dict) else ():
                address = f"{prefix}{type_}.{label}"
                yield (
                    {"address": address, "mode": mode, "type": type_, "name": label, "values": values},
                    (block, type_, label),
                )
