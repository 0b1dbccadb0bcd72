"""Puts steps into stages: as workflows say where they say it, elsewhere as early as their type and needs allow."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from idpc.diagnostics.codes.artifacts import STAGE_RING, STAGE_TOO_EARLY
from idpc.diagnostics.model import Diagnostic, Label
from idpc.graph.model import Edge
from idpc.plan.drafts import Draft
from idpc.plan.links import Links
from idpc.plan.model import STAGE_TYPES
from idpc.plan.order import rings
from idpc.plan.workflows import StageRule, WorkflowRules, Workflows

_PREPARING = frozenset({"namespace", "shared"})


class PlannedStage(Struct, frozen=True):
    """A stage of the plan: what the workflows' stages of one name and type have in common."""

    name: str
    type: str
    timeout: int
    steps: tuple[str, ...]


class _Order(Struct):
    """Which stage must come before which, each with the edge that asks for it; grows without ever holding a ring."""

    names: Sequence[str]
    needs: dict[str, dict[str, Edge | None]] = field(default_factory=dict)

    def reaches(self, stage: str, need: str) -> bool:
        """Whether `stage` needs `need`, by others too."""
        waiting, seen = [stage], {stage}
        while waiting:
            for each in self.needs.get(waiting.pop(), ()):
                if each == need:
                    return True
                if each not in seen:
                    seen.add(each)
                    waiting.append(each)
        return False

    def add(self, stage: str, need: str, edge: Edge | None = None) -> bool:
        """Note a need and say whether it fits; one that would close a ring is left out."""
        if stage != need:
            if self.reaches(need, stage):
                return False
            self.needs.setdefault(stage, {}).setdefault(need, edge)
        return True


def stages(
    drafts: Sequence[Draft], made: Links, workflows: Workflows, names: "StageNames", diagnostics: list[Diagnostic]
) -> list[PlannedStage]:
    """The stages of a plan in order, with the steps of each in the order of the drafts."""
    order = _Order(names.all())
    _declared(workflows, names, order, diagnostics)
    by_id = {draft.id: draft for draft in drafts}
    sequence = [step for ring in rings(by_id, made.strict) for step in ring]
    _chosen_in_order(sequence, by_id, made, names, order, diagnostics)
    _preferred_in_order(by_id, made, names, order)
    ordered = _linear(order, names)
    index = _assigned(sequence, by_id, made, names, ordered)
    return [
        PlannedStage(
            name,
            names.rule(name).type,
            names.timeout(name),
            tuple(step for step in by_id if index[step] == position),
        )
        for position, name in enumerate(ordered)
    ]


class StageNames:
    """The plan's name of each stage: its own, or with its workflow's scope where another type has that name."""

    __slots__ = ("_rules", "_timeouts")

    def __init__(self, workflows: Workflows) -> None:
        self._rules: dict[str, StageRule] = {}
        self._timeouts: dict[str, int] = {}
        for workflow in workflows.all():
            for rule in workflow.stages.values():
                name = self.of(workflow, rule)
                self._rules.setdefault(name, rule)
                self._timeouts[name] = max(self._timeouts.get(name, 0), rule.timeout)

    def of(self, workflow: WorkflowRules, rule: StageRule) -> str:
        """The name in the plan of a workflow's stage."""
        known = self._rules.get(rule.name)
        return rule.name if known is None or known.type == rule.type else f"{workflow.scope}.{rule.name}"

    def draft(self, draft: Draft) -> str:
        """The name of the stage that takes a draft."""
        return self.of(draft.workflow, draft.stage)

    def all(self) -> list[str]:
        """All names, in the order of types and then of workflows."""
        return sorted(self._rules, key=lambda name: STAGE_TYPES.index(self._rules[name].type))

    def rule(self, name: str) -> StageRule:
        """The first rule of a name."""
        return self._rules[name]

    def timeout(self, name: str) -> int:
        """The longest time that a workflow gives the stage."""
        return self._timeouts[name]


def _declared(workflows: Workflows, names: StageNames, order: _Order, diagnostics: list[Diagnostic]) -> None:
    """Take over what workflows say; a ring within one of them was reported when it was read."""
    for workflow in workflows.all():
        own = _Order(())
        needs = [(names.of(workflow, rule), names.of(workflow, need)) for rule, need in _declared_needs(workflow)]
        if all(own.add(stage, needed) for stage, needed in needs):
            wrong = [each for each in needs if not order.add(*each)]
            diagnostics.extend(_contradicted(workflow, stage, needed) for stage, needed in wrong)


def _declared_needs(workflow: WorkflowRules) -> Iterator[tuple[StageRule, StageRule]]:
    for rule in workflow.stages.values():
        yield from ((rule, workflow.stages[need]) for need in rule.needs if need in workflow.stages)


def _chosen_in_order(  # noqa: PLR0913  # what one pass reads and fills
    sequence: Iterable[str],
    by_id: Mapping[str, Draft],
    made: Links,
    names: StageNames,
    order: _Order,
    diagnostics: list[Diagnostic],
) -> None:
    """Put the stages that workflows choose into the order of their steps, through steps that stand in no chosen one."""
    behind: dict[str, dict[str, Edge | None]] = {}
    told: set[tuple[str, str]] = set()
    for step in sequence:
        draft, before = by_id[step], dict[str, Edge | None]()
        for need, edge in made.strict.get(step, {}).items():
            for stage, reason in behind.get(need, {}).items():
                before.setdefault(stage, edge or reason)
        if not draft.chosen:
            behind[step] = before
            continue
        stage = names.draft(draft)
        for need, edge in before.items():
            if not order.add(stage, need, edge) and (stage, need) not in told:
                told.add((stage, need))
                diagnostics.append(_too_early(draft, stage, need, edge))
        behind[step] = {stage: None}


def _preferred_in_order(by_id: Mapping[str, Draft], made: Links, names: StageNames, order: _Order) -> None:
    wishes = {
        (names.draft(by_id[step]), names.draft(by_id[need]))
        for needs in (made.strict, made.calls)
        for step, wanted in needs.items()
        for need in wanted
    }
    position = {name: number for number, name in enumerate(order.names)}
    for stage, need in sorted(wishes, key=lambda pair: (position[pair[0]], position[pair[1]])):
        order.add(stage, need)


def _linear(order: _Order, names: StageNames) -> list[str]:
    """The stages one after the other; of those that are free to go, the first by type and declaration."""
    left, done = list(names.all()), list[str]()
    while left:
        free = next(name for name in left if all(need in done for need in order.needs.get(name, ())))
        left.remove(free)
        done.append(free)
    return done


def _assigned(
    sequence: Sequence[str],
    by_id: Mapping[str, Draft],
    made: Links,
    names: StageNames,
    ordered: Sequence[str],
) -> dict[str, int]:
    """The stage of each step: never before one of its needs, and where it can be not after a chosen one that needs it."""
    position = {name: number for number, name in enumerate(ordered)}
    latest = _latest(sequence, by_id, made, {step: position[names.draft(draft)] for step, draft in by_id.items()})
    index: dict[str, int] = {}
    for step in sequence:
        earliest = max((index[need] for need in made.strict.get(step, ())), default=0)
        index[step] = max(earliest, latest[step])
    return index


def _latest(
    sequence: Sequence[str], by_id: Mapping[str, Draft], made: Links, wished: Mapping[str, int]
) -> dict[str, int]:
    """The wished stage, or an earlier one where a step that needs this one stands there by choice.

    What only prepares an app moves before all that needs it.
    """
    latest = dict(wished)
    for step in reversed(sequence):
        bound = by_id[step].chosen or latest[step] < wished[step]
        for need in made.strict.get(step, ()):
            if not by_id[need].chosen and (bound or by_id[need].part in _PREPARING):
                latest[need] = min(latest[need], latest[step])
    return latest


def _contradicted(workflow: WorkflowRules, stage: str, need: str) -> Diagnostic:
    return STAGE_RING.at(
        workflow.span,
        f"the workflow `{workflow.name}` puts `{need}` before `{stage}`, and another workflow the other way round",
        hint=f"`{stage}` needs `{need}` here",
        help="stages of one name and type are one stage of the plan: rename one of them",
    )


def _too_early(draft: Draft, stage: str, need: str, edge: Edge | None) -> Diagnostic:
    labels = (Label(edge.span, f"`{edge.source}` needs `{edge.target}` here"),) if edge else ()
    return STAGE_TOO_EARLY.at(
        draft.workflow.span,
        f"the stage `{stage}` takes `{draft.step.address}`, which needs the stage `{need}` that comes later",
        hint=f"`{need}` waits for `{stage}`",
        labels=labels,
        help=f"let `{stage}` need `{need}`, or take `{draft.step.address}` in a later stage",
        address=draft.step.address,
    )
