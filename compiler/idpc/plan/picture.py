"""The plan as a picture: waves as columns under their stages, apps as lanes, the steps that the time hangs on marked."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from idpc.drawing import Arrow, Box, Picture, svg
from idpc.drawing.model import Header
from idpc.plan.durations import critical_path, in_words, total
from idpc.plan.model import Plan, Step
from idpc.plan.waves import app_folder, numbered

_LOOKS = {
    "terraform.apply": "data",
    "kubernetes.apply": "work",
    "http.check": "check",
    "kubernetes.prune": "plain",
    "gitops.push": "work",
    "gitops.wait": "check",
}
_WORDS = {
    "terraform.apply": "terraform",
    "kubernetes.apply": "kubectl apply",
    "http.check": "request",
    "kubernetes.prune": "remove the rest",
    "gitops.push": "git push",
    "gitops.wait": "wait for sync",
}
_LONGEST = 34


def plan_svg(plan: Plan) -> str:
    """The picture of a plan as SVG."""
    path = critical_path(plan)
    columns = {step.id: number for number, (_, _, wave) in enumerate(numbered(plan)) for step in wave}
    boxes = [_box(step, columns[step.id], step.id in path) for step in plan.steps]
    title = f"Plan for {plan.environment}: {len(plan.steps)} steps, about {in_words(total(plan))}"
    notes = ("Marked in red: the slowest step of each wave, on which the time hangs. Times are estimates.",)
    lanes = sorted({app_folder(step) for step in plan.steps})
    return svg(Picture(title, boxes, list(_arrows(plan, columns, path)), list(_headers(plan)), lanes, notes))


def _box(step: Step, column: int, marked: bool) -> Box:
    lines = (_short(step.id.partition("/")[2]), f"{_WORDS[step.action]}, {in_words(step.takes)}")
    return Box(step.id, lines, column, app_folder(step), _LOOKS[step.action], marked)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def _arrows(plan: Plan, columns: Mapping[str, int], path: Sequence[str]) -> Iterator[Arrow]:
    marked = frozenset(pairwise(path))
    for step in plan.steps:
        for need in step.needs:
            if need in columns:
                yield Arrow(need, step.id, marked=(need, step.id) in marked)


def _headers(plan: Plan) -> Iterator[Header]:
    """The stages above their waves, with who opens them."""
    first = 0
    for stage in plan.stages:
        count = sum(1 for wave in stage.waves if wave)
        asked = [f"{each.count} of {each.team}" for each in plan.approvals if each.before == stage.name]
        words = f"after approval by {', '.join(asked)}" if asked else f"{count} {'wave' if count == 1 else 'waves'}"
        if count:
            yield Header((stage.name, words), first, first + count - 1)
        first += count
