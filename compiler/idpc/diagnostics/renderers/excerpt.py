"""An excerpt of a source file with marks drawn below the places that matter."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from idpc.diagnostics.renderers.canvas import Row
from idpc.diagnostics.renderers.cells import Line, visible
from idpc.diagnostics.renderers.report import Look
from idpc.source import Position, SourceFile, Span

_WHOLE = 5
_NARROWEST = 20


class Mark(Struct, frozen=True):
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


def mark(source: SourceFile, span: Span, text: str, style: str, *, main: bool = False) -> Mark:
    """A mark for a span; one that ends behind a newline ends before it, and an empty one is a character wide."""
    last = max(span.start, span.end - 1)
    while last > span.start and source.text[last : last + 1] in ("\n", ""):
        last -= 1
    start, end = source.position(span.start), source.position(last)
    return Mark(start, Position(end.line, end.column + 1), visible(text), style, main)


class Excerpt(Struct, frozen=True):
    """The lines of a file that hold marks; `gutter` is the width of the line numbers."""

    source: SourceFile
    marks: Sequence[Mark]
    gutter: int
    look: Look

    def rows(self) -> Iterator[str]:
        """The rows, line numbers included."""
        previous = 0
        brackets = Brackets(tuple(sorted({each for each in self.marks if each.long}, key=_outermost)), [])
        for number in self._numbers():
            if previous and number > previous + 1:
                yield self._framed("", brackets.row(), "·")
            yield from self._line(number, brackets)
            previous = number

    def _numbers(self) -> list[int]:
        """The lines that are shown; one between two of them is shown, too."""
        shown = {number for each in self.marks for number in _shown(each)}
        return sorted(shown | {number + 1 for number in shown if number + 2 in shown})

    def _line(self, number: int, brackets: "Brackets") -> Iterator[str]:
        line = self._cut(number, brackets.width)
        row = brackets.row()
        brackets.open_beside(row, number, self.source.line(number))
        row.put(brackets.width, line.text, "")
        yield self._framed(str(number), row)
        for drawn in _below([each for each in self.marks if not each.long and each.start.line == number], line):
            beside = brackets.row()
            beside.put_row(brackets.width, drawn)
            yield self._framed("", beside)
        for corner in brackets.corners(number, line):
            yield self._framed("", corner)

    def _cut(self, number: int, width: int) -> Line:
        """A line cut to what there is room for, around the first mark on it."""
        columns = [each.start.column for each in self.marks if each.start.line == number]
        columns += [each.end.column - 1 for each in self.marks if each.long and each.end.line == number]
        room = max(_NARROWEST, self.look.width - self.gutter - 3 - width)
        return Line.of(self.source.line(number), min(columns, default=1) - 1, room)

    def _framed(self, number: str, row: Row, stroke: str = "│") -> str:
        frame = self.look.paint("gutter", f"{number:>{self.gutter}} {stroke}")
        return f"{frame} {row.painted(self.look)}".rstrip()


class Brackets(Struct, frozen=True):
    """The brackets left of the text, one column for each mark over several lines; `open` are those begun so far."""

    marks: tuple[Mark, ...]
    open: list[Mark]

    @property
    def width(self) -> int:
        """How many columns they take."""
        return 2 * len(self.marks)

    def row(self) -> Row:
        """A row with the brackets that are open."""
        row = Row()
        for each in self.open:
            row.put(self._place(each), "│", each.style)
        return row

    def open_beside(self, row: Row, number: int, text: str) -> None:
        """Open the brackets whose marks begin a line: they need no row of their own."""
        for each in self.marks:
            if each.start.line == number and not text[: each.start.column - 1].strip():
                row.put(self._place(each), "╭", each.style)
                self.open.append(each)

    def corners(self, number: int, line: Line) -> Iterator[Row]:
        """Open and close the brackets of the other marks that begin on a line, and of those that end there."""
        for each in self.marks:
            if each.start.line == number and each not in self.open:
                yield self._corner(each, "╭", line.column(each.start.column - 1))
                self.open.append(each)
        for each in reversed(self.marks):
            if each.end.line == number:
                self.open.remove(each)
                row = self._corner(each, "╰", line.column(each.end.column - 2))
                row.put(len(row.cells) + 1, each.text, each.style)
                yield row

    def _corner(self, each: Mark, corner: str, column: int) -> Row:
        place, row = self._place(each), self.row()
        row.put(place, corner + "─" * (self.width + column - place - 1) + each.stroke, each.style)
        return row

    def _place(self, each: Mark) -> int:
        return 2 * self.marks.index(each)


def _outermost(each: Mark) -> tuple[Position, int, int, str]:
    return (each.start, -each.end.line, -each.end.column, each.text)


def _shown(each: Mark) -> Iterable[int]:
    """The lines of a mark that are shown: all of a short one, the ends of a long one."""
    first, last = each.start.line, each.end.line
    return range(first, last + 1) if last - first < _WHOLE else (first, first + 1, last)


def _below(marks: Sequence[Mark], line: Line) -> Iterator[Row]:
    """The strokes below a line, then the words for each mark, from right to left."""
    if not marks:
        return
    strokes = _strokes(marks, line)
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


def _strokes(marks: Sequence[Mark], line: Line) -> Row:
    row = Row()
    for each in sorted(marks, key=lambda each: each.main):
        column = line.column(each.start.column - 1)
        row.put(column, each.stroke * (_after(each, line) - column), each.style)
    return row


def _after(each: Mark, line: Line) -> int:
    """The column behind a mark, which is a column wide at least."""
    return max(line.column(each.end.column - 1), line.column(each.start.column - 1) + 1)


def _bars(marks: Iterable[Mark], line: Line) -> Row:
    row = Row()
    for each in marks:
        row.put(line.column(each.start.column - 1), "│", each.style)
    return row
