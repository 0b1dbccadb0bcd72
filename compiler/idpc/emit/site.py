"""The facts of one environment that its documents depend on, read once from its record."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from idpc.address import Address, kebab
from idpc.graph.model import App, EnvironmentGraph, Node
from idpc.schema.custom_resources import CustomSchemas
from idpc.schema.kubernetes import find
from idpc.values import NamedRef, Value


@dataclass(frozen=True, slots=True)
class Site:
    """An environment of a project; what its record does not say has the language's default."""

    project: str
    graph: EnvironmentGraph
    crds: CustomSchemas | None = None
    apps: Mapping[str, tuple[Node, ...]] = field(init=False)

    def __post_init__(self) -> None:
        """Group the nodes by app, the apps without any included."""
        apps: dict[str, list[Node]] = {name: [] for name in sorted(self.graph.apps)}
        for address in sorted(self.graph.nodes):
            apps[address.app].append(self.graph.nodes[address])
        object.__setattr__(self, "apps", {name: tuple(nodes) for name, nodes in apps.items()})

    @property
    def name(self) -> str:
        """The environment's name as declared."""
        return self.graph.name

    @property
    def folder(self) -> str:
        """The environment's name in artifacts."""
        return kebab(self.graph.name)

    def first_name(self, app: str) -> str:
        """The oldest name of an app, in kebab case: what holds its state is called by it for good."""
        former = self.graph.apps[app].was if app in self.graph.apps else ()
        return kebab(former[0] if former else app)

    @property
    def cloud(self) -> str:
        """Where it runs: kubernetes, aws, gcp, azure, edge."""
        return self.text("cloud", "kubernetes")

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
    def secret_prefix(self) -> str:
        """What stands before the names of entries that people keep."""
        return self.text("secret_prefix", f"{self.folder}/")

    @property
    def kubernetes_version(self) -> str:
        """The project's version of Kubernetes, `1.33`."""
        kubernetes = self.graph.project.get("kubernetes")
        version = kubernetes.get("version") if isinstance(kubernetes, dict) else None
        return version if isinstance(version, str) else "1.33"

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
        return all(schema.namespaced for schema in find(kind, self.kubernetes_version, api_version, self.crds))

    def custom(self, kind: str, api_version: str) -> bool:
        """Whether a kind is not one of Kubernetes' own."""
        found = find(kind, self.kubernetes_version, api_version, self.crds)
        return not found or found[0].custom
