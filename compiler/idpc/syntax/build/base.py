"""What all builders share: the file, what was found wrong, names and lists."""

from typing import TYPE_CHECKING, Any

from idpc.source import SourceFile, Span
from idpc.syntax.nodes import Name
from idpc.syntax.strings import replace_escapes

if TYPE_CHECKING:
    from idpc.diagnostics import Diagnostic

Values = list[Any]
"""The values of a rule's parts: nodes, lists of them, and the texts of tokens."""

Places = list[int]
"""Where each part begins."""


class Base:
    """One file while its nodes are built."""

    def __init__(self, source: SourceFile, docs: dict[int, str]) -> None:
        self.source = source
        self.file = source.path
        self.docs = docs
        self.found: list[Diagnostic] = []

    def list_start(self, values: Values, places: Places, end: int) -> list[Any]:  # one shape for all
        """A list of one."""
        return [values[0]]

    def list_pair(self, values: Values, places: Places, end: int) -> list[Any]:
        """A list of two with something between."""
        return [values[0], values[2]]

    def list_more(self, values: Values, places: Places, end: int) -> list[Any]:
        """A list and one more."""
        items: list[Any] = values[0]
        items.append(values[-1])
        return items

    def grouped(self, values: Values, places: Places, end: int) -> Any:
        """What stands in parentheses."""
        return values[1]

    def name(self, values: Values, places: Places, end: int) -> Name:
        """A word."""
        return Name(values[0], Span(self.file, places[0], end))

    def quoted(self, values: Values, places: Places, end: int) -> Name:
        """A string that serves as a name."""
        text: str = values[0]
        width = 3 if text.startswith('"""') else 1
        inner = replace_escapes(self.file, text[width : len(text) - width], places[0] + width, self.found)
        return Name(inner, Span(self.file, places[0], end), quoted=True)
