"""What an earlier build cost, read from its `cost.json` and `graph.json`, and what has changed since."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec import Struct

from idpc.cost.budgets import Budget, Spent, largest, money_text, spent
from idpc.cost.model import CostSheet, Total, total
from idpc.diagnostics.codes import cost as codes
from idpc.diagnostics.model import Diagnostic
from idpc.graph.document import printable
from idpc.graph.model import EnvironmentGraph, Node
from idpc.source import Span

Positions = Callable[[Span], Mapping[str, str | int]]
_NOWHERE = Span("", 0, 0)


class Unreadable(Exception):  # noqa: N818  # what is wrong is with the document
    """Documents that are no build; the message says why."""


class Baseline(Struct, frozen=True):
    """An environment of an earlier build: what its instances cost, their teams, and their fields."""

    expected: dict[str, Decimal]
    teams: dict[str, str]
    fields: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, cost: Any, graph: Any) -> "Baseline":
        """What the two documents of an environment say; raises Unreadable."""
        try:
            expected: dict[str, Decimal] = {}
            for line in cost["lines"]:
                address = line["address"]
                expected[address] = expected.get(address, Decimal(0)) + Decimal(line["expected"])
            nodes = {node["address"]: node for node in graph["nodes"]}
            teams = {address: node["team"] for address, node in nodes.items()}
            return cls(expected, teams, {address: dict(node["fields"]) for address, node in nodes.items()})
        except (KeyError, TypeError, ValueError, InvalidOperation) as error:
            raise Unreadable(f"there is no {error}") from error

    def spent(self) -> Iterator[Spent]:
        """What its instances cost, as budgets ask."""
        for address, amount in self.expected.items():
            yield Spent(address, self.teams.get(address, ""), _NOWHERE, Total(amount, amount, amount))


def increases(budgets: Iterable[Budget], before: Baseline, sheet: CostSheet) -> Iterator[Diagnostic]:
    """The budgets of an environment that rise by more than they allow one change to."""
    for budget in budgets:
        old = _sum(budget, before.spent())
        own = [each for each in spent(sheet.instances) if budget.covers(each)]
        new = _sum(budget, own)
        if budget.max_increase is not None and old and new > old * (100 + budget.max_increase) / 100:
            more = [_more(each, before) for each in own]
            yield codes.TOO_MUCH_MORE.at(
                budget.place("max_increase"),
                f"{budget.title} may rise by {budget.max_increase.normalize():f}% in a change, and in "
                f"`{sheet.environment}` it rises by {(new / old - 1) * 100:.0f}%, from {money_text(old)} to {money_text(new)}",
                hint=f"{money_text(new - old)} more",
                labels=largest([each for each in more if each.amount.expected > 0], "expected", "costs {} more"),
                help="`idpc cost --compare DIR` shows every change",
            ).but(environments=(sheet.environment,))


def _sum(budget: Budget, several: Iterable[Spent]) -> Decimal:
    return total(each.amount for each in several if budget.covers(each)).expected


def _more(each: Spent, before: Baseline) -> Spent:
    """By how much more an instance costs than before."""
    amount = each.amount.expected - before.expected.get(each.address, Decimal(0))
    return each._replace(amount=Total(amount, amount, amount))


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
