"""The cost sheet as the document `cost.json`."""

from collections.abc import Mapping, Sequence
from typing import Any

from idpc.cost.model import CURRENCY, CostSheet, Line, Total, Unpriced, cents, plain

Document = dict[str, Any]


def cost_document(sheet: CostSheet) -> Document:
    """`cost.json` of one environment."""
    from idpc.cost.carbon.document import carbon_document

    return sheet_document(
        sheet.environment,
        [line_document(line) for line in sheet.lines],
        [unpriced_document(part) for part in sheet.unpriced],
        sheet.total,
        carbon_document(sheet),
    )


def sheet_document(
    environment: str, lines: Sequence[Any], unpriced: Sequence[Any], total: Total, carbon: Mapping[str, Any]
) -> Document:
    """The document of lines that are documents, or texts of documents, already."""
    return {
        "version": 1,
        "environment": environment,
        "currency": CURRENCY,
        "lines": lines,
        "totals": total_document(total),
        "unpriced": unpriced,
        "carbon": carbon,
    }


def total_document(total: Total) -> Document:
    """The only place at which money, and grams, are rounded."""
    return {name: str(cents(getattr(total, name))) for name in Total._fields}


def line_document(line: Line) -> Document:
    """A line of `cost.json`: exact, so that the total is the sum of all."""
    return {
        "address": str(line.address),
        "part": line.part,
        "quantity": plain(line.quantity),
        "unit": line.price.unit,
        "unit_price": plain(line.unit_price),
        "low": plain(line.amount.low),
        "expected": plain(line.amount.expected),
        "high": plain(line.amount.high),
        "confidence": line.price.confidence,
        "source": line.price.source,
        "as_of": line.price.as_of or None,
        "assumption": line.assumption or None,
    }


def unpriced_document(part: Unpriced) -> Document:
    """A part without a price."""
    return {"address": str(part.address), "part": part.part, "why": part.why}
