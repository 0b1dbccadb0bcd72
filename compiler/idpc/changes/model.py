"""The nouns of a comparison: two versions of a project, and what is different between them."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from msgspec import Struct, field

Document = Mapping[str, Any]

ACTIONS = ("unchanged", "create", "update", "move", "unknown", "replace", "destroy")
"""What may happen to something, from harmless to grave."""

NEEDS = "needs "
"""Begins the path of a field change that is one of what an instance needs."""


class Place(NamedTuple):
    """Where something was written: a path relative to the project, and a line and column from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Content(NamedTuple):
    """The content of a file: its SHA-256 in hexadecimal, and how to get at it."""

    digest: str
    read: Callable[[], str]


class Violation(NamedTuple):
    """A policy that something breaks; `waived` says by which waiver it may."""

    policy: str
    address: str
    environment: str
    message: str
    waived: str = ""


class Bill(NamedTuple):
    """What an instance is expected to cost in a month, and to emit in grams; not `whole` where a part has no price."""

    amount: Decimal = Decimal(0)
    whole: bool = True
    carbon: Decimal = Decimal(0)


class State(Struct, frozen=True):
    """One environment of a version: nodes by address and edges as `graph.json` has them, files by path.

    Of two states that are compared, both may leave out what is the same in them. `places` are by address and dotted
    path of a field, for those that the project sets; `bills` are of the instances that cost something.
    """

    nodes: Mapping[str, Document]
    edges: tuple[Document, ...]
    files: Mapping[str, Content]
    places: Mapping[str, Mapping[str, Place]] = field(default_factory=dict)
    bills: Mapping[str, Bill] = field(default_factory=dict)


class Version(Struct, frozen=True):
    """A project at one time, by environment; `violations` is None where they are not known."""

    name: str
    states: Mapping[str, State]
    violations: frozenset[Violation] | None = None


class FieldChange(Struct, frozen=True):
    """A field by its dotted path, before and after as JSON has them; `place` is where the later value was set."""

    path: str
    before: Any
    after: Any
    place: Place | None = None


class PartChange(Struct, frozen=True):
    """What happens to a Terraform resource or a Kubernetes object; `effects` are by changed attribute.

    `holds_data`: its kind does; `loses_data`: what happens takes them away.
    """

    name: str
    action: str
    effects: Mapping[str, str] = field(default_factory=dict)
    holds_data: bool = False
    loses_data: bool = False


class CostChange(NamedTuple):
    """What is expected to be paid and emitted in a month, before and after; not `whole` where something has no price."""

    before: Bill
    after: Bill

    @property
    def by(self) -> Decimal:
        """How much more is paid."""
        return self.after.amount - self.before.amount

    @property
    def carbon_by(self) -> Decimal:
        """How many grams more are emitted."""
        return self.after.carbon - self.before.carbon

    @property
    def whole(self) -> bool:
        """Whether all of it has a price."""
        return self.before.whole and self.after.whole


class InstanceChange(Struct, frozen=True):
    """What happens to an instance, or to what an app has for all of its instances.

    `former` is its address before a move; `affects` are the instances that need it, directly or through others.
    `twin` is one that comes where this goes, and is alike; `retired` says that a destroyed one holds no data, or that
    it was said before what becomes of them. `cost` is None where it stays.
    """

    address: str
    kind: str
    action: str
    why: str
    place: Place | None = None
    former: str = ""
    fields: tuple[FieldChange, ...] = ()
    parts: tuple[PartChange, ...] = ()
    data_loss: bool = False
    hint: str = ""
    affects: tuple[str, ...] = ()
    twin: str = ""
    retired: bool = True
    team: str = ""
    cost: CostChange | None = None


class PolicyChanges(Struct, frozen=True):
    """The violations that came, that went, and that a waiver allows now."""

    broken: tuple[Violation, ...] = ()
    mended: tuple[Violation, ...] = ()
    waived: tuple[Violation, ...] = ()

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return bool(self.broken or self.mended or self.waived)


class EnvironmentChanges(Struct, frozen=True):
    """What is different in one environment; `policies` are None where one of the versions does not tell.

    `cost` is that of the instances which cost something else than before.
    """

    environment: str
    changes: tuple[InstanceChange, ...]
    policies: PolicyChanges | None = None
    cost: CostChange | None = None

    @property
    def any(self) -> bool:
        """Whether there is anything."""
        return bool(self.changes or self.cost or (self.policies and self.policies.any))


class Comparison(Struct, frozen=True):
    """All that is different between two versions, in the environments that differ."""

    base: str
    head: str
    environments: tuple[EnvironmentChanges, ...]

    @property
    def changes(self) -> bool:
        """Whether there is anything."""
        return any(each.any for each in self.environments)


def gravest(actions: "tuple[str, ...] | list[str]") -> str:
    """The gravest of some actions."""
    return max(actions, key=ACTIONS.index, default="unchanged")
