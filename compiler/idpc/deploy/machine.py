"""The core of a deployment: which steps may start now, whether it is over, and what goes back in which order."""

from collections.abc import Collection, Mapping, Sequence

from idpc.deploy.model import Phase, State
from idpc.plan.model import Plan, Stage, Step

Phases = Mapping[str, Phase]
_TO_DO = frozenset({Phase.WAITING, Phase.STARTED, Phase.APPLIED})
_TOUCHED = frozenset({Phase.STARTED, Phase.APPLIED, Phase.DONE, Phase.FAILED, Phase.UNDOING})


def startable(plan: Plan, phases: Phases, running: Collection[str] = ()) -> tuple[Step, ...]:
    """The steps that may start, or go on, now: of the first wave that is not done, if nothing has failed."""
    if Phase.FAILED in phases.values():
        return ()
    for wave in (wave for stage in plan.stages for wave in stage.waves):
        open_steps = [step for step in wave if phase(phases, step) is not Phase.DONE]
        if open_steps:
            return tuple(step for step in open_steps if step.id not in running and _may_start(step, phases))
    return ()


def phase(phases: Phases, step: Step) -> Phase:
    """How far a step is."""
    return phases.get(step.id, Phase.WAITING)


def stage_of(plan: Plan, step: Step) -> Stage:
    """The stage that a step stands in."""
    return next(stage for stage in plan.stages for wave in stage.waves if step in wave)


def _may_start(step: Step, phases: Phases) -> bool:
    needed = all(phases.get(need) is Phase.DONE for need in step.needs)
    return needed and phase(phases, step) in _TO_DO


def succeeded(plan: Plan, phases: Phases) -> bool:
    """Whether every step is done."""
    return all(phase(phases, step) is Phase.DONE for step in plan.steps)


def to_undo(plan: Plan, phases: Phases) -> tuple[Step, ...]:
    """The steps that go back, each before those that it needed."""
    return tuple(step for step in _touched(plan, phases) if not step.rollback.none)


def staying(plan: Plan, phases: Phases) -> tuple[Step, ...]:
    """The steps whose effects stay after a failure, with the reason in their `rollback.none`."""
    changing = [step for step in _touched(plan, phases) if step.action != "http.check"]
    return tuple(step for step in reversed(changing) if step.rollback.none)


def _touched(plan: Plan, phases: Phases) -> Sequence[Step]:
    return [step for step in reversed(plan.steps) if phase(phases, step) in _TOUCHED]


def ended(plan: Plan, phases: Phases) -> State:
    """What a deployment that came to its end is called."""
    if succeeded(plan, phases):
        return State.SUCCEEDED
    return State.ROLLED_BACK if Phase.UNDONE in phases.values() and Phase.STUCK not in phases.values() else State.FAILED
