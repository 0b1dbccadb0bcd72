"""An instance as it would be with other values of some fields; nothing that others read is changed."""

from collections.abc import Mapping

from idpc.graph.frame import Cell
from idpc.graph.state import InstanceState
from idpc.values import Value

Path = tuple[str, ...]
Supposed = Mapping[Path, Value]
"""Values by the path of their field."""


def supposed(state: InstanceState, values: Supposed) -> InstanceState:
    """A copy of an instance for its cost alone."""
    other = InstanceState(state.run, state.address, state.info, state.app, state.outer, state.variables)
    other.layers = state.layers
    names = {path[0] for path in values}
    other.alike = state.run.alike(state.kind, {*other.set_names(), *names})
    other.cells.update(other.alike.cells)
    for path, value in values.items():
        current = other.cells[path[0]].value if path[0] in other.cells else state.field(path[0], state.info.span)
        other.cells[path[0]] = Cell.of(with_part(current, path[1:], value))
    return other


def part(value: Value, path: Path) -> Value:
    """What a path leads to in a value; null where it leads nowhere."""
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def with_part(value: Value, path: Path, new: Value) -> Value:
    """A value with a part of it replaced."""
    if not path:
        return new
    inner = value if isinstance(value, dict) else {}
    return {**inner, path[0]: with_part(inner.get(path[0]), path[1:], new)}
