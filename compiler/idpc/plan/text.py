"""The plan for a terminal: what runs when, who opens a stage, how long it takes, and what a failure takes back."""

from collections.abc import Iterator, Sequence

from idpc.plan.durations import critical_path, in_words, total
from idpc.plan.model import Approval, Plan, Stage, Step
from idpc.plan.page import cost_in_words

_VERBS = {
    "terraform.apply": "terraform",
    "kubernetes.apply": "apply",
    "kubernetes.prune": "prune",
    "http.check": "request",
    "gitops.push": "push",
    "gitops.wait": "wait",
}


def plan_text(plan: Plan) -> str:
    """The plan as text; `*` marks the steps that the time hangs on."""
    return "".join(f"{line}".rstrip() + "\n" for line in _lines(plan))


def _lines(plan: Plan) -> Iterator[str]:
    target = ", ".join(filter(None, (plan.target.cloud, plan.target.cluster, plan.target.account, plan.target.region)))
    yield f"plan for {plan.environment}" + (f" on {target}" if target else "")
    yield f"{len(plan.steps)} steps, about {in_words(total(plan))} if all is made anew, beside the time until people approve"
    if words := cost_in_words(plan.cost):
        yield f"costs {words}"
    yield f"policies: {plan.policy.passed} passed, {plan.policy.warned} warned, {plan.policy.waived} waived"
    if plan.preconditions:
        yield f"looks first for what must be there ({len(plan.preconditions)}); `--format markdown` lists it"
    required = [each.name for each in plan.preconditions if each.what == "environment"]
    yield from (f"runs only where {name} has got the same sources before" for name in required)
    yield from _changes(plan)
    path = frozenset(critical_path(plan))
    for stage in plan.stages:
        yield ""
        yield from _approvals(stage, plan.approvals)
        yield stage.name + (f" (at most {stage.timeout} min)" if stage.timeout else "")
        yield from _table([_row(step, number, path) for number, wave in enumerate(stage.waves, 1) for step in wave])
    yield from ("", "* the slowest of its wave: the time hangs on it")
    yield from _back(plan)


def _changes(plan: Plan) -> Iterator[str]:
    rows = [
        (each.action, each.address, ", ".join(each.fields), "loses data" if each.data_loss else "")
        for each in plan.changes
    ]
    if rows:
        yield from ("", "changes", *_table(rows))


def _approvals(stage: Stage, approvals: Sequence[Approval]) -> Iterator[str]:
    for each in approvals:
        if each.before == stage.name:
            yield f"-- {each.count} of {each.team} must approve here ({each.why})"


def _row(step: Step, number: int, path: frozenset[str]) -> tuple[str, ...]:
    mark = "*" if step.id in path else ""
    back = "goes back" if step.rollback.to else step.rollback.none
    return (str(number), mark, _VERBS[step.action], step.id, in_words(step.takes), f"at most {step.timeout} min", back)


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))


def _back(plan: Plan) -> Iterator[str]:
    back = [step.id for step in reversed(plan.steps) if step.rollback.to]
    if back:
        yield from ("", "when a step fails, those that were done go back in this order:", f"  {', '.join(back)}")
