"""Module and comments to canonical text: one style, no options."""

from idpc.format.broken import format_sound_parts
from idpc.format.comments import Comments
from idpc.format.flat import format_expression, format_type
from idpc.format.statements import Statements
from idpc.source import SourceFile
from idpc.syntax.nodes import Module

__all__ = ["format_expression", "format_module", "format_type"]


def format_module(source: SourceFile, module: Module) -> str:
    """The canonical text of a file; what did not parse is left as it is."""
    printer = Statements(Comments(source, module), source.path)
    if module.broken:
        return format_sound_parts(source, module, printer)
    lines = printer.body(module.statements, 0, len(source.text), 0)
    return "\n".join(lines) + "\n" if lines else ""
