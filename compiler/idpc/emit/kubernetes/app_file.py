"""The file of an app as a whole: its namespace, what all pods may do on the network, and the Secrets that it reads."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from idpc.emit.delivery import AppReads
from idpc.emit.kubernetes.completion import arranged
from idpc.emit.kubernetes.labels import app_labels
from idpc.emit.kubernetes.network import POLICY_VERSION, namespace_policies
from idpc.emit.kubernetes.pod_security import level
from idpc.emit.kubernetes.secret_objects import kept_secret, output_secret
from idpc.emit.model import Document
from idpc.emit.reading import name, namespace
from idpc.emit.site import Site
from idpc.graph.model import App

if TYPE_CHECKING:
    from idpc.values import StoreRef


def app_documents(app: App, pods: Iterable[Document], reads: AppReads, site: Site) -> Iterator[Document]:
    """The documents of `_app.yaml`; `pods` are the specs of all pods of the namespace."""
    yield _namespace(app, level(pods, site.kubernetes_version), site)
    for policy, spec in namespace_policies(site):
        yield _policy(policy, spec, app, site)
    yield from sorted(
        map(arranged, _secrets(app, reads, site)),
        key=lambda one: (namespace(one), name(one)),
    )


def kustomization(files: Iterable[str]) -> Document:
    """The list of an app's files for those who apply them with kustomize."""
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [file.rpartition("/")[2] for file in sorted(files)],
    }


def _namespace(app: App, security: str, site: Site) -> Document:
    version = f"v{site.kubernetes_version}"
    labels = app_labels(app.namespace, "namespace", app, site)
    for mode in ("enforce", "warn"):
        labels[f"pod-security.kubernetes.io/{mode}"] = security
        labels[f"pod-security.kubernetes.io/{mode}-version"] = version
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": app.namespace, "labels": labels}}


def _policy(policy: str, spec: Document, app: App, site: Site) -> Document:
    labels = app_labels(policy, "namespace", app, site)
    metadata: Document = {"name": policy, "namespace": app.namespace, "labels": labels}
    return {"apiVersion": POLICY_VERSION, "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


def _secrets(app: App, reads: AppReads, site: Site) -> Iterator[Document]:
    for space, producer in sorted(reads.outputs):
        if made := output_secret(site.node(producer), app, space, site):
            yield made
    kept: dict[tuple[str, str], list[StoreRef]] = {}
    for space, entry in sorted(reads.entries):
        kept.setdefault((space, entry.path), []).append(entry)
    for (space, _), entries in kept.items():
        if secret := kept_secret(tuple(entries), app, space, site):
            yield secret
