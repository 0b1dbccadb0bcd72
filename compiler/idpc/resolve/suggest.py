"""Did you mean: the known name nearest to a misspelt one."""

from collections.abc import Iterable
from functools import lru_cache


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """The nearest of the known names by edits, else by a part of it, or None where none is near."""
    return misspelt(name, known) or _by_part(name, known)


def misspelt(name: str, known: Iterable[str]) -> str | None:
    """The nearest of the known names by edits (a swap of neighbours counts one), or None where none is near."""
    limit = 1 if len(name) <= 3 else 2 if len(name) <= 7 else 3
    given, least, most = name.lower(), len(name) - limit, len(name) + limit
    near = [(_distance(given, other.lower(), limit), other) for other in known if least <= len(other) <= most]
    best = min(near, default=None)
    return None if best is None or best[0] > limit or best[0] >= max(len(name), 2) else best[1]


def _by_part(name: str, known: Iterable[str]) -> str | None:
    """A name of which the misspelt one is the beginning, or the other way round: `health` for `healthcheck`."""
    start = name[:4]
    near = [other for other in known if other.startswith(start) and (_begins(name, other) or _begins(other, name))]
    return min(near, key=lambda other: (abs(len(other) - len(name)), other), default=None)


def _begins(short: str, long: str) -> bool:
    """Whether a name is the beginning of another one: a whole word of it, or the most of it."""
    most = len(short) * 2 >= len(long) or long.startswith(f"{short}_")
    return len(short) >= 4 and most and long.startswith(short)


@lru_cache(maxsize=1 << 10)
def _letters(name: str) -> int:
    """The characters of a name as bits, of which an edit changes two at the most."""
    bits = 0
    for character in name:
        bits |= 1 << (ord(character) & 63)
    return bits


def _distance(a: str, b: str, limit: int) -> int:
    """Damerau's distance (optimal string alignment), or more than `limit` as soon as that is certain."""
    if (_letters(a) ^ _letters(b)).bit_count() > 2 * limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        earlier, before, row = before, row, [i]
        for j, right in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == b[j - 2] and a[i - 2] == right:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return row[-1]
