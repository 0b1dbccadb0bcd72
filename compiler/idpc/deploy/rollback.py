"""Makes of an earlier release one that goes back to it: its applications, and nothing of its infrastructure."""

from collections.abc import Sequence

from msgspec.structs import replace

from idpc.deploy.model import Deployment, State
from idpc.deploy.release import Release
from idpc.plan.model import Plan, Stage, Step

_ALWAYS = frozenset({"http.check", "kubernetes.prune"})


def earlier(history: Sequence[Deployment], wanted: str = "") -> Deployment | None:
    """The deployment to go back to: the wanted one, else the last that succeeded with another plan than the current."""
    done = [each for each in history if each.state is State.SUCCEEDED]
    if wanted:
        return next((each for each in done if each.id.startswith(wanted)), None)
    others = [each for each in done[:-1] if each.plan != done[-1].plan]
    return others[-1] if others else None


def backwards(release: Release) -> Release:
    """The release with the steps that may be repeated to go back: what holds data, runs once or is infrastructure stays."""
    return replace(release, plan=_plan(release.plan))


def _plan(plan: Plan) -> Plan:
    kept = {step.id: step for step in plan.steps if not step.rollback.none or step.action in _ALWAYS}
    stages = [replace(stage, waves=_waves(stage, kept)) for stage in plan.stages]
    return replace(plan, stages=tuple(stage for stage in stages if stage.waves), preconditions=(), approvals=())


def _waves(stage: Stage, kept: dict[str, Step]) -> tuple[tuple[Step, ...], ...]:
    waves = (tuple(_alone(step, kept) for step in wave if step.id in kept) for wave in stage.waves)
    return tuple(wave for wave in waves if wave)


def _alone(step: Step, kept: dict[str, Step]) -> Step:
    return replace(step, needs=tuple(need for need in step.needs if need in kept))
