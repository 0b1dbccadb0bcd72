"""What becomes of a unit: its share of every document of a build, as plain values that go through pipes and caches."""

from typing import NamedTuple

from msgspec import Struct

from idpc.diagnostics.model import Diagnostic
from idpc.plan.model import PartPlan
from idpc.policy.share import PolicyShare


class FilePart(NamedTuple):
    """A file of a build: its path, the SHA-256 of its content in hexadecimal, and its size in bytes."""

    path: str
    digest: str
    size: int


class AppPart(NamedTuple):
    """What an app adds to `graph.json`, as it stands there: its nodes, and the edges that begin at them."""

    name: str
    nodes: tuple[str, ...]
    edges: tuple[str, ...]


class EnvironmentPart(Struct, frozen=True, array_like=True):
    """A unit in one environment.

    `steps` has for each step of `plan`, by its id, how it stands in `plan.json` and in `plan.md`. `namespaces` are the
    unit's own; `claims` are the names of objects that it has in others, and in none. `policies` is what it gives to those
    that are judged on all of the environment.
    """

    name: str
    apps: tuple[AppPart, ...]
    files: tuple[FilePart, ...]
    plan: PartPlan
    steps: dict[str, tuple[str, str]]
    namespaces: tuple[str, ...]
    claims: tuple[tuple[str, str, str, str], ...]
    policies: PolicyShare = PolicyShare()


class Part(Struct, frozen=True, array_like=True):
    """A unit in every environment, made from what `key` stands for, and from further files, given with their digests."""

    unit: str
    key: str
    diagnostics: tuple[Diagnostic, ...]
    reads: tuple[tuple[str, str], ...]
    environments: tuple[EnvironmentPart, ...]


class Made(Struct, frozen=True, array_like=True):
    """Parts with the texts of their files."""

    parts: tuple[Part, ...]
    texts: dict[str, str]
