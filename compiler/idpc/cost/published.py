"""The published form of `cost.json`, from which its schema is made."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

_Amount = Field(pattern=r"^-?\d+(\.\d+)?$", description="An exact decimal number.")
_Rounded = Field(pattern=r"^-?\d+\.\d{2}$", description="Rounded to the cent.")


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CostLine(_Closed):
    """A part of an instance; `quantity` units a month are expected, at `unit_price` each."""

    address: str
    part: str
    quantity: str = _Amount
    unit: str
    unit_price: str = _Amount
    low: str = _Amount
    expected: str = _Amount
    high: str = _Amount
    confidence: Literal["exact", "derived", "quoted", "interpolated", "assumed"]
    source: str
    as_of: str | None
    assumption: str | None = Field(description="What was taken where nobody says how much is used.")


class CostTotals(_Closed):
    """The sums of all lines."""

    low: str = _Rounded
    expected: str = _Rounded
    high: str = _Rounded


class UnpricedPart(_Closed):
    """A part that costs something of which it is not known how much."""

    address: str
    part: str
    why: str


class CostDocument(_Closed):
    """What an environment costs in a month."""

    version: Literal[1]
    environment: str
    currency: Literal["USD"]
    lines: list[CostLine]
    totals: CostTotals
    unpriced: list[UnpricedPart]
