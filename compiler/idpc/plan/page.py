"""The plan as the page `plan.md`, which a person reads before approving."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from idpc.plan.model import Approval, Gate, Plan, Precondition, Rollback, Stage, Step
from idpc.resources import package

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

LISTED = 6
DRAWN = 120
_ESCAPES = str.maketrans({"|": "\\|", "\n": " ", "<": "&lt;"})
_DRAWING_ESCAPES = str.maketrans({"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "\n": " "})
_WAITED = {
    "rollout": "rolled out",
    "complete": "completed",
    "ready": "ready",
    "accepted": "accepted by every parent",
    "exists": "there",
    "synced": "synced and healthy at the pushed revision",
}
_ASKED = {
    "tool": "Tool on the machine that runs the plan",
    "environment": "Environment deployed before, from the same sources",
    "cluster": "Cluster",
    "permission": "Permission",
    "state": "Terraform state",
    "crd": "Custom resource in the cluster",
    "secret_store": "Secret store in the cluster",
    "secret": "Secret that people keep",
    "listener": "Listener of the gateway",
}


def plan_page(plan: Plan, rows: Mapping[str, str] | None = None) -> str:
    """`plan.md` of one environment; `rows` are those of steps, by their ids, that are written already."""
    known = rows or {}
    return (
        _templates()
        .get_template("plan.md.j2")
        .render(
            plan=plan,
            row=lambda step, wave: f"| {wave} {known.get(step.id) or row_of(step)}",
            steps=len(plan.steps),
            asked=list(_checklist(plan.preconditions)),
            roots=[step for step in plan.steps if step.action == "terraform.apply"],
            ends=list(_ends(plan)),
            drawing=drawing(plan.stages) if len(plan.steps) <= DRAWN else "",
        )
    )


@cache
def _templates() -> "SandboxedEnvironment":
    from jinja2 import FunctionLoader, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(
        loader=FunctionLoader(lambda name: package().joinpath("plan", name).read_text(encoding="utf-8")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # Markdown; what comes from sources passes `cell` or `code`
    )
    environment.filters.update(_FILTERS)
    return environment


def row_of(step: Step) -> str:
    """The row of a step in the table of its stage, after the number of its wave."""
    cells = (_code(step.id), _action(step), _done(step.gate), _minutes(step.timeout), _undone(step.rollback))
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    """Text for a cell of a table."""
    return text.translate(_ESCAPES)


def _code(text: str) -> str:
    """A name as code, within a cell or outside of one."""
    return f"`{_cell(text.replace('`', chr(39)))}`"


def _action(step: Step) -> str:
    match step.action:
        case "terraform.apply":
            return f"apply the Terraform in {_codes(step.artifacts)}"
        case "kubernetes.apply" if step.objects:
            return f"apply {_codes(step.objects)} of {_codes(step.artifacts)}"
        case "kubernetes.apply":
            return f"apply {_codes(step.artifacts)}"
        case "kubernetes.prune":
            return f"remove what {_codes(step.artifacts)} names no more"
        case "http.check":
            return f"request {_cell(step.gate.url)}"
        case "gitops.push":
            return f"push {_codes(step.artifacts)}"
        case _:
            return "wait until the pushed revision runs"


def _done(gate: Gate) -> str:
    return "; ".join(_conditions(gate))


def _conditions(gate: Gate) -> Iterator[str]:
    if gate.terraform:
        yield _cell(gate.terraform)
    for name, words in _WAITED.items():
        objects: Sequence[str] = getattr(gate, name)
        if objects:
            yield f"{_codes(objects)} {words}"
    if gate.url:
        yield f"answers {gate.status}"
    if gate.gone:
        yield f"gone: {_cell(gate.gone)}"
    if gate.pushed:
        yield _cell(gate.pushed)


def _undone(rollback: Rollback) -> str:
    if rollback.none:
        return _cell(rollback.none)
    keeps = f", keeping {_codes(rollback.keeps)}" if rollback.keeps else ""
    return f"back to {rollback.to}{keeps}"


def _codes(names: Sequence[str]) -> str:
    shown = ", ".join(_code(name) for name in names[:LISTED])
    return f"{shown} and {len(names) - LISTED} more" if len(names) > LISTED else shown


def _minutes(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if part) or "0 min"


def _note(stage: Stage, approvals: Sequence[Approval]) -> str:
    words = [f"Its type is {stage.type}."] if stage.name != stage.type else []
    if any(approval.before == stage.name for approval in approvals):
        words.append("It starts when the approval is there.")
    if stage.timeout:
        words.append(f"It may take {_minutes(stage.timeout)} as a whole.")
    return " ".join(words)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _checklist(asked: Sequence[Precondition]) -> Iterator[tuple[str, str, str]]:
    for each in asked:
        used_by = f", for {_codes(each.used_by)}" if each.used_by else ""
        yield _ASKED.get(each.what, each.what), _code(each.name), used_by


def _ends(plan: Plan) -> Iterator[tuple[Stage, str]]:
    """Each stage with what happens when it fails."""
    for stage in plan.stages:
        undone = [step for wave in stage.waves for step in wave if step.rollback.to]
        stays = [step for wave in stage.waves for step in wave if step.rollback.none and step.action != "http.check"]
        yield stage, _failure(undone, stays)


def _failure(undone: Sequence[Step], stays: Sequence[Step]) -> str:
    """What happens to the stage's steps; what stays where it is needs no word where nothing else happens."""
    if undone and stays:
        names = _codes([step.id for step in reversed(undone)])
        return f"{names} back to the previous artifacts, in this order; what the other steps did stays."
    if undone:
        return "All of its steps go back to the previous artifacts, the last one first."
    return (
        "What was made stays, nothing further starts, and the same plan is run again."
        if stays
        else "It changes nothing."
    )


def drawing(stages: Sequence[Stage]) -> str:
    """The steps as a Mermaid flowchart, from what comes first to what needs it."""
    names = {step.id: f"s{number}" for number, step in enumerate(_steps(stages))}
    lines = ["flowchart LR"]
    for number, stage in enumerate(stages):
        lines.append(f'  subgraph stage{number}["{_drawn(stage.name)}"]')
        lines.extend(f'    {names[step.id]}["{_drawn(step.id)}"]' for wave in stage.waves for step in wave)
        lines.append("  end")
    lines.extend(_arrows(stages, names))
    return "\n".join(lines)


def _arrows(stages: Sequence[Stage], names: Mapping[str, str]) -> Iterator[str]:
    for step in _steps(stages):
        yield from (f"  {names[need]} --> {names[step.id]}" for need in step.needs if need in names)


def _steps(stages: Sequence[Stage]) -> Iterator[Step]:
    yield from (step for stage in stages for wave in stage.waves for step in wave)


def _drawn(text: str) -> str:
    return text.translate(_DRAWING_ESCAPES)


_FILTERS: Mapping[str, Callable[..., str]] = {
    "cell": _cell,
    "code": _code,
    "count": _count,
    "note": _note,
}
