"""What becomes of a unit: its share of every document of a build, as plain values that go through pipes and caches."""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec import Struct

from idpc.cost import Budget, Spent
from idpc.cost.carbon.model import Factor
from idpc.cost.pool import Pool
from idpc.diagnostics.model import Diagnostic
from idpc.plan.model import PartPlan
from idpc.policy.share import PolicyShare

Places = dict[str, dict[str, dict[str, tuple[str, int, int]]]]


class FilePart(NamedTuple):
    """A file of a build: its path, the SHA-256 of its content in hexadecimal, and its size in bytes."""

    path: str
    digest: str
    size: int


class AppPart(NamedTuple):
    """What an app adds to `graph.json`, as it stands there: its nodes, and the edges that begin at them.

    To `cost.json` it adds lines, what has no price, and the same of carbon, with its intensity and what that rests on.
    """

    name: str
    factors: tuple[Factor, ...]
    nodes: tuple[str, ...]
    edges: tuple[str, ...]
    costs: tuple[str, ...]
    unpriced: tuple[str, ...]
    emissions: tuple[str, ...]
    unmeasured: tuple[str, ...]
    intensity: tuple[str, ...]

    @property
    def of_costs(self) -> tuple[tuple[str, ...], ...]:
        """What it adds to the lists of `cost.json`."""
        return self.costs, self.unpriced, self.emissions, self.unmeasured, self.intensity


class EnvironmentPart(Struct, frozen=True, array_like=True):
    """A unit in one environment.

    `steps` has for each step of `plan`, by its id, how it stands in `plan.json` and in `plan.md`. `namespaces` are the
    unit's own; `claims` are the names of objects that it has in others, and in none. `policies` is what it gives to those
    that are judged on all of the environment. `spent` are the instances that cost or emit something, `budgets` those of the
    project, which stand in the part of what all apps share. `pool` are machines of which workloads take shares, and what
    the unit's take.
    """

    name: str
    apps: tuple[AppPart, ...]
    files: tuple[FilePart, ...]
    plan: PartPlan
    steps: dict[str, tuple[str, str]]
    namespaces: tuple[str, ...]
    claims: tuple[tuple[str, str, str, str], ...]
    policies: PolicyShare = PolicyShare()
    spent: tuple[Spent, ...] = ()
    budgets: tuple[Budget, ...] = ()
    pool: Pool = Pool()


class Part(Struct, frozen=True, array_like=True):
    """A unit in every environment, made from what `key` stands for, and from further files, given with their digests."""

    unit: str
    key: str
    diagnostics: tuple[Diagnostic, ...]
    reads: tuple[tuple[str, str], ...]
    environments: tuple[EnvironmentPart, ...]


class Made(Struct, frozen=True, array_like=True):
    """Parts with the texts of their files and, where that is asked for, the places where fields are set.

    `places` are by environment, address and dotted path: file, line and column.
    """

    parts: tuple[Part, ...]
    texts: dict[str, str]
    places: Places = {}


def merged_places(made: Iterable[Made]) -> Places:
    """The places of several, by environment."""
    merged: Places = {}
    for each in made:
        for environment, places in each.places.items():
            merged.setdefault(environment, {}).update(places)
    return merged
