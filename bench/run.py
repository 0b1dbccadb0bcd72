"""Measures `idpc build` beside the plain script and the peers that are installed, in turn, and prints ratios pair by pair.

    python bench/run.py --quick              two minutes: N = 1, 100 and 1,000
    python bench/run.py --markdown           everything, and the table of targets
    python bench/run.py --sizes 1000 --peers kcl --rounds 5
    python bench/run.py --compare            no times: does each write the same objects?

Peers are installed from PyPI into `bench/.environments` when they are first asked for.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from measure import RunError, Spread
from programs import HERE, IDPC, KCL, PEERS, PLAIN, Case, Program, idpc, peers, plain
from scenarios import COLD, EDITED, SCENARIOS, UNCHANGED, Bench, Key, Results, measure
from targets import targets

SIZES, QUICK = "1,100,1000,5000,10000", "1,100,1000"
ALONE = 10_000
"""From this size on idpc runs alone: the growth is its own, and the peers need minutes and gigabytes."""
MANY = 1000
"""Up to this size more than one environment is measured."""
HEAD = ("program", "wall, s", "CPU, s", "peak, MiB", "wall / plain", "wall / KCL", "CPU / plain", "CPU / KCL")
TARGETS = ("in one run, side by side", "target", "measured", "", "CPU time alike")


def main() -> int:
    """Measure, or compare, and print."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        found, absent = peers(options.peers, work / "trial")
        programs = [plain(), *found, idpc()]
        for name, reason in absent.items():
            print(f"absent: {name}: {reason}")
        if options.compare:
            return compare(Case(100, 3, work / "compared"), programs)
        bench = Bench(work, options.scenario, list(_cases(options, work, programs)))
        bench.prepare()
        rounds = measure(bench, options.rounds, 75 if options.quick else float("inf"))
        report(bench, rounds, markdown=options.markdown)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", help=f"numbers of apps, separated by commas; otherwise {SIZES}")
    parser.add_argument("--environments", help="1 to 3, separated by commas; otherwise 1 and, up to N = 1,000, 3")
    parser.add_argument("--scenario", help=f"of {', '.join(SCENARIOS)}; otherwise all")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--peers", default=",".join(peer.option for peer in PEERS), help="those of %(default)s, or none"
    )
    parser.add_argument("--quick", action="store_true", help=f"N = {QUICK}, and no further round after 75 seconds")
    parser.add_argument("--markdown", action="store_true", help="print the table of targets as well")
    parser.add_argument("--compare", action="store_true", help="compare what is written, and measure nothing")
    options = parser.parse_args()
    options.sizes = [int(each) for each in (options.sizes or (QUICK if options.quick else SIZES)).split(",")]
    options.environments = [
        int(each) for each in (options.environments or ("1" if options.quick else "1,3")).split(",")
    ]
    options.peers = options.peers.split(",")
    options.scenario = options.scenario.split(",") if options.scenario else SCENARIOS
    _refuse_unknown(parser, options.scenario, SCENARIOS)
    _refuse_unknown(parser, options.peers, [*(peer.option for peer in PEERS), "none"])
    return options


def _refuse_unknown(parser: argparse.ArgumentParser, given: Iterable[str], known: Sequence[str]) -> None:
    for each in given:
        if each not in known:
            parser.error(f"there is no `{each}` among {', '.join(known)}")


def _cases(
    options: argparse.Namespace, work: Path, programs: Sequence[Program]
) -> Iterator[tuple[Case, list[Program]]]:
    """Each size in each number of environments, with the programs that expand it."""
    for environments in options.environments:
        for count in options.sizes:
            if environments == 1 or count <= MANY:
                together = COLD in options.scenario and count < ALONE
                chosen = [each for each in programs if together or each.name == IDPC]
                yield Case(count, environments, work / f"{count}-{environments}"), chosen


def report(bench: Bench, rounds: int, *, markdown: bool) -> None:
    """Print a table for each case, and the targets."""
    print(f"\nMedians of {rounds} round{'s' * (rounds > 1)} (least to most); ratios of wall time, round by round.")
    for case, programs in bench.cases:
        print(f"\n{case.title}\n")
        print_table(HEAD, _rows(bench.results, case, programs))
    for key, reason in bench.results.failed.items():
        print(f"\nabsent at N = {key.count:,}, {key.environments} environments: {key.program}: {reason}")
    if markdown:
        print("\nTargets\n")
        print_table(TARGETS, [each.cells() for each in targets(bench.results)])


def _rows(results: Results, case: Case, programs: Sequence[Program]) -> Iterator[tuple[str, ...]]:
    for program in programs:
        for scenario in (COLD, UNCHANGED, EDITED):
            key = Key(program.name, scenario, case.count, case.environments)
            if results.of(key):
                yield _row(results, key)


def _row(results: Results, key: Key) -> tuple[str, ...]:
    runs = results.of(key)
    taken = ([run.wall for run in runs], [run.cpu for run in runs], [max(run.peak for run in runs)])
    others = [replace(key, program=name, scenario=COLD) for name in (PLAIN, KCL)]
    ratios = [ratio(key, other) for ratio in (results.ratio, results.cpu_ratio) for other in others]
    name = key.program if key.scenario == COLD else f"{key.program}, {key.scenario}"
    return name, *("" if spread is None else spread.text() for spread in (*map(Spread.of, taken), *ratios))


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table that is read as it is, and as Markdown."""
    lines = [tuple(head), *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, tuple("-" * width for width in widths))
    for line in lines:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |")
    sys.stdout.flush()


def compare(case: Case, programs: Sequence[Program]) -> int:
    """Hold what each program writes against what the plain script does; 1 where anything differs."""
    case.write()
    differs = False
    for program in programs:
        subprocess.run(program.command(case), check=True, stdout=subprocess.DEVNULL)
        paths = [str(case.output(PLAIN)), str(case.output(program.name))]
        extra = ["--at-least"] if program.name == IDPC else []
        command = [sys.executable, str(HERE / "compare.py"), *paths, *extra]
        result = subprocess.run(command, check=False, capture_output=True, text=True)
        print(f"{program.name}: {result.stdout or result.stderr}", end="", flush=True)
        differs = differs or result.returncode != 0
    return int(differs)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RunError as error:
        sys.exit(str(error))
