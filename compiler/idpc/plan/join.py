"""Joins the plans of the apps of an environment to the plan of all: stages and waves side by side, what prunes last."""

from collections.abc import Sequence
from itertools import chain, zip_longest

from msgspec.structs import replace

from idpc.plan.model import Gate, PartPlan, Plan, PolicyCounts, Rollback, Stage, Step
from idpc.plan.preconditions import in_order
from idpc.policy.verdicts import Verdicts
from idpc.schema.durations import of_action

PRUNE_MINUTES = 5


class UnlikeStagesError(Exception):
    """The parts put their stages into different orders, so that only a plan made as a whole can say which holds."""


def joined(parts: Sequence[PartPlan]) -> Plan:
    """The plan of an environment from those of its apps; raises UnlikeStagesError."""
    plans = [part.plan for part in parts]
    first = plans[0]
    laid = [_stage(several) for several in zip_longest(*(plan.stages for plan in plans if plan.stages))]
    approvals = tuple(dict.fromkeys(chain.from_iterable(plan.approvals for plan in plans)))
    awaited = {approval.before for approval in approvals}
    stages = _pruned_last(laid, sorted({app for part in parts for app in part.pruned}))
    return replace(
        first,
        preconditions=in_order(chain.from_iterable(plan.preconditions for plan in plans)),
        policy=_counts([plan.policy for plan in plans]),
        approvals=approvals,
        stages=tuple(stage for stage in stages if stage.waves or stage.name in awaited),
    )


def counting(plan: Plan, verdicts: Verdicts) -> Plan:
    """A plan that counts further verdicts."""
    found = verdicts.count(plan.environment)
    return replace(plan, policy=_counts([plan.policy, PolicyCounts(found.passed, found.warned, found.waived)]))


def app_of(step: Step) -> str:
    """The app to which a step belongs."""
    return step.address.partition(".")[0]


def _counts(each: Sequence[PolicyCounts]) -> PolicyCounts:
    return PolicyCounts(
        sum(one.passed for one in each), sum(one.warned for one in each), sum(one.waived for one in each)
    )


def _stage(several: Sequence[Stage | None]) -> Stage:
    stages = [stage for stage in several if stage is not None]
    heads = {(stage.name, stage.type) for stage in stages}
    if len(heads) != 1 or len(stages) != len(several):
        raise UnlikeStagesError
    if len(stages) == 1:
        return stages[0]
    waves = zip_longest(*(stage.waves for stage in stages), fillvalue=())
    timeout = max(stage.timeout for stage in stages)
    in_order_of_apps = tuple(tuple(sorted(chain.from_iterable(wave), key=app_of)) for wave in waves)
    return replace(stages[0], waves=in_order_of_apps, timeout=timeout)


def _pruned_last(laid: Sequence[Stage], apps: Sequence[tuple[str, str]]) -> list[Stage]:
    """The stages with one more wave in the last one, which removes the objects that no artifact names any more."""
    filled = [number for number, stage in enumerate(laid) if stage.waves]
    if not apps or not filled:
        return list(laid)
    ends = _ends_by_folder([step for stage in laid for wave in stage.waves for step in wave])
    prune = tuple(_prune(name, folder, ends.get(folder, ())) for name, folder in apps)
    last = filled[-1]
    return [
        replace(stage, waves=(*stage.waves, prune)) if number == last else stage for number, stage in enumerate(laid)
    ]


def _ends_by_folder(steps: Sequence[Step]) -> dict[str, list[str]]:
    """The steps that no other one needs, by the folder of their app."""
    needed = {need for step in steps for need in step.needs}
    ends: dict[str, list[str]] = {}
    for step in steps:
        if step.id not in needed:
            ends.setdefault(step.id.partition("/")[0], []).append(step.id)
    return ends


def _prune(app: str, folder: str, ends: Sequence[str]) -> Step:
    return Step(
        id=f"{folder}/prune",
        action="kubernetes.prune",
        address=app,
        artifacts=(f"{folder}/kubernetes",),
        gate=Gate(gone="every object of the app that no artifact names"),
        rollback=Rollback(none="only what no artifact of this build names is removed"),
        timeout=PRUNE_MINUTES,
        takes=of_action("kubernetes.prune"),
        needs=tuple(ends),
    )
