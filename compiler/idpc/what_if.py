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
from idpc.values import Range

Edits = dict[Span, str]


def supposing(compilation: Compilation, changes: dict[str, str]) -> Sources:
    """The project's sources with other values, by `shop.checkout.replicas`; raises UnknownSubject for what is not there."""
    edits: Edits = {}
    for subject, value in changes.items():
        edits |= _edits(compilation, subject, value)
    files = tuple(_edited(file, edits) for file in compilation.sources.files)
    return replace(compilation.sources, files=files, readings={})


def _edits(compilation: Compilation, subject: str, value: str) -> Edits:
    """What every statement about a field becomes; where there is none, one more in its instance.

    Defaults stay as they are, since they hold for others as well; what a template says is changed there.
    """
    own = {file.path for file in compilation.sources.files}
    found: Edits = {}
    missing: UnknownSubject | None = None
    for name in compilation.environments:
        try:
            instance, path, said = _said(compilation, name, subject)
        except UnknownSubject as unknown:
            missing = unknown
            continue
        block = _block(compilation, instance)
        inside = [span for span in said if block and _holds(block.span, span)]
        if not inside and not block and any(span.file not in own for span in said):
            raise UnknownSubject(f"`{subject}` is set outside the project's own files")
        statement = f"{path[-1]} = {value}"
        if block and not inside:
            found |= _added(block, path[:-1], statement)
        else:
            found |= dict.fromkeys(inside or said, statement)
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
        value = state.field(path[0], state.info.span)
    except (Fault, Poisoned) as stopped:
        raise UnknownSubject(f"`{subject}` has no value: its diagnostics say why") from stopped
    if isinstance(value, Range) and path[1:]:
        whole = subject.removesuffix("." + ".".join(path[1:]))
        raise UnknownSubject(f"`{whole}` is a range: give both of its ends, as `{whole}=2..6`")
    return state.info.span, path, [each.span for each in state.record.history if each.path == path]


def _block(compilation: Compilation, instance: Span) -> Block | None:
    """The block that declares an instance, if it is one of the project's."""
    own = {file.path for file in compilation.sources.files}
    blocks = (block for module in compilation.modules for block in _blocks(module.statements))
    return next((each for each in blocks if _declares(each, instance) and each.span.file in own), None)


def _holds(outer: Span, inner: Span) -> bool:
    return outer.file == inner.file and outer.start <= inner.start and inner.end <= outer.end


def _added(block: Block, outer: tuple[str, ...], statement: str) -> Edits:
    """A statement before the end of the instance's body."""
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
