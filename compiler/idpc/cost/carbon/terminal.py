"""What is emitted as a table with bars, for people, and as lines with the factors that they rest on."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from idpc.cost.carbon.document import factors
from idpc.cost.carbon.estimate import unit_of
from idpc.cost.carbon.greener import Greener, greener
from idpc.cost.carbon.model import Emission, intensity
from idpc.cost.groups import Change, Sheets, grouped
from idpc.cost.measures import carbon_text, signed
from idpc.cost.model import CostSheet, InstanceCost, Total, digits, plain, total
from idpc.cost.terminal import bars, changes, columns, counted, span
from idpc.diagnostics.renderers.report import Look

Changes = Mapping[str, Sequence[Change]]
SHOWN = 3
"""How many regions are told."""


def carbon_table(sheets: Sheets, by: str, look: Look, changed: Changes | None = None, *, explain: bool = False) -> str:
    """What every environment emits, its groups, what that is for each functional unit, and regions that emit less."""
    blocks = [
        "".join(f"{line}\n" for line in (*_sheet(sheet, by, look), *_explained(sheet, look, explain=explain)))
        + "".join(f"{line}\n" for line in _changes((changed or {}).get(name), look))
        for name, sheet in sheets.items()
    ]
    everything = total(sheet.carbon for sheet in sheets.values())
    whole = [f"{look.paint('title', 'all environments')}  {carbon_range(everything)}\n"] if len(sheets) > 1 else []
    return "\n".join((*blocks, *whole))


def _sheet(sheet: CostSheet, by: str, look: Look) -> Iterator[str]:
    lines = list(sheet.emissions)
    yield f"{look.paint('title', sheet.environment)}  {carbon_range(sheet.carbon) if lines else 'nothing that is known to emit'}"
    if not lines:
        return
    operational = sum((each.operational.expected for each in lines), Decimal(0))
    made = sheet.carbon.expected - operational
    energy = sum((each.energy for each in lines), Decimal(0))
    yield f"  {carbon_text(operational)} by {_energy(energy)}, {carbon_text(made)} by the making of servers"
    if by != "environment":
        yield from bars(grouped(sheet.instances, by, _carbon), look, carbon_text)
    yield from _intensities(sheet)
    best = _best(lines)
    if best:
        yield f"  emits less in {', '.join(f'{each.region} ({_less(each)})' for each in best)}"


def _carbon(cost: InstanceCost) -> Total:
    return cost.carbon


def _intensities(sheet: CostSheet) -> Iterator[str]:
    """The SCI of each app."""
    apps: dict[str, list[InstanceCost]] = {}
    for cost in sheet.instances:
        apps.setdefault(cost.address.app, []).append(cost)
    for app, costs in apps.items():
        amount = total(cost.carbon for cost in costs)
        if any(amount):
            unit = unit_of(app, sheet.units)
            score = digits(intensity(amount, unit).expected, Decimal("0.001"))
            yield f"  SCI of {app}: {plain(score)} g for each {unit.name}"


def _best(lines: Sequence[Emission]) -> tuple[Greener, ...]:
    """Regions near by, else anywhere."""
    return (greener(lines, nearby=True) or greener(lines))[:SHOWN]


def _less(each: Greener) -> str:
    return f"{carbon_text(each.grams)}, {each.saved / each.before * 100:.0f}% less"


def explained(sheets: Sheets, look: Look) -> str:
    """Every line of every environment, and the factors that they rest on."""
    blocks = {
        name: "".join(f"{line}\n" for line in _explained(sheet, look, explain=True)) for name, sheet in sheets.items()
    }
    return "".join(f"\n{look.paint('title', f'{name}, CO2e')}\n{block}" for name, block in blocks.items() if block)


def _explained(sheet: CostSheet, look: Look, *, explain: bool) -> Iterator[str]:
    unmeasured = list(sheet.unmeasured)
    if unmeasured and not explain:
        yield f"  without a factor: {counted(len(unmeasured), 'part')}; `--explain` tells which"
    unmade = sum(each.embodied is None for each in sheet.emissions)
    if unmade and not explain:
        yield f"  counted by use alone, since nobody says what making them emitted: {counted(unmade, 'part')}"
    if explain:
        yield from columns([_cells(line) for line in sheet.emissions])
        for part in unmeasured:
            yield f"  {part.address} {part.part}: unmeasured, {part.why}"
        for factor in factors(sheet.emissions):
            dated = f", {factor.as_of}" if factor.as_of else ""
            yield f"  {factor.name}: {factor.value}  {look.paint('faint', f'{factor.source}{dated}')}"


def _cells(line: Emission) -> tuple[str, str, str, str]:
    made = "making unknown" if line.embodied is None else f"{carbon_text(line.embodied.expected)} for making"
    return (
        f"{line.address} {line.part}",
        _energy(line.energy),
        carbon_text(line.amount.expected),
        f"{line.rate.confidence}  {carbon_text(line.operational.expected)} by use, {made}",
    )


def changes_text(changed: Changes, sheets: Sheets, look: Look) -> str:
    """What is more and less in each environment where something is."""
    blocks = (
        "".join(f"{line}\n" for line in _changes(changed[name], look, name)) for name in sheets if changed.get(name)
    )
    return "".join(f"\n{block}" for block in blocks)


def _changes(changed: Sequence[Change] | None, look: Look, name: str = "") -> Iterator[str]:
    if changed is not None:
        more = signed(sum((each.by for each in changed), Decimal(0)), carbon_text)
        whole = f"{look.paint('title', f'{more} CO2e a month')}{f' in {name}' if name else ''}"
        yield from changes(changed, whole, carbon_text)


def carbon_range(amount: Total) -> str:
    """The expected amount of a month, with its range where it has one."""
    return f"{carbon_text(amount.expected)} CO2e a month{span(amount, carbon_text)}"


def _energy(kwh: Decimal) -> str:
    return f"{digits(kwh, Decimal('0.01')):f} kWh"
