"""Runs commands, and sums up what several runs of one took."""

import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ONCE = [sys.executable, "-I", "-S", str(Path(__file__).with_name("once.py"))]

UNKEPT = "PYTHONDONTWRITEBYTECODE"
"""Where it is set Python compiles each module in each run, which no installed program does."""


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
        """As it is printed: `0.51 (0.48 to 0.55)`; of a single value, that."""
        middle, least, most = map(_short, (self.median, self.least, self.most))
        return f"{middle}{unit}" if self.least == self.most else f"{middle}{unit} ({least} to {most})"


class RunError(Exception):
    """A command ended with an error; the text is what it said last."""


def run(command: Sequence[str], variables: Mapping[str, str]) -> Run:
    """Run a command with some variables added to the environment."""
    environment = {name: value for name, value in os.environ.items() if name != UNKEPT} | variables
    result = subprocess.run([*ONCE, *command], env=environment, capture_output=True, text=True, check=False)
    *taken, code = result.stdout.split() or ["1"]
    if result.returncode or int(code):
        raise RunError(f"{' '.join(command)} failed:\n{result.stderr[-2000:]}")
    return Run(*map(float, taken))


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
