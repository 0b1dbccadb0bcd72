"""Costs as Markdown for a comment at a pull request, and as comma-separated values for a spreadsheet."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from types import SimpleNamespace

from idpc.cost.carbon.document import line_document as emission_document
from idpc.cost.carbon.model import Emission
from idpc.cost.document import line_document
from idpc.cost.groups import Change, Sheets, grand_total, grouped
from idpc.cost.measures import carbon_text, money, signed
from idpc.cost.model import CostSheet, InstanceCost, total

Changes = Mapping[str, Sequence[Change]]


def markdown(sheets: Sheets, by: str, changed: Changes | None = None, carbon: Changes | None = None) -> str:
    """A table of groups for each environment, and of what has changed, in cost and in carbon."""
    emitted = carbon_text(total(sheet.carbon for sheet in sheets.values()).expected)
    lines = [f"### Cost: {money(grand_total(sheets).expected)} a month, {emitted} CO2e", ""]
    for name, sheet in sheets.items():
        lines += [f"**{name}**: {money(sheet.total.expected)} a month, {carbon_text(sheet.carbon.expected)} CO2e", ""]
        lines += (
            _table(("", "low", "expected", "high", "CO2e"), _rows(sheet.instances, by)) if by != "environment" else ()
        )
        unpriced = [f"`{part.address}` {part.part}" for part in sheet.unpriced]
        lines += [f"Without a price: {', '.join(unpriced)}.", ""] if unpriced else ()
        lines += _changes(changed[name]) if changed is not None and name in changed else ()
        lines += _changes(carbon[name], "CO2e", carbon_text) if carbon and carbon.get(name) else ()
    return "\n".join(lines).rstrip("\n") + "\n"


def _rows(instances: Sequence[InstanceCost], by: str) -> Iterator[Sequence[str]]:
    emitted = grouped(instances, by, lambda cost: cost.carbon)
    for name, amount in grouped(instances, by).items():
        carbon = carbon_text(emitted[name].expected) if any(emitted[name]) else ""
        yield (name, money(amount.low), money(amount.expected), money(amount.high), carbon)


def _changes(changed: Sequence[Change], what: str = "", text: Callable[[Decimal], str] = money) -> list[str]:
    rows = (
        (
            f"`{each.address}`",
            "" if each.before is None else text(each.before),
            "" if each.after is None else text(each.after),
            signed(each.by, text),
            ", ".join(each.because),
        )
        for each in changed
    )
    return (
        _table((f"changed {what}".rstrip(), "before", "now", "change", "because of"), rows)
        if changed
        else ["No change.", ""]
    )


def _table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> list[str]:
    rule = ["---", *["---:"] * 3, *["---"] * (len(head) - 4)]
    return [*(f"| {' | '.join(row)} |" for row in (head, rule, *rows)), ""]


def comma_separated(sheets: Sheets) -> str:
    """Every line of every environment, with the columns of `cost.json`, and beside it what the same part emits, in grams."""
    texts: list[str] = []
    rows = [{"environment": name, **row} for name, sheet in sheets.items() for row in _lines(sheet)]
    names = ("environment", *_COLUMNS, *_EMITTED)
    writer = csv.DictWriter(SimpleNamespace(write=texts.append), names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return "".join(texts)


def _lines(sheet: CostSheet) -> Iterator[Mapping[str, object]]:
    """A part's emissions stand in its first line, and in one of their own where it has no price."""
    emitted = {(str(each.address), each.part): _emitted(each) for each in sheet.emissions}
    for line in sheet.lines:
        yield {**line_document(line), **emitted.pop((str(line.address), line.part), {})}
    for (address, part), columns in emitted.items():
        yield {"address": address, "part": part, **columns}


def _emitted(line: Emission) -> Mapping[str, object]:
    document = emission_document(line)
    amounts = {"emitted_low": document["low"], "emitted": document["expected"], "emitted_high": document["high"]}
    return {**{name: document[name] for name in _EMITTED[:3]}, **amounts}


_COLUMNS = (
    "address", "part", "quantity", "unit", "unit_price", "low", "expected", "high", "confidence", "source", "as_of", "assumption",
)  # fmt: skip
_EMITTED = ("energy", "operational", "embodied", "emitted_low", "emitted", "emitted_high")
