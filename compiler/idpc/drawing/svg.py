"""Writes a picture as SVG that is readable on white and on black, alone or in a page, without scripts and fonts of its own."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from idpc.drawing.layout import LINE, MARGIN, PADDING, Layout, lay_out, width_of
from idpc.drawing.model import Arrow, Box, Picture

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
_UNPRINTABLE = dict.fromkeys(range(32))
_STYLE = """
  text { font: 12px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1b1f24 }
  .name { font-weight: 600 } .less { fill: #57606a } .title { font-size: 15px; font-weight: 600 }
  .ground { fill: #ffffff } .lane { fill: #f6f8fa; stroke: #d0d7de }
  .plain { fill: #ffffff; stroke: #8c959f } .data { fill: #ddf4ff; stroke: #54aeff }
  .work { fill: #dafbe1; stroke: #4ac26b } .shared { fill: #fff8c5; stroke: #d4a72c }
  .check { fill: #fbefff; stroke: #c297ff } .gate { fill: #fff1e5; stroke: #fb8f44 }
  .arrow { fill: none; stroke: #8c959f; stroke-width: 1.2 } .dashed { stroke-dasharray: 5 4 }
  .arrow.marked { stroke: #cf222e; stroke-width: 2.4 } .box.marked { stroke: #cf222e; stroke-width: 2.4 }
  .tip { fill: #8c959f } .tip.marked { fill: #cf222e }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .less { fill: #9198a1 } .ground { fill: #0d1117 } .lane { fill: #151b23; stroke: #3d444d }
    .plain { fill: #0d1117; stroke: #656c76 } .data { fill: #0c2d6b; stroke: #388bfd }
    .work { fill: #033a16; stroke: #2ea043 } .shared { fill: #4b2900; stroke: #bb8009 }
    .check { fill: #3c1e70; stroke: #8957e5 } .gate { fill: #5a1e02; stroke: #db6d28 }
    .arrow { stroke: #656c76 } .tip { fill: #656c76 }
    .arrow.marked, .box.marked { stroke: #ff7b72 } .tip.marked { fill: #ff7b72 }
  }
"""


def svg(picture: Picture) -> str:
    """The picture as a document of SVG."""
    layout = lay_out(picture)
    words = width_of((picture.title, *picture.notes)) + 2 * MARGIN
    size = f"{max(layout.width, words):.0f}", f"{layout.height + MARGIN:.0f}"
    view = f'viewBox="0 -{MARGIN:.0f} {size[0]} {size[1]}" role="img"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}" {view}>',
        f"<title>{_text(picture.title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="ground" y="-{MARGIN:.0f}" width="{size[0]}" height="{size[1]}"/>',
        _words(MARGIN, 4.0, picture.title, "title"),
        *_lanes(layout),
        *_headers(picture, layout),
        *_arrows(picture.arrows, layout),
        *(line for box in picture.boxes for line in _box(box, layout)),
        *_notes(picture, layout),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _text(words: str) -> str:
    return words.translate(_UNPRINTABLE).translate(_ESCAPES)


def _words(x: float, y: float, words: str, look: str, more: str = "") -> str:
    return f'<text class="{look}" x="{x:.1f}" y="{y:.1f}"{more}>{_text(words)}</text>'


def _lanes(layout: Layout) -> Iterator[str]:
    if len(layout.lanes) < 2:
        return
    for name, (top, bottom) in layout.lanes.items():
        width = layout.width - 2 * MARGIN + 2 * PADDING
        x = MARGIN - PADDING
        yield f'<rect class="lane" x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{bottom - top:.1f}" rx="8"/>'
        yield _words(x + PADDING, top + LINE, name, "name")


def _headers(picture: Picture, layout: Layout) -> Iterator[str]:
    for header in picture.headers:
        left = layout.edges[header.first][0]
        for number, line in enumerate(header.lines):
            yield _words(left, MARGIN + 6 + LINE * number, line, "less" if number else "name")


def _arrows(arrows: Sequence[Arrow], layout: Layout) -> Iterator[str]:
    """The arrows, those that are marked above all others."""
    for number in sorted(range(len(arrows)), key=lambda number: (arrows[number].marked, number)):
        arrow, points = arrows[number], layout.ways[number]
        look = "".join(f" {name}" for name in ("dashed", "marked") if getattr(arrow, name))
        onwards = points[-1][0] >= points[0][0]
        x, y = points[-1]
        back = -7.0 if onwards else 7.0
        yield f'<path class="arrow{look}" d="{_curve([*points[:-1], (x + back, y)])}"/>'
        tip = f"{x:.1f},{y:.1f} {x + back:.1f},{y - 4:.1f} {x + back:.1f},{y + 4:.1f}"
        yield f'<polygon class="tip{" marked" * arrow.marked}" points="{tip}"/>'


def _curve(points: Sequence[tuple[float, float]]) -> str:
    """Bends between columns, straight lines through them."""
    parts = [f"M{points[0][0]:.1f},{points[0][1]:.1f}"]
    for number, ((x, y), (far, low)) in enumerate(pairwise(points)):
        middle = (x + far) / 2
        if number % 2:
            parts.append(f"L{far:.1f},{low:.1f}")
        else:
            parts.append(f"C{middle:.1f},{y:.1f} {middle:.1f},{low:.1f} {far:.1f},{low:.1f}")
    return " ".join(parts)


def _box(box: Box, layout: Layout) -> Iterator[str]:
    place = layout.boxes[box.id]
    top = place.y - place.height / 2
    look = f"box {box.look}{' marked' * box.marked}"
    yield (
        f'<rect class="{look}" x="{place.x:.1f}" y="{top:.1f}" width="{place.width:.1f}"'
        f' height="{place.height:.1f}" rx="5"><title>{_text(box.id)}</title></rect>'
    )
    for number, line in enumerate(box.lines):
        yield _words(place.x + PADDING, top + PADDING + 8 + LINE * number, line, "less" if number else "name")


def _notes(picture: Picture, layout: Layout) -> Iterator[str]:
    top = layout.height - LINE * len(picture.notes)
    for number, note in enumerate(picture.notes):
        yield _words(MARGIN, top + LINE * number, note, "less")
