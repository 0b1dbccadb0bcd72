"""The plan as the page `plan.md`, which a person reads before approving."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from idpc.cost.measures import money, signed
from idpc.plan.durations import critical_path, in_words, total
from idpc.plan.model import Approval, Change, Gate, Plan, PlanCost, Precondition, Rollback, Stage, Step

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
    "admission": "Policies that an administrator of the cluster applies",
    "gitops": "What the GitOps engine is set up with",
    "secret_store": "Secret store in the cluster",
    "secret": "Secret that people keep",
    "listener": "Listener of the gateway",
}
_FORWARD_ONLY = (
    "Terraform only goes forward: its previous configuration would destroy what was created and could not bring back what was",
    "replaced. So each release must run on the infrastructure of this plan and on the one before. Secrets, volumes and",
    "namespaces are never removed.",
)


def plan_page(plan: Plan, rows: Mapping[str, str] | None = None) -> str:
    """`plan.md` of one environment; `rows` are those of steps, by their ids, that are written already."""
    sections = (
        _head(plan),
        _changes(plan.changes),
        _approvals(plan.approvals),
        _checklist(plan.preconditions),
        _order(plan, rows or {}),
        _failures(plan),
        _picture(plan),
    )
    return "\n".join(line for section in sections for line in section) + "\n"


def _head(plan: Plan) -> Iterator[str]:
    yield from (f"# Plan for {_code(plan.environment)}", "", "| | |", "|---|---|")
    for name in ("cluster", "account", "region"):
        if value := getattr(plan.target, name):
            yield f"| {name} | {_code(value)} |"
    yield f"| runs | {_count(len(plan.steps), 'step')} in {_count(len(plan.stages), 'stage')} |"
    yield f"| takes | about {in_words(total(plan))} if all is made anew, beside the time until people approve |"
    if words := cost_in_words(plan.cost):
        yield f"| costs | {words} |"
    counts = plan.policy
    yield f"| policies | {counts.passed} passed, {counts.warned} warned, {counts.waived} waived |"
    if plan.sources:
        yield f"| made from | {_code(plan.sources)} |"
    if plan.artifacts:
        yield f"| deploys | {_code(plan.artifacts)} |"


def cost_in_words(cost: PlanCost) -> str:
    """What a plan says of money, empty where nothing was estimated."""
    unpriced = f"{_count(cost.unpriced, 'part')} without a price"
    if cost.monthly is None:
        return f"unknown: {unpriced}" if cost.unpriced else ""
    change = "" if cost.change is None else f", a change of {signed(Decimal(cost.change))}"
    return f"{money(Decimal(cost.monthly))} a month{change}" + (f", and {unpriced}" if cost.unpriced else "")


def _changes(changes: Sequence[Change]) -> Iterator[str]:
    if changes:
        yield from ("", "## Changes", "", "| instance | change | fields | why |", "|---|---|---|---|")
    for each in changes:
        loss = ", **loses data**" if each.data_loss else ""
        yield f"| {_code(each.address)} | {each.action}{loss} | {_cell(', '.join(each.fields))} | {_cell(each.why)} |"


def _approvals(approvals: Sequence[Approval]) -> Iterator[str]:
    if approvals:
        yield from ("", "## Approvals", "")
    for each in approvals:
        yield f"- [ ] before **{each.before}**: {_count(each.count, 'member')} of {_code(each.team)} ({each.why})"


def _checklist(asked: Sequence[Precondition]) -> Iterator[str]:
    if asked:
        yield from ("", "## Must be there before", "")
    for each in asked:
        used_by = f", for {_codes(each.used_by)}" if each.used_by else ""
        yield f"- [ ] {_ASKED.get(each.what, each.what)}: {_code(each.name)}{used_by}"


def _order(plan: Plan, known: Mapping[str, str]) -> Iterator[str]:
    yield from ("", "## Order", "")
    yield "Stages run one after the other, and in a stage waves. The steps of a wave run at once."
    for number, stage in enumerate(plan.stages, 1):
        yield from ("", f"### {number}. {stage.name}", "")
        if note := _note(stage, plan.approvals):
            yield from (note, "")
        yield from _table(stage, known) if stage.waves else ("Has no steps.",)
    if path := critical_path(plan):
        yield from ("", f"The time hangs on {_codes(path)}: each is the slowest of its wave.")


def _table(stage: Stage, known: Mapping[str, str]) -> Iterator[str]:
    yield from (
        "| wave | step | does | is done when | takes | at most | on failure |",
        "|---|---|---|---|---|---|---|",
    )
    for number, wave in enumerate(stage.waves, 1):
        for step in wave:
            yield f"| {number} {known.get(step.id) or row_of(step)}"


def _failures(plan: Plan) -> Iterator[str]:
    yield from ("", "## When something fails", "", "Nothing further starts. Of what was done then:", "")
    earlier = list[str]()
    for stage in plan.stages:
        undone = [step for wave in stage.waves for step in wave if step.rollback.to]
        stays = [step for wave in stage.waves for step in wave if step.rollback.none and step.action != "http.check"]
        yield f"- **{stage.name}**: {_failure(undone, stays)}{_before(earlier)}"
        earlier += [stage.name] if undone else []
    if any(step.action == "terraform.apply" for step in plan.steps):
        yield from ("", *_FORWARD_ONLY)


def _picture(plan: Plan) -> Iterator[str]:
    if len(plan.steps) <= DRAWN:
        yield from ("", "## The steps", "", "```mermaid", drawing(plan), "```")


def row_of(step: Step) -> str:
    """The row of a step in the table of its stage, after the number of its wave."""
    times = (in_words(step.takes), _minutes(step.timeout))
    cells = (_code(step.id), _action(step), _done(step.gate), *times, _undone(step.rollback))
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


def _before(stages: Sequence[str]) -> str:
    """What a failed stage takes back of those before it."""
    return f" The steps of {_codes(stages[::-1])} that may go back do so, in reverse." if stages else ""


def _failure(undone: Sequence[Step], stays: Sequence[Step]) -> str:
    """What happens to the stage's own steps."""
    if undone and stays:
        names = _codes([step.id for step in reversed(undone)])
        goes = (
            "goes back to the previous artifacts"
            if len(undone) == 1
            else "go back to the previous artifacts, in this order"
        )
        return f"{names} {goes}; what the other steps did stays."
    if undone:
        return "All of its steps go back to the previous artifacts, the last one first."
    return "What its steps did stays." if stays else "Its steps change nothing."


def drawing(plan: Plan) -> str:
    """The steps as a Mermaid flowchart, from what comes first to what needs it; the critical path is marked."""
    names = {step.id: f"s{number}" for number, step in enumerate(plan.steps)}
    lines = ["flowchart LR"]
    for number, stage in enumerate(plan.stages):
        lines.append(f'  subgraph stage{number}["{_drawn(stage.name)}"]')
        lines.extend(f'    {names[step.id]}["{_drawn(step.id)}"]' for wave in stage.waves for step in wave)
        lines.append("  end")
    lines.extend(_arrows(plan.stages, names))
    if path := critical_path(plan):
        lines.append("  classDef slowest stroke:#cf222e,stroke-width:3px")
        lines.append(f"  class {','.join(names[step] for step in path)} slowest")
    return "\n".join(lines)


def _arrows(stages: Sequence[Stage], names: Mapping[str, str]) -> Iterator[str]:
    for step in _steps(stages):
        yield from (f"  {names[need]} --> {names[step.id]}" for need in step.needs if need in names)


def _steps(stages: Sequence[Stage]) -> Iterator[Step]:
    yield from (step for stage in stages for wave in stage.waves for step in wave)


def _drawn(text: str) -> str:
    return text.translate(_DRAWING_ESCAPES)
