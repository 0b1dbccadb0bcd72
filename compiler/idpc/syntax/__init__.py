"""Text to nodes: the scanner, the parser on Lark's tables, and its recovery from mistakes."""

from idpc.syntax.parser import parse_expression, parse_module

__all__ = ["parse_expression", "parse_module"]
