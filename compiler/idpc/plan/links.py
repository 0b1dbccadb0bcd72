"""Turns the graph's edges and the rules of deployment into needs between steps."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct, field

from idpc.address import Address
from idpc.graph.document import enforcement
from idpc.graph.model import Edge, EnvironmentGraph, TerraformResource
from idpc.plan.drafts import Draft
from idpc.plan.lookups import finds

_AT_ONCE = frozenset({"namespace", "shared", "terraform"})


class Links(Struct, frozen=True):
    """For each step its needs with the edge that asks for them, None where no edge does; `calls` need not be strict."""

    strict: dict[str, dict[str, Edge | None]] = field(default_factory=dict)
    calls: dict[str, dict[str, Edge | None]] = field(default_factory=dict)

    def need(self, step: str, need: str, edge: Edge | None = None) -> None:
        """Note that `need` must end before `step` starts."""
        if step != need:
            self.strict.setdefault(step, {}).setdefault(need, edge)

    def call(self, step: str, need: str, edge: Edge) -> None:
        """Note that `need` should come no later than `step`."""
        if step != need:
            self.calls.setdefault(step, {}).setdefault(need, edge)


class _Steps(Struct, frozen=True):
    """The steps of an environment by what they are for."""

    parts: dict[tuple[str, str], list[str]]
    realising: dict[Address, list[str]]
    roots_of: dict[Address, str]

    def part(self, part: str, app: str) -> Sequence[str]:
        return self.parts.get((part, app), ())


def links(graph: EnvironmentGraph, drafts: Sequence[Draft]) -> Links:
    """All needs between the steps of an environment."""
    made, steps = Links(), _index(graph, drafts)
    for draft in drafts:
        _within_app(draft, steps, made)
    for edge in graph.edges:
        _along(edge, graph, steps, made)
    _roots_in_order(graph, steps, made)
    _lookups_in_order(graph, steps, made)
    _secrets_arrive(graph, steps, made)
    _foundations(graph, drafts, steps, made)
    return made


def _index(graph: EnvironmentGraph, drafts: Sequence[Draft]) -> _Steps:
    steps = _Steps({}, {}, {})
    for draft in drafts:
        steps.parts.setdefault((draft.part, draft.app), []).append(draft.id)
        for address in draft.realises:
            steps.realising.setdefault(address, []).append(draft.id)
    for address, node in graph.nodes.items():
        roots = steps.part("terraform", node.app)
        if roots and node.resources:
            steps.roots_of[address] = roots[0]
    return steps


def _within_app(draft: Draft, steps: _Steps, made: Links) -> None:
    app = draft.app
    needed: Iterable[str] = ()
    match draft.part:
        case "terraform":
            needed = steps.part("namespace", app)
        case "shared":
            needed = steps.part("terraform", app) or steps.part("namespace", app)
        case "instance":
            needed = steps.part("shared", app) or steps.part("terraform", app)
        case "check":
            needed = [step for address in draft.watches for step in steps.realising.get(address, ())]
        case "monitoring":
            watched = [step for address in draft.watches for step in steps.realising.get(address, ())]
            needed = watched or steps.part("instance", app) or steps.part("shared", app)
        case "push":
            needed = [step for (part, _), ids in steps.parts.items() if part == "terraform" for step in ids]
        case "wait":
            needed = steps.part("push", app)
    for need in needed:
        made.need(draft.id, need)


def _along(edge: Edge, graph: EnvironmentGraph, steps: _Steps, made: Links) -> None:
    """Order the steps that apply the two ends; what stands in the same root is ordered by Terraform itself."""
    for step in steps.realising.get(edge.source, ()):
        for need in steps.realising.get(edge.target, ()):
            if _both_roots(edge, steps):
                continue
            if edge.order == "hard":
                made.need(step, need, edge)
            elif not _root_calls_own_app(step, edge, steps):
                made.call(step, need, edge)
    root = steps.roots_of.get(edge.target)
    if root and edge.order == "hard" and graph.nodes[edge.target].app != edge.source.app:
        for step in steps.realising.get(edge.source, ()):
            if step != steps.roots_of.get(edge.source):
                made.need(step, root, edge)


def _both_roots(edge: Edge, steps: _Steps) -> bool:
    return all(
        steps.roots_of.get(end) in steps.realising.get(end, ()) and end in steps.roots_of
        for end in (edge.source, edge.target)
    )


def _root_calls_own_app(step: str, edge: Edge, steps: _Steps) -> bool:
    """Whether a root would wait for a workload that itself waits for the root."""
    return step == steps.roots_of.get(edge.source) and edge.source.app == edge.target.app


def _roots_in_order(graph: EnvironmentGraph, steps: _Steps, made: Links) -> None:
    """Roots wait for those of other apps where they look up a shared instance, or on Azure name what a grant is on."""
    azure = graph.environment.get("cloud") == "azure"
    for edge in graph.edges:
        root, needed = steps.roots_of.get(edge.source), steps.roots_of.get(edge.target)
        granted = azure and bool(edge.access) and not enforcement(graph, edge)
        if root and needed and (graph.nodes[edge.target].shared or granted):
            made.need(root, needed, edge)


def _lookups_in_order(graph: EnvironmentGraph, steps: _Steps, made: Links) -> None:
    """Roots wait for those that make what they find by its name, since no edge says so."""
    shared = tuple(
        each for each in _resources(graph, steps) if graph.nodes[each.owner].shared and not each.resource.data
    )
    for one in _resources(graph, steps) if shared else ():
        for other in shared:
            if one.root != other.root and finds(one.resource, other.resource):
                made.need(one.root, other.root)


class _Placed(Struct, frozen=True):
    """A resource or data source with the instance that has it and the step that applies it."""

    owner: Address
    root: str
    resource: TerraformResource


def _resources(graph: EnvironmentGraph, steps: _Steps) -> Iterator[_Placed]:
    for address, root in steps.roots_of.items():
        yield from (_Placed(address, root, each) for each in graph.nodes[address].resources)


def _secrets_arrive(graph: EnvironmentGraph, steps: _Steps, made: Links) -> None:
    """An app's Secrets are ready only after the Terraform that fills them, and that may need the app's namespace."""
    for edge in graph.edges:
        root = steps.roots_of.get(edge.target)
        if root is None or not _reads_delivered(edge, graph):
            continue
        for step in steps.part("shared", edge.source.app):
            made.need(step, root, edge)
        for step in steps.part("namespace", edge.source.app):
            made.need(root, step, edge)


def _reads_delivered(edge: Edge, graph: EnvironmentGraph) -> bool:
    delivered = graph.nodes[edge.target].delivered
    return any(output.partition(".")[0] in delivered for output in edge.outputs)


def _foundations(graph: EnvironmentGraph, drafts: Sequence[Draft], steps: _Steps, made: Links) -> None:
    """What any app may look up (its network, its cluster) comes first, but for the steps on which it stands itself."""
    shared = (root for address, root in steps.roots_of.items() if graph.nodes[address].shared)
    roots = list(dict.fromkeys(shared))
    below = set(_ancestors(roots, made))
    for draft in drafts:
        if draft.part in _AT_ONCE and draft.id not in below:
            for root in roots:
                made.need(draft.id, root)
    _shared_objects(graph, drafts, steps, made)


def _shared_objects(graph: EnvironmentGraph, drafts: Sequence[Draft], steps: _Steps, made: Links) -> None:
    """Objects of shared instances come before those of other apps, whose Secrets may be read from such a store."""
    shared = {
        step: node.app for address, node in graph.nodes.items() if node.shared for step in _objects(address, steps)
    }
    below = set(_ancestors(shared, made))
    for draft in drafts:
        if draft.part == "shared" and draft.id not in below:
            for step, app in shared.items():
                if app != draft.app:
                    made.need(draft.id, step)


def _objects(address: Address, steps: _Steps) -> Iterator[str]:
    return (step for step in steps.realising.get(address, ()) if step != steps.roots_of.get(address))


def _ancestors(steps: Iterable[str], made: Links) -> Iterator[str]:
    waiting = list(steps)
    seen = set(waiting)
    while waiting:
        step = waiting.pop()
        yield step
        fresh = [need for need in made.strict.get(step, ()) if need not in seen]
        seen.update(fresh)
        waiting.extend(fresh)
