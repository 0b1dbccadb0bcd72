"""Runs the programs in turn, round by round, and keeps what each run took."""

import os
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import fleet
from measure import Run, RunError, Spread, run
from programs import IDPC, PLAIN, Case, Program, idpc_command

COLD, UNCHANGED, EDITED, STARTUP = "cold", "unchanged", "edited", "startup"
SCENARIOS = (COLD, UNCHANGED, EDITED, STARTUP)
BARE, VERSION, CHECK = "python -c pass", "idpc --version", "idpc check, 30 lines"
REPEATS = 5
"""The start of a process is short, and measured so many times a round."""
SMALL = """project small {
  language = "2026.1"
  kubernetes { version = "1.33" }
}

team platform { owner = "platform@example.com", on_call = "pagerduty:P1" }

environment prod { cloud = "aws", region = "eu-west-1", domain = "example.com" }

/// Takes orders.
app shop {
  team = platform

  postgres db { storage = 20Gi }

  service web {
    image    = "registry.example.com/shop/web:1.4.2"
    cpu      = 100m..500m
    memory   = 128Mi..256Mi
    replicas = 2..5
    ports { http = 8080 }
    health { path = "/healthz", port = 8080 }
    env {
      LOG_LEVEL    = "info"
      REGION       = environment.region
      DATABASE_URL = db.url
    }
  }
}
"""
LOADING = """
import time
first = time.perf_counter()
import idpc.types.image, idpc.types.check, idpc.project, idpc.stages
from idpc.library import library_for
start = time.perf_counter()
library_for((), idpc.project.Sources("", (), ()))
end = time.perf_counter()
print(end - start, end - first)
"""


@dataclass(frozen=True, slots=True)
class Key:
    """What was run: a program in a scenario, on so many apps in so many environments."""

    program: str
    scenario: str
    count: int = 0
    environments: int = 1


@dataclass(slots=True)
class Results:
    """All runs, in the order of their rounds; `strays` are files that an edit should not have changed."""

    runs: dict[Key, list[Run]] = field(default_factory=lambda: defaultdict(list))
    failed: dict[Key, str] = field(default_factory=dict)
    rewritten: dict[int, int] = field(default_factory=dict)
    strays: set[str] = field(default_factory=set)
    loading: list[tuple[float, float]] = field(default_factory=list)

    def of(self, key: Key) -> list[Run]:
        """The runs of a key; none where it was not measured."""
        return self.runs.get(key, [])

    def ratio(self, one: Key, other: Key, scale: float = 1) -> Spread | None:
        """How the wall times compare, round by round."""
        return Spread.of([first.wall / second.wall * scale for first, second in self._pairs(one, other)])

    def cpu_ratio(self, one: Key, other: Key, scale: float = 1) -> Spread | None:
        """How the CPU times compare, which says more on a machine that others use, too."""
        return Spread.of([first.cpu / second.cpu * scale for first, second in self._pairs(one, other)])

    def _pairs(self, one: Key, other: Key) -> Iterable[tuple[Run, Run]]:
        return zip(self.of(one), self.of(other), strict=False)


@dataclass(frozen=True, slots=True)
class Bench:
    """What is run, and where: a folder with a cache of idpc that holds nothing but the standard library."""

    work: Path
    scenarios: Sequence[str]
    cases: Sequence[tuple[Case, Sequence[Program]]]
    results: Results = field(default_factory=Results)

    def prepare(self) -> None:
        """Write all inputs, and have the standard library compiled."""
        for case, _ in self.cases:
            case.write()
        small = self.work / "small"
        small.mkdir()
        (small / "project.platform").write_text(SMALL, encoding="utf-8")
        self._run_small()
        kept = self.work / "library" / "idpc"
        kept.mkdir(parents=True, mode=0o700)
        for entry in (self.work / "warm" / "idpc").glob("library-*"):
            shutil.copy2(entry, kept)

    def round(self, number: int) -> None:
        """Run everything once."""
        for case, programs in self.cases:
            for program in programs:
                self._cold(case, program)
                if program.name == IDPC:
                    self._again(case, number)
        if STARTUP in self.scenarios:
            self._startup()

    def _cold(self, case: Case, program: Program) -> None:
        """Into a new folder; for idpc with a cache that holds the standard library alone."""
        shutil.rmtree(case.output(program.name), ignore_errors=True)
        cache = case.folder / "cache"
        shutil.rmtree(cache, ignore_errors=True)
        shutil.copytree(self.work / "library", cache)
        self._take(case, program, COLD)

    def _again(self, case: Case, number: int) -> None:
        """With the cache and the output of the last run: nothing changed, then one app edited."""
        _, programs = next(pair for pair in self.cases if pair[0] is case)
        program = next(each for each in programs if each.name == IDPC)
        if UNCHANGED in self.scenarios:
            self._take(case, program, UNCHANGED)
        if EDITED in self.scenarios:
            app = edit(case, number)
            before = stamps(case.output(IDPC))
            self._take(case, program, EDITED)
            self._note_rewritten(case, app, before)

    def _take(self, case: Case, program: Program, scenario: str) -> None:
        key = Key(program.name, scenario, case.count, case.environments)
        if key in self.results.failed:
            return
        print(f"  {program.name}, {scenario}, {case.title}", file=sys.stderr, flush=True)
        try:
            taken = run(program.command(case), {"XDG_CACHE_HOME": str(case.folder / "cache")})
        except RunError as reason:
            self._give_up(key, reason)
        else:
            self.results.runs[key].append(taken)

    def _give_up(self, key: Key, reason: RunError) -> None:
        """Measure a peer no more at a size that is too much for it; the others' runs are worth keeping."""
        if key.program in {IDPC, PLAIN}:
            raise reason
        self.results.failed[key] = str(reason)
        self.results.runs.pop(key, None)

    def _note_rewritten(self, case: Case, app: str, before: dict[str, tuple[int, int]]) -> None:
        after = stamps(case.output(IDPC))
        changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
        if case.environments == 1:
            self.results.rewritten[case.count] = len(changed)
        self.results.strays |= {path for path in changed if not belongs(path, app)}

    def _startup(self) -> None:
        for _ in range(REPEATS):
            self.results.runs[Key(BARE, STARTUP)].append(run([sys.executable, "-c", "pass"], {}))
            self.results.runs[Key(VERSION, STARTUP)].append(run([*idpc_command(), "--version"], {}))
            self.results.runs[Key(CHECK, STARTUP)].append(self._run_small())
            self.results.loading.append(self._load_library())

    def _run_small(self) -> Run:
        variables = {"XDG_CACHE_HOME": str(self.work / "warm")}
        return run([*idpc_command(), "check", str(self.work / "small")], variables)

    def _load_library(self) -> tuple[float, float]:
        """Seconds, in a process that has imported what reads it, and in one that has not."""
        variables = {**os.environ, "XDG_CACHE_HOME": str(self.work / "warm")}
        command = [sys.executable, "-c", LOADING]
        result = subprocess.run(command, env=variables, check=True, capture_output=True, text=True)
        bare, imported = map(float, result.stdout.split())
        return bare, imported


def measure(bench: Bench, rounds: int, seconds: float) -> int:
    """Run rounds until there are enough, or the next would end too late; the result is how many there were."""
    start = time.monotonic()
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
        bench.round(number)
        taken = time.monotonic() - start
        if taken / (number + 1) * (number + 2) > seconds:
            return number + 1
    return rounds


def edit(case: Case, number: int) -> str:
    """Give one service another value of a variable; the result is its app."""
    app = fleet.app_name(case.count // 2)
    source = case.project / "apps" / f"{app}.platform"
    text = fleet.app_source(case.count // 2).replace('LOG_LEVEL  = "info"', f'LOG_LEVEL  = "level{number}"')
    source.write_text(text, encoding="utf-8")
    return app


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """What tells a file from one that was written in its place, by path."""
    found = {str(path.relative_to(folder)): path.stat() for path in folder.rglob("*") if path.is_file()}
    return {path: (status.st_ino, status.st_mtime_ns) for path, status in found.items()}


def belongs(path: str, app: str) -> bool:
    """Whether an edit of an app may change a file: one of the app's, or one of the plan's, which tell of all apps."""
    parts = Path(path).parts
    return len(parts) < 3 or parts[1] == app
