"""Diagnostics for people: the excerpt with its marks, what else is known, and the fix."""

import textwrap
from collections.abc import Iterator

from idpc.diagnostics.model import Diagnostic, Label
from idpc.diagnostics.renderers.cells import visible
from idpc.diagnostics.renderers.excerpt import Excerpt, Mark, mark
from idpc.diagnostics.renderers.report import Look, Report, summary


def render(report: Report, look: Look) -> str:
    """Each diagnostic as a block, then a line that counts them; nothing where there are none."""
    report = report.masked()
    blocks = ["\n".join(_block(diagnostic, report, look)) + "\n" for diagnostic in report.diagnostics]
    return "\n".join((*blocks, look.paint("title", summary(report)) + _mendable(report) + "\n")) if blocks else ""


def _mendable(report: Report) -> str:
    count = sum(any(fix.safe for fix in each.fixes) for each in report.diagnostics)
    return f"; `idpc fix` mends {count}" if count else ""


def _block(diagnostic: Diagnostic, report: Report, look: Look) -> Iterator[str]:
    kind = look.paint(diagnostic.severity.value, f"{diagnostic.severity.value}[{diagnostic.code}]")
    yield kind + look.paint("title", f": {visible(diagnostic.message)}")
    groups = _groups(diagnostic, report)
    gutter = max((len(str(each.end.line)) for marks in groups.values() for each in marks), default=1)
    for index, (file, marks) in enumerate(groups.items()):
        edge = " " * (gutter + 1)
        start = min((each for each in marks if each.main), default=marks[0], key=lambda each: each.start).start
        arrow = look.paint("gutter", f"{edge}{'├' if index else '┌'}─")
        yield f"{arrow} {visible(report.path(file))}:{start.line}:{start.column}"
        yield look.paint("gutter", f"{edge}│")
        yield from Excerpt(report.files[file], marks, gutter, look).rows()
        yield look.paint("gutter", f"{edge}│")
    if not groups and diagnostic.span.file:
        yield look.paint("gutter", " " * (gutter + 1) + "┌─") + f" {visible(report.path(diagnostic.span.file))}"
    yield from _remarks(diagnostic, report, look, " " * (gutter + 1))


def _groups(diagnostic: Diagnostic, report: Report) -> dict[str, list[Mark]]:
    """The marks by file, the diagnostic's own file first."""
    groups: dict[str, list[Mark]] = {}
    main = Label(diagnostic.span, diagnostic.hint)
    for label in (main, *diagnostic.labels):
        source = report.files.get(label.span.file)
        if source:
            style = diagnostic.severity.value if label is main else "label"
            drawn = mark(source, label.span, label.text, style, main=label is main)
            groups.setdefault(label.span.file, []).append(drawn)
    return groups


def _remarks(diagnostic: Diagnostic, report: Report, look: Look, edge: str) -> Iterator[str]:
    for label in diagnostic.labels:
        if label.span.file not in report.files:
            yield from _wrapped(edge, "= ", f"{label.text}: {report.path(label.span.file)}", look)
    for note in diagnostic.notes:
        yield from _wrapped(edge, "= ", note, look)
    if diagnostic.environments:
        yield from _wrapped(edge, "= ", f"in {', '.join(diagnostic.environments)}", look)
    if diagnostic.help:
        yield from _wrapped(edge, "help: ", diagnostic.help, look)
    yield from _mends(diagnostic, look, edge)


def _mends(diagnostic: Diagnostic, look: Look, edge: str) -> Iterator[str]:
    page = look.paint("faint", f"idpc explain {diagnostic.code}")
    lines = [f"{edge}{look.paint('fix', 'fix')}: {visible(fix.title)}" for fix in diagnostic.fixes]
    yield from lines[:-1]
    yield f"{lines[-1]}        {page}" if lines else edge + page


def _wrapped(edge: str, lead: str, text: str, look: Look) -> Iterator[str]:
    rest = edge + " " * len(lead)
    for line in text.split("\n"):
        width = max(40, look.width)
        yield from textwrap.wrap(
            visible(line),
            width,
            initial_indent=edge + lead,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [rest.rstrip()]
        lead = " " * len(lead)
