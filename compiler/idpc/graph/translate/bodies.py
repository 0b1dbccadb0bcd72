"""Bodies of objects and resources as Python: a dictionary made statement by statement."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import groupby

from idpc.graph.layers import Guarded, ordered
from idpc.graph.translate.writer import Writer
from idpc.types import core as c


def body(block: c.MergeBlock, writer: Writer) -> str:
    """The dictionary of a record whose shape is published; the lines that fill it come first."""
    made = writer.fresh()
    writer.line(f"{made} = {{}}")
    seen: set[str] = set()
    for guards, statements in groupby(ordered(block.body), lambda each: (each.environments, each.guards)):
        with ExitStack() as inside:
            for test in _tests(*guards, writer):
                inside.enter_context(writer.block(f"if {test}:"))
            for each in statements:
                _statement(each, made, writer, first=each.statement.name not in seen)
                seen.add(each.statement.name)
    return made


def _tests(environments: tuple[str, ...], guards: tuple[tuple[c.Core, bool], ...], writer: Writer) -> Iterator[str]:
    """The conditions around statements; each is written when the lines for the one before stand."""
    if environments:
        yield f"f.run.name in {environments!r}"
    for test, side in guards:
        yield writer.value(test) if side else f"not {writer.value(test)}"


def _statement(guarded: Guarded, made: str, writer: Writer, *, first: bool) -> None:
    statement = guarded.statement
    place = f"{made}[{statement.name!r}]"
    if isinstance(statement, c.SetField):
        value = writer.value(statement.value)
        writer.line(
            f"{place} = added({made}.get({statement.name!r}), {value})" if statement.add else f"{place} = {value}"
        )
    elif not is_plain(statement) or not (first or statement.shape == "item"):
        writer.line(f"merge_into(f, {made}, {writer.constant(guarded)})")
    elif statement.shape == "map":
        writer.line(f"{place} = {_entries(statement, writer)}")
    elif statement.shape == "item":
        writer.line(f"{made}.setdefault({statement.name!r}, []).append({body(statement, writer)})")
    else:
        writer.line(f"{place} = {body(statement, writer)}")


def is_plain(block: c.MergeBlock) -> bool:
    """Whether a block is nothing but a dictionary in its place."""
    if block.iterable is not None or block.condition is not None:
        return False
    if block.shape == "map":
        return block.record is None and all(isinstance(each, c.SetField) for each in block.body.statements)
    return block.shape in ("record", "item") and block.record is not None and block.record.schema


def _entries(block: c.MergeBlock, writer: Writer) -> str:
    """The entries of a map that have values."""
    made = writer.fresh()
    writer.line(f"{made} = {{}}")
    for each in block.body.statements:
        if isinstance(each, c.SetField):
            value = writer.kept(writer.value(each.value))
            with writer.block(f"if {value} is not None:"):
                writer.line(f"{made}[{each.name!r}] = {value}")
    return made
