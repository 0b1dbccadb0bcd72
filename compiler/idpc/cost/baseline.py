"""What an earlier version of a project cost: of a build its `cost.json` and `graph.json`, or a compilation's sheet."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec import Struct

from idpc.cost.budgets import Budget, Spent, largest, money_text
from idpc.cost.model import CostSheet, Total, total
from idpc.diagnostics.codes import cost as codes
from idpc.diagnostics.model import Diagnostic
from idpc.graph.document import Positions, printable
from idpc.graph.model import EnvironmentGraph
from idpc.source import Span

_NOWHERE = Span("", 0, 0)


class Unreadable(Exception):  # noqa: N818  # what is wrong is with the document
    """Documents that are no build; the message says why."""


class Baseline(Struct, frozen=True):
    """An environment of an earlier version: what its instances cost, their teams and fields, and where they stood.

    `settings` are those of the environment and of the project's prices; a build does not hold them.
    """

    expected: dict[str, Decimal]
    teams: dict[str, str]
    fields: dict[str, dict[str, Any]]
    places: dict[str, str]
    settings: dict[str, Any] | None = None

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
            fields = {address: dict(node["fields"]) for address, node in nodes.items()}
            return cls(expected, teams, fields, {address: place(node["location"]) for address, node in nodes.items()})
        except (KeyError, TypeError, ValueError, InvalidOperation) as error:
            raise Unreadable(f"there is no {error}") from error

    @classmethod
    def of_sheet(cls, sheet: CostSheet, graph: EnvironmentGraph, positions: Positions) -> "Baseline":
        """What a compilation of the earlier sources says."""
        nodes = {str(address): node for address, node in graph.nodes.items()}
        return cls(
            {str(cost.address): cost.total.expected for cost in sheet.instances if any(cost.total)},
            {address: node.team for address, node in nodes.items()},
            {address: {name: printable(each) for name, each in node.fields.items()} for address, node in nodes.items()},
            {address: place(positions(node.span)) for address, node in nodes.items()},
            settings_of(graph),
        )

    def spent(self) -> Iterator[Spent]:
        """What its instances cost, as budgets ask."""
        for address, amount in self.expected.items():
            yield Spent(address, self.teams.get(address, ""), _NOWHERE, Total(amount, amount, amount))


def settings_of(graph: EnvironmentGraph) -> dict[str, Any]:
    """What an environment and the project's prices are set to."""
    return {
        "environment": {name: printable(each) for name, each in graph.environment.items()},
        "prices": printable(graph.project.get("prices")),
    }


def place(position: Mapping[str, str | int]) -> str:
    """A place as people read it."""
    return f"{position['file']}:{position['line']}"


def increases(
    budgets: Iterable[Budget], before: Baseline, now: Iterable[Spent], environment: str
) -> Iterator[Diagnostic]:
    """The budgets of an environment that rise by more than they allow one change to."""
    after = tuple(now)
    for budget in budgets:
        old = _sum(budget, before.spent())
        own = [each for each in after if budget.covers(each)]
        new = _sum(budget, own)
        if budget.max_increase is not None and old and new > old * (100 + budget.max_increase) / 100:
            more = [_more(each, before) for each in own]
            yield codes.TOO_MUCH_MORE.at(
                budget.place("max_increase"),
                f"{budget.title} may rise by {budget.max_increase.normalize():f}% in a change, and in "
                f"`{environment}` it rises by {(new / old - 1) * 100:.0f}%, from {money_text(old)} to {money_text(new)}",
                hint=f"{money_text(new - old)} more",
                labels=largest([each for each in more if each.amount.expected > 0], "expected", "costs {} more"),
                help="`idpc cost --compare` shows every change",
            ).but(environments=(environment,))


def _sum(budget: Budget, several: Iterable[Spent]) -> Decimal:
    return total(each.amount for each in several if budget.covers(each)).expected


def _more(each: Spent, before: Baseline) -> Spent:
    """By how much more an instance costs than before."""
    amount = each.amount.expected - before.expected.get(each.address, Decimal(0))
    return each._replace(amount=Total(amount, amount, amount))
