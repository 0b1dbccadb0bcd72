"""The nouns of a plan: what it is made from, and its steps in waves and stages."""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct, field

from idpc.address import Address
from idpc.emit.model import Document
from idpc.schema.durations import Duration

STAGE_TYPES = ("infrastructure", "application", "testing", "monitoring")


class Precondition(NamedTuple):
    """What must be there before the plan may run, and which addresses ask for it.

    `what` is one of: crd, secret, secret_store, listener, state, tool, cluster, permission, environment, admission,
    gitops.
    """

    what: str
    name: str
    used_by: tuple[str, ...] = ()


class PlannedObject(Struct, frozen=True):
    """An object of a manifest; `owner` is the instance that it serves, None where it is the app's."""

    kind: str
    name: str
    body: Document = field(default_factory=dict)
    owner: Address | None = None

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


class PlannedFile(Struct, frozen=True):
    """A manifest with its objects in the order in which they are applied; `path` is below the environment's folder."""

    path: str
    objects: tuple[PlannedObject, ...]


class PlannedApp(Struct, frozen=True):
    """What a build writes for one app. `folder` is its folder; `terraform` is empty for an app without a root."""

    name: str
    folder: str
    terraform: str = ""
    shared: PlannedFile | None = None
    monitoring: PlannedFile | None = None
    instances: Mapping[Address, PlannedFile] = field(default_factory=dict)


class PolicyCounts(Struct, frozen=True):
    """How many checks of policies passed, warned and were waived."""

    passed: int = 0
    warned: int = 0
    waived: int = 0


class PlanCost(Struct, frozen=True):
    """Money a month as decimal strings, None where it was not estimated; `change` is against the last build.

    `unpriced` counts the parts of instances that no price list has, which the sum leaves out.
    """

    monthly: str | None = None
    change: str | None = None
    unpriced: int = 0


class PlanInputs(Struct, frozen=True):
    """All that a plan needs beside the graph. `gitops` are the objects that the environment's GitOps engine reads."""

    apps: Mapping[str, PlannedApp]
    sources: str = ""
    artifacts: str = ""
    preconditions: tuple[Precondition, ...] = ()
    gitops: tuple[PlannedFile, ...] = ()
    policy: PolicyCounts = PolicyCounts()
    cost: PlanCost = PlanCost()


class Gate(Struct, frozen=True):
    """What must hold before a step counts as done; each list names objects as `Kind/name`."""

    terraform: str = ""
    ready: tuple[str, ...] = ()
    rollout: tuple[str, ...] = ()
    complete: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    exists: tuple[str, ...] = ()
    synced: tuple[str, ...] = ()
    gone: str = ""
    pushed: str = ""
    url: str = ""
    status: str = ""


class Rollback(Struct, frozen=True):
    """What undoes a step: going back `to` something, or `none` with the reason; `keeps` is never removed."""

    to: str = ""
    none: str = ""
    keeps: tuple[str, ...] = ()


class Step(Struct, frozen=True):
    """One action of a plan. `objects` names the applied objects where they are not all of the artifacts'.

    `timeout` in minutes; `takes` is what it usually takes if all is made anew.
    """

    id: str
    action: str
    address: str
    artifacts: tuple[str, ...]
    gate: Gate
    rollback: Rollback
    timeout: int
    objects: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    takes: Duration = Duration()


class Stage(Struct, frozen=True):
    """Waves in order; the steps of a wave may run at once. `timeout` in minutes, 0 for none of its own."""

    name: str
    type: str
    waves: tuple[tuple[Step, ...], ...]
    timeout: int = 0


class Change(Struct, frozen=True):
    """What a plan does to one instance, compared with the last build."""

    address: str
    action: str
    fields: tuple[str, ...] = ()
    why: str = ""
    data_loss: bool = False
    team: str = ""


class Compared(Struct, frozen=True):
    """What a comparison tells a plan: the changes, and by how much more a month costs, None where that stays."""

    changes: tuple[Change, ...] = ()
    cost: str | None = None


class Approval(Struct, frozen=True):
    """`count` people of `team` must agree before the stage `before` starts; `why` says who asks."""

    before: str
    team: str
    count: int
    why: str


class Target(Struct, frozen=True):
    """Where a plan runs; None where the environment does not say."""

    cluster: str | None
    account: str | None
    region: str | None
    cloud: str = ""


class Plan(Struct, frozen=True):
    """How one environment is deployed, from what must be there to what is removed last.

    Where it is `protected`, changes that take data or may do so need the approval of their team.
    """

    environment: str
    target: Target
    sources: str = ""
    artifacts: str = ""
    preconditions: tuple[Precondition, ...] = ()
    stages: tuple[Stage, ...] = ()
    changes: tuple[Change, ...] = ()
    cost: PlanCost = PlanCost()
    policy: PolicyCounts = PolicyCounts()
    approvals: tuple[Approval, ...] = ()
    protected: bool = False

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps in the order in which they run."""
        return tuple(step for stage in self.stages for wave in stage.waves for step in wave)


class PartPlan(Struct, frozen=True):
    """The plan of some apps of an environment, to be joined with those of the others.

    `plan` has every stage of its workflows, with steps or without; `pruned` are the apps, with their folders, whose
    objects are looked through at the end.
    """

    plan: Plan
    pruned: tuple[tuple[str, str], ...] = ()
