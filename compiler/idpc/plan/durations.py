"""Estimates how long a plan takes if all of it is made anew, and which steps that hangs on."""

from collections.abc import Iterable, Sequence

from idpc.graph.model import Node
from idpc.plan import gates
from idpc.plan.model import Plan, PlannedObject, Step
from idpc.plan.waves import numbered
from idpc.schema.durations import Duration, of_action, of_object, of_resource


def of_root(nodes: Iterable[Node]) -> Duration:
    """How long a Terraform root takes: as its slowest resource, since it makes them at once where it can."""
    slowest = Duration()
    for node in nodes:
        for each in node.resources:
            if not each.data:
                slowest = slowest.beside(of_resource(each.type))
    return of_action("terraform.apply").then(slowest)


def of_objects(objects: Sequence[PlannedObject]) -> Duration:
    """How long it takes until applied objects are well: the slowest one, with the pauses of its own rollout."""
    slowest = Duration()
    for each in objects:
        pauses = 60 * gates.pauses(each)
        slowest = slowest.beside(of_object(each.kind).then(Duration(pauses, pauses)))
    return of_action("kubernetes.apply").then(slowest)


def total(plan: Plan) -> Duration:
    """All waves one after the other; what people take to approve is not in it."""
    whole = Duration()
    for _, _, wave in numbered(plan):
        whole = whole.then(_together(wave))
    return whole


def critical_path(plan: Plan) -> tuple[str, ...]:
    """The slowest step of each wave, since the next wave waits for all: making another one faster gains nothing.

    Of those that are as slow it is one that the next of the path needs, if any is.
    """
    path: list[Step] = []
    for _, _, wave in reversed(list(numbered(plan))):
        needed = path[-1].needs if path else ()
        path.append(max(wave, key=lambda step: (step.takes.high, step.takes.low, step.id in needed)))
    return tuple(step.id for step in reversed(path))


def _together(wave: Iterable[Step]) -> Duration:
    slowest = Duration()
    for step in wave:
        slowest = slowest.beside(step.takes)
    return slowest


def in_words(duration: Duration) -> str:
    """A range for people: `1 to 12 min`."""
    if duration.high < 90:
        return f"{duration.low} to {duration.high} s"
    low = "under 1" if duration.low < 60 else str(duration.low // 60)
    return f"{low} to {-(-duration.high // 60)} min"
