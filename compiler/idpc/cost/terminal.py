"""Costs as a table with bars, for people."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

from idpc.cost.groups import Change, Sheets, grand_total, grouped
from idpc.cost.measures import carbon_text, money, signed
from idpc.cost.model import CostSheet, InstanceCost, Line, Total, digits, plain
from idpc.diagnostics.renderers.report import Look

_EIGHTHS = " ▏▎▍▌▋▊▉"
_LEAST_BAR, _MOST_BAR = 8, 40
Changes = Mapping[str, Sequence[Change]]


def table(sheets: Sheets, by: str, look: Look, changed: Changes | None = None, *, explain: bool = False) -> str:
    """Every environment with its groups; with `explain` every line, with `changed` what is more and less."""
    if not any(sheet.instances for sheet in sheets.values()):
        return "nothing here has a price\n"
    blocks = [
        "".join(f"{line}\n" for line in _sheet(sheet, by, look, explain=explain))
        + "".join(f"{line}\n" for line in _changes((changed or {}).get(name), look))
        for name, sheet in sheets.items()
    ]
    return "\n".join((*blocks, *_sum(sheets, look)))


def _sum(sheets: Sheets, look: Look) -> Iterator[str]:
    if len(sheets) > 1:
        priced = any(_priced(sheet) for sheet in sheets.values())
        amount = _range(grand_total(sheets)) if priced else "nothing has a price"
        yield f"{look.paint('title', 'all environments')}  {amount}\n"


def _priced(sheet: CostSheet) -> bool:
    return any(cost.lines for cost in sheet.instances)


def _sheet(sheet: CostSheet, by: str, look: Look, *, explain: bool) -> Iterator[str]:
    emits = f", {carbon_text(sheet.carbon.expected)} CO2e" if any(sheet.carbon) else ""
    yield f"{look.paint('title', sheet.environment)}  {_range(sheet.total) if _priced(sheet) else 'nothing has a price'}{emits}"
    if by != "environment":
        emitted = grouped(sheet.instances, by, lambda cost: cost.carbon)
        beside = {name: carbon_text(amount.expected) for name, amount in emitted.items() if any(amount)}
        yield from bars(grouped(sheet.instances, by), look, money, beside)
    if explain:
        yield from _lines(sheet.instances)
    unpriced = list(sheet.unpriced)
    if unpriced and not explain:
        yield f"  without a price: {counted(len(unpriced), 'part')}; `--explain` tells which"
    if unpriced and explain:
        yield ""
    for part in unpriced if explain else ():
        yield f"  {part.address} {part.part}: unpriced, {part.why}"


def bars(
    groups: Mapping[str, Total], look: Look, text: Callable[[Decimal], str], beside: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The expected amounts of groups with a bar for each; `beside` is what else is told of some."""
    beside = beside or {}
    shown = {name: amount for name, amount in groups.items() if any(amount)}
    if not shown:
        return
    wide, amounts = max(map(len, shown)), {name: text(amount.expected) for name, amount in shown.items()}
    right = max(map(len, amounts.values()))
    more = max((len(beside.get(name, "")) for name in shown), default=0)
    room = max(_LEAST_BAR, min(_MOST_BAR, look.width - wide - right - more - 14))
    most = max(amount.expected for amount in shown.values())
    whole = sum((amount.expected for amount in shown.values()), Decimal(0))
    for name, amount in shown.items():
        bar = look.paint("label", _bar(amount.expected, most, room)) + " " * (
            room - len(_bar(amount.expected, most, room))
        )
        share = f"{amount.expected / whole * 100:.0f}%" if whole else ""
        yield f"  {name.ljust(wide)}  {amounts[name].rjust(right)}  {bar}  {share.rjust(4)}  {beside.get(name, '').rjust(more)}".rstrip()


def _bar(amount: Decimal, most: Decimal, room: int) -> str:
    """A bar to the eighth of a column."""
    eighths = int(amount / most * room * 8) if most > 0 and amount > 0 else 0
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip()


def _lines(costs: Sequence[InstanceCost]) -> Iterator[str]:
    lines = [line for cost in costs for line in cost.lines]
    if not lines:
        return
    yield ""
    yield from columns([_cells(line) for line in lines])


def columns(rows: Sequence[tuple[str, str, str, str]]) -> Iterator[str]:
    """What something is, two amounts, and the rest of the line, one below the other."""
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    for what, amount, sum_, rest in rows:
        yield f"  {what.ljust(widths[0])}  {amount.rjust(widths[1])}  {sum_.rjust(widths[2])}  {rest}"


def _cells(line: Line) -> tuple[str, str, str, str]:
    dated = f", {line.price.as_of}" if line.price.as_of else ""
    return (
        f"{line.address} {line.part}",
        f"{_quantity(line)} × ${plain(line.unit_price)}",  # noqa: RUF001  # times
        money(line.amount.expected),
        f"{line.price.confidence}  {line.assumption or f'{line.price.source}{dated}'}",
    )


def _quantity(line: Line) -> str:
    return f"{plain(digits(line.quantity, Decimal('0.001')))} {line.price.unit}"


def _changes(changed: Sequence[Change] | None, look: Look) -> Iterator[str]:
    if changed is not None:
        more = signed(sum((each.by for each in changed), Decimal(0)))
        yield from changes(changed, f"{look.paint('title', more)} a month", money)


def changes(changed: Sequence[Change], whole: str, text: Callable[[Decimal], str]) -> Iterator[str]:
    """What is more and less: the `whole` of it, then each instance."""
    if not changed:
        yield "  no change"
        return
    yield f"  {whole}"
    for each in changed:
        what = "new" if each.before is None else "gone" if each.after is None else f"was {text(each.before)}"
        why = f"  {', '.join(each.because)}" if each.because else ""
        yield f"    {signed(each.by, text).rjust(12)}  {each.address} ({what}){why}"


def _range(amount: Total) -> str:
    return f"{money(amount.expected)} a month{span(amount, money)}"


def span(amount: Total, text: Callable[[Decimal], str]) -> str:
    """The range of an amount, in brackets, where it has one."""
    return "" if amount.low == amount.high else f" ({text(amount.low)} to {text(amount.high)})"


def counted(count: int, what: str) -> str:
    """`1 part`, `2 parts`."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
