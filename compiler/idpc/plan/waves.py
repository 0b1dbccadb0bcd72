"""Names what other engines and commands tell of a plan: its waves, and the folders of the apps of its steps."""

from collections.abc import Iterator

from idpc.plan.model import Plan, Stage, Step


def wave_name(stage: Stage, number: int) -> str:
    """A wave as `--until` takes it; `number` counts from 1 in its stage."""
    return f"{stage.name}/{number}"


def app_folder(step: Step) -> str:
    """The folder of the app that a step is for; `gitops` for what is done for all."""
    return step.id.partition("/")[0]


def numbered(plan: Plan) -> Iterator[tuple[Stage, int, tuple[Step, ...]]]:
    """All waves with steps in the order in which they run, each with its stage and number."""
    for stage in plan.stages:
        yield from ((stage, number, wave) for number, wave in enumerate(stage.waves, 1) if wave)
