"""The public function of stage 4: a typed program becomes the graph of every environment."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, TypedDict, TypeVar, cast

from msgspec import Struct

from idpc.address import Address
from idpc.diagnostics import Diagnostic, Label, Outcome
from idpc.diagnostics.codes import graph as codes
from idpc.diagnostics.codes import types as type_codes
from idpc.diagnostics.codes.names import SAME_IN_KEBAB
from idpc.diagnostics.rings import ring_text
from idpc.graph.code import Coder, coder_of
from idpc.graph.edges import Draft, edge, edges_of, read_more, rings, set_grants
from idpc.graph.expand import expand
from idpc.graph.faults import Fault, Poisoned
from idpc.graph.frame import Frame
from idpc.graph.layers import Record, origins
from idpc.graph.made import Made
from idpc.graph.model import (
    App,
    CatalogEntry,
    Edge,
    EnvironmentGraph,
    Graph,
    Interface,
    KubernetesObject,
    Node,
    Port,
    Reach,
    Team,
    TerraformResource,
    Workflow,
)
from idpc.graph.promotion import promotion_rings
from idpc.graph.run import AppState, EnvironmentRun, Surroundings
from idpc.graph.state import InstanceState, missing, missing_fields
from idpc.types.declared import RecordInstance, TypedProgram
from idpc.types.model import PLAIN, is_optional, mark_of
from idpc.values import Value

T = TypeVar("T")


class Evaluated(Struct, frozen=True):
    """The graph, and for policies, tests and explanations the runs that made it."""

    graph: Graph
    runs: Mapping[str, EnvironmentRun]


def build_graph(typed: TypedProgram, around: Surroundings) -> Outcome[Evaluated]:
    """All environments, each evaluated by itself."""
    coder = Coder(coder_of(typed.library) if typed.library else None)
    runs = {name: EnvironmentRun(typed, name, coder, around) for name in sorted(typed.environments)}
    diagnostics = [*_same_place(runs), *promotion_rings(runs)]
    graphs = {}
    for name, run in runs.items():
        graphs[name] = evaluate(run)
        diagnostics += run.diagnostics
    return Outcome(Evaluated(Graph(typed.project_name, graphs), runs), tuple(diagnostics))


def evaluate(run: EnvironmentRun) -> EnvironmentGraph:
    """The graph of one environment."""
    _lets(run)
    if run.is_known:
        expand(run)
    states = [run.states[address] for address in sorted(run.states)]
    told = {state.address for state in states if _fields(state)}
    nodes = [state for state in states if not state.kind.template]
    drafts = {state.address: edges_of(state) for state in nodes}
    for state in nodes:
        set_grants(state, drafts[state.address])
    told |= _rules(states)
    found = {state.address: _node(state, drafts[state.address], told=state.address in told) for state in nodes}
    edges = _edges(run, drafts)
    _same_names(nodes)
    _judge(run, nodes, edges)
    return _graph(run, found, edges)


def _same_place(runs: Mapping[str, EnvironmentRun]) -> list[Diagnostic]:
    """Environments that would stand in the same cluster under the same names."""
    places: dict[tuple[Value, Value], str] = {}
    found = []
    for name, run in sorted(runs.items(), key=lambda each: each[1].typed.environments[each[0]].span):
        typed = run.typed
        place = (run.environment.get("cluster"), run.environment.get("namespace_prefix"))
        first = places.setdefault(place, name)
        if first != name and place[0] is not None:
            found.append(
                codes.SAME_PLACE.at(
                    typed.environments[name].span,
                    f"`{name}` and `{first}` are in the same cluster under the same names",
                    hint=f"cluster `{place[0]}`",
                    labels=(Label(typed.environments[first].span, "the other"),),
                    help="give one of them a `namespace_prefix`",
                )
            )
    return found


def _lets(run: EnvironmentRun) -> None:
    for let in run.typed.lets.values():
        if let.home == "global":
            run.succeeds(partial(Frame(run).let, let))


def _moved_from_elsewhere(state: InstanceState) -> Iterator[Diagnostic]:
    """Former addresses in other apps: Terraform moves nothing from one state to another."""
    app = state.run.apps[state.app].info
    for old in state.former:
        if old.app not in (app.name, *app.was):
            yield type_codes.ANNOTATION.at(
                state.info.span,
                f"`{old}` belonged to another app, and what it made cannot be moved from there",
                hint=f"`@was` names instances of `{app.name}`",
                address=str(state.address),
            )


def _fields(state: InstanceState) -> bool:
    """Evaluate the fields of an instance; gives whether something is wrong with them."""
    whole = len(state.run.diagnostics)
    lacking = missing_fields(state)
    if lacking:
        state.run.report(traced(state, missing(state, lacking).diagnostic))
    for each in _moved_from_elsewhere(state):
        state.run.report(each)
    state.cells.update(state.alike.cells)
    for name in state.alike.names:
        if name in state.cells and state.cells[name].plain:
            continue
        before = len(state.run.diagnostics)
        state.run.succeeds(partial(state.field, name, state.info.span))
        _trace_new(state, before)
    state.alike.learn_fields(state.cells)
    return len(state.run.diagnostics) > whole


def _trace_new(state: InstanceState, before: int) -> None:
    found = state.run.diagnostics
    found[before:] = [traced(state, each) for each in found[before:]]


def traced(state: InstanceState, diagnostic: Diagnostic) -> Diagnostic:
    """A diagnostic inside a kind's declaration or a template's expansion also shows the lines that used them."""
    known = {diagnostic.span, *(label.span for label in diagnostic.labels)}
    kind, span = state.kind.block.span, diagnostic.span
    inside = kind.file == span.file and kind.start <= span.start and span.end <= kind.end
    uses = (*state.trace, state.info.span) if inside else state.trace
    extra = tuple(Label(span, "used here") for span in uses if span not in known)
    return diagnostic.but(labels=(*diagnostic.labels, *extra))


def _rules(states: list[InstanceState]) -> set[Address]:
    """Check the rules of all instances; gives those whose kind's rules do not hold."""
    unsound = set()
    for state in states:
        before = len(state.run.diagnostics)
        if not _rules_hold(state):
            unsound.add(state.address)
        for rule in state.info.rules:
            state.run.rules.check(
                rule, state.layers[-1].frame if len(state.layers) == 1 else _body_frame(state), state.info.span, state
            )
        _trace_new(state, before)
    return unsound


def _rules_hold(state: InstanceState) -> bool:
    """Whether the rules of an instance's kind hold, beside those that hold for all that are like it."""
    alike, check = state.alike, state.run.rules.check
    state.lets.update(alike.lets)
    held = [check(rule, state.frame, state.info.span, state) for rule in alike.rules]
    alike.learn_rules(held, state.lets)
    return all(held)


def _body_frame(state: InstanceState) -> Frame:
    return next(layer.frame for layer in state.layers if layer.body is state.info.body)


# --------------------------------------------------------------------- nodes


def _node(state: InstanceState, drafts: dict[Address, Draft], *, told: bool) -> Node:
    """A node of the graph. `told`: something is wrong with its fields, so what fails in making its objects is no news."""
    run = state.run
    before = len(run.diagnostics)
    run.reads = {}
    made: list[Made] = []
    if not state.has_target():
        run.report(_no_target(state))
    else:
        try:
            made = state.resources_made()
        except Fault as fault:
            run.report(fault.diagnostic)
        except Poisoned:
            pass
    if told:
        del run.diagnostics[before:]
    reads, run.reads = run.reads, {}
    read_more(state, drafts, reads)
    run.reads = {}
    outputs = _outputs(state) if state.has_target() else {}
    reach = _reach(state)
    _trace_new(state, before)
    objects, resources = _split(state, made)
    return Node(
        state.address,
        state.kind.name,
        _or(lambda: state.name, state.address.below_app),
        run.namespace(state.app),
        _or(lambda: state.team, ""),
        _or(lambda: state.tier, "standard"),
        _or(state.labels, {}),
        state.kind.workload,
        state.kind.shared,
        _values(state),
        origins(state.record),
        outputs,
        tuple(name for name in outputs if mark_of(state.kind.outputs[name].type) != PLAIN),
        _rotation(state),
        objects,
        resources,
        reach,
        state.info.span,
        state.trace,
        state.former,
        _catalog(state),
    )


def _values(state: InstanceState) -> dict[str, Value]:
    """The fields that have values."""
    return {
        name: cell.value
        for name, cell in ((name, state.cells.get(name)) for name in state.kind.fields)
        if cell is not None and not cell.failed
    }


def _or(make: Callable[[], T], otherwise: T) -> T:
    """A value, or what stands for it where an error that is told elsewhere prevents it."""
    try:
        return make()
    except (Poisoned, Fault):
        return otherwise


def _no_target(state: InstanceState) -> Diagnostic:
    clouds = ", ".join(f"`{each}`" for each in state.kind.clouds())
    return codes.NO_TARGET.at(
        state.info.span,
        f"`{state.kind.name}` is not available on {state.run.cloud}",
        hint=f"it has {clouds}",
        labels=(Label(state.kind.span, f"`{state.kind.name}` is defined here"),),
        address=str(state.address),
    )


def _outputs(state: InstanceState) -> dict[str, Value]:
    """Outputs with values: those that are secret or deferred must have one unless they are optional, others when read."""
    found: dict[str, Value] = {}
    for name, info in state.kind.outputs.items():
        cell = state.output(name)
        if not cell.failed and (cell.value is not None or not is_optional(info.type)):
            found[name] = cell.value
        elif cell.fault is not None and mark_of(info.type) != PLAIN:
            state.run.report(cell.fault.diagnostic)
    return found


def _rotation(state: InstanceState) -> int:
    cell = state.cells.get("rotation")
    return cell.value if cell is not None and isinstance(cell.value, int) else 1


class _CatalogValue(TypedDict):
    """The record by which the checker has checked `catalog` blocks."""

    type: str
    interfaces: list[dict[str, Any]]
    links: list[dict[str, str]]


def _catalog(state: InstanceState) -> CatalogEntry | None:
    """What a catalog of software is told of an instance."""
    if state.kind.catalog is None:
        return None
    try:
        value = cast("_CatalogValue", state.run.finished(state.catalog(), state.frame))
    except Fault as fault:
        state.run.report(fault.diagnostic)
        return None
    except Poisoned:
        return None
    interfaces = tuple(Interface(**each) for each in value["interfaces"])
    return CatalogEntry(value["type"], interfaces, tuple((each["title"], each["url"]) for each in value["links"]))


class _ReachValue(TypedDict):
    """The record by which the checker has checked `reach` blocks."""

    via: str
    ports: list[int]
    udp: list[int]
    outputs: dict[str, list[int]]


def _reach(state: InstanceState) -> Reach | None:
    run = state.run
    has = tuple(name for block in state.kind.reach for name in block.targets)
    for block in state.kind.reach:
        if not run.is_target(block.targets, has):
            continue
        try:
            value = cast("_ReachValue", run.finished(run.coder.run(block.value, state.frame), state.frame))
        except Fault as fault:
            run.report(fault.diagnostic)
            return None
        except Poisoned:
            return None
        ports = (*(Port(each) for each in value["ports"]), *(Port(each, "UDP") for each in value["udp"]))
        protocols = {port.number: port.protocol for port in ports}
        by_output = {
            name: tuple(Port(each, protocols.get(each, "TCP")) for each in numbers)
            for name, numbers in value["outputs"].items()
        }
        return Reach(value["via"], ports, by_output)
    return None


def _split(
    state: InstanceState, made: list[Made]
) -> tuple[tuple[KubernetesObject, ...], tuple[TerraformResource, ...]]:
    objects, resources = [], []
    for each in made:
        info = each.info
        if info.kubernetes:
            body = {"apiVersion": info.api_version, "kind": info.resource, **each.body}
            objects.append(
                KubernetesObject(info.resource, info.name, body, info.span, each.key, info.hashed, info.per_app)
            )
        else:
            moved = () if info.per_app else tuple(state.label_of(old, info, each.key) for old in state.former)
            resources.append(
                TerraformResource(
                    info.resource, state.label(info, each.key), each.body, info.span, info.data, info.per_app, moved
                )
            )
    return tuple(objects), tuple(resources)


# --------------------------------------------------------------------- edges


def _edges(run: EnvironmentRun, drafts: dict[Address, dict[Address, Draft]]) -> tuple[Edge, ...]:
    return tuple(
        edge(run.states[source], run.states[target], drafts[source][target])
        for source in sorted(drafts)
        for target in sorted(drafts[source])
    )


def _same_names(nodes: list[InstanceState]) -> None:
    """Instances of one app that artifacts could not tell apart: by what composes their names, or by the one given."""
    seen: dict[tuple[str, str], InstanceState] = {}
    for state in sorted(nodes, key=lambda each: (each.info.span, each.address)):
        name = _or(partial(getattr, state, "name"), "")
        first = seen.setdefault((state.app, name), state)
        if name and first is not state:
            state.run.report(
                SAME_IN_KEBAB.at(
                    state.info.span,
                    f"`{first.address}` and `{state.address}` are both `{name}` in artifacts",
                    hint="rename one of them",
                    labels=(Label(first.info.span, "the other"),),
                )
            )


def _judge(run: EnvironmentRun, nodes: list[InstanceState], edges: tuple[Edge, ...]) -> None:
    """Rings of hard edges, and instances that nothing uses."""
    for ring in rings(edges):
        path = ring_text([each.source for each in ring])
        labels = tuple(Label(each.span, f"`{each.source}` needs `{each.target}`") for each in ring[1:])
        run.report(
            codes.HARD_RING.at(
                ring[0].span,
                f"instances need each other: {path}",
                hint=f"`{ring[0].source}` needs `{ring[0].target}`",
                labels=labels,
                help="break the ring: calls between workloads may go round, needs may not",
            )
        )
    used = {each.target for each in edges}
    for state in nodes:
        if not state.kind.workload and not state.kind.shared and state.kind.outputs and state.address not in used:
            run.report(
                codes.UNREAD.at(
                    state.info.span,
                    f"nothing uses `{state.address}`",
                    hint="no output of it is read",
                    help=f"read one of its outputs, or say `uses {state.info.name} {{ }}`",
                    address=str(state.address),
                )
            )


def _graph(run: EnvironmentRun, nodes: Mapping[Address, Node], edges: tuple[Edge, ...]) -> EnvironmentGraph:
    apps = {
        name: App(
            name,
            run.namespace(name),
            _or(partial(getattr, state, "team"), ""),
            _or(partial(getattr, state, "tier"), "standard"),
            state.info.span,
            _or(partial(_app_labels, state), {}),
            str(state.fields.get("title") or ""),
            state.info.was,
            state.info.doc,
            _texts(state.fields.get("links")),
        )
        for name, state in sorted(run.apps.items())
    }
    teams = {
        name: Team(name, run.references["team", name], team.span) for name, team in sorted(run.typed.teams.items())
    }
    project = run.context["project"]
    assert isinstance(project, dict)  # noqa: S101  # a record
    return EnvironmentGraph(
        run.name, run.environment, project, apps, teams, dict(sorted(nodes.items())), edges, tuple(_workflows(run))
    )


def _app_labels(state: AppState) -> dict[str, str]:
    return {key: str(value) for key, value in state.labels.items()}


def _texts(value: Value) -> dict[str, str]:
    return {key: str(text) for key, text in value.items()} if isinstance(value, dict) else {}


def _workflows(run: EnvironmentRun) -> list[Workflow]:
    found = [_workflow(run, each, "") for each in run.typed.rules if each.sort == "workflow"]
    for name, app in sorted(run.typed.apps.items()):
        found += [_workflow(run, each, name) for each in app.workflows]
    for address, state in sorted(run.states.items()):
        before = len(run.diagnostics)
        found += [_workflow(run, each, str(address), state) for each in state.kind.workflows]
        _trace_new(state, before)
    return found


def _workflow(
    run: EnvironmentRun, declared: RecordInstance, scope: str, state: InstanceState | None = None
) -> Workflow:
    frame = Frame(run, scope.split(".", maxsplit=1)[0], state, state)
    said = Record()
    return Workflow(declared.name, scope, run.record(declared, frame, said), declared.span, origins(said))
