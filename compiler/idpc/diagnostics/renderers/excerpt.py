"""An excerpt of a source file with marks drawn below the places that matter."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from idpc.diagnostics.renderers.cells import Line, visible
from idpc.diagnostics.renderers.report import Look
from idpc.source import Position, SourceFile, Span

_WHOLE = 5


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the file, the words for it, and its style; the main one is drawn with carets."""

    start: Position
    end: Position
    text: str
    style: str
    main: bool = False

    @property
    def long(self) -> bool:
        """Whether it spans lines."""
        return self.start.line != self.end.line

    @property
    def stroke(self) -> str:
        """The character with which it is drawn."""
        return "^" if self.main else "-"


@dataclass(slots=True)
class Row:
    """Characters with styles, put at columns."""

    cells: list[tuple[str, str]] = field(default_factory=list)

    def put(self, column: int, text: str, style: str) -> None:
        """Write over what stands from `column` on."""
        self.cells.extend([(" ", "")] * (column + len(text) - len(self.cells)))
        for index, character in enumerate(text, column):
            self.cells[index] = (character, style)

    def painted(self, look: Look) -> str:
        """The row as text, without blanks at its end."""
        text, run, style = "", "", ""
        for character, its in (*self.cells, ("", "end")):
            if its != style:
                text += look.paint(style, run)
                run, style = "", its
            run += character
        return text.rstrip()


def mark(source: SourceFile, span: Span, text: str, style: str, *, main: bool = False) -> Mark:
    """A mark for a span; one that ends behind a newline ends before it, and an empty one is a character wide."""
    last = max(span.start, span.end - 1)
    while last > span.start and source.text[last : last + 1] in ("\n", ""):
        last -= 1
    start, end = source.position(span.start), source.position(last)
    return Mark(start, Position(end.line, end.column + 1), visible(text), style, main)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The lines of a file that hold marks; `gutter` is the width of the line numbers."""

    source: SourceFile
    marks: Sequence[Mark]
    gutter: int
    look: Look

    def rows(self) -> Iterator[str]:
        """The rows, line numbers included."""
        previous = 0
        for number in self._numbers():
            if previous and number > previous + 1:
                yield self._blank("·", previous)
            yield from self._line(number)
            previous = number

    def _numbers(self) -> list[int]:
        shown = {number for each in self.marks for number in _ends(each)}
        return sorted(shown | {number + 1 for number in shown if number + 2 in shown and number + 1 not in shown})

    def _long(self) -> list[Mark]:
        return sorted((each for each in self.marks if each.long), key=lambda each: (each.start, -each.end.line))

    def _line(self, number: int) -> Iterator[str]:
        text = self.source.line(number)
        short = [each for each in self.marks if not each.long and each.start.line == number]
        long = self._long()
        touching = [each.start.column for each in short]
        touching += [each.start.column for each in long if each.start.line == number]
        touching += [each.end.column - 1 for each in long if each.end.line == number]
        room = max(20, self.look.width - self.gutter - 3 - 2 * len(long))
        line = Line.of(text, min(touching, default=1) - 1, room)
        opening = [each for each in long if each.start.line == number and not text[: each.start.column - 1].strip()]
        row = self._brackets(number, above=True, opening=opening)
        row.put(2 * len(long), line.text, "")
        yield self._framed(str(number), row)
        for drawn in _hanging(short, line):
            yield self._framed("", self._beside(number, drawn))
        for each in long:
            yield from self._corner(each, number, line, drawn=each in opening)

    def _corner(self, each: Mark, number: int, line: Line, *, drawn: bool) -> Iterator[str]:
        base = 2 * len(self._long())
        for position, corner, text in ((each.start, "╭", ""), (each.end, "╰", each.text)):
            if position.line != number or (corner == "╭" and drawn):
                continue
            column = base + line.column(position.column - (1 if corner == "╭" else 2))
            place = 2 * self._long().index(each)
            row = self._brackets(number, above=corner == "╰", opening=())
            row.put(place, corner + "─" * (column - place - 1) + each.stroke, each.style)
            row.put(column + 2, text, each.style)
            yield self._framed("", row)

    def _brackets(self, number: int, *, above: bool, opening: Iterable[Mark]) -> Row:
        row = Row()
        for index, each in enumerate(self._long()):
            if each in opening:
                row.put(2 * index, "╭", each.style)
            elif (each.start.line < number if above else each.start.line <= number) and number <= each.end.line:
                row.put(2 * index, "│", each.style)
        return row

    def _beside(self, number: int, drawn: Row) -> Row:
        row = self._brackets(number, above=False, opening=())
        base = 2 * len(self._long())
        for column, (character, style) in enumerate(drawn.cells):
            if character != " ":
                row.put(base + column, character, style)
        return row

    def _blank(self, stroke: str, number: int) -> str:
        row = Row()
        for index, each in enumerate(self._long()):
            if each.start.line <= number < each.end.line:
                row.put(2 * index, "│", each.style)
        return self._framed("", row, stroke)

    def _framed(self, number: str, row: Row, stroke: str = "│") -> str:
        frame = self.look.paint("gutter", f"{number:>{self.gutter}} {stroke}")
        return f"{frame} {row.painted(self.look)}".rstrip()


def _ends(each: Mark) -> Iterator[int]:
    """The lines of a mark that are shown: all of a short one, the ends of a long one."""
    first, last = each.start.line, each.end.line
    yield from range(first, last + 1) if last - first < _WHOLE else (first, first + 1, last)


def _hanging(marks: Sequence[Mark], line: Line) -> Iterator[Row]:
    """The strokes below a line, then the words for each mark, from right to left."""
    if not marks:
        return
    strokes = Row()
    for each in sorted(marks, key=lambda each: each.main):
        column = line.column(each.start.column - 1)
        strokes.put(column, each.stroke * (_after(each, line) - column), each.style)
    waiting = sorted((each for each in marks if each.text), key=lambda each: (each.start.column, each.main))
    if waiting and len(strokes.cells) <= _after(waiting[-1], line):
        last = waiting.pop()
        strokes.put(len(strokes.cells) + 1, last.text, last.style)
    yield strokes
    if waiting:
        yield _bars(waiting, line)
    while waiting:
        last = waiting.pop()
        row = _bars([each for each in waiting if each.start != last.start], line)
        row.put(line.column(last.start.column - 1), last.text, last.style)
        yield row


def _after(each: Mark, line: Line) -> int:
    """The column behind a mark, which is a column wide at least."""
    return max(line.column(each.end.column - 1), line.column(each.start.column - 1) + 1)


def _bars(marks: Iterable[Mark], line: Line) -> Row:
    row = Row()
    for each in marks:
        row.put(line.column(each.start.column - 1), "│", each.style)
    return row
