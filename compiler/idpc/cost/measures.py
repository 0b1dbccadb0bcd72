"""What budgets limit: money and carbon, each with its words and its codes."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import NamedTuple

from idpc.cost.model import cents, digits
from idpc.diagnostics.codes import cost as codes
from idpc.diagnostics.model import Code

_KILO = 1000


class Measure(NamedTuple):
    """A sort of budget: what it is called, what things do that it limits, how amounts are told, and what is said of it."""

    title: str
    verb: str
    text: Callable[[Decimal], str]
    over: Code
    may_exceed: Code
    near: Code
    too_much_more: Code
    help: str


def money(amount: Decimal) -> str:
    """An amount as people read it, wherever they do: `$1,234.50`."""
    rounded = cents(amount)
    return f"-${-rounded:,}" if rounded < 0 else f"${rounded:,}"


def signed(amount: Decimal, text: Callable[[Decimal], str] = money) -> str:
    """A difference: `+$4.00`, `-1.20 kg`."""
    return f"{'+' if amount >= 0 else '-'}{text(abs(amount))}"


def carbon_text(grams: Decimal) -> str:
    """Grams of CO2 equivalents as people read them: `31.0 g`, `1.33 kg`, `2.50 t`."""
    size = abs(digits(grams, Decimal("0.1")))
    if size < _KILO:
        return f"{digits(grams, Decimal('0.1')):f} g"
    if size < _KILO**2:
        return f"{cents(grams / _KILO):,} kg"
    return f"{cents(grams / _KILO**2):,} t"


MEASURES: Mapping[str, Measure] = {
    "budget": Measure(
        "budget",
        "cost",
        money,
        codes.OVER_BUDGET,
        codes.MAY_EXCEED,
        codes.NEAR_LIMIT,
        codes.TOO_MUCH_MORE,
        "`idpc cost` shows what it is made of",
    ),
    "carbon_budget": Measure(
        "carbon budget",
        "emit",
        carbon_text,
        codes.OVER_CARBON_BUDGET,
        codes.MAY_EXCEED_CARBON,
        codes.NEAR_CARBON_LIMIT,
        codes.TOO_MUCH_MORE_CARBON,
        "`idpc cost --carbon` shows what it is made of",
    ),
}
