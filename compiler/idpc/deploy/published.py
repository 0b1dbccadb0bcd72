"""The published form of `idpc deployments --format json`, from which its schema is made."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Phase = Literal["waiting", "started", "applied", "done", "failed", "undoing", "undone", "stuck"]
Result = Literal["running", "undoing", "succeeded", "rolled_back", "failed", "abandoned"]
_TIME = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$"


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class StepDocument(_Closed):
    """How far a step came; why it failed, and what could not go back."""

    phase: Phase
    failure: str | None
    left: str | None


class DeploymentDocument(_Closed):
    """A deployment; `running` and `undoing` are those that were interrupted, and that a later run goes on with."""

    id: str
    environment: str
    plan: str = Field(description="The digest of `plan.json`.")
    artifacts: str
    sources: str
    revision: str | None = Field(description="The git revision that was deployed; null where git knows none.")
    committed: str | None = Field(pattern=_TIME)
    who: str
    started: str = Field(pattern=_TIME)
    finished: str | None = Field(pattern=_TIME)
    seconds: float | None = Field(ge=0)
    result: Result
    back_to: str | None = Field(description="The deployment whose artifacts a rollback by hand went back to.")
    approvals: list[str] = Field(description="`TEAM=PERSON`.")
    steps: dict[str, StepDocument]


class MetricsDocument(_Closed):
    """The four DORA metrics over the last `days`; times in seconds, null where nothing tells them."""

    days: int = Field(ge=1)
    deployments: int = Field(ge=0)
    per_day: float = Field(ge=0)
    lead_time: float | None = Field(ge=0)
    change_failure_rate: float | None = Field(ge=0, le=1)
    time_to_restore: float | None = Field(ge=0)


class DeploymentsDocument(_Closed):
    """The deployments of a journal, the newest last."""

    model_config = ConfigDict(title="idpc deployments")

    version: Literal[1]
    deployments: list[DeploymentDocument]
    metrics: MetricsDocument
