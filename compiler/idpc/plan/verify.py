"""Checks a finished plan against the graph: that its waves respect every edge and every need."""

from collections.abc import Iterator, Mapping

from idpc.graph.model import Edge, EnvironmentGraph
from idpc.plan.model import Plan, Step


def order_faults(graph: EnvironmentGraph, plan: Plan) -> tuple[str, ...]:
    """What a plan gets wrong, as sentences; none where every edge is respected.

    A hard edge's need must end before the consumer starts, a call's may be in the same wave. Two ends that one step
    applies are ordered by what it runs, and two roots of different apps only by what they look up.
    """
    waves = dict(_waves(plan))
    applying = _applying(plan)
    faults = [
        f"{step.id} runs in wave {waves[step.id]}, its need {need} in {waves.get(need)}"
        for step in plan.steps
        for need in step.needs
        if waves.get(need, waves[step.id]) >= waves[step.id]
    ]
    for edge in graph.edges:
        faults.extend(_edge_faults(edge, graph, applying, waves))
    return tuple(faults)


def _waves(plan: Plan) -> Iterator[tuple[str, int]]:
    number = 0
    for stage in plan.stages:
        for wave in stage.waves:
            yield from ((step.id, number) for step in wave)
            number += 1


def _applying(plan: Plan) -> Mapping[str, tuple[Step, ...]]:
    """The steps that apply each instance: those of its own file, else the one that provides it."""
    own: dict[str, tuple[Step, ...]] = {}
    provided: dict[str, tuple[Step, ...]] = {}
    for step in plan.steps:
        if step.action == "kubernetes.apply" and step.address in step.provides:
            own[step.address] = (*own.get(step.address, ()), step)
        else:
            provided.update(dict.fromkeys(step.provides, (step,)))
    return provided | own


def _edge_faults(
    edge: Edge, graph: EnvironmentGraph, applying: Mapping[str, tuple[Step, ...]], waves: Mapping[str, int]
) -> Iterator[str]:
    for step in applying.get(str(edge.source), ()):
        for need in applying.get(str(edge.target), ()):
            if need.id == step.id or _free(step, need, edge, graph):
                continue
            late = waves[need.id] - waves[step.id]
            if late > 0 or (late == 0 and edge.order == "hard"):
                yield f"{edge.source} needs {edge.target} ({edge.order}), but {need.id} comes {late} waves after {step.id}"


def _free(step: Step, need: Step, edge: Edge, graph: EnvironmentGraph) -> bool:
    roots = step.action == need.action == "terraform.apply"
    return roots and not graph.nodes[edge.target].shared
