"""The sources as they would be with another value of a field, to be compiled like any others."""

from collections.abc import Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from idpc.diagnostics.model import Edit
from idpc.edits import Path, at_end, blocks_by_label, statement
from idpc.explain import UnknownSubject, find_field
from idpc.fixes import edited
from idpc.graph.code import Coder
from idpc.graph.expand import expand
from idpc.graph.faults import Fault, Poisoned
from idpc.graph.run import EnvironmentRun
from idpc.pipeline import Compilation, around
from idpc.project import Sources
from idpc.source import SourceFile, Span
from idpc.syntax.nodes import Block
from idpc.values import Range


class _Places(Struct):
    """What each statement becomes, and the statements that each body gets besides, each once."""

    replaced: dict[Span, str] = field(default_factory=dict)
    added: dict[Span, dict[str, None]] = field(default_factory=dict)


def supposing(compilation: Compilation, changes: dict[str, str]) -> Sources:
    """The project's sources with other values, by `shop.checkout.replicas`; raises UnknownSubject for what is not there."""
    files = {file.path: file for file in compilation.sources.files}
    blocks = blocks_by_label(compilation.modules, files)
    places = _Places()
    for subject, value in changes.items():
        _place(compilation, blocks, subject, value, places)
    edits = [Edit(span, text) for span, text in places.replaced.items()]
    edits += [at_end(files[body.file], body, [*several]) for body, several in places.added.items()]
    texts = edited({name: file.text for name, file in files.items()}, edits)
    changed = tuple(SourceFile(name, texts[name]) if name in texts else file for name, file in files.items())
    return replace(compilation.sources, files=changed, readings={})


def _place(compilation: Compilation, blocks: Mapping[Span, Block], subject: str, value: str, places: _Places) -> None:
    """Let every statement about a field say another value; where there is none, one more in its instance.

    Defaults stay as they are, since they hold for others as well; what a template says is changed there.
    """
    own = {file.path for file in compilation.sources.files}
    missing: dict[str, UnknownSubject] = {}
    for name in compilation.environments:
        try:
            instance, path, said = _said(compilation, name, subject)
        except UnknownSubject as unknown:
            missing[name] = unknown
            continue
        block = blocks.get(instance)
        inside = [span for span in said if block and _holds(block.span, span)]
        if not inside and not block and any(span.file not in own for span in said):
            raise UnknownSubject(f"`{subject}` is set outside the project's own files")
        if block and not inside:
            places.added.setdefault(block.span, {})[statement(path, value)] = None
        else:
            places.replaced |= dict.fromkeys(inside or said, statement(path[-1:], value))
    if missing.keys() == {*compilation.environments}:
        raise next(iter(missing.values()))


def _said(compilation: Compilation, environment: str, subject: str) -> tuple[Span, Path, list[Span]]:
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


def _holds(outer: Span, inner: Span) -> bool:
    return outer.file == inner.file and outer.start <= inner.start and inner.end <= outer.end
