"""The line breaks of an author that the printer keeps."""

from typing import Any

from idpc.source import Span
from idpc.syntax.nodes import (
    Argument,
    Arm,
    Binary,
    Call,
    Entry,
    Expr,
    IfExpr,
    ListExpr,
    ListFor,
    MapExpr,
    MapFor,
    Match,
    String,
)


class Breaks:
    """Looks for line breaks that are kept."""

    def __init__(self, text: str) -> None:
        self.text = text

    def then(self, expr: IfExpr) -> bool:
        """Whether `then` begins a line."""
        return "\n" in self.text[expr.condition.span.end : expr.then.span.start].partition("then")[0]

    def otherwise(self, expr: IfExpr) -> bool:
        """Whether `else` begins a line."""
        return "\n" in self.text[expr.then.span.end : expr.otherwise.span.start].partition("else")[0]

    def after(self, operator: Span, operand: Expr) -> bool:
        """Whether the line ends after an operator."""
        return "\n" in self.text[operator.end : operand.span.start]

    def any(self, node: Any) -> bool:  # noqa: C901, PLR0911, PLR0912  # one case a node
        """Whether a node has some."""
        span = node.value.span if isinstance(node, Argument) else node.span
        if "\n" not in self.text[span.start : span.end]:
            return False
        match node:
            case String():
                return node.multiline or any(map(self.any, _interpolated(node)))
            case ListExpr():
                return self.opens(node.span, 1) or any(map(self.any, node.items))
            case MapExpr():
                return self.opens(node.span, 1) or any(self.any(each) for each in node.entries)
            case Entry():
                return "\n" in self.text[node.key.span.end : node.value.span.start] or self.any(node.value)
            case Match():
                brace = self.text.index("{", node.subject.span.end) + 1
                return self.opens(node.span, brace - node.span.start) or any(self.any(each.value) for each in node.arms)
            case Arm():
                return self.any(node.value)
            case Call():
                start = self.text.index("(", node.function.span.end) + 1 - node.span.start
                return self.opens(node.span, start) or any(map(self.any, (node.function, *node.arguments)))
            case Argument():
                return self.any(node.value)
            case ListFor() | MapFor():
                item = node.item if isinstance(node, ListFor) else node.value
                return "\n" in self.text[node.iterable.span.end : item.span.start] or self.any(item)
            case IfExpr():
                keep = self.then(node) or self.otherwise(node)
                return keep or any(map(self.any, (node.condition, node.then, node.otherwise)))
            case Binary():
                keep = self.after(node.operator_span, node.right)
                return keep or self.any(node.left) or self.any(node.right)
            case _:
                return any(map(self.any, _children(node)))

    def opens(self, span: Span, width: int) -> bool:
        """Whether the line ends after an opening bracket."""
        rest = self.text[span.start + width : span.end - 1].lstrip(" \t")
        return rest.startswith(("\n", "//"))


def _children(node: Any) -> list[Any]:
    names = ("base", "index", "operand", "low", "high")
    return [child for name in names if (child := getattr(node, name, None)) is not None and hasattr(child, "span")]


def _interpolated(node: String) -> list[Expr]:
    return [part for part in node.parts if not isinstance(part, str)]
