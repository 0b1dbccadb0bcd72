"""Values placed into the sources: how a statement is written, and where it goes in a body."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from idpc.diagnostics.model import Edit
from idpc.graph.convert import show
from idpc.source import SourceFile, Span
from idpc.syntax.nodes import Block, IfStatement, Module, Statement
from idpc.values import Range, Value

Path = tuple[str, ...]


def text_of(value: Value) -> str:
    """A value as people write it: a range from a number to itself is that number."""
    is_one = isinstance(value, Range) and value.min == value.max
    return show(value.min if is_one and isinstance(value, Range) else value, whole=True)


def statement(path: Path, text: str) -> str:
    """A field's value by its path: `backup { keep = 7d }`."""
    return "".join(f"{name} {{ " for name in path[:-1]) + f"{path[-1]} = {text}" + " }" * (len(path) - 1)


def within(environments: Sequence[str], statements: Iterable[str]) -> str:
    """Statements for some environments, or for all where none is named."""
    text = ", ".join(statements)
    return f"in {', '.join(environments)} {{ {text} }}" if environments else text


def at_end(file: SourceFile, body: Span, statements: Sequence[str]) -> Edit:
    """Statements before the brace that ends a body: on lines of their own where it has one."""
    end = body.end - 1
    before = file.text[body.start : end]
    inner = before.rstrip(" \t")
    indent = before[len(inner) :]
    if inner.endswith("\n"):
        return Edit(Span(body.file, end, end), "".join(f"  {each}\n{indent}" for each in statements))
    at = body.start + len(inner)
    sign = "" if inner.endswith(("{", ",")) else ","
    space = "" if indent else " "
    return Edit(Span(body.file, at, at), f"{sign} {', '.join(statements)}{space}")


def blocks_by_label(modules: Iterable[Module], files: Collection[str]) -> dict[Span, Block]:
    """The blocks in some of the files, by the places of their names."""
    return {
        label.span: block
        for module in modules
        if any(each.span.file in files for each in module.statements[:1])
        for block in _blocks(module.statements)
        for label in block.labels
    }


def _blocks(statements: Sequence[Statement]) -> Iterator[Block]:
    for each in statements:
        if isinstance(each, Block):
            yield each
            yield from _blocks(each.body)
        elif isinstance(each, IfStatement):
            yield from _blocks((*each.then, *(each.otherwise or ())))
