"""Two states of an environment side by side: what was called otherwise, and what depends on what."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from idpc.address import kebab
from idpc.changes.layout import Owners, owners
from idpc.changes.model import Document, State
from idpc.changes.pairs import formers
from idpc.changes.reach import Consumers, affected, consumers

Needs = Mapping[str, Mapping[str, Document]]
"""The edges of each instance by what it needs."""


class Setting(Struct, frozen=True):
    """Two states. `former` gives addresses before by those after, `later` the other way round, also of apps.

    `needs_before` calls what it names as it is called after, so that it can be held against `needs_after`.
    """

    before: State
    after: State
    former: Mapping[str, str]
    later: Mapping[str, str]
    owners_before: Owners
    owners_after: Owners
    needs_before: Needs
    needs_after: Needs
    consumers: Consumers

    @classmethod
    def of(cls, before: State, after: State) -> "Setting":
        """The setting of two states."""
        former = formers(before.nodes, after.nodes)
        apps = {before.nodes[old]["app"]: after.nodes[new]["app"] for new, old in former.items()}
        later = apps | {old: new for new, old in former.items()}
        old, new = _needs(before.edges, later), _needs(after.edges, {})
        known = consumers((*_pairs(old), *_pairs(new)))
        return cls(before, after, former, later, owners(before.nodes), owners(after.nodes), old, new, known)

    @property
    def gone(self) -> list[str]:
        """The addresses of before that no instance of after bears or bore."""
        kept = {*self.former.values()}
        return [address for address in self.before.nodes if address not in kept]

    def now(self, owner: str) -> str:
        """What an instance or app of before is called after."""
        return self.later.get(owner, owner)

    def folder_now(self, folder: str) -> str:
        """The folder after of an app by that before."""
        return kebab(self.now(self.owners_before.app(folder)))

    def affected(self, address: str) -> tuple[str, ...]:
        """What needs an instance, before or after."""
        return affected(address, self.consumers)


def _needs(edges: Iterable[Document], later: Mapping[str, str]) -> Needs:
    found: dict[str, dict[str, Document]] = {}
    for edge in edges:
        source, target = (later.get(edge[end], edge[end]) for end in ("from", "to"))
        found.setdefault(source, {})[target] = edge
    return found


def _pairs(needs: Needs) -> Iterable[tuple[str, str]]:
    return ((source, target) for source, targets in needs.items() for target in targets)
