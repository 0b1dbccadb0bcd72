"""Pictures: nothing lies on anything else, arrows pass between boxes, and the SVG is well-formed whatever names say."""

import itertools
from pathlib import Path
from random import Random
from xml.etree import ElementTree as ET

import pytest
from running import idpc

from idpc.drawing import Arrow, Box, Picture, svg
from idpc.drawing.layers import columns
from idpc.drawing.layout import lay_out, width_of
from idpc.drawing.model import Header

ROOT = Path(__file__).parents[1]
SVG = "{http://www.w3.org/2000/svg}"


def picture(seed: int) -> Picture:
    random = Random(seed)  # noqa: S311  # a test's
    names = [f"node{number}" + "x" * random.randint(0, 20) for number in range(random.randint(1, 60))]
    pairs = [tuple(random.choices(names, k=2)) for _ in range(random.randint(0, 90))]
    pairs = [pair for pair in pairs if pair[0] != pair[1]]
    column = columns(names, pairs)
    lanes = [f"lane{number}" for number in range(random.randint(1, 5))]
    boxes = [Box(name, (name, "kind"), column[name], random.choice(lanes)) for name in names]
    last = max(column.values())
    return Picture("all", boxes, [Arrow(*pair) for pair in pairs], [Header(("a long heading",), 0, last)], lanes)


@pytest.mark.parametrize("seed", range(25))
def test_nothing_overlaps(seed: int) -> None:
    drawn = picture(seed)
    layout = lay_out(drawn)
    places = list(layout.boxes.values())
    for one, other in itertools.combinations(places, 2):
        apart = one.x + one.width <= other.x or other.x + other.width <= one.x
        assert apart or abs(one.y - other.y) >= (one.height + other.height) / 2
    for box in drawn.boxes:
        place = layout.boxes[box.id]
        assert place.width + 0.001 >= width_of(box.lines)
        assert place.x + place.width <= layout.width
        assert place.y + place.height / 2 <= layout.height
        top, bottom = layout.lanes[box.lane]
        assert top <= place.y - place.height / 2 < place.y + place.height / 2 <= bottom
    for one, other in itertools.pairwise(sorted(layout.lanes.values())):
        assert one[1] <= other[0]


@pytest.mark.parametrize("seed", range(25))
def test_arrows_pass_between_boxes(seed: int) -> None:
    drawn = picture(seed)
    layout = lay_out(drawn)
    for way in layout.ways.values():
        for (left, y), (right, _) in itertools.pairwise(way[1:-1]):
            inside = [
                place
                for place in layout.boxes.values()
                if min(left, right) < place.x + place.width / 2 < max(left, right)
                and abs(place.y - y) < place.height / 2
                and {left, right} == {place.x, place.x + place.width}
            ]
            assert not inside


def test_arrows_lead_to_the_right_but_for_one_of_each_ring() -> None:
    assert columns("abcd", [("a", "b"), ("b", "c"), ("a", "c"), ("c", "d")]) == {"a": 0, "b": 1, "c": 2, "d": 3}
    ring = columns("abc", [("a", "b"), ("b", "c"), ("c", "a")])
    assert sum(ring[end] <= ring[start] for start, end in ("ab", "bc", "ca")) == 1
    chain = [f"n{number}" for number in range(5000)]
    assert max(columns(chain, itertools.pairwise(chain)).values()) == 4999


def test_names_cannot_break_the_drawing() -> None:
    nasty = '<script>"&\x00\x1b'
    made = svg(Picture(nasty, [Box(nasty, (nasty,), 0)], [], notes=(nasty,)))
    tree = ET.fromstring(made)  # noqa: S314  # made here
    assert [text.text for text in tree.iter(f"{SVG}text")] == ['<script>"&'] * 3
    assert "prefers-color-scheme: dark" in made


@pytest.mark.parametrize("command", [("plan",), ("graph",)])
def test_commands_draw(command: tuple[str, ...]) -> None:
    made = idpc(*command, str(ROOT / "examples/acme"), "--env", "prod", "--format", "svg", "--today", "2026-11-28")
    assert made.code == 0, made.err
    words = {text.text for text in ET.fromstring(made.out).iter(f"{SVG}text")}  # noqa: S314  # made here
    assert "checkout" in words
