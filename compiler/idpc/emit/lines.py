"""Finds which part of a document a line of its file is, in YAML and in JSON."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from idpc.emit.model import Path

if TYPE_CHECKING:
    import yaml


class Part(NamedTuple):
    """A part of a file: which document, the keys that lead to it, its text if it is a scalar, and names on the way.

    `names` are what entries of lists around it are called: `env` of a container is a list, and its entries have names.
    """

    document: int
    path: Path
    text: str | None
    names: tuple[str, ...]


def part_at(text: str, line: int, column: int = 0) -> Part | None:
    """The smallest part that begins on a line, counted from 1, or else stretches over it.

    Where a column is given, of those that begin on the line it is the last one that begins no later.
    """
    import yaml

    starting: tuple[int, Part] | None = None
    around: Part | None = None
    for number, document in enumerate(yaml.compose_all(text, yaml.CSafeLoader)):
        for start, end, part in _parts(document, number, (), ()):
            at = start.column + 1
            if start.line + 1 == line and (not column or at <= column or starting is None):
                starting = (at, part) if starting is None or at >= starting[0] else starting
            elif start.line + 1 < line <= end.line + (end.column > 0):
                around = part
    return starting[1] if starting else around


def _parts(
    node: "yaml.Node", document: int, path: Path, names: tuple[str, ...]
) -> Iterator[tuple["yaml.Mark", "yaml.Mark", Part]]:
    """All parts within a node, each with where it begins and ends, those around others first."""
    import yaml

    if isinstance(node, yaml.MappingNode):
        called = names + tuple(value.value for key, value in node.value if key.value == "name" and _is_text(value))
        for key, value in node.value:
            inner = (*path, key.value)
            around = names if key.value == "name" else called
            part = Part(document, inner, value.value if _is_text(value) else None, around)
            yield key.start_mark, value.end_mark, part
            yield from _parts(value, document, inner, around)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            part = Part(document, (*path, index), item.value if _is_text(item) else None, names)
            yield item.start_mark, item.end_mark, part
            yield from _parts(item, document, (*path, index), names)


def _is_text(node: "yaml.Node") -> bool:
    import yaml

    return isinstance(node, yaml.ScalarNode)
