"""The graph: every instance of one environment with its values, and the edges between them."""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct, field

from idpc.address import Address
from idpc.source import Span
from idpc.values import Value


class KubernetesObject(Struct, frozen=True):
    """An object of a `provision` block, evaluated: `body` holds `apiVersion`, `kind` and all that the kind's author gave.

    `name` is the one written in the block (`main`); `hashed`: its name ends in a hash of its content; `per_app`: the app has
    it once for all instances. Values in `body` may be symbols and quantities.
    """

    kind: str
    name: str
    body: dict[str, Value]
    span: Span
    key: str = ""
    hashed: bool = False
    per_app: bool = False


class TerraformResource(Struct, frozen=True):
    """A resource or data source of a `provision` block, evaluated; `label` is complete (`orders_main`, `app_key`)."""

    type: str
    label: str
    body: dict[str, Value]
    span: Span
    data: bool = False
    per_app: bool = False
    moved_from: tuple[str, ...] = ()


class Port(Struct, frozen=True):
    """A port number and its protocol, `TCP` or `UDP`."""

    number: int
    protocol: str = "TCP"


class Reach(Struct, frozen=True):
    """How a consumer reaches an instance. `via`: pods, network, cloud_api, internet.

    `by_output` gives for an output (`url`, `ports.grpc`) the ports that reading it opens; all of `ports` otherwise.
    """

    via: str
    ports: tuple[Port, ...]
    by_output: Mapping[str, tuple[Port, ...]] = field(default_factory=dict)


class Interface(NamedTuple):
    """What an instance offers to others: `protocol` is spoken on its `port`, and `address` is where others find it."""

    name: str
    protocol: str
    port: int
    address: str


class CatalogEntry(NamedTuple):
    """What the `catalog` block of its kind says of an instance; `links` are titles and addresses of pages."""

    type: str
    interfaces: tuple[Interface, ...] = ()
    links: tuple[tuple[str, str], ...] = ()


class Node(Struct, frozen=True):
    """An instance in one environment.

    `name` is its name in artifacts (kebab, below the app), `outputs` are evaluated (`secret` and `deferred` ones hold
    the symbols from which Terraform composes them), `delivered` names the outputs that are secret or deferred.
    `trace` are the spans of the templates' uses that made it, outermost first.
    """

    address: Address
    kind: str
    name: str
    namespace: str
    team: str
    tier: str
    labels: Mapping[str, str]
    workload: bool
    shared: bool
    fields: Mapping[str, Value]
    origins: Mapping[str, Span]
    outputs: Mapping[str, Value]
    delivered: tuple[str, ...]
    rotation: int
    objects: tuple[KubernetesObject, ...]
    resources: tuple[TerraformResource, ...]
    reach: Reach | None
    span: Span
    trace: tuple[Span, ...] = ()
    was: tuple[Address, ...] = ()
    catalog: CatalogEntry | None = None

    @property
    def app(self) -> str:
        """The app's name as declared."""
        return self.address.app


class Edge(Struct, frozen=True):
    """From a consumer to what it needs.

    `order`: `hard` or `call`; `why`: the field whose value reads the output (`env.DATABASE_URL`), `uses` or `after`;
    `access`: the level, empty where the kind grants nothing or `after` made it; `outputs`: what is read, dotted;
    `network`: whether it opens a path; `identified`: whether an identity holds the consumer to the level.
    """

    source: Address
    target: Address
    why: str
    access: str
    order: str
    span: Span
    outputs: tuple[str, ...] = ()
    network: bool = True
    identified: bool = False


class App(Struct, frozen=True):
    """An app in one environment. `namespace` is where its objects stand, `links` are addresses of pages by title."""

    name: str
    namespace: str
    team: str
    tier: str
    span: Span
    labels: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    was: tuple[str, ...] = ()
    doc: str = ""
    links: Mapping[str, str] = field(default_factory=dict)


class Team(Struct, frozen=True):
    """A team, as its record says; `name` is the declared one."""

    name: str
    fields: Mapping[str, Value]
    span: Span


class EnvironmentGraph(Struct, frozen=True):
    """All nodes and edges of one environment, both ordered by address; `environment` is its record, defaults included."""

    name: str
    environment: Mapping[str, Value]
    project: Mapping[str, Value]
    apps: Mapping[str, App]
    teams: Mapping[str, Team]
    nodes: Mapping[Address, Node]
    edges: tuple[Edge, ...]
    workflows: tuple["Workflow", ...] = ()


class Workflow(Struct, frozen=True):
    """A workflow as declared; `scope` is empty for the project's, else the address of the app or template.

    `places` are where its parts are set, by dotted path: `stage.testing.needs`.
    """

    name: str
    scope: str
    fields: Mapping[str, Value]
    span: Span
    places: Mapping[str, Span] = field(default_factory=dict)

    def place(self, part: str) -> Span:
        """Where a part, or the first thing in it, is set; else where the workflow is declared."""
        inside = [span for path, span in self.places.items() if path.startswith(f"{part}.")]
        return self.places.get(part) or min(inside, default=self.span)


class Graph(Struct, frozen=True):
    """One graph an environment, in the order of their names; `project` is the project's name."""

    project: str
    environments: Mapping[str, EnvironmentGraph]
