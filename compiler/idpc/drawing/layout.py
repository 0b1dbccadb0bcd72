"""Lays a picture out: boxes stand in columns, in each of which no two overlap, and arrows pass between them.

An arrow over several columns has a place of its own in each, so that it passes by the boxes there. The order in a column
follows the neighbours' (the barycenter of Sugiyama's method), within the lanes.
"""

from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct, field

from idpc.drawing.model import Arrow, Box, Picture, Place

LETTER, LINE = 7.6, 17.0
"""The width of a letter and the height of a line, at the size in which boxes are written."""
PADDING, GAP, LANE_GAP, COLUMN_GAP = 10.0, 18.0, 30.0, 64.0
MARGIN, HEADING, LANE_HEADING = 24.0, 46.0, 22.0
_PASSING = 6.0
_SWEEPS = 8


class Layout(Struct):
    """Places of boxes by their ids, the points by which arrows pass, the lanes' heights and the whole size."""

    boxes: dict[str, Place] = field(default_factory=dict)
    ways: dict[int, list[tuple[float, float]]] = field(default_factory=dict)
    lanes: dict[str, tuple[float, float]] = field(default_factory=dict)
    edges: list[tuple[float, float]] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0


class _Item(Struct):
    """A box, or a place where an arrow passes."""

    id: str
    column: int
    lane: int
    height: float
    neighbours: list["_Item"] = field(default_factory=list)
    rank: float = 0.0
    y: float = 0.0


def lay_out(picture: Picture) -> Layout:
    """The places of all that is drawn."""
    lanes = list(dict.fromkeys((*picture.lanes, *(box.lane for box in picture.boxes))))
    items = {box.id: _Item(box.id, box.column, lanes.index(box.lane), height_of(box)) for box in picture.boxes}
    passing = [_passing(arrow, items) for arrow in picture.arrows]
    columns = _columns([*items.values(), *(each for way in passing for each in way)])
    _order(columns)
    top = MARGIN + (HEADING if picture.headers else 0.0)
    bounds = _stack(columns, len(lanes), top, LANE_HEADING if len(lanes) > 1 else 0.0)
    layout = Layout(lanes=dict(zip(lanes, bounds, strict=True)))
    layout.edges = _edges(picture, len(columns))
    _place(picture, items, passing, layout)
    layout.width = layout.edges[-1][1] + MARGIN if layout.edges else 2 * MARGIN
    layout.height = (bounds[-1][1] if bounds else top) + MARGIN + LINE * len(picture.notes)
    return layout


def height_of(box: Box) -> float:
    """The height that the lines of a box need."""
    return LINE * len(box.lines) + 2 * PADDING - 4


def width_of(lines: Sequence[str]) -> float:
    """The width that lines need."""
    return LETTER * max(map(len, lines), default=0) + 2 * PADDING


def _passing(arrow: Arrow, items: dict[str, _Item]) -> list[_Item]:
    """The places between the ends of an arrow, with all as each other's neighbours."""
    start, end = items[arrow.start], items[arrow.end]
    step = 1 if end.column > start.column else -1
    between = range(start.column + step, end.column, step) if start.column != end.column else range(0)
    way = [start, *(_Item("", column, start.lane, _PASSING) for column in between), end]
    for one, other in pairwise(way):
        one.neighbours.append(other)
        other.neighbours.append(one)
    return way[1:-1]


def _columns(items: Sequence[_Item]) -> list[list[_Item]]:
    columns: list[list[_Item]] = [[] for _ in range(max((each.column for each in items), default=-1) + 1)]
    for each in items:
        columns[each.column].append(each)
    for column in columns:
        column.sort(key=lambda each: each.lane)
        _rank(column)
    return columns


def _rank(column: Sequence[_Item]) -> None:
    for number, each in enumerate(column):
        each.rank = number / max(len(column) - 1, 1)


def _order(columns: Sequence[list[_Item]]) -> None:
    for sweep in range(_SWEEPS):
        side = -1 if sweep % 2 == 0 else 1
        for column in columns if side == -1 else reversed(columns):
            column.sort(key=lambda each: (each.lane, _barycenter(each, side)))
            _rank(column)


def _barycenter(item: _Item, side: int) -> float:
    near = [each.rank for each in item.neighbours if (each.column - item.column) * side > 0]
    return sum(near) / len(near) if near else item.rank


def _stack(columns: Sequence[Sequence[_Item]], lanes: int, top: float, heading: float) -> list[tuple[float, float]]:
    """Put the items of each lane under each other, in its middle; gives the bounds of the lanes."""
    bounds = []
    for lane in range(lanes):
        stacks = [[each for each in column if each.lane == lane] for column in columns]
        height = max((_height(stack) for stack in stacks), default=0.0)
        for stack in stacks:
            y = top + heading + (height - _height(stack)) / 2
            for each in stack:
                each.y = y + each.height / 2
                y += each.height + GAP
        bounds.append((top - PADDING, top + heading + height + PADDING))
        top += heading + height + LANE_GAP
    return bounds


def _height(stack: Sequence[_Item]) -> float:
    return sum(each.height for each in stack) + GAP * max(len(stack) - 1, 0)


def _edges(picture: Picture, count: int) -> list[tuple[float, float]]:
    """The left and right edges of the columns, each as wide as its widest box and its share of a heading."""
    widths = [60.0] * count
    for box in picture.boxes:
        widths[box.column] = max(widths[box.column], width_of(box.lines))
    for header in picture.headers:
        spanned = header.last - header.first + 1
        there = sum(widths[header.first : header.last + 1]) + COLUMN_GAP * (spanned - 1)
        widths[header.last] += max(0.0, width_of(header.lines) - there)
    x, edges = MARGIN + PADDING, []
    for width in widths:
        edges.append((x, x + width))
        x += width + COLUMN_GAP
    return edges


def _place(picture: Picture, items: dict[str, _Item], passing: Sequence[Sequence[_Item]], layout: Layout) -> None:
    for box in picture.boxes:
        left, right = layout.edges[box.column]
        layout.boxes[box.id] = Place(left, items[box.id].y, right - left, height_of(box))
    for number, (arrow, between) in enumerate(zip(picture.arrows, passing, strict=True)):
        start, end = layout.boxes[arrow.start], layout.boxes[arrow.end]
        onwards = end.x >= start.x
        points = [(start.x + start.width if onwards else start.x, start.y)]
        for each in between:
            left, right = layout.edges[each.column]
            points += [(left, each.y), (right, each.y)] if onwards else [(right, each.y), (left, each.y)]
        points.append((end.x if onwards else end.x + end.width, end.y))
        layout.ways[number] = points
