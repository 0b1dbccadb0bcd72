"""Graphs made by hand, for the tests of what they become."""

from collections.abc import Mapping
from typing import Any

from idpc.address import Address
from idpc.diagnostics.model import Diagnostic
from idpc.emit import Bundle, emit
from idpc.graph.model import (
    App,
    Edge,
    EnvironmentGraph,
    Graph,
    KubernetesObject,
    Node,
    Port,
    Reach,
    Team,
    TerraformResource,
)
from idpc.source import Span
from idpc.values import Quantity, ResourceRef, Text

SPAN = Span("shop.platform", 0, 4)
KIND_SPAN = Span("std/kinds.platform", 10, 20)
GI = 1 << 30
MI = 1 << 20


def gibibytes(count: int) -> Quantity:
    return Quantity("bytes", count * GI)


def thing(
    kind: str, body: Mapping[str, Any], name: str = "main", api_version: str = "v1", key: str = ""
) -> KubernetesObject:
    return KubernetesObject(kind, name, {"apiVersion": api_version, "kind": kind, **body}, KIND_SPAN, key)


def resource(type_: str, label: str, body: Mapping[str, Any], **settings: Any) -> TerraformResource:
    return TerraformResource(type_, label, dict(body), KIND_SPAN, **settings)


def pod(name: str, **container: Any) -> dict[str, Any]:
    """The pod of a hardened workload, as the standard library writes it."""
    restricted = {"allowPrivilegeEscalation": False, "runAsNonRoot": True, "capabilities": {"drop": ["ALL"]}}
    own = {
        "name": name,
        "image": f"ghcr.io/acme/{name}:1.0.0",
        "env": [],
        "resources": {
            "requests": {"cpu": Quantity("cpu", 250), "memory": Quantity("bytes", 256 * MI)},
            "limits": {"memory": Quantity("bytes", 512 * MI)},
        },
        "securityContext": restricted,
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # a path in a container
        **container,
    }
    return {
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}, "fsGroup": None},
        "containers": [own],
        "volumes": [{"name": "tmp", "emptyDir": {}}],
        "imagePullSecrets": [],
    }


def deployment(name: str, **container: Any) -> KubernetesObject:
    return thing("Deployment", {"spec": {"template": {"spec": pod(name, **container)}}}, api_version="apps/v1")


def node(address: str, kind: str = "service", **settings: Any) -> Node:
    at = Address.parse(address)
    assert at
    given: dict[str, Any] = {
        "name": at.below_app,
        "namespace": at.app.replace("_", "-"),
        "team": "payments",
        "tier": "standard",
        "labels": {},
        "workload": kind in {"service", "worker", "cron_job"},
        "shared": False,
        "fields": {},
        "origins": {},
        "outputs": {},
        "delivered": (),
        "rotation": 1,
        "objects": (),
        "resources": (),
        "reach": None,
        "span": SPAN,
        **settings,
    }
    return Node(address=at, kind=kind, **given)


def edge(source: str, target: str, *outputs: str, **settings: Any) -> Edge:
    start, end = Address.parse(source), Address.parse(target)
    assert start
    assert end
    given: dict[str, Any] = {"why": "uses", "access": "read_write", "order": "hard", "span": SPAN, **settings}
    return Edge(start, end, outputs=outputs, **given)


def environment(name: str, nodes: list[Node], edges: list[Edge] | None = None, **fields: Any) -> EnvironmentGraph:
    apps = {one.app for one in nodes}
    return EnvironmentGraph(
        name=name,
        environment={"cloud": "kubernetes", "domain": "acme.io", **fields},
        project={"kubernetes": {"version": "1.33"}},
        apps={app: App(app, app.replace("_", "-"), "payments", "standard", SPAN) for app in sorted(apps)},
        teams={"payments": Team("payments", {"owner": "payments@acme.io", "cost_center": "CC-4410"}, SPAN)},
        nodes={one.address: one for one in sorted(nodes, key=lambda one: one.address)},
        edges=tuple(sorted(edges or (), key=lambda one: (one.source, one.target))),
    )


def graph(*environments: EnvironmentGraph) -> Graph:
    return Graph("acme", {one.name: one for one in environments})


def database(address: str = "shop.orders", **settings: Any) -> Node:
    """A postgres on the cluster, with a generated password."""
    at = Address.parse(address)
    assert at
    password = ResourceRef(at, "random_password", f"{at.label}_master", ("result",))
    host = f"{at.below_app}.{at.app}.svc"
    body = {"length": 32, "special": False, "keepers": {"rotation": 1}}
    variable = {"name": "POSTGRES_PASSWORD", "value": password}
    container = pod(
        at.below_app, image="postgres:16.10", env=[variable], ports=[{"name": "postgres", "containerPort": 5432}]
    )
    stateful = {"serviceName": at.below_app, "replicas": 1, "template": {"spec": container}}
    service = {"spec": {"clusterIP": "None", "ports": [{"name": "postgres", "port": 5432, "targetPort": "postgres"}]}}
    given: dict[str, Any] = {
        "outputs": {
            "host": host,
            "port": 5432,
            "password": password,
            "url": Text(("postgresql://app:", password, f"@{host}:5432/orders?sslmode=disable")),
        },
        "delivered": ("host", "password", "url"),
        "objects": (thing("StatefulSet", {"spec": stateful}, api_version="apps/v1"), thing("Service", service)),
        "resources": (resource("random_password", f"{at.label}_master", body),),
        "reach": Reach("pods", (Port(5432),)),
        **settings,
    }
    return node(address, "postgres", **given)


def bundle_of(one: EnvironmentGraph, **settings: Any) -> Bundle:
    """The bundle of a graph that has no faults."""
    outcome = emit(graph(one), **settings)
    assert not outcome.diagnostics
    return outcome.value[0]


def diagnostics_of(one: EnvironmentGraph) -> tuple[Diagnostic, ...]:
    return emit(graph(one)).diagnostics


def objects_of(bundle: Bundle, kind: str) -> list[Any]:
    return [document for documents in bundle.files.values() for document in documents if document.get("kind") == kind]


def object_of(bundle: Bundle, kind: str, name: str | None = None) -> Any:
    """The object of a kind, the only one that an instance has unless a name is given."""
    found = [one for one in objects_of(bundle, kind) if name is None or one["metadata"]["name"] == name]
    assert len(found) == 1
    return found[0]


def terraform_of(bundle: Bundle, app: str = "shop") -> Any:
    """The main document of an app's Terraform root."""
    return bundle.files[f"{bundle.environment}/{app}/terraform/main.tf.json"][0]
