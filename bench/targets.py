"""What idpc must reach, beside what was measured: a row for each, with hit or miss by the median."""

from collections.abc import Iterator
from dataclasses import dataclass

from measure import Spread
from programs import IDPC, KCL, PLAIN
from scenarios import BARE, CHECK, COLD, EDITED, STARTUP, UNCHANGED, VERSION, Key, Results

NOT_MEASURED = "not measured in this run"
EDITOR = "left out: it is a figure of the language server, which there is not yet"


@dataclass(frozen=True, slots=True)
class Target:
    """A figure that must not be exceeded; `measured` is None where `note` says why."""

    what: str
    limit: float
    unit: str
    measured: Spread | None
    note: str = ""
    cpu: Spread | None = None

    def cells(self) -> tuple[str, ...]:
        """The row: what, the target, what was measured, the verdict, and the same ratio of CPU time."""
        limit = f"at most {self.limit:g}{self.unit}"
        if self.measured is None:
            return self.what, limit, self.note or NOT_MEASURED, "", ""
        verdict = "hit" if self.measured.median <= self.limit else "**miss**"
        note = f"; {self.note}" if self.note else ""
        return (
            self.what,
            limit,
            self.measured.text(self.unit) + note,
            verdict,
            self.cpu.text(self.unit) if self.cpu else "",
        )


def targets(results: Results) -> Iterator[Target]:
    """All of them, in the order in which they are given."""
    yield _ratio(results, "cold, N=1, to KCL", 1, _cold(1), _cold(1, KCL))
    for count, memory in ((1000, 250), (5000, 500)):
        yield _ratio(results, f"cold, N={count:,}, to the plain script", 1, _cold(count), _cold(count, PLAIN))
        yield _ratio(results, f"cold, N={count:,}, to KCL", 0.5, _cold(count), _cold(count, KCL))
        yield _memory(results, count, memory)
    three = Key(IDPC, COLD, 1000, 3)
    yield _ratio(results, "three environments at 1,000, to one", 2.2, three, _cold(1000))
    yield _ratio(results, "nothing changed, N=1,000, to cold", 0.1, Key(IDPC, UNCHANGED, 1000), _cold(1000))
    for count, limit in ((1000, 0.15), (5000, 0.1)):
        yield _ratio(
            results, f"one service edited, N={count:,}, to cold", limit, Key(IDPC, EDITED, count), _cold(count)
        )
    yield _strays(results)
    growth = "time per service at N=10,000, to that at 1,000"
    yield _ratio(results, growth, 1.15, _cold(10_000), _cold(1000))
    bare = Key(BARE, STARTUP)
    yield _ratio(results, "`idpc --version`, to `python -c pass`", 4, Key(VERSION, STARTUP), bare)
    yield _ratio(results, "`idpc check` on 30 lines, to `python -c pass`", 12, Key(CHECK, STARTUP), bare)
    yield Target("keystroke to diagnostics, 1,000 services, 95th percentile", 50, " ms", None, EDITOR)
    yield _loading(results)


def _cold(count: int, program: str = IDPC) -> Key:
    return Key(program, COLD, count)


def _ratio(results: Results, what: str, limit: float, one: Key, other: Key) -> Target:
    """Of times per app where the numbers of apps differ."""
    scale = other.count / one.count if one.count else 1
    return Target(what, limit, " x", results.ratio(one, other, scale), cpu=results.cpu_ratio(one, other, scale))


def _memory(results: Results, count: int, limit: float) -> Target:
    peaks = Spread.of([run.peak for run in results.of(_cold(count))])
    return Target(f"memory, cold, N={count:,}", limit, " MiB", peaks)


def _loading(results: Results) -> Target:
    """In a process that has imported what reads it; the note tells what a process pays that has not."""
    bare, imported = (Spread.of([1000 * pair[which] for pair in results.loading]) for which in (0, 1))
    note = f"with its imports {imported.text(' ms')}" if imported else ""
    return Target("the standard library, loaded once it is compiled", 30, " ms", bare, note)


def _strays(results: Results) -> Target:
    """That an edit rewrites the app's files and the plan's alone."""
    found = Spread.of([float(len(results.strays))]) if results.rewritten else None
    written = ", ".join(f"{number} at N={count:,}" for count, number in sorted(results.rewritten.items()))
    note = f"rewritten in all: {written}" if written else ""
    return Target("files rewritten after an edit that are neither that app's nor the plan's", 0, "", found, note)
