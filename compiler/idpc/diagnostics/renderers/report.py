"""What a renderer is given: the diagnostics, the files that they point into, and how the output should look."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from idpc.diagnostics.codes.types import SECRET_LITERAL
from idpc.diagnostics.model import Diagnostic, Severity
from idpc.source import Position, SourceFile, Span

_STYLES = {
    "error": "1;31",
    "warning": "1;33",
    "info": "1;36",
    "label": "36",
    "gutter": "34",
    "title": "1",
    "fix": "32",
    "faint": "2",
    "added": "32",
    "removed": "31",
}


class Look(Struct, frozen=True):
    """Whether to use colours, and how many columns there are."""

    colour: bool = False
    width: int = 120

    def paint(self, style: str, text: str) -> str:
        """The text in a style, as it is where there are no colours."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.colour and text and style else text


def _masked(file: SourceFile, spans: list[Span]) -> SourceFile:
    text = file.text
    for span in spans:
        text = text[: span.start] + "*" * (span.end - span.start) + text[span.end :]
    return SourceFile(file.path, text) if spans else file


class Counts(NamedTuple):
    """How many of each severity, and in how many files."""

    errors: int
    warnings: int
    infos: int
    files: int


class Report(Struct, frozen=True):
    """Diagnostics in the order in which they are shown.

    `prefix` leads from where the reader stands to the project's folder; paths that a reader may open begin with it.
    `waived` counts the violations that waivers allow, also those that are not shown.
    """

    diagnostics: tuple[Diagnostic, ...]
    files: Mapping[str, SourceFile] = field(default_factory=dict)
    prefix: str = ""
    waived: int = 0

    def masked(self) -> "Report":
        """The same report with texts in which no secret can be read, whatever points near it."""
        spans = [each.span for each in self.diagnostics if each.code == SECRET_LITERAL.id]
        files = {
            name: _masked(file, [span for span in spans if span.file == name]) for name, file in self.files.items()
        }
        return replace(self, files=files) if spans else self

    def path(self, file: str) -> str:
        """A file's path as the reader would open it; those of the standard library stay `std/…`."""
        return file if not self.prefix or file.startswith("std/") else self.prefix + file

    def positions(self, span: Span) -> tuple[Position, Position] | None:
        """Where a span starts and ends, None where its file is not at hand."""
        source = self.files.get(span.file)
        return (source.position(span.start), source.position(span.end)) if source else None

    def place(self, span: Span) -> str:
        """`file:line:column` of a span's start; the file alone where it is not at hand."""
        positions = self.positions(span)
        return (
            f"{self.path(span.file)}:{positions[0].line}:{positions[0].column}" if positions else self.path(span.file)
        )

    @property
    def counts(self) -> Counts:
        """How many of each severity, and in how many files."""
        severities = [diagnostic.severity for diagnostic in self.diagnostics if diagnostic.waived is None]
        return Counts(
            severities.count(Severity.ERROR),
            severities.count(Severity.WARNING),
            severities.count(Severity.INFO),
            len({diagnostic.span.file for diagnostic in self.diagnostics} - {""}),
        )


def summary(report: Report) -> str:
    """One line: `2 errors, 1 warning in 3 files, 1 waived`."""
    counts = report.counts
    words = zip(counts[:3], ("error", "warning", "note"), strict=True)
    found = ", ".join(plural(number, word) for number, word in words if number) or "no errors"
    where = f" in {plural(counts.files, 'file')}" if counts.files else ""
    return f"{found}{where}{waived_too(report.waived)}"


def count_waived(diagnostics: Iterable[Diagnostic]) -> int:
    """How many violations waivers allow."""
    return sum(each.waived is not None for each in diagnostics)


def waived_too(number: int) -> str:
    """What a summary says of violations that waivers allow: `, 2 waived`; nothing where there are none."""
    return f", {number} waived" if number else ""


def plural(number: int, word: str, several: str = "") -> str:
    """`1 file`, `2 files`."""
    return f"{number} {word}" if number == 1 else f"{number} {several or word + 's'}"
