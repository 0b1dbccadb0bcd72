"""What an instance emits, from what its kind's `price` blocks say that it is made of: what is paid for is what runs."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from idpc.address import Address
from idpc.cost.carbon.factors import regions
from idpc.cost.carbon.model import HOUR, Emission, FunctionalUnit, Rate, Unmeasured
from idpc.cost.carbon.rates import Rates
from idpc.cost.model import Total, digits
from idpc.diagnostics import Diagnostic
from idpc.diagnostics.codes import cost as codes
from idpc.graph.run import EnvironmentRun
from idpc.source import Span
from idpc.values import Priced, PriceTerm, Quantity, Value

Part = tuple[str, Emission | Unmeasured]
_DIGITS = Decimal("1e-10")
_LEAST = Decimal("1e-6")
"""To how much of a gram, and of a kWh, a part is told, so that sums are exact."""


def rates(run: EnvironmentRun) -> Rates:
    """The rates of an environment, whose machines are as busy as it says."""
    busy = run.environment.get("cpu_utilization")
    return Rates(Decimal(busy.amount) if isinstance(busy, Quantity) else Decimal(50))


def emissions(address: Address, parts: Mapping[str, Value], region: str, rates: Rates) -> Iterator[Part]:
    """The parts of an instance, in the order of their names, each with whether it is a share of machines or the machines."""
    if not parts:
        yield "", Unmeasured(address, "all", "it has no price here, which would say what it is made of")
    for name in sorted(parts):
        value = parts[name]
        if isinstance(value, Priced) and value.terms:
            for number, term in enumerate(value.terms, 1):
                if term.factor > 0 and (term.quantity is None or term.quantity[1]):
                    part = name if len(value.terms) == 1 else f"{name} {number}"
                    yield from ((term.role, each) for each in _term(address, part, term, region, rates))
        elif isinstance(value, Quantity | Priced):
            yield "", Unmeasured(address, name, "a sum of money says nothing of energy")


def _term(address: Address, part: str, term: PriceTerm, region: str, rates: Rates) -> Iterator[Emission | Unmeasured]:
    rate = rates.rate(term.name, term.sku, region)
    if isinstance(rate, str):
        yield Unmeasured(address, part, rate)
    elif term.quantity is None:
        yield Unmeasured(address, part, "nobody says how much is used: set `usage`")
    elif rate.energy or rate.embodied:
        rate = rate._replace(confidence="assumed") if term.assumed else rate
        yield emission(address, part, term.quantity, term.factor, rate)


def emission(address: Address, part: str, quantity: tuple[Decimal, Decimal], factor: Decimal, rate: Rate) -> Emission:
    """So many units times a factor."""
    low, high = (digits(each * factor, _DIGITS) for each in quantity)
    units = Total(low, (low + high) / 2, high)
    embodied = None if rate.embodied is None else _grams(units, rate.embodied)
    energy = digits(units.expected * rate.energy, _LEAST)
    return Emission(address, part, energy, _grams(units, rate.operational), embodied, rate)


def _grams(units: Total, rate: Decimal) -> Total:
    return Total(*(digits(each * rate, _LEAST) for each in units))


def missing_grids(run: EnvironmentRun, rates: Rates) -> Iterator[Diagnostic]:
    """Says of regions without a factor that carbon budgets do not count what is there, if there are any."""
    if not any(each.sort == "carbon_budget" for each in run.typed.rules):
        return
    declared = run.typed.environments.get(run.name)
    for provider, region in sorted(rates.unknown):
        known = sorted(name for cloud, name in regions() if cloud == provider)
        if known and region:
            yield codes.NO_CARBON_FACTORS.at(
                declared.span if declared else Span("", 0, 0),
                f"nobody says what the grid of the region `{region}` of {provider} emits, "
                "so that carbon budgets do not count what is there",
                hint="unmeasured",
                help=f"it is known of {', '.join(known)}",
            )


def functional_units(run: EnvironmentRun) -> dict[str, FunctionalUnit]:
    """The apps that say what they are there for."""
    found = {}
    for name, app in run.apps.items():
        said = app.fields.get("functional_unit")
        if isinstance(said, dict):
            found[name] = FunctionalUnit(str(said["name"]), Decimal(str(said["monthly"])))
    return found


def unit_of(app: str, units: Mapping[str, FunctionalUnit]) -> FunctionalUnit:
    """What an app's emissions are told for."""
    return units.get(app, HOUR)
