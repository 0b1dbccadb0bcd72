"""Graphs and inputs of plans, made by hand."""

from collections.abc import Mapping

from idpc.address import Address, kebab
from idpc.graph.model import App, Edge, EnvironmentGraph, KubernetesObject, Node, Reach, TerraformResource, Workflow
from idpc.plan.model import PlanInputs, PlannedApp, PlannedFile, PlannedObject
from idpc.source import Span
from idpc.values import InstanceRef, NamedRef, Value

NOWHERE = Span("shop.platform", 0, 1)
MINUTE = 60_000


def at(start: int) -> Span:
    return Span("shop.platform", start, start + 1)


def address(text: str) -> Address:
    parsed = Address.parse(text)
    assert parsed is not None
    return parsed


def node(
    name: str,
    kind: str = "service",
    *,
    workload: bool = True,
    terraform: bool = False,
    objects: bool = True,
    shared: bool = False,
    delivered: tuple[str, ...] = (),
    via: str = "pods",
    **fields: Value,
) -> Node:
    where = address(name)
    resource = TerraformResource("aws_thing", where.label, {}, NOWHERE)
    return Node(
        address=where,
        kind=kind,
        name=where.below_app,
        namespace=kebab(where.app),
        team="payments",
        tier="standard",
        labels={},
        workload=workload,
        shared=shared,
        fields=fields,
        origins={},
        outputs=dict.fromkeys(delivered),
        delivered=delivered,
        rotation=1,
        objects=(KubernetesObject("Deployment", "main", {}, NOWHERE),) if objects else (),
        resources=(resource,) if terraform else (),
        reach=Reach(via, ()),
        span=NOWHERE,
    )


def data(name: str, kind: str = "postgres", **more: Value) -> Node:
    """A data service in a cloud: Terraform and no objects, holding data."""
    defaults = {"workload": False, "terraform": True, "objects": False, "delivered": ("url",), "retire": None}
    return node(name, kind, **{**defaults, **more})


def in_cluster(name: str, kind: str = "postgres", **more: Value) -> Node:
    """A data service in the cluster: Terraform for its password, objects for the rest."""
    return data(name, kind, **{"objects": True, **more})


def edge(source: str, target: str, order: str = "hard", *, start: int = 0, **more) -> Edge:
    values = {"why": "env.URL", "access": "", "outputs": ("url",), **more}
    return Edge(address(source), address(target), order=order, span=at(start), **values)


def graph(*parts: Node | Edge | Workflow, cloud: str = "aws", **environment: Value) -> EnvironmentGraph:
    nodes = {each.address: each for each in parts if isinstance(each, Node)}
    names = sorted({each.app for each in nodes})
    return EnvironmentGraph(
        name="prod",
        environment={"cloud": cloud, "region": "eu-west-1", "cluster": "acme-prod", **environment},
        project={"name": "acme"},
        apps={name: App(name, kebab(name), "payments", "standard", NOWHERE) for name in names},
        teams={},
        nodes={each: nodes[each] for each in sorted(nodes)},
        edges=tuple(each for each in parts if isinstance(each, Edge)),
        workflows=tuple(each for each in parts if isinstance(each, Workflow)),
    )


def workflow(scope: str = "", name: str = "release", approval: Value = None, **stages: Mapping[str, Value]) -> Workflow:
    fields: dict[str, Value] = {"stage": {key: dict(value) for key, value in stages.items()}, "approval": approval}
    return Workflow(name, scope, fields, at(7))


def stage_refs(*names: str) -> list[Value]:
    return [NamedRef("stage", name) for name in names]


def instance_refs(*names: str) -> list[Value]:
    return [InstanceRef(address(name)) for name in names]


_OBJECTS = {
    "service": ("ServiceAccount", "Deployment", "Service", "HTTPRoute"),
    "worker": ("ServiceAccount", "Deployment"),
    "job": ("ServiceAccount", "Job"),
    "cron_job": ("ServiceAccount", "CronJob"),
    "postgres": ("StatefulSet", "Service"),
}


def inputs(of: EnvironmentGraph, *, monitoring: bool = False, **more) -> PlanInputs:
    """What an emitter would give for a graph: a file for each instance with objects, a root where there is Terraform."""
    return PlanInputs({name: _app(of, name, monitoring=monitoring) for name in of.apps}, **more)


def _app(of: EnvironmentGraph, name: str, *, monitoring: bool) -> PlannedApp:
    nodes = [each for each in of.nodes.values() if each.app == name]
    folder = kebab(name)
    secret = PlannedObject("ExternalSecret", f"{folder}-secrets")
    watched = tuple(PlannedObject("PrometheusRule", each.name, owner=each.address) for each in nodes if each.workload)
    return PlannedApp(
        name,
        folder,
        terraform=f"{folder}/terraform" if any(each.resources for each in nodes) else "",
        shared=PlannedFile(f"{folder}/kubernetes/_app.yaml", (PlannedObject("Namespace", folder), secret)),
        monitoring=PlannedFile(f"{folder}/kubernetes/_monitoring.yaml", watched) if monitoring and watched else None,
        instances={
            each.address: PlannedFile(
                f"{folder}/kubernetes/{each.name}.yaml",
                tuple(PlannedObject(kind, each.name) for kind in _OBJECTS.get(each.kind, ("Deployment",))),
            )
            for each in nodes
            if each.objects
        },
    )
