"""Says what a finding is about: the kind of the instance, the type of the resource, and whether the environment is protected."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

# Modules are written with two spaces a level: `resource`, below it the types, below them the labels.
TYPE = re.compile(r'    "(\w+)": \{')


class Place(NamedTuple):
    """An environment of a project: the kinds of its instances, by app and name."""

    protected: bool
    kinds: Mapping[tuple[str, str], str]


class Subject(NamedTuple):
    """What a check looked at: `postgres/aws_db_instance.main` or `worker/Deployment`, and where."""

    name: str
    protected: bool


def place_of(graph: Any) -> Place:
    """What is to be known of an environment, from its graph."""
    nodes = [(str(address), node) for address, node in graph.nodes.items()]
    kinds = {
        (_plain(node.app), _plain(address.removeprefix(f"{node.app}."))): str(node.kind) for address, node in nodes
    }
    named = {(_plain(node.app), _plain(node.name)): str(node.kind) for _, node in nodes}
    return Place(graph.environment["protected"], named | kinds)


def _plain(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_")


def subject_of(folder: Path, file: str, resource: str, line: int, places: Mapping[str, Place]) -> Subject:
    """The subject of a finding in `/PROJECT/ENVIRONMENT/APP/terraform | kubernetes/FILE`."""
    project, environment, app, sort, name = Path(file.removeprefix("/")).parts
    place = places[f"{project}/{environment}"]
    if sort == "kubernetes":
        kind, _ = _owner(place, app, _plain(name.removesuffix(".yaml")))
        return Subject(f"{kind}/{resource.split('.', maxsplit=1)[0]}", place.protected)
    type_, label = resource.split(".", 1)
    kind, own = _owner(place, app, label)
    typed = _type_at(folder / file.removeprefix("/"), line) if type_ in ("resource", "data") else type_
    return Subject(f"{kind}/{typed}.{own}", place.protected)


def _owner(place: Place, app: str, label: str) -> tuple[str, str]:
    """The kind of the instance that a label begins with, and the rest of it; what all share is the app's."""
    names = [name for owner, name in place.kinds if owner == _plain(app) and f"{label}_".startswith(f"{name}_")]
    if not names:
        return "app", label.removeprefix("app_")
    name = max(names, key=len)
    return place.kinds[_plain(app), name], label.removeprefix(name).strip("_")


def _type_at(file: Path, line: int) -> str:
    """The type of the resource that begins at a line."""
    above = reversed(file.read_text(encoding="utf-8").splitlines()[:line])
    return next(found[1] for each in above if (found := TYPE.fullmatch(each)))
