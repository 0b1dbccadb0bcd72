"""The published form of `idpc diff --format json`, from which its schema is made."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Action = Literal["create", "update", "replace", "destroy", "move", "unknown"]
Effect = Literal["replace", "in place", "unknown"]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class PlaceDocument(_Closed):
    """Where something was written: a path relative to the project, and a line and column from 1."""

    file: str
    line: int = Field(ge=1)
    column: int = Field(ge=1)


class FieldDocument(_Closed):
    """A field before and after, null where it is not set. What is secret stands there as a reference."""

    path: str
    before: Any
    after: Any
    location: PlaceDocument | None = Field(description="Where the later value is set; null where that is a default.")


class PartDocument(_Closed):
    """What happens to a Terraform resource or a Kubernetes object (`Kind/name`)."""

    name: str
    action: Action
    effects: dict[str, Effect] = Field(description="By changed attribute; `unknown` where no published fact decides.")
    data_loss: bool


class CostChangeDocument(_Closed):
    """US dollars a month as decimal strings, as expected; not `complete` where a part has no price."""

    before: str
    after: str
    change: str
    complete: bool


class CarbonChangeDocument(_Closed):
    """Grams of CO2 equivalents a month as decimal strings, as expected, of what is known to emit something."""

    before: str
    after: str
    change: str


class AffectsDocument(_Closed):
    """What needs the instance, directly or through others."""

    count: int = Field(ge=0)
    addresses: list[str]


class InstanceDocument(_Closed):
    """What happens to an instance, or to what an app has for all of its instances (kind `app`)."""

    address: str
    kind: str
    action: Action
    why: str
    former: str | None = Field(description="The address before, where it moved.")
    location: PlaceDocument | None = Field(description="Where it is declared; of a destroyed one where it was.")
    fields: list[FieldDocument]
    parts: list[PartDocument]
    data_loss: bool
    team: str
    cost: CostChangeDocument | None = Field(description="Null where it costs and emits what it did.")
    carbon: CarbonChangeDocument | None = Field(description="Null where it emits what it did.")
    hint: str | None
    affects: AffectsDocument


class ViolationDocument(_Closed):
    """A policy that something breaks."""

    policy: str
    address: str
    message: str


class WaivedDocument(ViolationDocument):
    """A violation that a waiver allows."""

    waiver: str


class PoliciesDocument(_Closed):
    """Violations that came, that went, and that a waiver allows which did not."""

    new: list[ViolationDocument]
    gone: list[ViolationDocument]
    waived: list[WaivedDocument]


class EnvironmentDocument(_Closed):
    """What changes in one environment; `policy` is null where a build folder is compared, which does not tell."""

    environment: str
    summary: dict[Action, int]
    changes: list[InstanceDocument]
    policy: PoliciesDocument | None
    cost: CostChangeDocument | None = Field(description="Of the instances that cost something else than before.")
    carbon: CarbonChangeDocument | None = Field(description="Of the instances that emit something else than before.")


class RefusedDocument(_Closed):
    """What must not be done in one step, with what is to be done instead."""

    code: str
    address: str
    message: str
    help: str
    environments: list[str]


class DiffDocument(_Closed):
    """What changes between two versions of a project, in the environments in which something does."""

    model_config = ConfigDict(title="idpc diff")

    version: Literal[1]
    base: str
    head: str
    environments: list[EnvironmentDocument]
    refused: list[RefusedDocument]
