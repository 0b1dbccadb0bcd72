"""Costs as Markdown for a comment at a pull request, and as comma-separated values for a spreadsheet."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from types import SimpleNamespace

from idpc.cost.document import line_document
from idpc.cost.groups import Change, Sheets, grand_total, grouped
from idpc.cost.model import InstanceCost
from idpc.cost.terminal import money, signed


def markdown(sheets: Sheets, by: str, changed: Mapping[str, Sequence[Change]] | None = None) -> str:
    """A table of groups for each environment, and of what has changed."""
    lines = [f"### Cost: {money(grand_total(sheets).expected)} a month", ""]
    for name, sheet in sheets.items():
        lines += [f"**{name}**: {money(sheet.total.expected)} a month", ""]
        lines += _table(("", "low", "expected", "high"), _rows(sheet.instances, by)) if by != "environment" else ()
        unpriced = [f"`{part.address}` {part.part}" for part in sheet.unpriced]
        lines += [f"Without a price: {', '.join(unpriced)}.", ""] if unpriced else ()
        lines += _changes(changed[name]) if changed is not None and name in changed else ()
    return "\n".join(lines).rstrip("\n") + "\n"


def _rows(instances: Sequence[InstanceCost], by: str) -> Iterator[Sequence[str]]:
    for name, amount in grouped(instances, by).items():
        yield (name, money(amount.low), money(amount.expected), money(amount.high))


def _changes(changed: Sequence[Change]) -> list[str]:
    rows = (
        (
            f"`{each.address}`",
            "" if each.before is None else money(each.before),
            "" if each.after is None else money(each.after),
            signed(each.by),
            ", ".join(each.because),
        )
        for each in changed
    )
    return _table(("changed", "before", "now", "change", "because of"), rows) if changed else ["No change.", ""]


def _table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> list[str]:
    rule = ["---", *["---:"] * 3, *["---"] * (len(head) - 4)]
    return [*(f"| {' | '.join(row)} |" for row in (head, rule, *rows)), ""]


def comma_separated(sheets: Sheets) -> str:
    """Every line of every environment, with the columns of `cost.json`."""
    texts: list[str] = []
    rows = [{"environment": name, **line_document(line)} for name, sheet in sheets.items() for line in sheet.lines]
    names = ("environment", *_COLUMNS)
    writer = csv.DictWriter(SimpleNamespace(write=texts.append), names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return "".join(texts)


_COLUMNS = (
    "address", "part", "quantity", "unit", "unit_price", "low", "expected", "high", "confidence", "source", "as_of", "assumption",
)  # fmt: skip
