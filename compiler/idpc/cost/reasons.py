"""Why an instance costs something else than before: the lines that set what its price reads."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from idpc.cost.baseline import Baseline, place
from idpc.graph.document import Positions, printable
from idpc.graph.layers import Record, origins
from idpc.graph.model import EnvironmentGraph, Node
from idpc.graph.run import EnvironmentRun
from idpc.source import Span

_RANGE = {"min", "max"}
Reads = Callable[[str], frozenset[str] | None]
"""The names that the price of a kind reads; None where that is not known."""


class Reasons(Struct, frozen=True):
    """Tells the changes of one environment since a baseline; `machines` are instances of which workloads take shares."""

    run: EnvironmentRun
    graph: EnvironmentGraph
    before: Baseline
    positions: Positions
    reads: Reads
    machines: frozenset[str]

    def of(self, address: str) -> tuple[str, ...]:
        """What made an instance cost something else, each with its line."""
        node = next((each for key, each in self.graph.nodes.items() if str(key) == address), None)
        if node is None:
            return (f"gone from {self.before.places[address]}",) if address in self.before.places else ()
        old = self.before.fields.get(address)
        if old is None:
            return (f"declared at {self._place(node.span)}",)
        found = (*self._own(node, old), *self._settings(node))
        return found or (("what others take of its machines",) if address in self.machines else ())

    def _own(self, node: Node, old: Mapping[str, Any]) -> Iterator[str]:
        """The fields of an instance that its price reads and that are not what they were."""
        read = self.reads(node.kind)
        for name, value in node.fields.items():
            if name in old and (read is None or name in read):
                for path in _differing(name, old[name], printable(value)):
                    yield f"{path} at {self._place(_origin(node.origins, path) or node.span)}"

    def _settings(self, node: Node) -> Iterator[str]:
        """Settings of the environment and of the project's prices that are not what they were."""
        if self.before.settings is None:
            return
        read, said = self.reads(node.kind), Record()
        declared = self.run.typed.environments.get(self.run.name)
        if declared is not None:
            self.run.record(declared, said=said)
        for name, value in self.graph.environment.items():
            if read is None or name in read or name == "region":
                for path in _differing(name, self.before.settings["environment"].get(name), printable(value)):
                    span = _origin(origins(said), path) or (declared.span if declared else self.run.typed.project.span)
                    yield f"{path} of the environment at {self._place(span)}"
        yield from self._prices()

    def _prices(self) -> Iterator[str]:
        said = Record()
        self.run.record(self.run.typed.project, said=said)
        old = (self.before.settings or {}).get("prices")
        for path in _differing("prices", old, printable(self.graph.project.get("prices"))):
            yield f"{path} at {self._place(_origin(origins(said), path) or self.run.typed.project.span)}"

    def _place(self, span: Span) -> str:
        return place(self.positions(span))


def _differing(path: str, old: Any, new: Any) -> Iterator[str]:
    """The paths at which two values differ, as deep as both have fields."""
    if isinstance(old, dict) and isinstance(new, dict) and old and new and {*old, *new} != _RANGE:
        for name in sorted({*old, *new}):
            yield from _differing(f"{path}.{name}", old.get(name), new.get(name))
    elif old != new:
        yield path


def _origin(found: Mapping[str, Span], path: str) -> Span | None:
    """Where a field was set: itself, something in it, or what it stands in."""
    inside = (span for name, span in found.items() if name.startswith(f"{path}."))
    outer = path.rpartition(".")[0]
    return found.get(path) or next(inside, None) or (_origin(found, outer) if outer else None)
