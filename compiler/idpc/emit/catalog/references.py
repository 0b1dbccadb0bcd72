"""What entities are called, and the references by which one names another."""

from idpc.address import kebab, shorten
from idpc.emit.site import Site
from idpc.graph.model import App, Interface, Node

ORGANISATION = "default"
"""The namespace of what is the same in every environment; all else stands in one with the environment's name."""
_LONGEST = 63


def instance_name(node: Node) -> str:
    """The name of an instance's entity: no name of an app or instance has a dot, so two are never alike."""
    return shorten(f"{kebab(node.app)}.{node.name}", _LONGEST)


def interface_name(node: Node, interface: Interface) -> str:
    """The name of the entity of what an instance offers; an only one is called like the instance."""
    alone = node.catalog is not None and len(node.catalog.interfaces) == 1
    return instance_name(node) if alone else shorten(f"{kebab(node.app)}.{node.name}.{interface.name}", _LONGEST)


def owner(team: str) -> str:
    """The reference to a team."""
    return f"group:{ORGANISATION}/{kebab(team)}"


def system(app: App, site: Site) -> str:
    """The reference to an app."""
    return f"system:{site.folder}/{kebab(app.name)}"


def instance(node: Node, site: Site) -> str:
    """The reference to an instance."""
    return f"{'component' if node.workload else 'resource'}:{site.folder}/{instance_name(node)}"


def interface(node: Node, offered: Interface, site: Site) -> str:
    """The reference to what an instance offers."""
    return f"api:{site.folder}/{interface_name(node, offered)}"
