"""Drafts the steps of an environment whose objects a GitOps engine applies: Terraform, one push, one wait."""

from collections.abc import Iterator, Sequence

from idpc.diagnostics.codes.artifacts import RUN_NOT_APPLIED
from idpc.diagnostics.model import Diagnostic
from idpc.graph.model import EnvironmentGraph
from idpc.plan.drafts import Draft, Place, check_drafts, going_back, nodes_by_app, terraform_drafts
from idpc.plan.model import Gate, PlanInputs, Rollback, Step
from idpc.plan.workflows import Workflows
from idpc.schema.durations import of_action

_SYNCED = frozenset({"Application", "ApplicationSet", "Kustomization"})
PUSH_MINUTES = 5
WAIT_MINUTES = 60


def uses_gitops(graph: EnvironmentGraph) -> bool:
    """Whether the environment's objects are applied by another engine."""
    return graph.environment.get("gitops", "none") not in ("none", None)


def gitops_drafts(graph: EnvironmentGraph, inputs: PlanInputs, workflows: Workflows) -> Iterator[Draft]:
    """Every step that the engine runs when another one applies the objects."""
    nodes = nodes_by_app(graph)
    places = [Place(graph, inputs.apps[name], workflows) for name in sorted(inputs.apps)]
    for place in places:
        yield from terraform_drafts(place, nodes.get(place.app.name, ()))
    yield from _push_and_wait(graph, inputs, workflows, places)
    for place in places:
        yield from check_drafts(place, nodes.get(place.app.name, ()))


def _push_and_wait(
    graph: EnvironmentGraph, inputs: PlanInputs, workflows: Workflows, places: Sequence[Place]
) -> Iterator[Draft]:
    workflow = workflows.holding(None)
    stage = workflow.default("application")
    applied = tuple(address for place in places for address in place.app.instances)
    read = tuple(file.path for file in inputs.gitops)
    if not any(_folders(place) for place in places):
        return
    push = Step(
        id="gitops/push",
        action="gitops.push",
        address=graph.name,
        artifacts=(*(folder for place in places for folder in _folders(place)), *read),
        gate=Gate(pushed="the revision is on the branch that the engine reads"),
        rollback=going_back(workflow),
        timeout=PUSH_MINUTES,
        takes=of_action("gitops.push"),
    )
    wait = Step(
        id="gitops/wait",
        action="gitops.wait",
        address=graph.name,
        artifacts=read,
        gate=Gate(synced=tuple(str(each) for file in inputs.gitops for each in file.objects if each.kind in _SYNCED)),
        rollback=Rollback(none="goes back with gitops/push"),
        timeout=WAIT_MINUTES,
        takes=of_action("gitops.wait"),
        provides=tuple(str(address) for address in applied),
    )
    yield Draft(push, "push", "", workflow, stage)
    yield Draft(wait, "wait", "", workflow, stage, realises=applied)


def _folders(place: Place) -> list[str]:
    has_objects = place.app.shared or place.app.instances or place.app.monitoring
    return [f"{place.app.folder}/kubernetes"] if has_objects else []


def runs_not_applied(workflows: Workflows) -> Iterator[Diagnostic]:
    """A warning for each job that a stage runs, as nothing would apply it here."""
    for workflow in workflows.all():
        for rule in workflow.stages.values():
            for address in rule.run:
                yield RUN_NOT_APPLIED.at(
                    rule.listed,
                    f"the stage `{rule.name}` runs `{address}`, which idpc does not apply where `gitops` is set",
                    hint="left out of the plan",
                    help='let the GitOps engine run it as a hook, or declare the job with `run = "on_deploy"`',
                    address=str(address),
                )
