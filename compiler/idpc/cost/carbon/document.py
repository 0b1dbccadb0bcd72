"""What an environment emits as the section `carbon` of `cost.json`, in grams of CO2 equivalents."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from idpc.cost.carbon.estimate import unit_of
from idpc.cost.carbon.model import UNIT, Emission, Factor, FunctionalUnit, Unmeasured, intensity
from idpc.cost.document import total_document
from idpc.cost.model import CostSheet, InstanceCost, Total, digits, plain, total

Document = dict[str, Any]
_DIGITS = Decimal("1e-6")
"""Of a gram for each functional unit."""


class CarbonParts(NamedTuple):
    """What one or more apps add to the section, as documents or as texts of documents."""

    lines: Sequence[Any]
    unmeasured: Sequence[Any]
    intensity: Sequence[Any]
    factors: Sequence[Any]


def carbon_document(sheet: CostSheet) -> Document:
    """The section of one environment."""
    apps: dict[str, list[InstanceCost]] = {}
    for each in sheet.found:
        apps.setdefault(each.address.app, []).append(each)
    parts = CarbonParts(
        [line_document(each) for each in sheet.emissions],
        [unmeasured_document(each) for each in sheet.unmeasured],
        [intensity_document(app, own, sheet.units) for app, own in apps.items() if emits(own)],
        [factor_document(each) for each in factors(sheet.emissions)],
    )
    return section(parts, sheet.carbon)


def section(parts: CarbonParts, amount: Total) -> Document:
    """The section from its parts."""
    return {
        "unit": UNIT,
        "lines": parts.lines,
        "totals": total_document(amount),
        "intensity": parts.intensity,
        "factors": parts.factors,
        "unmeasured": parts.unmeasured,
    }


def emits(costs: Iterable[InstanceCost]) -> bool:
    """Whether anything is known to emit."""
    return any(each.emissions for each in costs)


def line_document(line: Emission) -> Document:
    """What a part emits, exact; `embodied` is null where nobody says what making it emitted."""
    return {
        "address": str(line.address),
        "part": line.part,
        "energy": plain(line.energy),
        "operational": plain(line.operational.expected),
        "embodied": None if line.embodied is None else plain(line.embodied.expected),
        **{name: plain(getattr(line.amount, name)) for name in Total._fields},
        "confidence": line.rate.confidence,
        "factors": [each.name for each in line.rate.factors],
    }


def unmeasured_document(part: Unmeasured) -> Document:
    """A part of which it is not known what it emits."""
    return {"address": str(part.address), "part": part.part, "why": part.why}


def intensity_document(app: str, costs: Iterable[InstanceCost], units: Mapping[str, FunctionalUnit]) -> Document:
    """What an app emits for each of its functional units."""
    unit = unit_of(app, units)
    each = intensity(total(cost.carbon for cost in costs), unit)
    amounts = {name: plain(digits(getattr(each, name), _DIGITS)) for name in Total._fields}
    return {"app": app, "unit": unit.name, "monthly": plain(unit.monthly), **amounts}


def factors(lines: Iterable[Emission]) -> list[Factor]:
    """All that lines rest on, each once, by name."""
    return sorted({each for line in lines for each in line.rate.factors})


def factor_document(factor: Factor) -> Document:
    """A number with its source."""
    return {"name": factor.name, "value": factor.value, "source": factor.source, "as_of": factor.as_of or None}
