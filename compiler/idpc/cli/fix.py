"""`idpc fix`: applies the fixes that cannot change what was meant."""

import datetime
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct
from msgspec.structs import replace

from idpc.cli import console, options
from idpc.cli.advising import Advising, advising, measured, wanted
from idpc.cli.session import Session, prefix
from idpc.cli.writing import difference, replace_file
from idpc.diagnostics.renderers import Report
from idpc.diagnostics.renderers.report import plural
from idpc.fixes import repair
from idpc.source import SourceFile

if TYPE_CHECKING:
    from idpc.pipeline import Compilation

_ROUNDS = 20


class Mended(Struct, frozen=True):
    """The compilation after all rounds, the texts that changed, what to say of it, and how many fixes there were."""

    compilation: "Compilation"
    texts: Mapping[str, str]
    done: tuple[str, ...]
    count: int
    effect: str = ""


@click.command(
    cls=options.Command,
    examples=(
        ("idpc fix", "mend the project around the current folder"),
        ("idpc fix --diff", "show what would change"),
        ("idpc fix shop.platform", "mend this file only"),
        ("idpc fix --advice --diff", "show what would cost less and break nothing"),
        ("idpc fix --advice --only shop.orders", "follow the advice on one instance"),
    ),
)
@options.project_path
@click.option("--diff", is_flag=True, help="Write nothing; show the changes.")
@options.environments
@advising("medium")
@options.today
def command(path: Path, environments: tuple[str, ...], today: datetime.date, advising: Advising, *, diff: bool) -> int:
    """Apply the safe fixes of all diagnostics.

    A safe fix cannot change what was meant. Fixes never overlap; the project is checked again after each round, until
    there is nothing left to apply. What has no safe fix is reported, and the command exits with 1 if any is an error.

    With --advice it applies in place of them what `idpc cost --advice` tells, each piece tried out again: none that gives a
    diagnostic or costs more.
    """
    session = Session(path, today, environments, product=diff)
    before = session.compile("policy")
    mended = _followed(before, session, advising) if advising.advice else _mend(before, session)
    sources = before.sources
    for file, text in mended.texts.items():
        old = before.files_by_path[file].text
        if diff:
            console.write(difference(Report(()).path(file), old, text, console.look()))
        elif sources.root:
            _write(sources.root / file, text)
    console.error("".join(f"{line}\n" for line in mended.done))
    console.error(f"{plural(mended.count, 'fix', 'fixes')} in {plural(len(mended.texts), 'file')}{mended.effect}\n")
    return 0 if session.tell(mended.compilation) else 1


def _followed(compilation: "Compilation", session: Session, asked: Advising) -> Mended:
    """The project after all advice that is asked for."""
    from idpc.advice.apply import follow
    from idpc.advice.text import change, subject
    from idpc.cost.measures import money

    if not compilation.sheets:
        return Mended(compilation, {}, (), 0)
    compilation, observed, notes = measured(session, compilation, asked)
    with console.progress("trying out what costs less"):
        followed = follow(compilation, wanted(session, compilation, asked), observed)
    done = [
        f"{each.advice.candidate.environment}: {subject(each.advice.candidate)} = {change(each.advice.candidate)} "
        f"saves {money(each.saving)} a month ({each.advice.candidate.confidence} confidence)"
        for each in followed.done
    ]
    saved = sum((each.saving for each in followed.done), Decimal(0))
    told = [f"note: {note}" for note in (*notes, *followed.advised.notes)]
    return Mended(followed.compilation, followed.texts, (*told, *done), len(done), f", {money(saved)} a month less")


def _mend(compilation: "Compilation", session: Session) -> Mended:
    from idpc.pipeline import compile_project

    texts: dict[str, str] = {}
    done: list[str] = []
    for _ in range(_ROUNDS):
        shown = compilation.sources.shown
        own = {file.path: file.text for file in compilation.sources.files if shown is None or file.path in shown}
        round_ = repair(compilation.diagnostics, own)
        if not round_.texts:
            break
        report = Report((), compilation.files_by_path, prefix(compilation.sources))
        done += [f"{report.place(each.span)}: {fix.title} ({each.code})" for each, fix in round_.applied]
        texts |= round_.texts
        files = tuple(SourceFile(file.path, texts.get(file.path, file.text)) for file in compilation.sources.files)
        sources = replace(compilation.sources, files=files)
        compilation = compile_project(sources, session.options, "policy")
    return Mended(compilation, texts, tuple(done), len(done))


def _write(path: Path, text: str) -> None:
    """Write the text with the line ends that the file has."""
    from idpc.project.folder import DiskFolder
    from idpc.project.gather import FILE_LIMIT

    content = DiskFolder(path.parent).read(path.name, FILE_LIMIT)
    first = content.partition(b"\n")[0] if isinstance(content, bytes) else b""
    replace_file(path, text.replace("\n", "\r\n").encode() if first.endswith(b"\r") else text.encode())
