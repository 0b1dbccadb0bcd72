"""The facts of one environment that its documents depend on, read once from its record."""

from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import NamedTuple

from msgspec import Struct

from idpc.address import Address, kebab
from idpc.graph.model import App, Edge, EnvironmentGraph, Node
from idpc.schema.custom_resources import CustomSchemas
from idpc.schema.kubernetes import find
from idpc.values import NamedRef, Value


class Site(Struct, frozen=True, dict=True):
    """An environment of a project; what its record does not say has the language's default."""

    project: str
    graph: EnvironmentGraph
    crds: CustomSchemas | None = None

    @cached_property
    def apps(self) -> Mapping[str, tuple[Node, ...]]:
        """The nodes of each app."""
        return _nodes_by_app(self.graph)

    @cached_property
    def edges(self) -> Mapping[str, tuple[Edge, ...]]:
        """The edges that begin or end in each app."""
        return _edges_by_app(self.graph)

    @cached_property
    def folder(self) -> str:
        """The environment's name in artifacts."""
        return kebab(self.graph.name)

    @cached_property
    def cloud(self) -> str:
        """Where it runs: kubernetes, aws, gcp, azure, edge."""
        return self.text("cloud", "kubernetes")

    @cached_property
    def kubernetes_version(self) -> str:
        """The project's: `1.33`."""
        return _kubernetes_version(self.graph)

    @property
    def name(self) -> str:
        """The environment's name as declared."""
        return self.graph.name

    def first_name(self, app: str) -> str:
        """The oldest name of an app, in kebab case: what holds its state is called by it for good."""
        former = self.graph.apps[app].was if app in self.graph.apps else ()
        return kebab(former[0] if former else app)

    @property
    def region(self) -> str:
        """The region, the first where there are several."""
        regions = self.graph.environment.get("regions")
        return self.text("region") or (str(regions[0]) if isinstance(regions, list) and regions else "")

    @property
    def secrets(self) -> str:
        """How values are delivered: external_secrets, vault, kubernetes."""
        return self.text("secrets", "kubernetes" if self.cloud in {"kubernetes", "edge"} else "external_secrets")

    @property
    def secret_store(self) -> str:
        """The name of the store in the cluster."""
        return self.text("secret_store", "idpc")

    @property
    def vault_mount(self) -> str:
        """Where Vault has the engine of the entries."""
        return self.text("vault_mount", "secret")

    @property
    def secret_prefix(self) -> str:
        """What stands before the names of entries that people keep."""
        return self.text("secret_prefix", f"{self.folder}/")

    def text(self, name: str, default: str = "") -> str:
        """A string field of the environment, `default` where it has none."""
        value = self.graph.environment.get(name)
        return value if isinstance(value, str) and value else default

    def record(self, name: str) -> Mapping[str, Value]:
        """A record field of the environment, empty where it has none."""
        value = self.graph.environment.get(name)
        return value if isinstance(value, dict) else {}

    def names(self, name: str) -> tuple[str, ...]:
        """A list field of the environment as strings; a single string is a list of one, a reference its name."""
        value = self.graph.environment.get(name)
        items = value if isinstance(value, list) else [value] if value else []
        return tuple(item.name if isinstance(item, NamedRef) else str(item) for item in items)

    def app(self, name: str) -> App:
        """An app of the environment."""
        return self.graph.apps[name]

    def node(self, address: Address) -> Node:
        """An instance of the environment."""
        return self.graph.nodes[address]

    def namespaced(self, kind: str, api_version: str) -> bool:
        """Whether objects of a kind stand in a namespace; one that no schema knows does."""
        return _scope(kind, self.kubernetes_version, api_version, self.crds).namespaced

    def custom(self, kind: str, api_version: str) -> bool:
        """Whether a kind is not one of Kubernetes' own."""
        return _scope(kind, self.kubernetes_version, api_version, self.crds).custom


class _Scope(NamedTuple):
    namespaced: bool
    custom: bool


@lru_cache(maxsize=1024)
def _scope(kind: str, version: str, api_version: str, crds: CustomSchemas | None) -> _Scope:
    found = find(kind, version, api_version, crds)
    return _Scope(all(schema.namespaced for schema in found), not found or found[0].custom)


def _nodes_by_app(graph: EnvironmentGraph) -> dict[str, tuple[Node, ...]]:
    """The nodes of each app in the order of the graph, the apps without any included."""
    apps: dict[str, list[Node]] = {name: [] for name in sorted(graph.apps)}
    for address, node in graph.nodes.items():
        apps[address.app].append(node)
    return {name: tuple(nodes) for name, nodes in apps.items()}


def _edges_by_app(graph: EnvironmentGraph) -> dict[str, tuple[Edge, ...]]:
    """The edges that begin or end in each app, in the order of the graph."""
    apps: dict[str, list[Edge]] = {}
    for edge in graph.edges:
        for app in dict.fromkeys((edge.source.app, edge.target.app)):
            apps.setdefault(app, []).append(edge)
    return {name: tuple(edges) for name, edges in apps.items()}


def _kubernetes_version(graph: EnvironmentGraph) -> str:
    kubernetes = graph.project.get("kubernetes")
    version = kubernetes.get("version") if isinstance(kubernetes, dict) else None
    return version if isinstance(version, str) else "1.33"
