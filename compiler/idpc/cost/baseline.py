"""What an earlier version of a project cost and emitted: of a build its documents, or the sheet of a compilation."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec import Struct

from idpc.cost.budgets import Budget, Spent, largest
from idpc.cost.model import CostSheet, Total, total
from idpc.diagnostics.model import Diagnostic
from idpc.graph.document import Positions, printable
from idpc.graph.model import EnvironmentGraph
from idpc.source import Span

_NOWHERE = Span("", 0, 0)


class Unreadable(Exception):  # noqa: N818  # what is wrong is with the document
    """Documents that are no build; the message says why."""


class Baseline(Struct, frozen=True):
    """An environment of an earlier version: what its instances cost and emit, their teams and fields, where they stood.

    `settings` are those of the environment and of the project's prices; a build does not hold them.
    """

    expected: dict[str, Decimal]
    emitted: dict[str, Decimal]
    teams: dict[str, str]
    fields: dict[str, dict[str, Any]]
    places: dict[str, str]
    settings: dict[str, Any] | None = None

    @classmethod
    def of(cls, cost: Any, graph: Any) -> "Baseline":
        """What `cost.json` and `graph.json` of an environment say; raises Unreadable."""
        try:
            expected, emitted = _by_instance(cost["lines"]), _by_instance(cost["carbon"]["lines"])
            nodes = {node["address"]: node for node in graph["nodes"]}
            teams = {address: node["team"] for address, node in nodes.items()}
            fields = {address: dict(node["fields"]) for address, node in nodes.items()}
            places = {address: place(node["location"]) for address, node in nodes.items()}
            return cls(expected, emitted, teams, fields, places)
        except (KeyError, TypeError, ValueError, InvalidOperation) as error:
            raise Unreadable(f"there is no {error}") from error

    @classmethod
    def of_sheet(cls, sheet: CostSheet, graph: EnvironmentGraph, positions: Positions) -> "Baseline":
        """What a compilation of the earlier sources says."""
        nodes = {str(address): node for address, node in graph.nodes.items()}
        return cls(
            {str(cost.address): cost.total.expected for cost in sheet.instances if any(cost.total)},
            {str(cost.address): cost.carbon.expected for cost in sheet.instances if any(cost.carbon)},
            {address: node.team for address, node in nodes.items()},
            {address: {name: printable(each) for name, each in node.fields.items()} for address, node in nodes.items()},
            {address: place(positions(node.span)) for address, node in nodes.items()},
            settings_of(graph),
        )

    def spent(self) -> Iterator[Spent]:
        """What its instances cost and emit, as budgets ask."""
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
    budgets: Iterable[Budget], before: Iterable[Spent], now: Iterable[Spent], environment: str
) -> Iterator[Diagnostic]:
    """The budgets of an environment that rise by more than they allow one change to."""
    earlier, after = tuple(before), tuple(now)
    for budget in budgets:
        past = {each.address: each.amount.expected for each in budget.counted(earlier)}
        own = budget.counted(after)
        old, new = sum(past.values(), Decimal(0)), total(each.amount for each in own).expected
        if budget.max_increase is not None and old and new > old * (100 + budget.max_increase) / 100:
            more = [_more(each, past.get(each.address, Decimal(0))) for each in own]
            measure, text = budget.measure, budget.measure.text
            yield measure.too_much_more.at(
                budget.place("max_increase"),
                f"{budget.title} may rise by {budget.max_increase.normalize():f}% in a change, and in "
                f"`{environment}` it rises by {(new / old - 1) * 100:.0f}%, from {text(old)} to {text(new)}",
                hint=f"{text(new - old)} more",
                labels=largest([each for each in more if each.amount.expected > 0], "expected", measure, "{} more"),
                help="`idpc cost --compare` shows every change",
            ).but(environments=(environment,))


def _more(each: Spent, before: Decimal) -> Spent:
    """By how much more an instance costs, or emits, than before."""
    return each._replace(amount=_certain(each.amount.expected - before))
