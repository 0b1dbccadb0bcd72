"""Runs a command to its end and tells what it took: wall and CPU time, and memory at the peak.

Time is that of the whole process and of the children it waited for. Memory is that of the largest process, or, where a
pool is at work, of all of them together, in which what they share counts once (Linux only).
"""

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

INTERVAL = 0.02
PER_MEBIBYTE = 1024**2 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True)
class Run:
    """What a command took: seconds, seconds, and mebibytes."""

    wall: float
    cpu: float
    peak: float


@dataclass(frozen=True, slots=True)
class Spread:
    """A median between the least and the most that was measured."""

    median: float
    least: float
    most: float

    @staticmethod
    def of(values: Sequence[float]) -> "Spread | None":
        """The spread of some values; None where there are none."""
        return Spread(statistics.median(values), min(values), max(values)) if values else None

    def text(self, unit: str = "") -> str:
        """As it is printed: `0.51 (0.48 to 0.55)`."""
        return f"{_short(self.median)}{unit} ({_short(self.least)} to {_short(self.most)})"


class RunError(Exception):
    """A command ended with an error; the text is what it said last."""


class PoolWatch(threading.Thread):
    """Samples the memory of a process together with its children, while it has any."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.peak, self.is_over = pid, 0.0, threading.Event()

    def run(self) -> None:
        while not self.is_over.wait(INTERVAL):
            children = _children(self.pid)
            if children:
                self.peak = max(self.peak, sum(map(_proportional, (self.pid, *children))))

    def end(self) -> float:
        """Stop, and tell the peak; 0 where there never were children."""
        self.is_over.set()
        self.join()
        return self.peak


def run(command: Sequence[str], variables: Mapping[str, str]) -> Run:
    """Run a command with some variables added to the environment."""
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors, env={**os.environ, **variables})
        watch = PoolWatch(process.pid)
        watch.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        peak = max(watch.end(), usage.ru_maxrss / PER_MEBIBYTE)
        if process.returncode:
            errors.seek(0)
            raise RunError(f"{' '.join(command)} failed:\n{errors.read().decode(errors='replace')[-2000:]}")
    return Run(wall, usage.ru_utime + usage.ru_stime, peak)


def _children(pid: int) -> list[int]:
    """The processes that a process started, and those that they did; none where the system does not tell."""
    try:
        found = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return [each for child in found for each in (child, *_children(child))]


def _proportional(pid: int) -> float:
    """The mebibytes of a process, of shared pages its part; 0 once it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
