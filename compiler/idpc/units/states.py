"""The states of environments: from the parts of units, or from a compilation of the whole."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from idpc.changes import Bill, Content, Place, State
from idpc.cost.model import InstanceCost
from idpc.units.join import all_spent
from idpc.units.make import places_of
from idpc.units.part import EnvironmentPart, Part, Places

if TYPE_CHECKING:
    from idpc.pipeline import Compilation


def states_of(
    parts: Sequence[Part],
    texts: Mapping[str, str],
    names: Sequence[str],
    places: Places,
    read: Callable[[str], str] = str,
) -> dict[str, State]:
    """The states of environments from the parts of units; a file without a text must not differ, or be read."""
    shares: dict[str, list[EnvironmentPart]] = {name: [] for name in names}
    for part in parts:
        for each in part.environments:
            shares[each.name].append(each)

    def text_of(path: str) -> str:
        return texts[path] if path in texts else read(path)

    return {name: _state(several, text_of, places.get(name, {})) for name, several in shares.items()}


def _state(
    shares: Sequence[EnvironmentPart],
    text_of: Callable[[str], str],
    places: Mapping[str, Mapping[str, tuple[str, int, int]]],
) -> State:
    apps = sorted(app for share in shares for app in share.apps)
    nodes = (json.loads(text) for app in apps for text in app.nodes)
    return State(
        {node["address"]: node for node in nodes},
        tuple(json.loads(text) for app in apps for text in app.edges),
        {file.path: Content(file.digest, partial(text_of, file.path)) for share in shares for file in share.files},
        _places(places),
        _bills(shares),
    )


def _bills(shares: Sequence[EnvironmentPart]) -> dict[str, Bill]:
    """What instances cost and emit; one that has parts without a price has its bill, too."""
    lacking = {json.loads(text)["address"] for share in shares for app in share.apps for text in app.unpriced}
    found = {each: Bill(whole=False) for each in lacking}
    for each in all_spent(shares):
        found[each.address] = Bill(each.amount.expected, each.address not in lacking, each.carbon.expected)
    return found


def _places(places: Mapping[str, Mapping[str, tuple[str, int, int]]]) -> dict[str, dict[str, Place]]:
    return {address: {path: Place(*each) for path, each in fields.items()} for address, fields in places.items()}


def states_of_compilation(compilation: "Compilation") -> Iterator[tuple[str, State]]:
    """The state of each environment that was compiled."""
    from idpc.artifacts import graph_text

    places = places_of(compilation)
    for bundle in compilation.bundles:
        assert compilation.graph is not None  # noqa: S101  # there is no bundle without it
        graph = compilation.graph.environments[bundle.environment]
        document = json.loads(graph_text(graph, compilation.files_by_path))
        bills = {str(each.address): _bill(each) for each in compilation.sheets[bundle.environment].instances}
        yield bundle.environment, _of_document(document, bundle.texts, _places(places[bundle.environment]), bills)


def _bill(cost: InstanceCost) -> Bill:
    return Bill(cost.total.expected, not cost.unpriced, cost.carbon.expected)


def _of_document(
    document: Mapping[str, Any],
    texts: Mapping[str, str],
    places: Mapping[str, Mapping[str, Place]],
    bills: Mapping[str, Bill],
) -> State:
    """The state that `graph.json` and the files of an environment tell."""
    files = {
        path: Content(hashlib.sha256(texts[path].encode()).hexdigest(), partial(texts.__getitem__, path))
        for path in texts
    }
    nodes = {node["address"]: node for node in document["nodes"]}
    known = {address: bill for address, bill in bills.items() if bill != Bill()}
    return State(nodes, tuple(document["edges"]), files, places, known)
