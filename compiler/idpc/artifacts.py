"""The texts of a build: what an environment's bundle, graph, cost and plan are written as."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from idpc.cost.carbon import document as carbon
from idpc.cost.carbon.model import Factor, FunctionalUnit
from idpc.cost.document import cost_document, line_document, sheet_document, unpriced_document
from idpc.cost.model import CostSheet, InstanceCost, Total, cents
from idpc.cost.pool import Pool
from idpc.emit import Bundle, render
from idpc.emit.json_writer import Written, json_document, json_part
from idpc.graph.document import edge_document, enforcement, former_apps, head, node_document
from idpc.graph.model import Edge, EnvironmentGraph, Node
from idpc.plan.document import plan_document, step_document
from idpc.plan.model import Plan, PlanCost, Step
from idpc.plan.page import plan_page
from idpc.source import SourceFile, Span

_IN_LIST, _IN_SECTION, _IN_WAVE = 2, 3, 5
"""How deep nodes and edges stand in `graph.json`, emissions in `cost.json`, and steps in `plan.json`."""


class GraphPart(NamedTuple):
    """What an app adds to `graph.json`: its nodes, and the edges that begin at them."""

    nodes: tuple[Written, ...]
    edges: tuple[Written, ...]


class CostPart(NamedTuple):
    """What an app adds to `cost.json`: its lines, what has no price, and the same of carbon, with what that rests on."""

    factors: tuple[Factor, ...]
    lines: tuple[Written, ...]
    unpriced: tuple[Written, ...]
    emissions: tuple[Written, ...]
    unmeasured: tuple[Written, ...]
    intensity: tuple[Written, ...]


def digest_of(bundle: Bundle) -> str:
    """`sha256:…` of all files of a bundle."""
    found = hashlib.sha256()
    for path, text in sorted(render(bundle).items()):
        found.update(f"{path}\0{hashlib.sha256(text.encode()).hexdigest()}\n".encode())
    return f"sha256:{found.hexdigest()}"


def texts(
    bundle: Bundle, graph: EnvironmentGraph, plan: Plan, sheet: CostSheet, files: Mapping[str, SourceFile]
) -> dict[str, str]:
    """Every file of an environment by its path below the build folder."""
    return {
        **render(bundle),
        f"{bundle.environment}/graph.json": graph_text(graph, files),
        f"{bundle.environment}/cost.json": json_document(cost_document(sheet)),
        f"{bundle.environment}/plan.json": plan_text(plan),
        f"{bundle.environment}/plan.md": plan_page(plan),
    }


def graph_text(graph: EnvironmentGraph, files: Mapping[str, SourceFile]) -> str:
    """The graph of an environment as `graph.json` has it."""
    parts = tuple(_graph_parts(graph, files))
    nodes = [node for part in parts for node in part.nodes]
    edges = [edge for part in parts for edge in part.edges]
    return json_document({**head(graph.name), "nodes": nodes, "edges": edges})


def _graph_parts(graph: EnvironmentGraph, files: Mapping[str, SourceFile]) -> Iterator[GraphPart]:
    """The parts of all apps, in order."""
    nodes: dict[str, list[Node]] = {}
    edges: dict[str, list[Edge]] = {}
    for address, node in graph.nodes.items():
        nodes.setdefault(address.app, []).append(node)
    for edge in graph.edges:
        edges.setdefault(edge.source.app, []).append(edge)
    for app, own in nodes.items():
        yield graph_part(graph, own, edges.get(app, ()), files)


def graph_part(
    graph: EnvironmentGraph, nodes: Iterable[Node], edges: Iterable[Edge], files: Mapping[str, SourceFile]
) -> GraphPart:
    """The part of one app: of others it takes only how the targets of its edges are reached."""

    def positions(span: Span) -> Mapping[str, str | int]:
        return location(span, files)

    return GraphPart(
        tuple(json_part(node_document(node, positions, former_apps(graph, node)), _IN_LIST) for node in nodes),
        tuple(json_part(edge_document(edge, positions, enforcement(graph, edge)), _IN_LIST) for edge in edges),
    )


def cost_part(app: str, costs: Sequence[InstanceCost], units: Mapping[str, FunctionalUnit]) -> CostPart:
    """The part of one app: what its instances cost and emit."""
    emissions = [line for each in costs for line in each.emissions]
    intensity = [carbon.intensity_document(app, costs, units)] if emissions else []
    return CostPart(
        tuple(carbon.factors(emissions)),
        tuple(json_part(line_document(line), _IN_LIST) for each in costs for line in each.lines),
        tuple(json_part(unpriced_document(part), _IN_LIST) for each in costs for part in each.unpriced),
        tuple(json_part(carbon.line_document(line), _IN_SECTION) for line in emissions),
        tuple(json_part(carbon.unmeasured_document(part), _IN_SECTION) for each in costs for part in each.unmeasured),
        tuple(json_part(each, _IN_SECTION) for each in intensity),
    )


def cost_text(environment: str, parts: Iterable[CostPart], pool: Pool, total: Total, emitted: Total) -> str:
    """`cost.json` of an environment from the parts of its apps, in their order, and from what is idle of machines."""
    parts = tuple(parts)
    lines, unpriced, emissions, unmeasured, intensity = (
        [each for part in parts for each in getattr(part, name)] for name in CostPart._fields[1:]
    )
    idle = pool.idle_emissions
    lines += [json_part(line_document(line), _IN_LIST) for line in pool.idle]
    emissions += [json_part(carbon.line_document(line), _IN_SECTION) for line in idle]
    factors = {*(factor for part in parts for factor in part.factors), *carbon.factors(idle)}
    used = [carbon.factor_document(each) for each in sorted(factors)]
    section = carbon.section(carbon.CarbonParts(emissions, unmeasured, intensity, used), emitted)
    return json_document(sheet_document(environment, lines, unpriced, total, section))


def plan_cost(total: Total, unpriced: int) -> PlanCost:
    """What a plan says of the cost; where nothing has a price it knows none."""
    monthly = str(cents(total.expected)) if any(total) or not unpriced else None
    return PlanCost(monthly=monthly, unpriced=unpriced)


def plan_text(plan: Plan) -> str:
    """The plan of an environment as `plan.json` has it."""
    return json_document(plan_document(plan, step_part))


def step_part(step: Step) -> Written:
    """A step as it stands in `plan.json`."""
    return json_part(step_document(step), _IN_WAVE)


def location(span: Span, files: Mapping[str, SourceFile]) -> dict[str, str | int]:
    """A place as published documents have it."""
    file = files.get(span.file)
    if file is None:
        return {"file": span.file, "line": 1, "column": 1}
    line, column = file.position(span.start)
    return {"file": span.file, "line": line, "column": column}
