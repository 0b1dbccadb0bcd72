"""What the shipped price lists cover: for each kind and region how sure its prices are, how old they are, and from where."""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from idpc.cost.model import CONFIDENCES
from idpc.cost.named import Named, named_prices
from idpc.cost.tables import PROVIDERS, Row, indices, listed, price_in
from idpc.diagnostics.renderers.report import Look

MISSING = "missing"
STATES = (*CONFIDENCES, MISSING)
_MARKS = {**{each: each[0] for each in CONFIDENCES}, MISSING: "-"}
Cells = dict[str, dict[str, Counter[str]]]
"""By kind and region, how many prices are how sure."""


def status_text(today: datetime.date, look: Look) -> str:
    """Each provider's kinds with their coverage in its regions, what has no price, and the sources."""
    legend = ", ".join(f"{mark} {name}" for name, mark in _MARKS.items())
    blocks = ("".join(f"{line}\n" for line in _provider(name, today, look)) for name in PROVIDERS)
    return "\n".join((*blocks, f"{legend}; a kind may need several prices\n"))


def coverage(provider: str) -> Cells:
    """How sure the prices are that kinds name, in each region of a provider."""
    kinds = {kind: [each for each in named if each.provider == provider] for kind, named in named_prices().items()}
    return {
        kind: {region: Counter(_states(named, region)) for region in indices(provider)}
        for kind, named in kinds.items()
        if named
    }


def _states(named: Iterable[Named], region: str) -> Iterator[str]:
    for each in named:
        for sku in (each.sku,) if each.sku is not None else _skus(each):
            found = price_in(region, listed(each.provider).get((each.service, sku), {}), each.provider)
            yield MISSING if found is None else found.confidence


def _skus(named: Named) -> Iterator[str]:
    """All that the list has of a service."""
    return (sku for service, sku in listed(named.provider) if service == named.service)


def _provider(provider: str, today: datetime.date, look: Look) -> Iterator[str]:
    dates = sorted(row[8] for row in _rows(provider))
    oldest = (today - datetime.date.fromisoformat(dates[0])).days
    cells = coverage(provider)
    counted = sum((each for row in cells.values() for each in row.values()), Counter[str]())
    yield f"{look.paint('title', provider)}  prices of {dates[0]} to {dates[-1]}; the oldest is {oldest} days old"
    yield f"  {', '.join(f'{counted[state]} {state}' for state in STATES)}"
    yield from _table(cells, tuple(indices(provider)), look)
    for line in _missing(provider):
        yield f"  without a price: {line}"
    for source, count in sorted(Counter(_repository(row[7]) for row in _rows(provider)).items()):
        yield f"  {look.paint('faint', f'{count} from {source}')}"


def _table(cells: Cells, regions: Sequence[str], look: Look) -> Iterator[str]:
    """Kinds by regions, as many regions beside each other as there is room for."""
    first, wide = max(map(len, cells)), max(map(len, regions)) + 2
    room = max(1, (look.width - first - 2) // wide)
    for several in (regions[start : start + room] for start in range(0, len(regions), room)):
        yield f"  {''.ljust(first)}{''.join(each.rjust(wide) for each in several)}"
        for kind, row in cells.items():
            yield f"  {kind.ljust(first)}{''.join(_cell(row[each]).rjust(wide) for each in several)}"


def _cell(found: Counter[str]) -> str:
    return "".join(_MARKS[state] for state in STATES if found[state])


def _missing(provider: str) -> Iterator[str]:
    """What kinds name and the list has in no region, with its skus."""
    skus: dict[str, set[str]] = {}
    for each in {named for several in named_prices().values() for named in several}:
        if each.provider == provider and each.sku is not None and (each.service, each.sku) not in listed(provider):
            skus.setdefault(each.service, set()).add(each.sku)
    for service, names in sorted(skus.items()):
        yield f"{service} {', '.join(sorted(names))}".rstrip()


def _rows(provider: str) -> Iterator[Row]:
    for by_region in listed(provider).values():
        for rows in by_region.values():
            yield from rows


def _repository(source: str) -> str:
    return source.partition(":")[0] if "@" in source.partition(":")[0] else source.partition(" ")[0]
