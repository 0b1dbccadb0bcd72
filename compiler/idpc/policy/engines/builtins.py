"""Functions that regorus lacks, old ones of v0 included, and those that a hermetic build may not call."""

import hashlib
import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NoReturn

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Extension = tuple[int, Callable[..., Any]]
"""How many arguments a function takes, and what it does."""

HERMETIC = {
    "http.send": (1, "the network"),
    "net.lookup_ip_addr": (1, "the network"),
    "opa.runtime": (0, "the machine that it runs on"),
    "rand.intn": (2, "chance"),
    "uuid.rfc4122": (1, "chance"),
}
"""What is refused: how many arguments it takes, and on what a build would come to depend."""


def extensions(now: int) -> Mapping[str, Extension]:
    """All functions by name; `now` is the time that rules see, in nanoseconds since 1970."""
    return {**_FIXED, "time.now_ns": (0, lambda: now)}


def _refused(name: str, what: str) -> Callable[..., NoReturn]:
    def refuse(*_arguments: object) -> NoReturn:
        raise ValueError(f"`{name}` is not to be had: a build does not depend on {what}")

    return refuse


def _network(text: str) -> Network:
    return ipaddress.ip_network(text, strict=False)


def _intersects(one: str, other: str) -> bool:
    first, second = _network(one), _network(other)
    return first.version == second.version and first.overlaps(second)


def _merge(cidrs: Iterable[str]) -> set[str]:
    networks = [_network(each) for each in cidrs]
    four = [each for each in networks if isinstance(each, ipaddress.IPv4Network)]
    six = [each for each in networks if isinstance(each, ipaddress.IPv6Network)]
    return {str(each) for each in (*ipaddress.collapse_addresses(four), *ipaddress.collapse_addresses(six))}


def _contains_matches(cidrs: Any, others: Any) -> set[tuple[Any, Any]]:
    pairs = ((outer, inner) for outer in _keyed(cidrs) for inner in _keyed(others))
    return {(key, other) for (key, outer), (other, inner) in pairs if _contains(_network(outer), _network(inner))}


def _contains(outer: Network, inner: Network) -> bool:
    if isinstance(outer, ipaddress.IPv4Network):
        return isinstance(inner, ipaddress.IPv4Network) and inner.subnet_of(outer)
    return isinstance(inner, ipaddress.IPv6Network) and inner.subnet_of(outer)


def _keyed(value: Any) -> Iterator[tuple[Any, str]]:
    """Addresses with what names them in the answer: an index, a key, or the element itself."""
    if isinstance(value, str):
        yield value, value
        return
    of_map = value.items() if isinstance(value, dict) else None
    for key, each in of_map or (enumerate(value) if isinstance(value, list) else ((one, one) for one in value)):
        yield key, each if isinstance(each, str) else each[0]


def _globs_match(one: str, other: str) -> bool:
    """Whether some text fits both patterns: a walk through the pairs of places that a text may have reached in them."""
    first, second = _steps(one), _steps(other)
    waiting, seen = [(0, 0)], set[tuple[int, int]]()
    while waiting:
        i, j = waiting.pop()
        if (i, j) in seen:
            continue
        seen.add((i, j))
        if i == len(first) and j == len(second):
            return True
        waiting += [(i + 1, j)] if i < len(first) and first[i][1] else []
        waiting += [(i, j + 1)] if j < len(second) and second[j][1] else []
        if i < len(first) and j < len(second) and first[i][0] & second[j][0]:
            waiting += [(a, b) for a in _next(first, i) for b in _next(second, j)]
    return False


def _next(steps: list[tuple[frozenset[int], bool]], at: int) -> tuple[int, ...]:
    return (at, at + 1) if steps[at][1] else (at + 1,)


_PIECE = re.compile(r"(\\.|\[[^\]]*\]|.)([*+]?)", re.DOTALL)
_RANGE = re.compile(r"\\?(.)-\\?(.)|\\?(.)", re.DOTALL)
_CODES = 0x250


def _steps(pattern: str) -> list[tuple[frozenset[int], bool]]:
    """A pattern as steps: the characters that each takes, and whether it may be skipped and taken again."""
    steps = []
    for piece, repeat in _PIECE.findall(pattern):
        taken = _characters(piece)
        steps += [(taken, False)] if repeat != "*" else []
        steps += [(taken, True)] if repeat else []
    return steps


def _characters(piece: str) -> frozenset[int]:
    if piece == ".":
        return frozenset(range(_CODES))
    if not piece.startswith("["):
        return frozenset((ord(piece[-1]),))
    negated = piece.startswith("[^")
    found = _RANGE.findall(piece[2 if negated else 1 : -1])
    codes = {code for low, high, one in found for code in range(ord(one or low), ord(one or high) + 1)}
    return frozenset(range(_CODES)) - codes if negated else frozenset(codes)


def _matches(pattern: str, text: str) -> bool:
    import re2

    return re2.search(pattern, text) is not None


def _digest(name: str) -> Callable[[str], str]:
    return lambda text: hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()


_FIXED: Mapping[str, Extension] = {
    **{name: (arity, _refused(name, what)) for name, (arity, what) in HERMETIC.items()},
    "net.cidr_intersects": (2, _intersects),
    "net.cidr_merge": (1, _merge),
    "net.cidr_contains_matches": (2, _contains_matches),
    "crypto.sha256": (1, _digest("sha256")),
    "crypto.md5": (1, _digest("md5")),
    "regex.globs_match": (2, _globs_match),
    "re_match": (2, _matches),
    "any": (1, lambda values: any(each is True for each in values)),
    "all": (1, lambda values: all(each is True for each in values)),
}
