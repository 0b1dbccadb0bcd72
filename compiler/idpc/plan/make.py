"""Makes the plan of an environment: its steps from the bundle, their order from the graph, their stages from workflows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from idpc.diagnostics.model import Diagnostic, Outcome
from idpc.emit.site import Site
from idpc.graph.model import EnvironmentGraph
from idpc.plan.drafts import Draft, drafts
from idpc.plan.faults import early_lookups, limited, ring_faults, runs_deployed, shared_twice, stages_too_short
from idpc.plan.gitops import gitops_drafts, runs_not_applied, uses_gitops
from idpc.plan.join import joined
from idpc.plan.links import Links, links
from idpc.plan.model import Approval, PartPlan, Plan, PlanInputs, PlannedApp, Stage, Step, Target
from idpc.plan.order import orderable_calls, waves
from idpc.plan.preconditions import preconditions
from idpc.plan.staging import PlannedStage, StageNames, stages
from idpc.plan.workflows import Workflows, read_workflows


def make_plan(graph: EnvironmentGraph, inputs: PlanInputs) -> Outcome[Plan]:
    """The plan of one environment; without stages where its steps have no order."""
    outcome = part_plan(graph, inputs)
    return Outcome(joined([outcome.value]), outcome.diagnostics)


def part_plan(graph: EnvironmentGraph, inputs: PlanInputs) -> Outcome[PartPlan]:
    """The plan of the apps of one graph, which those of others may join as long as no edge leads there."""
    diagnostics: list[Diagnostic] = []
    workflows = read_workflows(graph.workflows, diagnostics)
    diagnostics.extend(runs_not_applied(workflows) if uses_gitops(graph) else runs_deployed(graph, workflows))
    diagnostics.extend((*early_lookups(graph), *shared_twice(graph)))
    names = StageNames(workflows)
    plan = Plan(
        environment=graph.name,
        target=_target(graph),
        sources=inputs.sources,
        artifacts=inputs.artifacts,
        preconditions=preconditions(graph, inputs),
        cost=inputs.cost,
        policy=inputs.policy,
        approvals=_approvals(workflows, names),
        protected=graph.environment.get("protected") is True,
    )
    made = tuple((gitops_drafts if uses_gitops(graph) else drafts)(graph, inputs, workflows))
    diagnostics.extend(stages_too_short(made))
    drafted = tuple(map(limited, made))
    needs = links(graph, drafted)
    rings = list(ring_faults(graph, drafted, needs))
    if rings:
        return Outcome(PartPlan(plan), (*diagnostics, *rings))
    staged = stages(drafted, needs, workflows, names, diagnostics)
    laid = tuple(_laid_out(drafted, needs, staged))
    applied = () if uses_gitops(graph) else tuple(_applied(inputs.apps.values()))
    return Outcome(PartPlan(replace(plan, stages=laid), applied), tuple(diagnostics))


def _applied(apps: Iterable[PlannedApp]) -> Iterator[tuple[str, str]]:
    yield from ((app.name, app.folder) for app in apps if app.shared or app.instances)


def _target(graph: EnvironmentGraph) -> Target:
    site = Site("", graph)
    return Target(site.text("cluster") or None, site.text("account") or None, site.region or None, site.cloud)


def _approvals(workflows: Workflows, names: StageNames) -> tuple[Approval, ...]:
    """Each approval under the plan's name of its stage."""
    asked: dict[Approval, None] = {}
    for workflow in workflows.all():
        of = f" of {workflow.scope}" if workflow.scope else ""
        for approval in workflow.approvals:
            before = names.of(workflow, workflow.stages[approval.before])
            asked[replace(approval, before=before, why=f"workflow {workflow.name}{of}")] = None
    return tuple(asked)


def _laid_out(drafted: Sequence[Draft], made: Links, staged: Sequence[PlannedStage]) -> list[Stage]:
    ids = [draft.id for draft in drafted]
    calls = orderable_calls(ids, made.strict, made.calls)
    laid = [(stage, waves(stage.steps, made.strict, calls)) for stage in staged]
    position = dict(_positions([wave for _, each in laid for wave in each]))
    complete = {draft.id: _with_needs(draft.step, made, calls, position) for draft in drafted}
    return [
        Stage(stage.name, stage.type, tuple(tuple(complete[step] for step in wave) for wave in each), stage.timeout)
        for stage, each in laid
    ]


def _positions(laid: Sequence[Sequence[str]]) -> Iterator[tuple[str, int]]:
    for number, wave in enumerate(laid):
        yield from ((step, number) for step in wave)


def _with_needs(step: Step, made: Links, calls: Mapping[str, Sequence[str]], position: Mapping[str, int]) -> Step:
    """The step with the needs that end before it starts, but for those of its needs' own."""
    before = [need for need in calls[step.id] if position[need] < position[step.id]]
    needs = {*made.strict.get(step.id, ()), *before}
    implied = {further for need in needs for further in made.strict.get(need, ())}
    return replace(step, needs=tuple(sorted(needs - implied, key=lambda need: (position[need], need))))
