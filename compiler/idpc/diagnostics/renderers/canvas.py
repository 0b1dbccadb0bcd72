"""A row of characters with styles, put at columns."""

from msgspec import Struct, field

from idpc.diagnostics.renderers.report import Look


class Row(Struct):
    """Characters with styles; what is put later stands over what was there."""

    cells: list[tuple[str, str]] = field(default_factory=list)

    def put(self, column: int, text: str, style: str) -> None:
        """Write `text` from `column` on."""
        self.cells.extend([(" ", "")] * (column + len(text) - len(self.cells)))
        for index, character in enumerate(text, column):
            self.cells[index] = (character, style)

    def put_row(self, column: int, other: "Row") -> None:
        """Write what another row has drawn from `column` on; its blanks cover nothing."""
        for index, (character, style) in enumerate(other.cells, column):
            if character != " ":
                self.put(index, character, style)

    def painted(self, look: Look) -> str:
        """The row as text, without blanks at its end."""
        text, run, style = "", "", ""
        for character, its in (*self.cells, ("", "end")):
            if its != style:
                text += look.paint(style, run)
                run, style = "", its
            run += character
        return text.rstrip()
