"""The nouns of a picture: what is drawn, and where it stands once it is laid out."""

from collections.abc import Sequence

from msgspec import Struct


class Box(Struct, frozen=True):
    """A box with lines of text, the first of them its name; `look` is a class of the style."""

    id: str
    lines: tuple[str, ...]
    column: int
    lane: str = ""
    look: str = "plain"
    marked: bool = False


class Arrow(Struct, frozen=True):
    """An arrow between two boxes."""

    start: str
    end: str
    dashed: bool = False
    marked: bool = False


class Header(Struct, frozen=True):
    """A heading above some columns, the last of them included, with lines of text."""

    lines: tuple[str, ...]
    first: int
    last: int


class Picture(Struct, frozen=True):
    """All of a picture. Lanes run across it, one for each name that boxes have, in this order."""

    title: str
    boxes: Sequence[Box]
    arrows: Sequence[Arrow]
    headers: Sequence[Header] = ()
    lanes: Sequence[str] = ()
    notes: Sequence[str] = ()


class Place(Struct, frozen=True):
    """Where a box stands, or where an arrow passes a column: the middle of its height, from the top."""

    x: float
    y: float
    width: float
    height: float
