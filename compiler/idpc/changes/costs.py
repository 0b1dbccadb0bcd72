"""What changes in what is paid and emitted: of one instance, and of all that were compared."""

from collections.abc import Sequence
from decimal import Decimal

from idpc.changes.model import Bill, CostChange
from idpc.changes.setting import Setting
from idpc.cost.measures import carbon_text, money, signed
from idpc.cost.model import cents, digits

_NOTHING = Bill()
_TENTH = Decimal("0.1")


def of_instance(former: str, address: str, setting: Setting) -> CostChange | None:
    """What changes for an instance, by its addresses before and after, of which one may be empty."""
    before, after = setting.before.bills.get(former, _NOTHING), setting.after.bills.get(address, _NOTHING)
    return None if before == after else CostChange(before, after)


def of_environment(setting: Setting) -> CostChange | None:
    """What changes for those that cost or emit something else than before; None where nobody would see it."""
    before = {setting.now(address): bill for address, bill in setting.before.bills.items()}
    after = setting.after.bills
    pairs = [(before.get(each, _NOTHING), after.get(each, _NOTHING)) for each in sorted({*before, *after})]
    old, new = ([pair[side] for pair in pairs if pair[0] != pair[1]] for side in (0, 1))
    change = CostChange(_sum(old), _sum(new))
    return change if cents(change.by) or emits_other(change) else None


def _sum(bills: Sequence[Bill]) -> Bill:
    whole = all(each.whole for each in bills)
    return Bill(
        sum((each.amount for each in bills), Decimal(0)), whole, sum((each.carbon for each in bills), Decimal(0))
    )


def emits_other(change: CostChange) -> bool:
    """Whether emissions change by what can be told."""
    return bool(digits(change.carbon_by, _TENTH))


def in_words(change: CostChange) -> str:
    """The change as a person reads it: `$12.00 a month more, 1.33 kg CO2e more`."""
    paid = f"{money(abs(change.by))} a month {_more(change.by)}" if cents(change.by) else "as much as before"
    paid = paid if change.whole else f"{paid}, and what has no price"
    if not emits_other(change):
        return paid
    return f"{paid}, {carbon_text(abs(change.carbon_by))} CO2e {_more(change.carbon_by)}"


def in_short(change: CostChange | None) -> str:
    """The change in a cell of a table: `+$12.00`."""
    if change is None or not cents(change.by):
        return "" if change is None or change.whole else "?"
    return f"{signed(change.by)}{'' if change.whole else ' + ?'}"


def carbon_in_short(change: CostChange | None) -> str:
    """What is emitted more or less, in a cell of a table: `+1.33 kg`."""
    if change is None or not emits_other(change):
        return ""
    return signed(change.carbon_by, carbon_text)


def _more(by: Decimal) -> str:
    return "less" if by < 0 else "more"
