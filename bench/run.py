"""Times `idpc build` beside the plain script, in turn, and prints medians, spread and the ratio pair by pair.

    python bench/run.py [--counts 1,100,1000] [--runs 3] [--environments 1] [--quick]

Whole processes, wall time and peak memory as the operating system counts them. Every run builds into a new folder.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import fleet

HERE = Path(__file__).resolve().parent


@dataclass(slots=True)
class Series:
    """The runs of one command: seconds of wall time, and mebibytes at the peak."""

    name: str
    seconds: list[float] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)

    def row(self, base: "Series | None") -> str:
        """A line of the table."""
        ratio = ""
        if base is not None:
            pairs = [mine / other for mine, other in zip(self.seconds, base.seconds, strict=True)]
            ratio = f"{statistics.median(pairs):6.2f} x  ({min(pairs):.2f} to {max(pairs):.2f})"
        spread = f"{min(self.seconds):.2f} to {max(self.seconds):.2f}"
        return f"  {self.name:<22}{statistics.median(self.seconds):8.2f} s  ({spread})  {max(self.peaks):6.0f} MiB  {ratio}"


def timed(command: Sequence[str], series: Series) -> None:
    """Run a command to its end and keep what it took."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        _, status, usage = os.wait4(process.pid, 0)
        taken = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            message = process.stderr.read().decode() if process.stderr else ""
            raise SystemExit(f"{' '.join(command)} failed:\n{message}")
    series.seconds.append(taken)
    series.peaks.append(usage.ru_maxrss / 1024)


def compare(count: int, runs: int, environments: int) -> None:
    """One row group of the table."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        fleet.write(count, work / "src", environments)
        base, ours = Series("plain Python, PyYAML C"), Series("idpc build")
        script = [sys.executable, str(HERE / "plain.py"), str(count)]
        extra = ["--environments", str(environments)]
        for _ in range(runs):
            for series, command in (
                (base, [*script, str(work / "plain"), *extra]),
                (ours, [sys.executable, "-m", "idpc.cli", "build", str(work / "src"), "-o", str(work / "ours")]),
            ):
                timed(command, series)
            for made in ("plain", "ours"):
                shutil.rmtree(work / made)
        print(f"N = {count}, {environments} environment{'s' * (environments > 1)}")
        print(base.row(None))
        print(ours.row(base), flush=True)


def main() -> None:
    """Read the options and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", default="1,100,1000")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--environments", type=int, default=1, choices=(1, 2, 3))
    parser.add_argument("--quick", action="store_true", help="N = 1 and 100, ends within two minutes")
    options = parser.parse_args()
    for count in (1, 100) if options.quick else map(int, options.counts.split(",")):
        compare(count, options.runs, options.environments)


if __name__ == "__main__":
    main()
