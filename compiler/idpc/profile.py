"""Measures where the time of a command goes, if somebody asked: seconds and counts by stage."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from msgspec import Struct, field


class Entry(Struct):
    """What a stage has taken so far: processor and waiting time in seconds, how often it ran, and what it made."""

    seconds: float = 0.0
    runs: int = 0
    count: int = 0
    noun: str = ""


class Profile(Struct):
    """The stages in the order in which they first ended; a stage within another counts for itself alone."""

    entries: dict[str, Entry] = field(default_factory=dict)
    inner: list[float] = field(default_factory=list)


_profile: ContextVar[Profile | None] = ContextVar("profile", default=None)


@contextmanager
def profiling() -> Iterator[Profile]:
    """Measure meanwhile."""
    token = _profile.set(Profile())
    try:
        found = _profile.get()
        assert found is not None  # noqa: S101  # set above
        yield found
    finally:
        _profile.reset(token)


@contextmanager
def stage(name: str) -> Iterator[Callable[[int, str], None]]:
    """Measure a stage, without what is measured within it; what is given takes what it made: a number and a noun."""
    profile = _profile.get()
    if profile is None:
        yield _ignore
        return
    entry = profile.entries.setdefault(name, Entry())

    def made(count: int, noun: str) -> None:
        entry.count, entry.noun = entry.count + count, noun

    profile.inner.append(0.0)
    began = time.perf_counter()
    try:
        yield made
    finally:
        took = time.perf_counter() - began
        entry.seconds += took - profile.inner.pop()
        entry.runs += 1
        if profile.inner:
            profile.inner[-1] += took


def _ignore(count: int, noun: str) -> None:
    """Nobody asked."""


def table(profile: Profile, whole: float) -> str:
    """The profile as text, `whole` seconds in all; what no stage has taken is the rest."""
    rest = whole - sum(entry.seconds for entry in profile.entries.values())
    rows = [*profile.entries.items(), ("rest", Entry(rest))]
    lines = [f"{'stage':<12}{'seconds':>9}{'share':>8}{'runs':>7}  made\n"]
    for name, entry in rows:
        made = f"{entry.count:,} {entry.noun}" if entry.noun else ""
        runs = str(entry.runs) if entry.runs else ""
        lines.append(f"{name:<12}{entry.seconds:>9.3f}{entry.seconds / whole:>8.1%}{runs:>7}  {made}".rstrip() + "\n")
    return "".join((*lines, f"{'all':<12}{whole:>9.3f}\n"))
