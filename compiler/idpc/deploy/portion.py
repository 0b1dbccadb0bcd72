"""A part of a release, as a job of another engine runs it: the steps of some apps, up to the end of one wave."""

from collections.abc import Collection, Iterator

from msgspec.structs import replace

from idpc.deploy.release import Release
from idpc.plan.model import Plan, Stage, Step
from idpc.plan.waves import app_folder, wave_name
from idpc.resolve import did_you_mean


class UnknownPortionError(Exception):
    """A wave or an app that the plan does not have; the message says what is near."""


def portion(release: Release, until: str = "", apps: Collection[str] = ()) -> Release:
    """The release with the steps of the apps up to the wave `until`, and with what these ask for; files are all there."""
    _check(until, [wave_name(stage, number) for stage in release.plan.stages for number in _numbers(stage)], "wave")
    known = sorted({app_folder(step) for step in release.plan.steps})
    for app in apps:
        _check(app, known, "app")
    stages = tuple(_stages(release.plan, until, frozenset(apps or known)))
    return replace(release, plan=_asking(release.plan, stages))


def goes_on(whole: Release, part: Release) -> bool:
    """Whether steps of a part's apps are left when the part is done."""
    apps = {app_folder(step) for step in part.plan.steps}
    own = sum(app_folder(step) in apps for step in whole.plan.steps)
    return own > len(part.plan.steps)


def _check(name: str, known: Collection[str], what: str) -> None:
    if name and name not in known:
        near = did_you_mean(name, known)
        hint = f"did you mean `{near}`?" if near else f"there are {', '.join(f'`{each}`' for each in known)}"
        raise UnknownPortionError(f"the plan has no {what} `{name}`; {hint}")


def _numbers(stage: Stage) -> range:
    return range(1, len(stage.waves) + 1)


def _stages(plan: Plan, until: str, apps: Collection[str]) -> Iterator[Stage]:
    for stage in plan.stages:
        names = [wave_name(stage, number) for number in _numbers(stage)]
        last = names.index(until) + 1 if until in names else len(names)
        yield replace(stage, waves=tuple(_of(wave, apps) for wave in stage.waves[:last]))
        if until in names:
            return


def _of(wave: tuple[Step, ...], apps: Collection[str]) -> tuple[Step, ...]:
    """The apps' steps of a wave; what they need of other apps was in earlier waves, which the other engine awaits."""
    return tuple(
        replace(step, needs=tuple(need for need in step.needs if need.partition("/")[0] in apps))
        for step in wave
        if app_folder(step) in apps
    )


def _asking(plan: Plan, stages: tuple[Stage, ...]) -> Plan:
    """The plan with these stages, the approvals before them, and what must be there for them."""
    names = {stage.name for stage in stages}
    approvals = tuple(each for each in plan.approvals if each.before in names)
    users = {
        each for stage in stages for wave in stage.waves for step in wave for each in (step.address, *step.provides)
    }
    users |= {each.partition(".")[0] for each in users}
    asked = tuple(each for each in plan.preconditions if not each.used_by or users & {*each.used_by})
    return replace(plan, stages=stages, approvals=approvals, preconditions=asked)
