"""Reads workflows: which stage takes an instance, in which order stages stand, and who must approve."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from idpc.address import Address
from idpc.diagnostics.codes.artifacts import (
    STAGE_RING,
    STAGE_WITHOUT_TYPE,
    UNKNOWN_STAGE,
)
from idpc.diagnostics.model import Diagnostic
from idpc.graph.model import Workflow
from idpc.plan.model import STAGE_TYPES, Approval
from idpc.plan.order import rings, shortest_ring
from idpc.source import Span
from idpc.values import InstanceRef, NamedRef, Quantity, Value

_PRECEDING = {"application": "infrastructure", "testing": "application", "monitoring": "application"}
_NOWHERE = Span("", 0, 0)


def stands_in(address: Address, outer: Address) -> bool:
    """Whether an instance is `outer`, one of its keys, or below it."""
    pairs = zip(address.parts, outer.parts, strict=False)
    fits = all(part.name == other.name and other.key in {"", part.key} for part, other in pairs)
    return fits and len(address.parts) >= len(outer.parts)


class StageRule(Struct, frozen=True):
    """A stage as a workflow declares it; `of`, `objects` and `run` are empty where it says nothing of them.

    `timeout` in minutes, 0 where it says none; `limited` is where it says so, and `listed` where it says what it runs.
    """

    name: str
    type: str
    of: tuple[Address, ...] = ()
    objects: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    run: tuple[Address, ...] = ()
    timeout: int = 0
    limited: Span = _NOWHERE
    listed: Span = _NOWHERE

    @property
    def open(self) -> bool:
        """Whether it takes all that has its type."""
        return not self.of and not self.objects

    def names(self, address: Address) -> bool:
        """Whether `of` holds an instance, by itself or by what it stands in; an empty one holds all."""
        return not self.of or any(stands_in(address, outer) for outer in self.of)


class WorkflowRules(Struct, frozen=True):
    """A workflow with a default stage for each type; `scope` is empty for the project's."""

    name: str
    scope: str
    stages: Mapping[str, StageRule]
    approvals: tuple[Approval, ...]
    on_failure: str
    span: Span

    def default(self, stage_type: str) -> StageRule:
        """The stage that takes what no other one of its type does."""
        return next(rule for rule in _defaults_first(self.stages.values(), stage_type) if rule.open)

    def taking(self, stage_type: str, address: Address) -> Sequence[StageRule]:
        """The stages that name an instance or kinds of its objects, the most particular first."""
        of_type = [rule for rule in self.stages.values() if rule.type == stage_type and not rule.open]
        return sorted(
            (rule for rule in of_type if rule.names(address)), key=lambda rule: (not rule.objects, not rule.of)
        )


class Workflows:
    """All workflows of an environment; the nearest one holds for an address."""

    __slots__ = ("_by_scope",)

    def __init__(self, rules: Iterable[WorkflowRules]) -> None:
        self._by_scope = {each.scope: each for each in rules}
        self._by_scope.setdefault("", _DEFAULT)

    def all(self) -> Sequence[WorkflowRules]:
        """Every workflow, the project's or default one first."""
        return [self._by_scope[scope] for scope in sorted(self._by_scope)]

    def holding(self, address: Address | None) -> WorkflowRules:
        """The workflow of an instance or app, the project's for None."""
        parts = address.parts if address and len(self._by_scope) > 1 else ()
        scopes = (str(Address(parts[:length])) for length in range(len(parts), 0, -1))
        return next((self._by_scope[scope] for scope in scopes if scope in self._by_scope), self._by_scope[""])


def read_workflows(declared: Sequence[Workflow], diagnostics: list[Diagnostic]) -> Workflows:
    """The workflows of an environment; a fault in one is reported, and the rest of it used."""
    first: dict[str, Workflow] = {}
    for workflow in declared:
        first.setdefault(workflow.scope, workflow)
    return Workflows(_read(workflow, diagnostics) for workflow in first.values())


def _read(workflow: Workflow, diagnostics: list[Diagnostic]) -> WorkflowRules:
    records = workflow.fields.get("stage")
    stages: dict[str, StageRule] = {}
    for name, record in records.items() if isinstance(records, dict) else ():
        places = (workflow.place(f"stage.{name}.timeout"), workflow.place(f"stage.{name}.run"))
        rule = _stage(name, record if isinstance(record, dict) else {}, places)
        if rule.type in STAGE_TYPES:
            stages[name] = rule
        else:
            diagnostics.append(_without_type(workflow, name))
    complete = _with_defaults(stages)
    known = {*complete, *(records if isinstance(records, dict) else ())}
    diagnostics.extend(_unknown_needs(workflow, stages.values(), known))
    diagnostics.extend(_rings(workflow, stages))
    approvals = tuple(_approvals(workflow, complete, diagnostics))
    on_failure = workflow.fields.get("on_failure")
    failure = on_failure if isinstance(on_failure, str) else "rollback"
    return WorkflowRules(workflow.name, workflow.scope, complete, approvals, failure, workflow.span)


def _stage(name: str, record: Mapping[str, Value], places: tuple[Span, Span]) -> StageRule:
    stage_type = record.get("type")
    return StageRule(
        name,
        stage_type if isinstance(stage_type, str) else name,
        of=_addresses(record.get("of")),
        objects=_words(record.get("objects")),
        needs=_words(record.get("needs")),
        run=_addresses(record.get("run")),
        timeout=_minutes(record.get("timeout")),
        limited=places[0],
        listed=places[1],
    )


def _items(value: Value) -> list[Value]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _addresses(value: Value) -> tuple[Address, ...]:
    return tuple(found for item in _items(value) if (found := _address(item)) is not None)


def _address(value: Value) -> Address | None:
    match value:
        case InstanceRef(address):
            return address
        case NamedRef("app", name):
            return Address.of(name)
        case str():
            return Address.parse(value)
        case _:
            return None


def _words(value: Value) -> tuple[str, ...]:
    return tuple(word for item in _items(value) if (word := _word(item)))


def _word(value: Value) -> str:
    return value.name if isinstance(value, NamedRef) else value if isinstance(value, str) else ""


def _minutes(value: Value) -> int:
    return -(-int(value.amount) // 60_000) if isinstance(value, Quantity) else 0


def _with_defaults(stages: Mapping[str, StageRule]) -> dict[str, StageRule]:
    """The stages and, for a type with no open one, a stage after those of the type before, named like the type."""
    complete = dict(stages)
    for stage_type in STAGE_TYPES:
        if not any(rule.type == stage_type and rule.open for rule in complete.values()):
            before = _PRECEDING.get(stage_type)
            needs = tuple(rule.name for rule in complete.values() if rule.type == before)
            name = stage_type if stage_type not in complete else f"{stage_type}_rest"
            complete[name] = StageRule(name, stage_type, needs=needs)
    return complete


def _defaults_first(rules: Iterable[StageRule], stage_type: str) -> list[StageRule]:
    of_type = [rule for rule in rules if rule.type == stage_type]
    return sorted(of_type, key=lambda rule: (not rule.open, rule.name != stage_type, bool(rule.run)))


def _approvals(
    workflow: Workflow, stages: Mapping[str, StageRule], diagnostics: list[Diagnostic]
) -> Iterator[Approval]:
    asked = workflow.fields.get("approval")
    for record in _records(asked):
        before, team, count = _word(record.get("before")), _word(record.get("team")), record.get("count", 1)
        if before not in stages:
            diagnostics.append(
                _unknown(workflow, before, stages, "its approval stands before", workflow.place("approval"))
            )
        elif isinstance(count, int) and count > 0:
            yield Approval(before, team, count, f"workflow {workflow.name}")


def _records(value: Value) -> Iterator[Mapping[str, Value]]:
    if isinstance(value, dict):
        if "before" in value:
            yield value
        else:
            yield from (item for item in value.values() if isinstance(item, dict))
    elif isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


def _without_type(workflow: Workflow, name: str) -> Diagnostic:
    return STAGE_WITHOUT_TYPE.at(
        workflow.place(f"stage.{name}"),
        f"the stage `{name}` of the workflow `{workflow.name}` says no type",
        hint=f"`{name}` is none of the four types",
        help=f'give it one: `stage {name} {{ type = "application" }}`; the types are {_listed(STAGE_TYPES)}',
    )


def _unknown_needs(workflow: Workflow, stages: Iterable[StageRule], known: set[str]) -> Iterator[Diagnostic]:
    for stage in stages:
        for need in stage.needs:
            if need not in known:
                yield _unknown(
                    workflow,
                    need,
                    known,
                    f"its stage `{stage.name}` needs",
                    workflow.place(f"stage.{stage.name}.needs"),
                )


def _unknown(workflow: Workflow, name: str, known: Iterable[str], who: str, place: Span) -> Diagnostic:
    return UNKNOWN_STAGE.at(
        place,
        f"the workflow `{workflow.name}` has no stage `{name}`",
        hint=f"{who} `{name}`",
        help=f"its stages are {_listed(sorted(known))}",
    )


def _rings(workflow: Workflow, stages: Mapping[str, StageRule]) -> Iterator[Diagnostic]:
    needs = {name: [need for need in rule.needs if need in stages] for name, rule in stages.items()}
    for ring in rings(list(needs), needs):
        if len(ring) > 1 or ring[0] in needs[ring[0]]:
            way = ", ".join(f"`{step}` needs `{need}`" for step, need in shortest_ring(ring, needs))
            yield STAGE_RING.at(
                workflow.span,
                f"the stages of the workflow `{workflow.name}` need each other in a ring",
                hint=way,
                help="take one of these names out of its stage's `needs`",
            )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


_DEFAULT = WorkflowRules("default", "", _with_defaults({}), (), "rollback", _NOWHERE)
