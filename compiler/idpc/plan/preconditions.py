"""Lists what must be there before a plan may run: what the bundle asks for, and what the engine itself needs."""

from collections.abc import Iterable, Iterator

from idpc.emit.reading import at, entries
from idpc.graph.model import EnvironmentGraph
from idpc.plan.drafts import apps_with_early_namespace
from idpc.plan.gitops import uses_gitops
from idpc.plan.model import PlanInputs, PlannedObject, Precondition

_ORDER = (
    "tool",
    "environment",
    "cluster",
    "permission",
    "state",
    "crd",
    "admission",
    "gitops",
    "secret_store",
    "secret",
    "listener",
)
_SCALER_PERMISSIONS = {
    "aws-sqs-queue": "keda-operator: sqs:GetQueueAttributes",
    "gcp-pubsub": "keda-operator: roles/monitoring.viewer",
    "azure-servicebus": "keda-operator: Azure Service Bus Data Receiver",
}


def preconditions(graph: EnvironmentGraph, inputs: PlanInputs) -> tuple[Precondition, ...]:
    """All preconditions, each once with all that ask for it, in the order in which a person checks them."""
    own = _made(graph, inputs)
    asked = (each for each in inputs.preconditions if (each.what, each.name) not in own)
    return in_order((*asked, *_tools(graph, inputs), *_permissions(inputs)))


def _made(graph: EnvironmentGraph, inputs: PlanInputs) -> set[tuple[str, str]]:
    """What shared instances make, so that nobody has to have made it before."""
    shared = [node for node in graph.nodes.values() if node.shared]
    resources = [each for node in shared for each in node.resources if not each.data]
    clusters = {("cluster", str(each.body.get("name"))) for each in resources if each.type.endswith("_cluster")}
    files = (file for app in inputs.apps.values() for file in app.instances.values())
    return clusters | {("secret_store", str(one)) for file in files for one in file.objects}


def in_order(found: Iterable[Precondition]) -> tuple[Precondition, ...]:
    """Each once, with all that ask for it, in the order in which a person checks them."""
    askers: dict[tuple[str, str], set[str]] = {}
    for what, name, used_by in found:
        askers.setdefault((what, name), set()).update(used_by)
    listed = sorted(askers, key=lambda key: (_ORDER.index(key[0]) if key[0] in _ORDER else len(_ORDER), key))
    return tuple(Precondition(what, name, tuple(sorted(askers[what, name]))) for what, name in listed)


def _tools(graph: EnvironmentGraph, inputs: PlanInputs) -> Iterator[Precondition]:
    roots = tuple(name for name, app in inputs.apps.items() if app.terraform)
    applied = tuple(name for name, app in inputs.apps.items() if app.shared or app.instances)
    if roots:
        yield Precondition("tool", "terraform", roots)
    if applied:
        yield Precondition("tool", "git" if uses_gitops(graph) else "kubectl", applied)
    if uses_gitops(graph):
        for app in sorted(apps_with_early_namespace(graph, inputs)):
            yield Precondition("cluster", f"namespace of {app}", (app,))


def _permissions(inputs: PlanInputs) -> Iterator[Precondition]:
    """What an operator in the cluster must be allowed in the cloud, as it reads queues in place of the workload."""
    for app in inputs.apps.values():
        for address, file in app.instances.items():
            for name in _scalers(file.objects):
                yield Precondition("permission", name, (str(address),))


def _scalers(objects: Iterable[PlannedObject]) -> Iterator[str]:
    for each in objects:
        if each.kind == "ScaledObject":
            for trigger in entries(at(each.body, "spec", "triggers")):
                permission = _SCALER_PERMISSIONS.get(str(trigger.get("type")))
                if permission:
                    yield permission
