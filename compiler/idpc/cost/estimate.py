"""The cost sheet of an environment: what the `price` blocks of its instances' kinds come to, in money and in carbon."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from idpc.address import Address
from idpc.cost.book import Book
from idpc.cost.carbon.estimate import emissions, functional_units, missing_grids, rates
from idpc.cost.carbon.model import Emission, Unmeasured
from idpc.cost.model import HOURS, CostSheet, InstanceCost, Line, Price, Tier, Total, Unpriced, digits, plain
from idpc.cost.supposed import Supposed, supposed
from idpc.cost.tables import BadTableError, Rows, own_table
from idpc.diagnostics import Diagnostic, Outcome
from idpc.diagnostics.codes import cost as codes
from idpc.graph.build import traced
from idpc.graph.faults import Fault, Poisoned
from idpc.graph.layers import Record, origins
from idpc.graph.run import EnvironmentRun
from idpc.graph.state import InstanceState
from idpc.source import Span
from idpc.values import Priced, PriceTerm, Quantity, Value

Usage = Mapping[str, Supposed]
"""What was measured of instances, by address: values of fields that only their cost depends on."""
_SAID = Price("month", (), "exact", "the specification", "")
Part = tuple[str, Line | Unpriced]
"""A part of an instance, and whether it is a share of machines or the machines."""
_SHOWN = Decimal("0.001")
_DIGITS = Decimal("1e-10")
"""To how much of a unit a quantity is told that is divided: what runs 10 of 730 hours."""


def estimate(run: EnvironmentRun, usage: Usage | None = None) -> Outcome[CostSheet]:
    """What every instance of an environment costs in a month, with the usage that was measured of some."""
    estimator = Estimator(run, usage)
    costs = (estimator.instance(run.states[address]) for address in sorted(run.states))
    sheet = CostSheet(run.name, tuple(each for each in costs if each is not None), functional_units(run))
    found = (*estimator.diagnostics, *missing_grids(run, estimator.rates))
    return Outcome(sheet, tuple(each.but(environments=(run.name,)) for each in found))


class Estimator:
    """Looks up the prices of one environment, and keeps what it finds wrong."""

    def __init__(self, run: EnvironmentRun, usage: Usage | None = None) -> None:
        self.run, self.usage = run, usage or {}
        self.diagnostics: list[Diagnostic] = []
        settings = _settings(run)
        self.book = Book(settings, self._own(settings))
        self.rates = rates(run)
        self.told: set[tuple[str, str]] = set()

    def _own(self, settings: dict[str, Value]) -> dict[str, Rows]:
        """The rows of the project's own table."""
        path = settings.get("table")
        if not isinstance(path, str):
            return {}
        span = _table_span(self.run)
        try:
            return own_table(str(self.run.read(path, span)))
        except Fault as fault:
            self.diagnostics.append(fault.diagnostic)
        except BadTableError as error:
            self.diagnostics.append(
                codes.BAD_PRICE_TABLE.at(span, f"`{path}` is no table of prices: {error}", hint="not used")
            )
        return {}

    def instance(self, state: InstanceState) -> InstanceCost | None:
        """The parts of one instance; None where its kind says nothing of what it costs here."""
        if not state.kind.price:
            return None
        try:
            measured = self.usage.get(str(state.address))
            state = supposed(state, measured) if measured else state
            parts = state.prices()
            region = state.region if parts else ""
        except Fault as fault:
            self.diagnostics.append(traced(state, fault.diagnostic))
            return None
        except Poisoned:
            return None
        found = [each for name in sorted(parts) for each in self._part(state, name, parts[name], region)]
        if not parts:
            why = f"`{state.kind.name}` has no price on {self.run.cloud}"
            found.append(("", Unpriced(state.address, "all", why)))
        lines = [(role, each) for role, each in found if isinstance(each, Line)]
        told = tuple(emissions(state.address, parts, region, self.rates))
        emitted = [(role, each) for role, each in told if isinstance(each, Emission)]
        return InstanceCost(
            state.address,
            state.kind.name,
            state.team,
            state.info.span,
            tuple(line for role, line in lines if role != "capacity"),
            tuple(each for _, each in found if isinstance(each, Unpriced)),
            tuple(line for role, line in lines if role == "capacity"),
            sum((line.amount.expected for role, line in lines if role == "share"), Decimal(0)),
            tuple(line for role, line in emitted if role != "capacity"),
            tuple(each for _, each in told if isinstance(each, Unmeasured)),
            tuple(line for role, line in emitted if role == "capacity"),
            sum((line.amount.expected for role, line in emitted if role == "share"), Decimal(0)),
        )

    def _part(self, state: InstanceState, name: str, value: Value, region: str) -> Iterator[Part]:
        if isinstance(value, Quantity):
            value = Priced((), Decimal(value.amount))
        if not isinstance(value, Priced):
            return
        if value.plain:
            amount = Total(value.plain, value.plain, value.plain)
            part = f"{name} fixed" if value.terms else name
            yield "", Line(state.address, part, Decimal(1), value.plain, amount, _SAID)
        for number, term in enumerate(value.terms, 1):
            if term.factor and (term.quantity is None or term.quantity[1]):
                part = name if len(value.terms) == 1 else f"{name} {number}"
                yield from ((term.role, each) for each in self._term(state, part, term, region))

    def _term(self, state: InstanceState, part: str, term: PriceTerm, region: str) -> Iterator[Line | Unpriced]:
        found = self.book.price(term.name, term.sku, region)
        if found is None:
            self._tell(state, term, region)
            yield Unpriced(state.address, part, f"no price list has {_titled(term)}{f' in {region}' if region else ''}")
        elif term.quantity is None:
            yield Unpriced(state.address, part, "nobody says how much is used: set `usage`")
        else:
            yield from _assuming(found, term, lines(state.address, part, found, term))

    def _tell(self, state: InstanceState, term: PriceTerm, region: str) -> None:
        """Say once what has no price although it might: a region without any, if budgets ask, and a name that no list has."""
        if not self.book.knows(term.name, region):
            if any(each.sort == "budget" for each in self.run.typed.rules):
                self._once("", region, self._no_prices(term, region))
        elif not self.book.has(term.name, term.sku) and not state.kind.block.span.file.startswith("std/"):
            self._once(term.name, term.sku, _no_such_price(state, term))

    def _once(self, name: str, what: str, diagnostic: Diagnostic) -> None:
        if (name, what) not in self.told:
            self.told.add((name, what))
            self.diagnostics.append(diagnostic)

    def _no_prices(self, term: PriceTerm, region: str) -> Diagnostic:
        from idpc.cost.tables import indices

        declared = self.run.typed.environments.get(self.run.name)
        provider = term.name.partition("/")[0]
        return codes.NO_PRICES_HERE.at(
            declared.span if declared else Span("", 0, 0),
            f"no price list has the region `{region}` of {provider}, so that budgets do not count what is there",
            hint="unpriced",
            help=f"prices are known in {', '.join(sorted(indices(provider)))}; "
            "`project { prices { table = … } }` adds others",
        )


def _no_such_price(state: InstanceState, term: PriceTerm) -> Diagnostic:
    span = next((block.span for block in state.kind.price), state.kind.block.span)
    return codes.NO_SUCH_PRICE.at(
        span,
        f"no price list has {_titled(term)}",
        hint="unpriced",
        help="`idpc prices status` shows what there is; `project { prices { table = … } }` adds to it",
    )


def _titled(term: PriceTerm) -> str:
    return f"`{term.name}`{f' of `{term.sku}`' if term.sku else ''}"


def _assuming(found: Price, term: PriceTerm, told: Iterator[Line]) -> Iterator[Line]:
    """Lines of what nobody states, which say what was assumed."""
    if not term.assumed or term.quantity is None:
        yield from told
        return
    low, high = (plain(digits(abs(term.factor) * each, _SHOWN)) for each in term.quantity)
    said = f"{low} to {high} {found.unit} assumed: `usage` tells better"
    for line in told:
        yield line._replace(price=found._replace(confidence="assumed"), assumption=said)


def lines(address: Address, part: str, found: Price, term: PriceTerm) -> Iterator[Line]:
    """A term tier by tier: each tier that is reached at most is a line."""
    assert term.quantity is not None  # noqa: S101  # asked before
    size = digits(abs(term.factor) * (HOURS if found.unit.endswith("hour") else 1), _DIGITS)
    low, high = (each * size for each in term.quantity)
    middle = (low + high) / 2
    for number, (tier, end) in enumerate(_steps(found)):
        used = Total(_within(tier, end, low), _within(tier, end, middle), _within(tier, end, high))
        if used.high:
            named = f"{part} over {tier.start:f}" if number else part
            yield _line(address, named, found, tier, used if term.factor > 0 else _returned(used))


def _line(address: Address, part: str, found: Price, tier: Tier, used: Total) -> Line:
    return Line(address, part, used.expected, tier.usd, used.times(tier.usd), found)


def _returned(used: Total) -> Total:
    """What is taken off: most of it leaves least."""
    return Total(-used.high, -used.expected, -used.low)


def _steps(found: Price) -> Iterator[tuple[Tier, Decimal | None]]:
    """The tiers with where they end."""
    ends = (*(tier.start for tier in found.tiers[1:]), None)
    return zip(found.tiers, ends, strict=True)


def _within(tier: Tier, end: Decimal | None, quantity: Decimal) -> Decimal:
    """How much of a quantity a tier holds."""
    top = quantity if end is None else min(quantity, end)
    return max(top - tier.start, Decimal(0))


def _settings(run: EnvironmentRun) -> dict[str, Value]:
    project = run.context.get("project")
    settings = project.get("prices") if isinstance(project, dict) else None
    return settings if isinstance(settings, dict) else {}


def _table_span(run: EnvironmentRun) -> Span:
    """Where the project names its table."""
    said = Record()
    run.record(run.typed.project, said=said)
    return origins(said).get("prices.table", run.typed.project.span)
