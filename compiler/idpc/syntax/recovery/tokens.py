"""Tokens one by one, as recovery moves, adds and drops them, and the lines they stand on."""

from typing import NamedTuple

from idpc.source import SourceFile, Span
from idpc.syntax.scanner import Tokens


class Token(NamedTuple):
    """A token; one that recovery adds is empty, or stands for what it replaces."""

    kind: int
    start: int
    end: int


class Text:
    """A file with its lines: what a token says, and how far its line is indented."""

    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.text = source.text
        self.indents: dict[int, int] = {}

    def of(self, token: Token) -> str:
        """What is written."""
        return self.text[token.start : token.end]

    def line(self, place: int) -> int:
        """The number of the line of a place."""
        return self.source.position(place).line

    def indent(self, place: int) -> int:
        """The indent of the line of a place."""
        number = self.line(place)
        if number not in self.indents:
            line = self.source.line(number)
            self.indents[number] = len(line) - len(line.lstrip(" \t"))
        return self.indents[number]

    def begins_line(self, token: Token) -> bool:
        """Whether only blanks stand before the token."""
        return self.source.starts[self.line(token.start) - 1] + self.indent(token.start) == token.start

    def same_line(self, one: Token, other: Token) -> bool:
        """Whether two tokens begin on one line."""
        return self.line(one.start) == self.line(other.start)

    def span(self, start: int, end: int) -> Span:
        """A span in this file."""
        return Span(self.source.path, start, end)

    def span_of(self, token: Token) -> Span:
        """The span of a token."""
        return Span(self.source.path, token.start, token.end)


def one_by_one(tokens: Tokens) -> list[Token]:
    """The tokens of a scan."""
    return [Token(*parts) for parts in zip(tokens.kinds, tokens.starts, tokens.ends, strict=True)]


def together(tokens: list[Token], scanned: Tokens) -> Tokens:
    """The form that the parser takes, with the comments of the scan."""
    return Tokens(
        kinds=[token.kind for token in tokens],
        starts=[token.start for token in tokens],
        ends=[token.end for token in tokens],
        comments=scanned.comments,
        docs=scanned.docs,
    )
