"""The labels of every object."""

from idpc.address import kebab
from idpc.emit.model import Json
from idpc.emit.site import Site
from idpc.graph.model import App, Node

_NAME, _INSTANCE = "app.kubernetes.io/name", "app.kubernetes.io/instance"


def node_labels(node: Node, site: Site) -> dict[str, Json]:
    """The labels of the objects of an instance."""
    return {**_standard(node.name, node.kind, node.app, node.team, node.tier, site), **node.labels}


def app_labels(name: str, component: str, app: App, site: Site) -> dict[str, Json]:
    """The labels of an object that belongs to the app as a whole."""
    return {**_standard(name, component, app.name, app.team, app.tier, site), **app.labels}


def selector(node: Node) -> dict[str, Json]:
    """The labels by which the pods of an instance are selected; they never change."""
    return {_NAME: node.name, _INSTANCE: node.name}


def _standard(  # noqa: PLR0913  # what the labels say
    name: str, component: str, app: str, team: str, tier: str, site: Site
) -> dict[str, Json]:
    labels: dict[str, Json] = {
        _NAME: name,
        _INSTANCE: name,
        "app.kubernetes.io/component": kebab(component),
        "app.kubernetes.io/part-of": kebab(app),
        "app.kubernetes.io/managed-by": "idpc",
        "idpc.dev/team": kebab(team),
        "idpc.dev/environment": site.folder,
        "idpc.dev/tier": tier,
    }
    return {key: value for key, value in labels.items() if value}
