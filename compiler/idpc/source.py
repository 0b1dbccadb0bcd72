"""Source text and places in it."""

import hashlib
from bisect import bisect_right
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct


class Span(NamedTuple):
    """A half-open range of characters in a file; `file` is its path relative to the project, with `/`.

    Paths of the standard library begin with `std/`.
    """

    file: str
    start: int
    end: int

    def to(self, other: "Span") -> "Span":
        """The span from the start of this one to the end of `other`."""
        return Span(self.file, self.start, other.end)

    @property
    def at_start(self) -> "Span":
        """The empty span where this one begins."""
        return Span(self.file, self.start, self.start)

    @property
    def at_end(self) -> "Span":
        """The empty span where this one ends."""
        return Span(self.file, self.end, self.end)


class Position(NamedTuple):
    """A line and a column, both from 1."""

    line: int
    column: int


class SourceFile(Struct, frozen=True, dict=True):
    r"""One file of text, without byte order mark and with `\n` line ends."""

    path: str
    text: str

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the text, in hexadecimal."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Where lines start."""
        starts = [0]
        find = self.text.find
        while (newline := find("\n", starts[-1])) >= 0:
            starts.append(newline + 1)
        return tuple(starts)

    def position(self, offset: int) -> Position:
        """The line and column of a character offset; offsets past the end are at the end."""
        offset = min(max(offset, 0), len(self.text))
        line = bisect_right(self.starts, offset)
        return Position(line, offset - self.starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """The text of a line (from 1), without its newline."""
        start = self.starts[number - 1]
        end = self.starts[number] - 1 if number < len(self.starts) else len(self.text)
        return self.text[start:end]

    def slice(self, span: Span) -> str:
        """The text that a span covers."""
        return self.text[span.start : span.end]
