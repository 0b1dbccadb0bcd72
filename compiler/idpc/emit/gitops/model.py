"""What the modules of the engines share: an app as an engine is told of it, and what an engine is asked for."""

from collections.abc import Callable
from typing import NamedTuple

from idpc.address import kebab
from idpc.emit.kubernetes.labels import app_labels
from idpc.emit.model import Document
from idpc.emit.site import Site
from idpc.graph.model import App

GITOPS = "gitops"


class Synced(NamedTuple):
    """An app that an engine applies: the wave that it comes in, and the apps that it waits for."""

    app: App
    wave: int
    after: tuple[str, ...]


class Engine(NamedTuple):
    """How an engine is told of an app and of all apps; `needs` are the sentences that must hold in the cluster before.

    `guard` is the annotation, and its value, of an object that the engine never removes.
    """

    kind: str
    guard: tuple[str, str]
    app: Callable[[Synced, Site], Document]
    root: Callable[[Site], Document]
    needs: Callable[[Site], tuple[str, ...]]


def object_name(site: Site, app: str = "") -> str:
    """The name of an engine's object: one namespace holds those of all projects and environments."""
    return "-".join(filter(None, (kebab(site.project), site.folder, kebab(app))))


def object_labels(app: App, site: Site) -> Document:
    """The labels of an engine's object for an app."""
    return app_labels(kebab(app.name), GITOPS, app, site)


def root_labels(site: Site) -> Document:
    """The labels of the object that stands for all apps."""
    return {"app.kubernetes.io/managed-by": "idpc", "idpc.dev/environment": site.folder}


def in_repository(site: Site, *folders: str) -> str:
    """The path in the repository of a folder of the environment."""
    return "/".join(filter(None, (site.text("gitops_path").strip("/"), site.folder, *folders)))


def app_path(app: App, site: Site) -> str:
    """The path in the repository of the objects of an app."""
    return in_repository(site, kebab(app.name), "kubernetes")
