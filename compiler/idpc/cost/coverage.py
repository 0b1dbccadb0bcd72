"""What the shipped price lists cover: how many regions of each service, how sure they are, how old, and from where."""

import datetime
import re
from collections import Counter
from collections.abc import Iterator

from idpc.cost.model import CONFIDENCES, Price
from idpc.cost.tables import PROVIDERS, Row, indices, listed, price_in
from idpc.diagnostics.renderers.report import Look
from idpc.project import standard_library


def status_text(today: datetime.date, look: Look) -> str:
    """Each provider's services with their coverage, then the sources."""
    return "\n".join("".join(f"{line}\n" for line in _provider(name, today, look)) for name in PROVIDERS)


def _provider(provider: str, today: datetime.date, look: Look) -> Iterator[str]:
    regions = tuple(indices(provider))
    dates = sorted(row[8] for row in _rows(provider))
    yield f"{look.paint('title', provider)}  {', '.join(regions)}"
    yield f"  prices of {dates[0]} to {dates[-1]}; the oldest is {(today - _day(dates[0])).days} days old"
    counted = {
        service: _coverage(provider, service, regions) for service in sorted({key[0] for key in listed(provider)})
    }
    wide = max(map(len, counted))
    yield f"  {''.ljust(wide)}  {'  '.join(each.rjust(12) for each in (*CONFIDENCES, 'missing'))}"
    for service, found in counted.items():
        yield f"  {service.ljust(wide)}  {'  '.join(_cell(found[each]) for each in (*CONFIDENCES, 'missing'))}"
    unlisted = sorted(_named(provider) - {key[0] for key in listed(provider)})
    if unlisted:
        yield f"  named by kinds, without any price: {', '.join(unlisted)}"
    for source, count in sorted(Counter(_repository(row[7]) for row in _rows(provider)).items()):
        yield f"  {look.paint('faint', f'{count} from {source}')}"


def _coverage(provider: str, service: str, regions: tuple[str, ...]) -> Counter[str]:
    """Of each sku of a service in each region: how sure its price is."""
    found: Counter[str] = Counter()
    for (name, _), by_region in listed(provider).items():
        if name == service:
            found.update(_confidence(price_in(region, by_region, provider)) for region in regions)
    return found


def _confidence(price: Price | None) -> str:
    return "missing" if price is None else price.confidence


def _named(provider: str) -> set[str]:
    """The services of a provider that kinds of the standard library name in their `price` blocks."""
    texts = (file.text for file in standard_library())
    return {name for text in texts for name in re.findall(rf'"{provider}/([a-z_-]+/[a-z0-9_-]+)"', text)}


def _rows(provider: str) -> Iterator[Row]:
    for by_region in listed(provider).values():
        for rows in by_region.values():
            yield from rows


def _cell(count: int) -> str:
    return (str(count) if count else "-").rjust(12)


def _repository(source: str) -> str:
    return source.partition(":")[0] if "@" in source.partition(":")[0] else source.partition(" ")[0]


def _day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)
