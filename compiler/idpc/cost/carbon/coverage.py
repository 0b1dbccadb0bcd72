"""What the shipped carbon factors cover: regions, machines and services of each cloud, how old they are, and from where."""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator

from idpc.cost.carbon.factors import coefficients, machines, processors, regions, services
from idpc.cost.carbon.model import Factor
from idpc.cost.named import named_prices
from idpc.cost.tables import PROVIDERS
from idpc.diagnostics.renderers.report import Look


def carbon_status_text(today: datetime.date, look: Look) -> str:
    """Each provider's factors, then those that hold everywhere."""
    blocks = (_provider(name, today, look) for name in PROVIDERS)
    everywhere = [factor for _, factor in coefficients().values()]
    common = [f"{look.paint('title', 'everywhere')}  {', '.join(each.name for each in everywhere)}"]
    return "\n".join(
        "".join(f"{line}\n" for line in block) for block in (*blocks, (*common, *_sources(everywhere, look)))
    )


def _provider(provider: str, today: datetime.date, look: Look) -> Iterator[str]:
    places = {name: region for (cloud, name), region in regions().items() if cloud == provider}
    watts = [each for (cloud, _), each in processors().items() if cloud == provider]
    kinds = [each for (cloud, _), each in machines().items() if cloud == provider]
    used = {service for cloud, service in services() if cloud == provider}
    named = {each.service for prices in named_prices().values() for each in prices if each.provider == provider}
    yield f"{look.paint('title', f'{provider}, carbon')}  {', '.join(places)}"
    yield f"  {_age([each.factor.as_of for each in places.values()] + [each.as_of for each in watts], today)}"
    known = sum(any((provider, name) in processors() for name in each.processors) for each in kinds)
    made = sum(each.server is not None for each in kinds)
    yield (
        f"  {len(kinds)} types of machines: of {known} the processors are known, of the others the average is taken; "
        f"of {made} what making the servers emitted, of the others nothing"
    )
    yield f"  {len(used)} services with a factor; named by kinds, without any: {', '.join(sorted(named - used))}"
    own = [region.factor for region in places.values()]
    own += [Factor("watts", "", each.source, each.as_of) for each in watts]
    own += [Factor("making", "", each.source) for each in kinds if each.source]
    yield from _sources(own, look)


def _age(dates: Iterable[str], today: datetime.date) -> str:
    known = sorted(filter(None, dates))
    if not known:
        return "their sources say no dates"
    days = (today - datetime.date.fromisoformat(known[0])).days
    return f"factors of {known[0]} to {known[-1]}, as far as their sources say; the oldest is {days} days old"


def _sources(factors: Iterable[Factor], look: Look) -> Iterator[str]:
    for source, count in sorted(Counter(each.source.partition(":")[0] for each in factors).items()):
        yield f"  {look.paint('faint', f'{count} from {source}')}"
