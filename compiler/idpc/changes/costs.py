"""What changes in what is paid: of one instance, and of all that were compared."""

from collections.abc import Iterable
from decimal import Decimal

from idpc.changes.model import Bill, CostChange
from idpc.changes.setting import Setting
from idpc.cost.measures import money, signed
from idpc.cost.model import cents

_NOTHING = Bill()


def of_instance(former: str, address: str, setting: Setting) -> CostChange | None:
    """What changes for an instance, by its addresses before and after, of which one may be empty."""
    before, after = setting.before.bills.get(former, _NOTHING), setting.after.bills.get(address, _NOTHING)
    if before == after:
        return None
    return CostChange(before.amount, after.amount, before.whole and after.whole)


def of_environment(setting: Setting) -> CostChange | None:
    """What changes for those that cost something else than before; None where that comes to less than a cent."""
    before = {setting.now(address): bill for address, bill in setting.before.bills.items()}
    after = setting.after.bills
    pairs = [(before.get(each, _NOTHING), after.get(each, _NOTHING)) for each in sorted({*before, *after})]
    old, new = ([pair[side] for pair in pairs if pair[0] != pair[1]] for side in (0, 1))
    change = CostChange(_sum(old), _sum(new), all(each.whole for each in (*old, *new)))
    return change if cents(change.by) else None


def _sum(bills: Iterable[Bill]) -> Decimal:
    return sum((each.amount for each in bills), Decimal(0))


def in_words(change: CostChange) -> str:
    """The change as a person reads it: `$12.00 a month more`."""
    amount = money(abs(change.by))
    said = f"{amount} a month {'less' if change.by < 0 else 'more'}" if cents(change.by) else "as much as before"
    return said if change.whole else f"{said}, and what has no price"


def in_short(change: CostChange | None) -> str:
    """The change in a cell of a table: `+$12.00`."""
    if change is None or not cents(change.by):
        return "" if change is None or change.whole else "?"
    return f"{signed(change.by)}{'' if change.whole else ' + ?'}"
