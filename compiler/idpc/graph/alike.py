"""What instances of a kind that leave the same fields alone have in common: it is evaluated for the first of them only."""

from collections.abc import Collection, Iterable, Mapping, Sequence, Sized

from idpc.graph.frame import Cell, Cells
from idpc.graph.needs import Needs, Reading
from idpc.types.declared import KindInfo, LetInfo, ResourceInfo


class Alike:
    """Instances of a kind in one environment that mention the same fields.

    `cells` and `lets` are those that have the same value in all of them. `names` are the fields to be evaluated for each;
    `rules` and `resources` what is to be looked at for each: all of the kind's, until the first instance has shown which
    rules hold for every other, and which resources none of them has.
    """

    __slots__ = ("_kind", "_mentioned", "_reading", "_told", "cells", "lets", "names", "resources", "rules")

    def __init__(
        self,
        kind: KindInfo,
        mentioned: Collection[str],
        unset: Mapping[str, Cell],
        resources: Iterable[ResourceInfo],
        reading: Reading,
    ) -> None:
        self._kind, self._mentioned, self._reading = kind, mentioned, reading
        self.cells: Cells = {name: cell for name, cell in unset.items() if name not in mentioned}
        names = dict.fromkeys((*kind.fields, "uses", "after", "name"))
        self.names = tuple(name for name in names if name not in self.cells)
        self.rules, self.resources = tuple(kind.rules), tuple(resources)
        self.lets: Cells = {}
        self._told: set[str] = set()

    def learn_fields(self, cells: Cells) -> None:
        """Take from the first instance what its fields are by default."""
        if self._is_first("fields"):
            for name in self.names:
                cell, default = cells.get(name), self._kind.defaults.get(name)
                if (
                    name not in self._mentioned
                    and cell
                    and cell.plain
                    and self._covers(self._reading.of_value(default))
                ):
                    self.cells[name] = cell
            self.names = tuple(name for name in self.names if name not in self.cells)

    def learn_rules(self, held: Sequence[bool], lets: Cells) -> None:
        """Take from the first instance which of its rules held."""
        if self._is_first("rules"):
            pairs = zip(self.rules, held, strict=True)
            self.rules = tuple(
                rule for rule, holds in pairs if not (holds and self._covers(self._reading.of_rule(rule)))
            )
            self._keep(lets)

    def learn_resources(self, made: Sequence[Sized | None], lets: Cells) -> None:
        """Take from the first instance which of its resources came to nothing; None for those that failed."""
        if self._is_first("resources"):
            pairs = zip(self.resources, made, strict=True)
            self.resources = tuple(
                info
                for info, found in pairs
                if found is None or len(found) or not self._covers(self._reading.of_existence(info))
            )
            self._keep(lets)

    def _is_first(self, what: str) -> bool:
        first = what not in self._told
        self._told.add(what)
        return first

    def _keep(self, lets: Cells) -> None:
        for let, cell in lets.items():
            if cell.plain and isinstance(let, LetInfo) and self._covers(self._reading.of_let(let)):
                self.lets[let] = cell

    def _covers(self, needs: Needs) -> bool:
        """Whether all that something needs is the same for all of these instances."""
        flattened = self._kind.flattened
        return needs is not None and all(
            name in self.cells or (name in flattened and self._covers(frozenset(flattened[name].fields)))
            for name in needs
        )
