"""`idpc policy test`: the tests of policies, what they reach, and what could go without any of them failing."""

import datetime
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from idpc.cli import console, options
from idpc.cli.session import Session, prefix, with_diagnostics
from idpc.diagnostics.renderers import Report
from idpc.diagnostics.renderers.report import plural

if TYPE_CHECKING:
    from idpc.pipeline import Compilation
    from idpc.policy.engine import PolicyEngine
    from idpc.policy.rego.testing import RegoTest, Tested


@click.command(
    cls=options.Command,
    examples=(
        ("idpc policy test", "`test_*` rules in Rego, and the `test` blocks of the specification"),
        ("idpc policy test --coverage", "and which lines of the policies they reach"),
        ("idpc policy test --mutate", "and which rules could be missing without a test that fails"),
    ),
)
@options.project_path
@click.option("--coverage", is_flag=True, help="Tell which lines of Rego no test has reached.")
@click.option("--mutate", is_flag=True, help="Take each rule out in turn; a test must fail without it.")
@options.today
@options.judged
def command(  # one parameter an option
    path: Path, today: datetime.date, judging: options.Judging, *, coverage: bool, mutate: bool
) -> int:
    """Run the tests of policies: rules called `test_…`, as `opa test` runs them, and `test` blocks.

    Exits with 1 where a test fails, or where `--mutate` finds a rule that no test would miss.
    """
    from idpc.policy.engine import opened
    from idpc.queries import run_tests

    session = Session(path, today, judging=judging)
    compilation = session.compile("graph")
    if not session.passes(compilation):
        session.tell(compilation)
        return 1
    blocks = run_tests(compilation)
    failed = [each for each in blocks if not each.passed]
    console.write("".join(_outcome(each.name, each.passed) for each in blocks))
    session.tell(with_diagnostics(compilation, [one for each in failed for one in each.diagnostics]))
    with opened(judging.engine, judging.timeout) as engine:
        wrong, passed = _in_rego(compilation, engine, coverage=coverage, mutate=mutate)
    console.write(f"{len(blocks) - len(failed) + passed} passed, {len(failed) + wrong} failed\n")
    return 1 if failed or wrong else 0


def _outcome(name: str, passed: bool, why: str = "") -> str:
    look = console.look()
    word = look.paint("fix", "ok") if passed else look.paint("error", "FAILED")
    return f"{word}  {name}{f': {why}' if why else ''}\n"


def _in_rego(compilation: "Compilation", engine: "PolicyEngine", *, coverage: bool, mutate: bool) -> tuple[int, int]:
    """How many tests, or rules without one, are at fault, and how many tests passed."""
    from idpc.policy.rego import testing

    now = compilation.options.terms.now
    tests = list(_tests(compilation))
    done = testing.run(tests, engine, now)
    report = Report((), compilation.files_by_path, prefix(compilation.sources))
    console.write("".join(_told(each, report) for each in done))
    wrong = sum(bool(each.fault) for each in done)
    if coverage:
        console.write("".join(_covered(testing.covered(tests, engine, now), report)))
    if mutate and not wrong:
        left = list(testing.survivors(tests, engine, now))
        console.write("".join(f"no test misses `{rule.name}` at {report.place(rule.span)}\n" for _, rule in left))
        return len(left), len(done)
    return wrong, len(done) - wrong


def _tests(compilation: "Compilation") -> "Iterator[RegoTest]":
    from idpc.policy.judge import rego_sources
    from idpc.policy.rego.testing import tests_of

    sources = rego_sources(compilation.sources.rego, (each.folder for each in compilation.sources.packages))
    languages: dict[str, str] = {}
    for policy in compilation.typed.policies if compilation.typed else ():
        for file in sources.with_libraries(sources.named(policy.rego, policy.span.file)) if policy.rego else ():
            languages[file.source.path] = policy.language
    return tests_of(sources, languages)


def _told(done: "Tested", report: Report) -> str:
    place = report.place(done.test.rule.span)
    return _outcome(f"{done.test.name} ({place})", not done.fault, done.fault)


def _covered(found: "dict[str, tuple[set[int], set[int]]]", report: Report) -> Iterator[str]:
    for path, (reached, missed) in found.items():
        share = round(100 * len(reached) / max(len(reached) + len(missed), 1))
        lines = f", never line {_ranges(sorted(missed))}" if missed else ""
        yield f"{report.path(path)}: {share} % of {plural(len(reached) + len(missed), 'line')}{lines}\n"


def _ranges(lines: Sequence[int]) -> str:
    """`3, 5-7`."""
    found: list[list[int]] = []
    for line in lines:
        if found and line == found[-1][-1] + 1:
            found[-1].append(line)
        else:
            found.append([line])
    return ", ".join(f"{each[0]}-{each[-1]}" if len(each) > 1 else str(each[0]) for each in found)
