"""Budgets against what environments cost and emit: over the limit, perhaps over it, near it, and over the total of all."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from msgspec import Struct

from idpc.cost.measures import MEASURES, Measure
from idpc.cost.model import InstanceCost, Total, total
from idpc.diagnostics.model import Diagnostic, Label
from idpc.graph.layers import Record, origins
from idpc.graph.run import EnvironmentRun
from idpc.source import Span
from idpc.types.declared import RecordInstance
from idpc.values import InstanceRef, NamedRef, Quantity, Value

SHOWN = 3
"""How many of those that cost most a diagnostic names."""


class Spent(NamedTuple):
    """What one instance costs, and emits in grams, as far as budgets ask."""

    address: str
    team: str
    span: Span
    amount: Total
    carbon: Total = Total()

    @property
    def app(self) -> str:
        """The app to which it belongs."""
        return self.address.partition(".")[0]


class Budget(Struct, frozen=True, array_like=True):
    """A budget in one environment: the team, app or instances that it is for, and its limits with their places.

    `places` are spans by field; `span` is that of the declaration; `sort` is that of its scope, `limits` says of what it is.
    """

    name: str
    sort: str
    scope: tuple[str, ...]
    limit: Decimal
    total: Decimal | None
    warn_at: Decimal | None
    max_increase: Decimal | None
    span: Span
    places: dict[str, Span]
    limits: str = "budget"

    @property
    def measure(self) -> Measure:
        """What it limits."""
        return MEASURES[self.limits]

    def counted(self, spent: Iterable[Spent]) -> list[Spent]:
        """The instances that count, with the amount that it limits."""
        own = (each for each in spent if self.covers(each))
        return [each if self.limits == "budget" else each._replace(amount=each.carbon) for each in own]

    def covers(self, spent: Spent) -> bool:
        """Whether an instance counts."""
        if self.sort == "instance":
            return spent.address in self.scope or spent.address.partition("[")[0] in self.scope
        return (spent.team if self.sort == "team" else spent.app) in self.scope

    def place(self, field: str) -> Span:
        """Where a field is set, else where the budget is declared."""
        return self.places.get(field, self.span)

    @property
    def title(self) -> str:
        """The budget with whose it is."""
        whose = "some instances" if self.sort == "instance" else f"`{self.scope[0]}`"
        return f"the {self.measure.title} `{self.name}` of {whose}"


def spent(costs: Iterable[InstanceCost]) -> tuple[Spent, ...]:
    """What instances cost and emit, without those that do neither."""
    found = (Spent(str(each.address), each.team, each.span, each.total, each.carbon) for each in costs)
    return tuple(each for each in found if any(each.amount) or any(each.carbon))


def budgets(run: EnvironmentRun) -> tuple[Budget, ...]:
    """The budgets of an environment, as its layers leave them."""
    found = (_budget(run, each) for each in run.typed.rules if each.sort in MEASURES)
    return tuple(each for each in found if each is not None)


def _budget(run: EnvironmentRun, declared: RecordInstance) -> Budget | None:
    """A budget; None where a mistake leaves it without scope or limit."""
    said = Record()
    record = run.record(declared, said=said)
    scope, limit = _scope(record.get("scope")), _amount(record.get("limit"))
    if scope is None or limit is None:
        return None
    total_, warn_at, increase = (_amount(record.get(name)) for name in ("total", "warn_at", "max_increase"))
    places = dict(origins(said))
    return Budget(declared.name, *scope, limit, total_, warn_at, increase, declared.span, places, declared.sort)


def _scope(value: Value) -> tuple[str, tuple[str, ...]] | None:
    if isinstance(value, NamedRef):
        return value.sort, (value.name,)
    if isinstance(value, dict) and "name" in value:
        return "team", (str(value["name"]),)
    if isinstance(value, list):
        return "instance", tuple(str(each.address) for each in value if isinstance(each, InstanceRef))
    return None


def _amount(value: Value) -> Decimal | None:
    return Decimal(value.amount) if isinstance(value, Quantity) else None


def judge(declared: Mapping[str, Sequence[Budget]], spent: Mapping[str, Sequence[Spent]]) -> tuple[Diagnostic, ...]:
    """What is wrong with what a project costs and emits; both are by environment."""
    found = [
        each.but(environments=(name,))
        for name in declared
        for budget in declared[name]
        for each in _limits(budget, budget.counted(spent.get(name, ())), name)
    ]
    return (*found, *_totals(declared, spent))


def _limits(budget: Budget, spent: Sequence[Spent], environment: str) -> Iterator[Diagnostic]:
    amount = total(each.amount for each in spent)
    expected, high, limit = amount.expected, amount.high, budget.limit
    measure, text = budget.measure, budget.measure.text
    if expected > limit:
        yield measure.over.at(
            budget.place("limit"),
            f"{budget.title} allows {text(limit)} a month, and `{environment}` is expected to {measure.verb} {text(expected)}",
            hint=f"{text(expected - limit)} over the limit",
            labels=largest(spent, "expected", measure),
            help=measure.help,
        )
    elif high > limit:
        yield measure.may_exceed.at(
            budget.place("limit"),
            f"{budget.title} allows {text(limit)} a month, and `{environment}` may {measure.verb} {text(high)}",
            hint=f"{text(high - limit)} over the limit at most",
            labels=largest(spent, "high", measure),
            help=f"expected are {text(expected)}; {measure.help}",
        )
    elif budget.warn_at is not None and expected > limit * budget.warn_at / 100:
        yield measure.near.at(
            budget.place("limit"),
            f"{budget.title} is used up to {expected / limit * 100:.0f}% in `{environment}`: "
            f"{text(expected)} of {text(limit)} a month",
            hint=f"a warning is asked for above {budget.warn_at.normalize():f}%",
            labels=largest(spent, "expected", measure),
        )


def _totals(declared: Mapping[str, Sequence[Budget]], spent: Mapping[str, Sequence[Spent]]) -> Iterator[Diagnostic]:
    """Budgets whose environments together cost, or emit, too much."""
    by_name = {budget.name: budget for several in declared.values() for budget in several if budget.total is not None}
    for budget in by_name.values():
        own = [each for name in spent for each in budget.counted(spent[name])]
        expected, measure, text = total(each.amount for each in own).expected, budget.measure, budget.measure.text
        if budget.total is not None and expected > budget.total:
            yield measure.over.at(
                budget.place("total"),
                f"{budget.title} allows {text(budget.total)} a month for all environments, "
                f"which are expected to {measure.verb} {text(expected)} together",
                hint=f"{text(expected - budget.total)} over the total",
                labels=largest(together(own), "expected", measure),
                help=measure.help,
            )


def together(spent: Iterable[Spent]) -> list[Spent]:
    """Each instance once, with the sum of what it costs and emits."""
    found: dict[str, Spent] = {}
    for each in spent:
        known = found.get(each.address)
        found[each.address] = (
            each
            if known is None
            else known._replace(amount=known.amount.plus(each.amount), carbon=known.carbon.plus(each.carbon))
        )
    return list(found.values())


def largest(spent: Sequence[Spent], which: str, measure: Measure, said: str = "{}") -> tuple[Label, ...]:
    """Those that cost, or emit, most."""
    ordered = sorted(spent, key=lambda each: (-getattr(each.amount, which), each.address))
    shown = [each for each in ordered[:SHOWN] if getattr(each.amount, which)]
    amounts = [said.format(measure.text(getattr(each.amount, which))) for each in shown]
    return tuple(
        Label(each.span, f"`{each.address}` {measure.verb}s {amount}")
        for each, amount in zip(shown, amounts, strict=True)
    )
