"""What an earlier build cost, read from its `cost.json` and `graph.json`, and what has changed since."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec import Struct

from idpc.cost.budgets import Budget, Spent, largest, spent
from idpc.cost.model import CostSheet, Total, total
from idpc.diagnostics.model import Diagnostic
from idpc.graph.document import printable
from idpc.graph.model import EnvironmentGraph, Node
from idpc.source import Span

Positions = Callable[[Span], Mapping[str, str | int]]
_NOWHERE = Span("", 0, 0)


class Unreadable(Exception):  # noqa: N818  # what is wrong is with the document
    """Documents that are no build; the message says why."""


class Baseline(Struct, frozen=True):
    """An environment of an earlier build: what its instances cost and emit, their teams, and their fields."""

    expected: dict[str, Decimal]
    emitted: dict[str, Decimal]
    teams: dict[str, str]
    fields: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, cost: Any, graph: Any) -> "Baseline":
        """What the two documents of an environment say; raises Unreadable."""
        try:
            expected, emitted = _by_instance(cost["lines"]), _by_instance(cost["carbon"]["lines"])
            nodes = {node["address"]: node for node in graph["nodes"]}
            teams = {address: node["team"] for address, node in nodes.items()}
            return cls(expected, emitted, teams, {address: dict(node["fields"]) for address, node in nodes.items()})
        except (KeyError, TypeError, ValueError, InvalidOperation) as error:
            raise Unreadable(f"there is no {error}") from error

    def spent(self) -> Iterator[Spent]:
        """What its instances cost, as budgets ask."""
        for address in {**self.expected, **self.emitted}:
            amounts = (_certain(each.get(address, Decimal(0))) for each in (self.expected, self.emitted))
            yield Spent(address, self.teams.get(address, ""), _NOWHERE, *amounts)


def _by_instance(lines: Any) -> dict[str, Decimal]:
    """The sum of the lines of each."""
    found: dict[str, Decimal] = {}
    for line in lines:
        address = line["address"]
        found[address] = found.get(address, Decimal(0)) + Decimal(line["expected"])
    return found


def _certain(amount: Decimal) -> Total:
    return Total(amount, amount, amount)


def increases(budgets: Iterable[Budget], before: Baseline, sheet: CostSheet) -> Iterator[Diagnostic]:
    """The budgets of an environment that rise by more than they allow one change to."""
    for budget in budgets:
        past = {each.address: each.amount.expected for each in budget.counted(before.spent())}
        own = budget.counted(spent(sheet.instances))
        old, new = sum(past.values(), Decimal(0)), total(each.amount for each in own).expected
        if budget.max_increase is not None and old and new > old * (100 + budget.max_increase) / 100:
            more = [_more(each, past.get(each.address, Decimal(0))) for each in own]
            measure, text = budget.measure, budget.measure.text
            yield measure.too_much_more.at(
                budget.place("max_increase"),
                f"{budget.title} may rise by {budget.max_increase.normalize():f}% in a change, and in "
                f"`{sheet.environment}` it rises by {(new / old - 1) * 100:.0f}%, from {text(old)} to {text(new)}",
                hint=f"{text(new - old)} more",
                labels=largest([each for each in more if each.amount.expected > 0], "expected", measure, "{} more"),
                help="`idpc cost --compare DIR` shows every change",
            ).but(environments=(sheet.environment,))


def _more(each: Spent, before: Decimal) -> Spent:
    """By how much more an instance costs, or emits, than before."""
    return each._replace(amount=_certain(each.amount.expected - before))


def reasons(graph: EnvironmentGraph, before: Baseline, positions: Positions) -> dict[str, tuple[str, ...]]:
    """For each instance the fields that differ from what they were, with the lines that set them."""
    found = {}
    for address, node in graph.nodes.items():
        old = before.fields.get(str(address))
        if old is not None:
            found[str(address)] = tuple(_reason(node, name, positions) for name in _differing(node, old))
    return found


def _differing(node: Node, old: Mapping[str, Any]) -> Iterator[str]:
    for name, value in node.fields.items():
        if name in old and printable(value) != old[name]:
            yield name


def _reason(node: Node, name: str, positions: Positions) -> str:
    span = node.origins.get(name) or next(
        (span for path, span in node.origins.items() if path.startswith(f"{name}.")), node.span
    )
    place = positions(span)
    return f"{name} at {place['file']}:{place['line']}"
