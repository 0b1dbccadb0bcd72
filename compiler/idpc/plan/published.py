"""The published form of `plan.json`, from which its schema is made."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

StageType = Literal["infrastructure", "application", "testing", "monitoring"]
Action = Literal[
    "terraform.apply",
    "kubernetes.apply",
    "kubernetes.prune",
    "gitops.push",
    "gitops.wait",
    "http.check",
]
What = Literal[
    "crd",
    "secret",
    "secret_store",
    "listener",
    "state",
    "tool",
    "cluster",
    "permission",
    "environment",
    "admission",
    "gitops",
]
Seconds = Field(pattern=r"^\d+s$", description="Whole seconds: `90s`.")
Minutes = Field(pattern=r"^\d+m$", description="Whole minutes: `60m`.")


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TargetDocument(_Closed):
    """Where the plan runs; null where the environment does not say."""

    cluster: str | None
    account: str | None
    region: str | None
    cloud: str = Field(description="The environment's `cloud`.")


class PreconditionDocument(_Closed):
    """What must be there before the plan may run, and which instances or apps ask for it."""

    what: What
    name: str
    used_by: list[str]


class GateDocument(_Closed):
    """What must hold before a step counts as done. Lists name objects as `Kind/name`; all that stands here must hold."""

    terraform: str | None = Field(None, description="What holds of the root after it was applied.")
    rollout: list[str] = Field([], description="Rolled out completely at this generation; a Rollout is Healthy.")
    complete: list[str] = Field([], description="Jobs that have completed.")
    ready: list[str] = Field([], description="Have the condition Ready; of an ExternalSecret the Secret is there.")
    accepted: list[str] = Field([], description="Routes that every parent accepts.")
    exists: list[str] = Field([], description="Are there.")
    synced: list[str] = Field([], description="Synced and healthy at the pushed revision.")
    pushed: str | None = Field(None, description="What holds after a push.")
    gone: str | None = Field(None, description="What is there no more.")
    url: str | None = Field(None, description="Answers with `status`.")
    status: str | None = Field(None, description="A class of HTTP answers: `2xx`.")


class RollbackDocument(_Closed):
    """What undoes a step: either `to`, or `none` with the reason why nothing does. `keeps` is never removed."""

    to: Literal["previous"] | None = None
    none: str | None = None
    keeps: list[str] = []


class RangeDocument(_Closed):
    """What something usually takes if all of it is made anew; an estimate, never a promise."""

    low: str = Seconds
    high: str = Seconds


class StepDocument(_Closed):
    """One action. `objects` names the applied objects where they are not all of the artifacts'."""

    id: str
    action: Action
    address: str
    artifacts: list[str]
    objects: list[str] = []
    needs: list[str] = Field(description="Steps that end before this one starts.")
    provides: list[str] = Field(description="Instances that are there after this step.")
    timeout: str = Minutes
    takes: RangeDocument
    gate: GateDocument
    rollback: RollbackDocument


class StageDocument(_Closed):
    """Waves one after the other; the steps of a wave may run at once."""

    name: str
    type: StageType
    timeout: str | None = Field(None, pattern=r"^\d+m$")
    waves: list[list[StepDocument]]


class DurationDocument(RangeDocument):
    """What the whole plan usually takes, without what people take to approve, and the steps that this hangs on."""

    critical_path: list[str] = Field(description="The slowest step of each wave.")


class ChangeDocument(_Closed):
    """What the plan does to one instance, compared with the last build."""

    address: str
    action: Literal["create", "update", "replace", "destroy", "move", "unchanged", "unknown"]
    fields: list[str]
    why: str
    data_loss: bool


class CostDocument(_Closed):
    """US dollars a month as decimal strings, null where nothing was estimated or compared."""

    monthly: str | None
    change: str | None
    unpriced: int


class PolicyDocument(_Closed):
    """How many checks of policies passed, warned and were waived."""

    passed: int = Field(ge=0)
    warned: int = Field(ge=0)
    waived: int = Field(ge=0)


class ApprovalDocument(_Closed):
    """`count` people of `team` must agree before the stage `before` starts."""

    before: str
    team: str
    count: int = Field(ge=1)
    why: str


class PlanDocument(_Closed):
    """The deployment plan of one environment."""

    model_config = ConfigDict(title="idpc plan")

    version: Literal[1]
    environment: str
    sources: str
    artifacts: str
    target: TargetDocument
    preconditions: list[PreconditionDocument]
    duration: DurationDocument
    stages: list[StageDocument]
    changes: list[ChangeDocument]
    cost: CostDocument
    policy: PolicyDocument
    approvals: list[ApprovalDocument]
