"""What every engine is told: the waves of a plan, who opens which, and how apps are spread over jobs."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from idpc.address import kebab
from idpc.plan.model import Approval, Plan, Step
from idpc.plan.waves import app_folder, numbered, wave_name

AT_ONCE = 8
"""Steps that `idpc deploy` runs at once in a job."""
STEPS_A_JOB = 64
MOST_JOBS = 16
"""Jobs of a wave: a GitHub matrix may have 256, a GitLab pipeline should stay below 500 jobs in all."""
SETTING_UP = 10
"""Minutes of a job for its tools, its sign-in and its checks."""


class Gate(Struct, frozen=True):
    """One person of a team who has to agree before a wave; a team of whom two have to has two gates."""

    name: str
    team: str
    why: str


class Shard(Struct, frozen=True):
    """Apps whose steps one job runs, wave after wave; `name` counts them."""

    name: str
    apps: tuple[str, ...]


class Wave(Struct, frozen=True):
    """A wave with the gates before it, and the shards that have steps in it; `until` is how `idpc deploy` names it."""

    name: str
    until: str
    gates: tuple[Gate, ...]
    opened: tuple[Gate, ...]
    shards: tuple[Shard, ...]
    minutes: int


class Pipeline(Struct, frozen=True):
    """A plan as jobs; `path` is where its build lies in the repository, `opened` of a wave are all gates up to it."""

    plan: Plan
    path: str
    digest: str
    version: str
    waves: tuple[Wave, ...]
    shards: tuple[Shard, ...]

    @property
    def environment(self) -> str:
        """Its name as artifacts have it."""
        return kebab(self.plan.environment)

    @property
    def requires(self) -> tuple[str, ...]:
        """The environments to which the same sources must have been deployed before."""
        return tuple(each.name for each in self.plan.preconditions if each.what == "environment")

    @property
    def goes_back(self) -> bool:
        """Whether a failure takes anything back."""
        return any(step.rollback.to for step in self.plan.steps)

    @property
    def pushes(self) -> bool:
        """Whether it pushes to the repository of a GitOps engine."""
        return any(step.action == "gitops.push" for step in self.plan.steps)

    @property
    def back_minutes(self) -> int:
        """How long it may take to go back."""
        steps = [step.timeout for step in self.plan.steps if step.rollback.to]
        return SETTING_UP + sum(steps[:AT_ONCE])

    def is_whole(self, shard: Shard) -> bool:
        """Whether a shard has all apps, so that they need not be named."""
        return len(self.shards) == 1 and shard in self.shards


def pipeline(plan: Plan, path: str, digest: str, version: str, jobs: int = 0) -> Pipeline:
    """The pipeline of a plan with at most so many jobs in a wave; 0 for as many as its size asks for."""
    wanted = jobs or min(MOST_JOBS, -(-len(plan.steps) // STEPS_A_JOB))
    shards = shards_of(plan, wanted)
    return Pipeline(plan, path, digest, version, tuple(_waves(plan, shards)), shards)


def _waves(plan: Plan, shards: Sequence[Shard]) -> Iterator[Wave]:
    opened: list[Gate] = []
    waiting = list(plan.approvals)
    names = [stage.name for stage in plan.stages]
    for stage, number, steps in numbered(plan):
        due = [each for each in waiting if names.index(each.before) <= names.index(stage.name)]
        gates = tuple(gate for each in due for gate in _gates(each))
        waiting = [each for each in waiting if each not in due]
        opened += gates
        folders = {app_folder(step) for step in steps}
        taking = tuple(shard for shard in shards if folders & {*shard.apps})
        until = wave_name(stage, number)
        yield Wave(job_name(until), until, gates, tuple(opened), taking, _minutes(steps))


def _gates(each: Approval) -> Iterator[Gate]:
    for number in range(1, each.count + 1):
        suffix = f"-{number}" if each.count > 1 else ""
        yield Gate(job_name(f"{each.before}-{each.team}{suffix}"), each.team, each.why)


def job_name(text: str) -> str:
    """A name that every engine takes: small letters, digits and dashes, and a letter at its start."""
    plain = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in text.lower())
    return plain if plain[:1].isalpha() else f"w-{plain}"


def _minutes(steps: Sequence[Step]) -> int:
    return SETTING_UP + max(step.timeout for step in steps) * -(-len(steps) // AT_ONCE)


def shards_of(plan: Plan, wanted: int) -> tuple[Shard, ...]:
    """The apps in so many groups, or fewer.

    Apps whose steps go back in an order stay together, so that each group may go back by itself.
    """
    sizes: dict[str, int] = {}
    for step in plan.steps:
        sizes[app_folder(step)] = sizes.get(app_folder(step), 0) + 1
    together = sorted(_together(plan, sizes), key=lambda apps: (-sum(sizes[app] for app in apps), apps))
    groups: list[list[str]] = [[] for _ in range(max(1, min(wanted, len(together))))]
    for apps in together:
        min(groups, key=lambda group: sum(sizes[app] for app in group)).extend(apps)
    return tuple(Shard(str(number), tuple(sorted(group))) for number, group in enumerate(groups, 1))


def _together(plan: Plan, apps: Mapping[str, int]) -> list[list[str]]:
    """The apps by who waits for whom among the steps that go back; what is done for all apps keeps all together."""
    leader = {app: app for app in apps}

    def find(app: str) -> str:
        while leader[app] != app:
            app = leader[app]
        return app

    going_back = {step.id for step in plan.steps if step.rollback.to}
    for step in plan.steps:
        for need in step.needs:
            if step.id in going_back and need in going_back:
                leader[find(app_folder(step))] = find(need.partition("/")[0])
        if step.action.startswith("gitops."):
            for app in apps:
                leader[find(app)] = find(app_folder(step))
    groups: dict[str, list[str]] = {}
    for app in sorted(apps):
        groups.setdefault(find(app), []).append(app)
    return list(groups.values())
