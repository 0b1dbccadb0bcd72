"""Says what is wrong with a plan's order, in words."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from idpc.address import Address
from idpc.diagnostics.codes.artifacts import (
    LOOKED_UP_TOO_EARLY,
    SHARED_TWICE,
    STAGE_RUNS_DEPLOYED,
    STAGE_TOO_SHORT,
    STEP_RING,
    TERRAFORM_RING,
)
from idpc.diagnostics.model import Diagnostic, Label
from idpc.graph.model import Edge, EnvironmentGraph, Node
from idpc.plan.drafts import Draft, is_manual
from idpc.plan.links import Links
from idpc.plan.lookups import finds, plain_name
from idpc.plan.order import rings, shortest_ring
from idpc.plan.workflows import Workflows, stands_in
from idpc.schema.durations import Duration
from idpc.source import Span


def ring_faults(graph: EnvironmentGraph, drafts: Sequence[Draft], made: Links) -> Iterator[Diagnostic]:
    """An error for each ring of steps that must all end before each other start, with every edge that closes it."""
    by_id = {draft.id: draft for draft in drafts}
    for ring in rings(by_id, made.strict):
        if len(ring) > 1:
            way = shortest_ring(ring, made.strict)
            edges = [edge for step, need in way if (edge := made.strict[step][need]) is not None]
            yield _ring(graph, by_id, way, sorted(edges, key=lambda edge: edge.span))


def _ring(
    graph: EnvironmentGraph, by_id: Mapping[str, Draft], way: Sequence[tuple[str, str]], edges: Sequence[Edge]
) -> Diagnostic:
    steps = [step for step, _ in way]
    first = edges[0] if edges else None
    span = first.span if first else min(_app_span(graph, by_id[step].app) for step in steps)
    labels = tuple(Label(edge.span, f"`{edge.source}` needs `{edge.target}`") for edge in edges[1:])
    address = str(first.source) if first else by_id[steps[0]].step.address
    hint = f"`{first.source}` needs `{first.target}`" if first else ""
    if all(by_id[step].part == "terraform" for step in steps):
        apps = _and([f"`{by_id[step].app}`" for step in steps])
        return TERRAFORM_RING.at(
            span,
            f"the Terraform of {apps} look up shared instances of each other, so none can be applied first",
            hint=hint,
            labels=labels,
            help="move the shared instances into an app that looks up nothing of the others",
            address=address,
        )
    return STEP_RING.at(
        span,
        f"the steps {_and([f'`{step}`' for step in steps])} of the plan need each other, so none can run first",
        hint=hint,
        labels=labels,
        help="an app's Terraform is one step that runs before its workloads: move one of the instances to another app",
        notes=(", ".join(f"{step} needs {need}" for step, need in way),),
        address=address,
    )


def _app_span(graph: EnvironmentGraph, app: str) -> Span:
    declared = graph.apps.get(app)
    return declared.span if declared else Span("", 0, 0)


def _and(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def early_lookups(graph: EnvironmentGraph) -> Iterator[Diagnostic]:
    """An error for each instance that finds by its name what its own root only makes: Terraform asks for it before."""
    for shared in (node for node in graph.nodes.values() if node.shared):
        for node in graph.nodes.values():
            if node.app == shared.app and node.address != shared.address and _looks_up(node, shared):
                yield LOOKED_UP_TOO_EARLY.at(
                    node.span,
                    f"`{node.address}` finds `{shared.address}` by its name, and the Terraform of `{node.app}` makes both",
                    hint="it is looked up before it is there",
                    labels=(Label(shared.span, f"`{shared.address}` is made here"),),
                    help="move one of the two to another app: what apps look up is applied before them",
                    address=str(node.address),
                )


def _looks_up(node: Node, shared: Node) -> bool:
    made = [each for each in shared.resources if not each.data]
    asking = [each for each in node.resources if "depends_on" not in each.body]
    return any(finds(one, other) for one in asking for other in made)


def shared_twice(graph: EnvironmentGraph) -> Iterator[Diagnostic]:
    """An error for each shared instance that has the name of an earlier one, so that nobody could tell which is meant."""
    seen: dict[tuple[str, str], Node] = {}
    for node in sorted((each for each in graph.nodes.values() if each.shared), key=lambda each: each.span):
        names = [(one.type, name) for one in node.resources if not one.data and (name := plain_name(one))]
        earlier = next((seen[each] for each in names if each in seen), None)
        if earlier is not None:
            yield SHARED_TWICE.at(
                node.span,
                f"`{node.address}` has the name of `{earlier.address}`, by which others find it",
                hint="there can be one in an environment",
                labels=(Label(earlier.span, f"`{earlier.address}` is made here"),),
                help="remove one of the two, or give the other one an environment of its own",
                address=str(node.address),
            )
        seen |= {each: node for each in names if each not in seen}


def runs_deployed(graph: EnvironmentGraph, workflows: Workflows) -> Iterator[Diagnostic]:
    """An error for each instance that a stage runs though it is no job that waits to be run."""
    for workflow in workflows.all():
        for rule in workflow.stages.values():
            for run in rule.run:
                for address in _instances(graph, run):
                    yield STAGE_RUNS_DEPLOYED.at(
                        rule.listed,
                        f"the stage `{rule.name}` runs `{address}`, which is deployed with its app anyway",
                        hint='`run` lists jobs with `run = "manual"`',
                        help=f'set `run = "manual"` in `{address}`, or take it out of the stage\'s `run`',
                        address=str(address),
                    )


def _instances(graph: EnvironmentGraph, run: Address) -> Iterator[Address]:
    yield from (each for each in graph.nodes if stands_in(each, run) and not is_manual(graph.nodes[each]))


def stages_too_short(drafts: Sequence[Draft]) -> Iterator[Diagnostic]:
    """A warning for each stage with less time than a step of it is declared to take: a job, a rollout with its pauses."""
    told: set[Span] = set()
    for draft in sorted(drafts, key=lambda each: -each.step.timeout):
        stage, step = draft.stage, draft.step
        if draft.part == "instance" and 0 < stage.timeout < step.timeout and stage.limited not in told:
            told.add(stage.limited)
            yield STAGE_TOO_SHORT.at(
                stage.limited,
                f"the stage `{stage.name}` may take {stage.timeout} min, and its step `{step.id}` {step.timeout} min",
                hint="the step is stopped when the stage's time is over",
                help=f"give the stage at least {step.timeout}m, or `{step.address}` less",
                address=step.address,
            )


def limited(draft: Draft) -> Draft:
    """A draft whose step has no more time than its stage, and is not expected to take longer."""
    step, stage = draft.step, draft.stage
    minutes = min(step.timeout, stage.timeout or step.timeout)
    takes = Duration(*(min(each, 60 * minutes) for each in step.takes))
    return replace(draft, step=replace(step, timeout=minutes, takes=takes))
