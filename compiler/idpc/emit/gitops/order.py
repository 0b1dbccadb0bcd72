"""The order of apps: an app comes after those of which an instance must be there before its own."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from idpc.graph.model import EnvironmentGraph


class Order(NamedTuple):
    """For each app its wave and the apps that it needs, without those that need it too: none of these can be first."""

    waves: Mapping[str, int]
    needs: Mapping[str, tuple[str, ...]]


def order(graph: EnvironmentGraph) -> Order:
    """The order of the apps of an environment; apps that need each other come in one wave."""
    direct = _direct(graph)
    reached = {app: _reached(app, direct) for app in direct}
    needs = {app: tuple(sorted(each for each in direct[app] if app not in reached[each])) for app in direct}
    return Order(_waves(reached), needs)


def _direct(graph: EnvironmentGraph) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {app: set() for app in sorted(graph.apps)}
    for edge in graph.edges:
        if edge.order == "hard" and edge.source.app != edge.target.app:
            found[edge.source.app].add(edge.target.app)
    return found


def _reached(app: str, direct: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """All apps that an app leads to, itself included."""
    found, left = {app}, [app]
    while left:
        new = [each for each in direct[left.pop()] if each not in found]
        found.update(new)
        left.extend(new)
    return frozenset(found)


def _waves(reached: Mapping[str, frozenset[str]]) -> Mapping[str, int]:
    """What an app leads to, and does not lead back, leads to fewer apps: so it has its wave before."""
    waves: dict[str, int] = {}
    for app in sorted(reached, key=lambda each: len(reached[each])):
        before = (waves[each] for each in reached[app] if app not in reached[each])
        waves[app] = max(before, default=-1) + 1
    return waves
