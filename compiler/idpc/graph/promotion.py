"""Environments that have to be deployed before themselves."""

from collections.abc import Iterator, Mapping, Sequence

from idpc.diagnostics.model import Diagnostic
from idpc.diagnostics.rings import needs_itself
from idpc.graph.run import EnvironmentRun
from idpc.values import NamedRef


def promotion_rings(runs: Mapping[str, EnvironmentRun]) -> Iterator[Diagnostic]:
    """An error for each ring of environments that require each other, or for one that requires itself."""
    required = {name: _required(run) for name, run in runs.items()}
    for name in sorted(required):
        ring = _way_back(name, required)
        if ring and name == min(ring):
            yield needs_itself([(each, runs[each].typed.environments[each].span) for each in ring])


def _required(run: EnvironmentRun) -> Sequence[str]:
    asked = run.environment.get("requires")
    return [each.name for each in asked if isinstance(each, NamedRef)] if isinstance(asked, list) else []


def _way_back(name: str, required: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """The shortest way from an environment to itself; empty where there is none."""
    ways, seen = [[name]], {name}
    for way in ways:
        for needed in required.get(way[-1], ()):
            if needed == name:
                return way
            if needed not in seen:
                seen.add(needed)
                ways.append([*way, needed])
    return []
