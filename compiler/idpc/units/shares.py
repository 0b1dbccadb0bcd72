"""Takes apart what several units became in one environment: each unit's share of the files, the graph and the plan."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import TypeVar

from msgspec.structs import replace

from idpc.artifacts import cost_part, graph_part, step_part
from idpc.cost import budgets, spent
from idpc.cost.pool import pool_of
from idpc.emit import Bundle
from idpc.pipeline import Compilation
from idpc.plan.join import app_of
from idpc.plan.model import PartPlan, Plan, PolicyCounts, Precondition, Stage, Step
from idpc.plan.page import row_of
from idpc.units.part import AppPart, EnvironmentPart, FilePart
from idpc.units.split import Unit

T = TypeVar("T")
Placed = tuple[int, int, Step]
"""A step with the number of its wave and its place there."""


class Shares:
    """The documents of one environment by app."""

    def __init__(self, compilation: Compilation, bundle: Bundle) -> None:
        name = bundle.environment
        assert compilation.graph is not None  # noqa: S101  # there is no bundle without it
        self.graph = compilation.graph.environments[name]
        self.bundle, self.sources = bundle, compilation.files_by_path
        self.part, self.verdicts = compilation.part_plans[name], compilation.verdicts
        self.steps = [_placed(stage) for stage in self.part.plan.stages]
        self.users = _users(self.part.plan.preconditions)
        self.nodes = _by_app(self.graph.nodes.values(), lambda node: node.app)
        self.edges = _by_app(self.graph.edges, lambda edge: edge.source.app)
        self.paths = _by_app(bundle.files, lambda path: bundle.owners[path].app)
        self.claims = _by_app(bundle.claims, lambda claim: claim.app)
        self.policies = compilation.sharing(name)
        checked = compilation.checked
        self.waivers = checked.waivers.get(name, ()), checked.uses.get(name, {})
        self.costs = _by_app(compilation.sheets[name].found, lambda cost: cost.address.app)
        self.units = compilation.sheets[name].units
        self.run = compilation.evaluated.runs[name] if compilation.evaluated else None

    def of(self, unit: Unit, *, digests: bool, shared: bool) -> EnvironmentPart:
        """The share of one unit; without digests, of files only their paths; `shared`: with what all apps share."""
        own = tuple(self.graph.apps[app].namespace for app in unit.apps if app in self.graph.apps)
        plan = self._plan(unit)
        names = (name for app in unit.apps for claim in self.claims.get(app, ()) for name in claim.names)
        owners = (*unit.apps, "") if unit.common else unit.apps
        paths = (path for owner in owners for path in self.paths.get(owner, ()))
        costs = [cost for app in unit.apps for cost in self.costs.get(app, ())]
        return EnvironmentPart(
            self.graph.name,
            tuple(self._app(app) for app in unit.apps),
            tuple(_file(path, self.bundle.texts[path]) if digests else FilePart(path, "", 0) for path in paths),
            PartPlan(plan, tuple(each for each in self.part.pruned if each[0] in unit.apps)),
            {step.id: (step_part(step).text, row_of(step)) for step in plan.steps},
            own,
            tuple(name for name in names if name[2] not in own),
            self.policies.of(unit.apps, *self.waivers),
            spent(costs),
            budgets(self.run) if shared and self.run else (),
            pool_of(costs),
        )

    def _app(self, app: str) -> AppPart:
        part = graph_part(self.graph, self.nodes.get(app, ()), self.edges.get(app, ()), self.sources)
        cost = cost_part(app, self.costs.get(app, ()), self.units)
        texts = (tuple(each.text for each in several) for several in (*part, *cost[1:]))
        return AppPart(app, cost.factors, *texts)

    def _plan(self, unit: Unit) -> Plan:
        plan = self.part.plan
        found = self.verdicts.count(plan.environment, unit.apps)
        return replace(
            plan,
            stages=tuple(_stage(stage, placed, unit) for stage, placed in zip(plan.stages, self.steps, strict=True)),
            preconditions=tuple(self._preconditions(unit)),
            policy=PolicyCounts(found.passed, found.warned, found.waived),
        )

    def _preconditions(self, unit: Unit) -> Iterator[Precondition]:
        """What the unit asks for, or nobody in particular; not what only others ask for."""
        own: dict[int, list[str]] = {number: [] for number in self.users.get("", {})}
        for app in unit.apps:
            for number, users in self.users.get(app, {}).items():
                own.setdefault(number, []).extend(users)
        for number in sorted(own):
            asked = self.part.plan.preconditions[number]
            yield asked._replace(used_by=tuple(user for user in asked.used_by if user in own[number]))


def _by_app(found: Iterable[T], app: Callable[[T], str]) -> Mapping[str, list[T]]:
    apps: dict[str, list[T]] = {}
    for each in found:
        apps.setdefault(app(each), []).append(each)
    return apps


def _file(path: str, text: str) -> FilePart:
    content = text.encode()
    return FilePart(path, hashlib.sha256(content).hexdigest(), len(content))


def _placed(stage: Stage) -> dict[str, list[Placed]]:
    """The steps of a stage by app."""
    placed: dict[str, list[Placed]] = {}
    for number, wave in enumerate(stage.waves):
        for position, step in enumerate(wave):
            placed.setdefault(app_of(step), []).append((number, position, step))
    return placed


def _stage(stage: Stage, placed: Mapping[str, list[Placed]], unit: Unit) -> Stage:
    """The stage with the unit's steps; the waves after its last step are those of others."""
    own = sorted((each for app in unit.apps for each in placed.get(app, ())), key=itemgetter(0, 1))
    waves: list[list[Step]] = [[] for _ in range(own[-1][0] + 1 if own else 0)]
    for number, _, step in own:
        waves[number].append(step)
    return replace(stage, waves=tuple(map(tuple, waves)))


def _users(preconditions: Sequence[Precondition]) -> dict[str, dict[int, list[str]]]:
    """By app, and empty for nobody in particular: the numbers of preconditions, and who in the app asks for them."""
    users: dict[str, dict[int, list[str]]] = {}
    for number, asked in enumerate(preconditions):
        for user in asked.used_by or ("",):
            users.setdefault(user.partition(".")[0], {}).setdefault(number, []).append(user)
    return users
