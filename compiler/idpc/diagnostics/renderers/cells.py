"""Text as a terminal shows it: tabs, wide and invisible characters, and lines that are too long."""

import unicodedata
from typing import Self

from msgspec import Struct

_TAB = 4
_BEFORE, _CHARACTERS = 300, 2000


class Line(Struct, frozen=True):
    """The part of a source line that is shown, and the column in which each of its characters stands."""

    text: str
    first: int
    columns: tuple[int, ...]
    indent: int = 0

    @classmethod
    def of(cls, line: str, focus: int, width: int) -> Self:
        """`line` cut to `width` columns around the character `focus`, with `…` where something is left out."""
        first = max(0, focus - _BEFORE) if len(line) > _CHARACTERS else 0
        pieces, columns = _pieces(line[first : first + _CHARACTERS])
        if columns[-1] <= width and first + len(pieces) == len(line):
            return cls("".join(pieces), first, columns)
        return cls(*_window(pieces, columns, focus - first, width, first))

    def column(self, index: int) -> int:
        """The column (from 0) of a character of the line; one that is not shown stands at the nearer end."""
        place = min(max(index - self.first, 0), len(self.columns) - 1)
        return self.columns[place] + self.indent


def visible(text: str) -> str:
    """Text with each control or invisible character replaced by one that can be seen."""
    return text if text.isascii() and text.isprintable() else "".join(map(_seen, text))


def _pieces(line: str) -> tuple[list[str], tuple[int, ...]]:
    pieces, columns, column = [], [], 0
    for character in line:
        piece = " " * (_TAB - column % _TAB) if character == "\t" else _seen(character)
        pieces.append(piece)
        columns.append(column)
        column += len(piece) if character == "\t" else _width(piece)
    return pieces, (*columns, column)


def _window(
    pieces: list[str], columns: tuple[int, ...], focus: int, width: int, first: int
) -> tuple[str, int, tuple[int, ...], int]:
    focus = min(focus, len(columns) - 1)
    left = 0 if columns[focus] < width * 2 // 3 else columns[focus] - width // 3
    start = next(index for index, column in enumerate(columns) if column >= left)
    room = width - 2
    end = max(index for index, column in enumerate(columns) if column - columns[start] <= room)
    lead = "…" if start + first else ""
    text = lead + "".join(pieces[start:end]) + "…"
    shown = tuple(column - columns[start] for column in columns[start : end + 1])
    return text, first + start, shown, len(lead)


def _seen(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return chr(0x2400 + code) if code < 0x20 else "\ufffd"


def _width(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
