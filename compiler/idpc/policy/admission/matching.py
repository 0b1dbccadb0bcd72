"""What policies in a cluster look at: the objects that people and deployments write, in the namespaces of an environment."""

from collections.abc import Mapping

from idpc.address import kebab
from idpc.emit.model import Document
from idpc.emit.site import Site

RESOURCES: Mapping[str, tuple[str, ...]] = {
    "": (
        "configmaps",
        "persistentvolumeclaims",
        "pods",
        "replicationcontrollers",
        "secrets",
        "serviceaccounts",
        "services",
    ),
    "apps": ("*",),
    "autoscaling": ("*",),
    "batch": ("*",),
    "gateway.networking.k8s.io": ("*",),
    "networking.k8s.io": ("*",),
    "policy": ("*",),
    "rbac.authorization.k8s.io": ("*",),
}
"""Resources by group: not events, leases and endpoints, which controllers write all the time."""
KINDS = (
    "ConfigMap",
    "PersistentVolumeClaim",
    "Pod",
    "ReplicationController",
    "Secret",
    "ServiceAccount",
    "Service",
)
"""The kinds of those resources that have no group."""


def namespaces(site: Site) -> Document:
    """The namespaces that idpc made for an environment, by the labels that it gave them."""
    return {"matchLabels": labels(site)}


def labels(site: Site) -> Document:
    """The labels of what is the environment's as a whole."""
    return {"app.kubernetes.io/managed-by": "idpc", "idpc.dev/environment": site.folder}


def name_of(policy: str, site: Site) -> str:
    """The name of a policy in a cluster that environments and projects may share."""
    return f"{kebab(site.project)}-{site.folder}-{kebab(policy)}"
