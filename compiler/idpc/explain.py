"""Which layer set a field: every statement about it, from the weakest layer to the strongest, and which one holds."""

from collections.abc import Iterable

from idpc.graph.code import Coder
from idpc.graph.convert import show
from idpc.graph.expand import expand
from idpc.graph.faults import Fault, Poisoned
from idpc.graph.layers import Said
from idpc.graph.run import EnvironmentRun
from idpc.graph.state import InstanceState
from idpc.pipeline import Compilation, around
from idpc.resolve import did_you_mean
from idpc.source import Span
from idpc.values import Value


class UnknownSubject(Exception):  # noqa: N818  # what was asked for is not there
    """There is no such instance or field; the message says what is near."""


def explain_field(compilation: Compilation, subject: str, environment: str) -> str:
    """The layers of `shop.checkout.replicas` (or a part, `….env.LOG_LEVEL`) in an environment, as text.

    Raises UnknownSubject where there is no such instance or field.
    """
    assert compilation.typed is not None  # noqa: S101  # compiled that far
    run = EnvironmentRun(compilation.typed, environment, Coder(), around(compilation, tracing=True))
    expand(run)
    state, path = find_field(run, subject)
    try:
        value = _part(state.field(path[0], state.info.span), path[1:])
    except (Fault, Poisoned) as stopped:
        raise UnknownSubject(f"`{subject}` has no value: its diagnostics say why") from stopped
    said = [each for each in state.record.history if _about(each.path, path)]
    rows = [*_default(state, path, said), *(_row(each) for each in said)]
    return f"{subject} in {environment}: {show(value)}\n\n{_table(rows, compilation)}"


def find_field(run: EnvironmentRun, subject: str) -> tuple[InstanceState, tuple[str, ...]]:
    """The instance whose address begins the subject, and the path of the field behind it."""
    for address in sorted(run.states, key=lambda each: -len(str(each))):
        text = str(address)
        if subject.startswith(f"{text}."):
            path = tuple(subject[len(text) + 1 :].split("."))
            return run.states[address], _known(run.states[address], path, subject)
    near = did_you_mean(subject, map(str, run.states)) or did_you_mean(subject.rpartition(".")[0], map(str, run.states))
    raise UnknownSubject(f"there is no `{subject}`" + (f"; did you mean a field of `{near}`?" if near else ""))


def _known(state: InstanceState, path: tuple[str, ...], subject: str) -> tuple[str, ...]:
    fields = (*state.kind.fields, "uses", "after", "name")
    if path[0] in fields:
        return path
    near = did_you_mean(path[0], fields)
    hint = f"; did you mean `{near}`?" if near else ""
    raise UnknownSubject(f"`{subject}`: `{state.kind.name}` has no field `{path[0]}`{hint}")


def _part(value: Value, path: Iterable[str]) -> Value:
    for step in path:
        value = value.get(step) if isinstance(value, dict) else getattr(value, step, None)
    return value


def _about(path: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    short = min(len(path), len(wanted))
    return path[:short] == wanted[:short]


Row = tuple[str, Span, str, str]


def _default(state: InstanceState, path: tuple[str, ...], said: list[Said]) -> list[Row]:
    """The weakest layer: the default of the kind."""
    field = state.kind.fields.get(path[0])
    default = state.kind.defaults.get(path[0])
    if field is None or default is None or len(path) > 1:
        return []
    shown = state.run.text(default.span) if said else show(state.field(path[0], state.info.span))
    return [(f"default of {state.kind.name}", field.span, "", shown)]


def _row(said: Said) -> Row:
    where = f"in {', '.join(said.environments)}" if said.environments else ""
    return (said.layer, said.span, where, f"{'.'.join(said.path[1:])} = " * (len(said.path) > 1) + show(said.value))


def _table(rows: list[Row], compilation: Compilation) -> str:
    """The rows in columns; the last is the one that holds."""
    if not rows:
        return "no layer sets it\n"
    cells = [(layer, _place(span, compilation), where, value) for layer, span, where, value in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(3)]
    lines = []
    for position, row in enumerate(cells):
        mark = "=>" if position == len(cells) - 1 else "  "
        columns = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        lines.append(f"{mark} {columns}  {row[3]}".rstrip() + "\n")
    return "".join(lines)


def _place(span: Span, compilation: Compilation) -> str:
    file = compilation.files_by_path.get(span.file)
    return f"{span.file}:{file.position(span.start).line}" if file else span.file
