"""`idpc test`: runs the tests of the specification."""

import datetime
from pathlib import Path

import click

from idpc.cli import console, options
from idpc.cli.session import Session, prefix
from idpc.diagnostics.merge import merge
from idpc.diagnostics.renderers import FORMATS, Report


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
    from idpc.pipeline import run_tests

    session = Session(path, today, form=form)
    compilation = session.compile("graph")
    if not session.tell(compilation):
        return 1
    results = run_tests(compilation)
    failed = [result for result in results if not result.passed]
    look = console.look()
    if form == "text":
        for result in results:
            mark = look.paint("fix", "ok") if result.passed else look.paint("error", "FAILED")
            console.write(f"{mark}  {result.name}\n")
    faults = merge((each for result in failed for each in result.diagnostics), tuple(compilation.graph.environments))
    report = Report(faults, compilation.files_by_path, prefix(compilation.sources))
    console.write(FORMATS[form](report, look) if faults or form == "json" else "")
    if form == "text":
        console.write(f"{len(results) - len(failed)} passed, {len(failed)} failed\n")
    return 1 if failed else 0
