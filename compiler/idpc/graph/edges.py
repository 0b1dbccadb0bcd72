"""Edges: who reads whose outputs, who uses whom, what that grants, and rings of them."""

from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from idpc.address import Address
from idpc.diagnostics import Label
from idpc.diagnostics.codes import graph as codes
from idpc.graph.faults import Fault, Poisoned
from idpc.graph.model import Edge
from idpc.graph.run import EnvironmentRun
from idpc.graph.state import InstanceState
from idpc.source import Span
from idpc.types.declared import TargetBody, access_names
from idpc.types.provision import wildcard
from idpc.values import InstanceRef, Value


class Draft(Struct):
    """An edge while its reasons are gathered."""

    why: str
    span: Span
    outputs: dict[str, None] = field(default_factory=dict)
    level: str = ""
    level_span: Span | None = None
    ordered_only: bool = False
    identified: bool = False


def edges_of(state: InstanceState) -> dict[Address, Draft]:
    """The edges that an instance's fields make: outputs that they read, `uses`, `after`."""
    drafts: dict[Address, Draft] = {}
    for path, reads in state.record.reads:
        for (target, output), span in reads.items():
            _read(drafts, state, target, output, ".".join(path), span)
    _uses(state, drafts)
    _after(state, drafts)
    return drafts


def read_more(
    state: InstanceState, drafts: dict[Address, Draft], reads: dict[tuple[Address, tuple[str | int, ...]], Span]
) -> None:
    """Edges that the kind itself makes, by what its `provision` reads; they stand at the field that names the other."""
    for (target, output), span in reads.items():
        why, place = _naming(state, target) or ("provision", span)
        _read(drafts, state, target, output, why, place)


def _naming(state: InstanceState, target: Address) -> tuple[str, Span] | None:
    """The field that refers to an instance, and where it is set."""
    for name in state.kind.fields:
        if target in _referred(_field(state, name)):
            set_at = [path for path in state.record.origins if path[0] == name]
            return name, state.record.origins[min(set_at, key=len)][1] if set_at else state.info.span
    return None


def _referred(value: Value) -> Iterator[Address]:
    if isinstance(value, InstanceRef):
        yield value.address
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _referred(each)


def _read(  # noqa: PLR0913  # the facts of a read
    drafts: dict[Address, Draft],
    state: InstanceState,
    target: Address,
    output: tuple[str | int, ...],
    why: str,
    span: Span,
) -> None:
    if target == state.address:
        return
    draft = drafts.setdefault(target, Draft(why, span))
    if draft.ordered_only:
        draft.why, draft.span, draft.ordered_only = why, span, False
    draft.outputs[".".join(map(str, output))] = None


def _field(state: InstanceState, name: str) -> Value:
    try:
        return state.field(name, state.info.span)
    except Poisoned:
        return None


def _uses(state: InstanceState, drafts: dict[Address, Draft]) -> None:
    if state.kind.template:
        return
    uses = _field(state, "uses")
    for text, settings in (uses if isinstance(uses, dict) else {}).items():
        address = Address.parse(text)
        span = _use_span(state, text)
        for target in _nodes(state.run, address) if address else ():
            if target == state.address:
                state.run.report(codes.USES_ITSELF.at(span, f"`{state.address}` cannot use itself", hint="itself"))
                continue
            draft = drafts.setdefault(target, Draft("uses", span))
            level = settings.get("access") if isinstance(settings, dict) else None
            if isinstance(level, str):
                draft.level, draft.level_span = level, _use_span(state, text, "access")


def _use_span(state: InstanceState, text: str, part: str = "") -> Span:
    origins = state.record.origins
    for path in (("uses", text, part), ("uses", text), ("uses",)):
        if path in origins:
            return origins[path][1]
    return state.info.span


def _nodes(run: EnvironmentRun, address: Address) -> Iterator[Address]:
    """The nodes that an address stands for: itself, or what a template's instance holds."""
    state = run.states.get(address)
    if state is None:
        return
    if not state.kind.template:
        yield address
        return
    for inner in state.inner.values():
        for each in [inner] if isinstance(inner, InstanceState) else (inner or {}).values():
            yield from _nodes(run, each.address)


def _after(state: InstanceState, drafts: dict[Address, Draft]) -> None:
    after = None if state.kind.template else _field(state, "after")
    for each in after if isinstance(after, list) else []:
        if isinstance(each, InstanceRef):
            origin = state.record.origins.get(("after",))
            span = origin[1] if origin else state.info.span
            for target in _nodes(state.run, each.address):
                if target == state.address:
                    state.run.report(codes.USES_ITSELF.at(span, f"`{state.address}` cannot come after itself"))
                elif target not in drafts:
                    drafts[target] = Draft("after", span, ordered_only=True)


# -------------------------------------------------------------------- access


def level_of(state: InstanceState, target: InstanceState, draft: Draft) -> str:
    """The level of an edge: the one given, else `read_write`, else the only one; told where the kind lacks it."""
    levels = target.kind.levels()
    if draft.ordered_only:
        return ""
    if draft.level and draft.level not in levels:
        known = ", ".join(f"`{each}`" for each in levels)
        state.run.report(
            codes.NO_LEVEL.at(
                draft.level_span or draft.span,
                f"`{target.kind.name}` has no access `{draft.level}`",
                hint=f"levels: {known}" if known else "it grants nothing",
                labels=(Label(target.kind.span, f"`{target.kind.name}` is defined here"),),
            )
        )
        return ""
    if draft.level:
        return draft.level
    if "read_write" in levels:
        return "read_write"
    return levels[0] if len(levels) == 1 else ""


def grants(state: InstanceState, target: InstanceState, level: str) -> Iterator[dict[str, Value]]:
    """What a level of access to an instance gives a consumer here; `read_write` is the union where the kind does not say."""
    run = target.run
    for block in _blocks(target):
        names = access_names(block.value)
        wanted = (level,) if level in names else ("read", "write") if level == "read_write" else ()
        value = run.finished(run.coder.run(block.value, target.frame), target.frame)
        for name in wanted:
            found = value.get(name) if isinstance(value, dict) else None
            if isinstance(found, dict):
                actions = found.get("actions")
                if isinstance(actions, list) and any(isinstance(each, str) and "*" in each for each in actions):
                    raise Fault(wildcard(block.span))
                yield {"address": str(target.address), "access": name, **found, "after": _in_root(found, target, state)}


def _in_root(level: dict[str, Value], target: InstanceState, state: InstanceState) -> Value:
    """What must be there before a grant is, in the consumer's own root; the plan orders roots."""
    return level["after"] if target.address.app == state.address.app else []


def _blocks(target: InstanceState) -> list[TargetBody]:
    has = tuple(name for block in target.kind.access for name in block.targets)
    return [block for block in target.kind.access if target.run.is_target(block.targets, has)]


def set_grants(state: InstanceState, drafts: dict[Address, Draft]) -> None:
    """The sum of an instance's edges, ordered by address, as its kind finds it in `self.grants`.

    What a workload is granted, the kind of the instance that it is granted on finds in `self.consumers`.
    """
    found: list[Value] = []
    for address in sorted(drafts):
        target = state.run.states[address]
        level = level_of(state, target, drafts[address])
        drafts[address].level = level
        try:
            given = list(grants(state, target, level))
            found.extend(given)
            drafts[address].identified = any(each["actions"] or each["role"] for each in given)
            if state.kind.workload:
                target.consumers.update(_consumers(state, given))
        except Fault as fault:
            state.run.report(fault.diagnostic)
        except Poisoned:
            continue
    state.grants = found


def _consumers(state: InstanceState, given: Iterable[dict[str, Value]]) -> Iterator[tuple[str, Value]]:
    """A workload as the one that it uses sees it, once for each level that it is granted."""
    who: dict[str, Value] = {
        "address": str(state.address),
        "name": state.name,
        "namespace": state.run.namespace(state.app),
    }
    for grant in given:
        yield f"{state.address} {grant['access']}", {**who, "access": grant["access"], "role": grant["role"]}


def edge(state: InstanceState, target: InstanceState, draft: Draft) -> Edge:
    """The finished edge."""
    call = target.kind.workload and not draft.ordered_only
    return Edge(
        state.address,
        target.address,
        draft.why,
        draft.level,
        "call" if call else "hard",
        draft.span,
        tuple(sorted(draft.outputs)),
        not draft.ordered_only,
        draft.identified,
    )


# --------------------------------------------------------------------- rings


def rings(edges: Iterable[Edge]) -> Iterator[tuple[Edge, ...]]:
    """Rings of hard edges: for each group of instances that need one another, one ring, from its first edge on."""
    hard: dict[Address, list[Edge]] = {}
    for each in edges:
        if each.order == "hard":
            hard.setdefault(each.source, []).append(each)
    for group in _Groups(hard).found():
        yield _ring(hard, group)


class _Groups(Struct):
    """Strongly connected groups of more than one instance (Tarjan 1972, without recursion).

    `order` is when an instance was entered, `low` the first one that it leads back to, `open` those of no group yet,
    `path` the way to where the search stands, with the edges that are left at each instance.
    """

    hard: dict[Address, list[Edge]]
    order: dict[Address, int] = field(default_factory=dict)
    low: dict[Address, int] = field(default_factory=dict)
    open: dict[Address, None] = field(default_factory=dict)
    path: list[tuple[Address, Iterator[Edge]]] = field(default_factory=list)

    def found(self) -> Iterator[set[Address]]:
        """The groups."""
        for root in sorted(self.hard):
            if root not in self.order:
                self._enter(root)
            while self.path:
                group = self._step()
                if len(group) > 1:
                    yield group

    def _enter(self, node: Address) -> None:
        self.order[node] = self.low[node] = len(self.order)
        self.open[node] = None
        self.path.append((node, iter(self.hard.get(node, ()))))

    def _step(self) -> set[Address]:
        """One instance further, or back where no edge is left; the group that is whole by then, if any."""
        node, following = self.path[-1]
        for each in following:
            if each.target not in self.order:
                self._enter(each.target)
                return set()
            if each.target in self.open:
                self.low[node] = min(self.low[node], self.order[each.target])
        self.path.pop()
        if self.path:
            above = self.path[-1][0]
            self.low[above] = min(self.low[above], self.low[node])
        return self._close(node) if self.low[node] == self.order[node] else set()

    def _close(self, node: Address) -> set[Address]:
        group: set[Address] = set()
        while node not in group:
            group.add(self.open.popitem()[0])
        return group


def _ring(hard: dict[Address, list[Edge]], group: set[Address]) -> tuple[Edge, ...]:
    """A shortest ring inside a group, beginning with the edge that stands first in the sources."""
    first = min((each for node in group for each in hard[node] if each.target in group), key=lambda each: each.span)
    came: dict[Address, Edge] = {}
    queue = [first.target]
    seen = {first.target}
    for node in queue:
        if node == first.source:
            break
        for each in hard.get(node, ()):
            if each.target in group and each.target not in seen:
                seen.add(each.target)
                came[each.target] = each
                queue.append(each.target)
    path = [first]
    node, back = first.source, []
    while node != first.target:
        back.append(came[node])
        node = came[node].source
    return (*path, *reversed(back))
