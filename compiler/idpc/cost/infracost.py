"""Costs in the JSON form of Infracost, so that what reads it reads these: an environment is a project, an instance a resource.

Amounts are strings; an hour is a 730th of a month. https://www.infracost.io/docs/features/cli_commands/#json
"""

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from idpc.cost.groups import Change, Sheets, grand_total
from idpc.cost.model import CURRENCY, HOURS, CostSheet, InstanceCost, Line, Unpriced, digits, plain

VERSION = "0.2"
_DIGITS = Decimal("1e-12")
Document = dict[str, Any]


def infracost(
    sheets: Sheets, project: str, today: datetime.date, changed: Mapping[str, Sequence[Change]] | None = None
) -> Document:
    """The breakdown of all environments; with `changed` also what was before, and the difference."""
    now = grand_total(sheets).expected
    more = sum((each.by for several in (changed or {}).values() for each in several), Decimal(0))
    past = now - more if changed is not None else None
    return {
        "version": VERSION,
        "currency": CURRENCY,
        "projects": [
            _project(sheet, project, None if changed is None else changed.get(name, ()))
            for name, sheet in sheets.items()
        ],
        **_costs("total", now),
        **_costs("pastTotal", past),
        **_costs("diffTotal", None if changed is None else more),
        "timeGenerated": f"{today}T00:00:00Z",
        "summary": _summary([cost for sheet in sheets.values() for cost in sheet.instances]),
    }


def _project(sheet: CostSheet, project: str, changed: Sequence[Change] | None) -> Document:
    now, more = sheet.total.expected, sum((each.by for each in changed or ()), Decimal(0))
    return {
        "name": f"{project}/{sheet.environment}",
        "metadata": {"path": sheet.environment, "type": "idpc"},
        "pastBreakdown": _breakdown(_past(changed or ()), now - more if changed is not None else Decimal(0)),
        "breakdown": _breakdown([_resource(cost) for cost in sheet.instances], now),
        "diff": _breakdown([_bare(each.address, each.by) for each in changed or ()], more),
        "summary": _summary(sheet.instances),
    }


def _past(changed: Sequence[Change]) -> list[Document]:
    """What has changed, as it was."""
    return [_bare(each.address, each.before) for each in changed if each.before is not None]


def _breakdown(resources: list[Document], total: Decimal) -> Document:
    return {"resources": resources, **_costs("total", total)}


def _costs(prefix: str, monthly: Decimal | None) -> Document:
    hourly = None if monthly is None else _text(monthly / HOURS)
    return {f"{prefix}HourlyCost": hourly, f"{prefix}MonthlyCost": None if monthly is None else _text(monthly)}


def _bare(name: str, monthly: Decimal) -> Document:
    return {"name": name, "metadata": {}, "hourlyCost": _text(monthly / HOURS), "monthlyCost": _text(monthly)}


def _resource(cost: InstanceCost) -> Document:
    return {
        "name": str(cost.address),
        "tags": {"team": cost.team} if cost.team else {},
        "metadata": {"kind": cost.kind},
        "hourlyCost": _text(cost.total.expected / HOURS),
        "monthlyCost": _text(cost.total.expected),
        "costComponents": [*map(_component, cost.lines), *map(_missing, cost.unpriced)],
    }


def _component(line: Line) -> Document:
    return {
        "name": line.part,
        "unit": line.price.unit,
        "hourlyQuantity": _text(line.quantity / HOURS),
        "monthlyQuantity": _text(line.quantity),
        "price": plain(line.unit_price),
        "hourlyCost": _text(line.amount.expected / HOURS),
        "monthlyCost": _text(line.amount.expected),
    }


def _missing(part: Unpriced) -> Document:
    """A part without a price, which Infracost shows as depending on usage."""
    empty = dict.fromkeys(("hourlyQuantity", "monthlyQuantity", "price", "hourlyCost", "monthlyCost"))
    return {"name": part.part, "unit": "", **empty}


def _summary(costs: Sequence[InstanceCost]) -> Document:
    none = [cost for cost in costs if cost.unpriced and not cost.lines]
    kinds = sorted({cost.kind for cost in costs})
    return {
        "totalDetectedResources": len(costs),
        "totalSupportedResources": len(costs) - len(none),
        "totalUnsupportedResources": 0,
        "totalUsageBasedResources": sum(bool(cost.unpriced) for cost in costs),
        "totalNoPriceResources": len(none),
        "supportedResourceCounts": {kind: sum(cost.kind == kind for cost in costs) for kind in kinds},
        "unsupportedResourceCounts": {},
        "noPriceResourceCounts": {
            kind: sum(cost.kind == kind for cost in none) for kind in kinds if any(cost.kind == kind for cost in none)
        },
    }


def _text(amount: Decimal) -> str:
    return plain(digits(amount, _DIGITS))
