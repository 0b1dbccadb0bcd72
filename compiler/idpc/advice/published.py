"""The published form of advice in JSON, what `idpc cost --advice --format json` prints, from which its schema is made."""

import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from idpc.diagnostics.published import FixDocument


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class InputDocument(_Closed):
    """What was measured over some days: percentiles, as the language writes them."""

    metric: str
    p50: str
    p95: str
    p99: str
    max: str
    first: datetime.date = Field(alias="from")
    last: datetime.date = Field(alias="to")
    days: int = Field(ge=1)
    source: str


class AdviceItem(_Closed):
    """Another value of a field, what it saves in a month, how sure it is that it is as good, and the edit."""

    environment: str
    address: str | None = Field(description="The instance, null for a field of the environment itself.")
    field: str
    before: str
    after: str
    saving: str | None = Field(
        pattern=r"^-?\d+\.\d{2}$",
        description="US dollars a month, less than nothing where it costs more; null where what is there has no price.",
    )
    carbon_saving_grams: str = Field(pattern=r"^-?\d+(\.\d+)?$", description="Grams of CO2e a month.")
    confidence: Literal["high", "medium", "low"]
    because: str
    inputs: list[InputDocument]
    fix: FixDocument


class AdviceDocument(_Closed):
    """All advice of a project, that first which saves most."""

    version: Literal[1]
    currency: Literal["USD"]
    advice: list[AdviceItem]
    notes: list[str] = Field(description="What was not measured for long enough.")
