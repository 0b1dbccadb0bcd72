"""`idpc test`: runs the tests of the specification."""

import datetime
from pathlib import Path

import click

from idpc.cli import console, options
from idpc.cli.session import Session, with_diagnostics


@click.command(
    cls=options.Command,
    examples=(
        ("idpc test", "all tests of the project around the current folder"),
        ("idpc test --format github", "annotations in a pull request"),
    ),
)
@options.project_path
@options.output_format
@options.today
def command(path: Path, form: str, today: datetime.date) -> int:
    """Run every `test "…" { }` of the project, in the environments that each names."""
    from idpc.queries import run_tests

    session = Session(path, today, form=form)
    compilation = session.compile("graph")
    if not session.passes(compilation):
        session.tell(compilation)
        return 1
    results = run_tests(compilation)
    failed = [result for result in results if not result.passed]
    if form == "text":
        console.write("".join(_line(result.name, passed=result.passed) for result in results))
    session.tell(with_diagnostics(compilation, [each for result in failed for each in result.diagnostics]))
    if form == "text":
        console.write(f"{len(results) - len(failed)} passed, {len(failed)} failed\n")
    return 1 if failed else 0


def _line(name: str, *, passed: bool) -> str:
    look = console.look()
    return f"{look.paint('fix', 'ok') if passed else look.paint('error', 'FAILED')}  {name}\n"
