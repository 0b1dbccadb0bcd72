"""Tells Flux of an environment: a Kustomization for each app, and one that applies these.

The one for all apps does not wait, as each app has its own gate. What runs stays when an app is taken out, until someone
removes it, which is what `deletionPolicy` asks for.
"""

from idpc.emit.gitops.model import (
    GITOPS,
    Engine,
    Synced,
    app_path,
    in_repository,
    object_labels,
    object_name,
    root_labels,
)
from idpc.emit.model import Document
from idpc.emit.site import Site

_VERSION, _KIND = "kustomize.toolkit.fluxcd.io/v1", "Kustomization"
# https://fluxcd.io/flux/components/kustomize/kustomizations/#prune
_GUARD = ("kustomize.toolkit.fluxcd.io/prune", "disabled")
_INTERVAL, _RETRY, _TIMEOUT = "10m", "1m", "30m"


def _app(synced: Synced, site: Site) -> Document:
    spec = _spec(app_path(synced.app, site), site)
    waiting: Document = {"wait": True, "timeout": _TIMEOUT, "deletionPolicy": "Orphan"}
    after: Document = {"dependsOn": [{"name": object_name(site, app)} for app in synced.after]} if synced.after else {}
    labels = object_labels(synced.app, site)
    return _kustomization(object_name(site, synced.app.name), labels, {**spec, **waiting, **after}, site)


def _root(site: Site) -> Document:
    return _kustomization(object_name(site), root_labels(site), _spec(in_repository(site, GITOPS), site), site)


def _spec(path: str, site: Site) -> Document:
    return {
        "sourceRef": {"kind": "GitRepository", "name": site.text("gitops_source")},
        "path": f"./{path}",
        "prune": True,
        "interval": _INTERVAL,
        "retryInterval": _RETRY,
    }


def _kustomization(name: str, labels: Document, spec: Document, site: Site) -> Document:
    metadata: Document = {"name": name, "namespace": site.text("gitops_namespace"), "labels": labels}
    return {"apiVersion": _VERSION, "kind": _KIND, "metadata": metadata, "spec": spec}


def _needs(site: Site) -> tuple[str, ...]:
    source = f"{site.text('gitops_namespace')}/{site.text('gitops_source')}"
    return (f"GitRepository {source} is {site.text('gitops_repository')} at {site.text('gitops_revision')}",)


FLUX = Engine(f"{_VERSION}/{_KIND}", _GUARD, _app, _root, _needs)
