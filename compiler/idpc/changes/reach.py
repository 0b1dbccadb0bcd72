"""What depends on an instance, directly or through others."""

from collections.abc import Iterable, Mapping

Consumers = Mapping[str, frozenset[str]]


def consumers(needs: Iterable[tuple[str, str]]) -> Consumers:
    """For each instance that something needs, what needs it directly, from pairs of one that needs and what it needs."""
    found: dict[str, set[str]] = {}
    for source, target in needs:
        found.setdefault(target, set()).add(source)
    return {address: frozenset(direct) for address, direct in found.items()}


def affected(address: str, known: Consumers) -> tuple[str, ...]:
    """All that needs an instance, in order, without the instance itself."""
    found: set[str] = set()
    pending = [address]
    while pending:
        new = known.get(pending.pop(), frozenset()) - found
        found |= new
        pending += new
    return tuple(sorted(found - {address}))
