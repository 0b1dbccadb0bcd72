"""The sources as they would be with another value of a field, to be compiled like any others."""

from collections.abc import Iterator

from msgspec.structs import replace

from idpc.explain import UnknownSubject, find_field
from idpc.graph.code import Coder
from idpc.graph.expand import expand
from idpc.graph.faults import Fault, Poisoned
from idpc.graph.run import EnvironmentRun
from idpc.pipeline import Compilation, around
from idpc.project import Sources
from idpc.source import SourceFile, Span
from idpc.syntax.nodes import Block, IfStatement, Statement

Edits = dict[Span, str]


def supposing(compilation: Compilation, changes: dict[str, str]) -> Sources:
    """The project's sources with other values, by `shop.checkout.replicas`; raises UnknownSubject for what is not there."""
    edits: Edits = {}
    for subject, value in changes.items():
        edits |= _edits(compilation, subject, value)
    files = tuple(_edited(file, edits) for file in compilation.sources.files)
    return replace(compilation.sources, files=files, readings={})


def _edits(compilation: Compilation, subject: str, value: str) -> Edits:
    """What every statement about a field becomes; where there is none, one more in its instance."""
    own = {file.path for file in compilation.sources.files}
    found: Edits = {}
    missing: UnknownSubject | None = None
    for name in compilation.environments:
        try:
            instance, path, said = _said(compilation, name, subject)
        except UnknownSubject as unknown:
            missing = unknown
            continue
        inside = [span for span in said if span.file in own]
        if len(inside) < len(said):
            raise UnknownSubject(f"`{subject}` is set outside the project's own files")
        statement = f"{path[-1]} = {value}"
        found |= dict.fromkeys(inside, statement) if inside else _added(compilation, instance, path[:-1], statement)
    if not found and missing:
        raise missing
    return found


def _said(compilation: Compilation, environment: str, subject: str) -> tuple[Span, tuple[str, ...], list[Span]]:
    """Where the instance of a field is declared, the field's path, and the statements that set it."""
    assert compilation.typed is not None  # noqa: S101  # compiled that far
    run = EnvironmentRun(compilation.typed, environment, Coder(), around(compilation, tracing=True))
    expand(run)
    state, path = find_field(run, subject)
    try:
        state.field(path[0], state.info.span)
    except (Fault, Poisoned) as stopped:
        raise UnknownSubject(f"`{subject}` has no value: its diagnostics say why") from stopped
    return state.info.span, path, [each.span for each in state.record.history if each.path == path]


def _added(compilation: Compilation, instance: Span, outer: tuple[str, ...], statement: str) -> Edits:
    """A statement before the end of the instance's body."""
    blocks = (block for module in compilation.modules for block in _blocks(module.statements))
    block = next((each for each in blocks if _declares(each, instance)), None)
    if block is None or block.span.file not in {file.path for file in compilation.sources.files}:
        raise UnknownSubject("that is a field of an instance in a template: change the template")
    text = "".join(f"{name} {{ " for name in outer) + statement + " }" * len(outer)
    end = block.span.end - 1
    return {Span(block.span.file, end, end): f"\n{text}\n"}


def _blocks(statements: tuple[Statement, ...]) -> Iterator[Block]:
    for each in statements:
        if isinstance(each, Block):
            yield each
            yield from _blocks(each.body)
        elif isinstance(each, IfStatement):
            yield from _blocks((*each.then, *(each.otherwise or ())))


def _declares(block: Block, name: Span) -> bool:
    return block.header_span.file == name.file and any(label.span == name for label in block.labels)


def _edited(file: SourceFile, edits: Edits) -> SourceFile:
    text = file.text
    for span in sorted((each for each in edits if each.file == file.path), reverse=True):
        text = text[: span.start] + edits[span] + text[span.end :]
    return file if text == file.text else SourceFile(file.path, text)
