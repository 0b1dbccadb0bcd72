"""Tells Argo CD of an environment: an Application for each app, and one that applies these.

Argo CD holds the waves of Applications only where it assesses their health, which it has not done since 1.8 unless its
configuration says how (https://argo-cd.readthedocs.io/en/stable/operator-manual/health/#argocd-app). They put in order how
Applications are made and changed; a push that changes only what is in their folders reaches all at once, as each follows
the repository by itself. An Application has no finalizer: what runs stays when an app is taken out, until someone removes it.
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

_VERSION, _KIND = "argoproj.io/v1alpha1", "Application"
_WAVE = "argocd.argoproj.io/sync-wave"
# https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#no-prune-resources
_GUARD = ("argocd.argoproj.io/sync-options", "Prune=false")
_THIS_CLUSTER = "https://kubernetes.default.svc"


def _app(synced: Synced, site: Site) -> Document:
    metadata: Document = {
        "name": object_name(site, synced.app.name),
        "namespace": site.text("gitops_namespace"),
        "labels": object_labels(synced.app, site),
        "annotations": {_WAVE: str(synced.wave)},
    }
    return _application(metadata, app_path(synced.app, site), synced.app.namespace, site)


def _root(site: Site) -> Document:
    namespace = site.text("gitops_namespace")
    metadata: Document = {"name": object_name(site), "namespace": namespace, "labels": root_labels(site)}
    return _application(metadata, in_repository(site, GITOPS), namespace, site)


def _application(metadata: Document, path: str, namespace: str, site: Site) -> Document:
    source: Document = {
        "repoURL": site.text("gitops_repository"),
        "targetRevision": site.text("gitops_revision"),
        "path": path,
    }
    spec: Document = {
        "project": "default",
        "source": source,
        "destination": {"server": _THIS_CLUSTER, "namespace": namespace},
        "syncPolicy": {
            "automated": {"prune": True, "selfHeal": True},
            "syncOptions": ["ServerSideApply=true", "CreateNamespace=false"],
        },
    }
    return {"apiVersion": _VERSION, "kind": _KIND, "metadata": metadata, "spec": spec}


def _needs(site: Site) -> tuple[str, ...]:
    settings = f"{site.text('gitops_namespace')}/argocd-cm"
    return (
        f"{settings}: resource.customizations.health.argoproj.io_Application, for the order of apps",
        f"{settings}: application.resourceTrackingMethod is annotation, as it is from Argo CD 3.0 on",
    )


ARGOCD = Engine(f"{_VERSION}/{_KIND}", _GUARD, _app, _root, _needs)
