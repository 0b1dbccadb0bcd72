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
    """A part that costs, or emits, something of which it is not known how much."""

    address: str
    part: str
    why: str


class CarbonLine(_Closed):
    """What a part of an instance emits in a month, by the kWh that it uses and by its share of making the server.

    `embodied` is null where nobody says what making it emitted, and is then not in the sum.
    """

    address: str
    part: str
    energy: str = _Amount
    operational: str = _Amount
    embodied: str | None
    low: str = _Amount
    expected: str = _Amount
    high: str = _Amount
    confidence: Literal["exact", "derived", "interpolated", "assumed"]
    factors: list[str]


class CarbonIntensity(_Closed):
    """What an app emits for each of its functional units, of which there are `monthly` in a month: (E × I + M) / R."""  # noqa: RUF002  # times

    app: str
    unit: str
    monthly: str = _Amount
    low: str = _Amount
    expected: str = _Amount
    high: str = _Amount


class CarbonFactor(_Closed):
    """A number that lines rest on."""

    name: str
    value: str
    source: str
    as_of: str | None


class Carbon(_Closed):
    """What an environment emits in a month, in grams of CO2 equivalents."""

    unit: Literal["gCO2e"]
    lines: list[CarbonLine]
    totals: CostTotals
    intensity: list[CarbonIntensity]
    factors: list[CarbonFactor]
    unmeasured: list[UnpricedPart]


class CostDocument(_Closed):
    """What an environment costs and emits in a month."""

    version: Literal[1]
    environment: str
    currency: Literal["USD"]
    lines: list[CostLine]
    totals: CostTotals
    unpriced: list[UnpricedPart]
    carbon: Carbon
