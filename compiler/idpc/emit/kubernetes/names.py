"""Names of Kubernetes objects, and the order in which the objects of a file are applied."""

from idpc.address import kebab, shorten
from idpc.emit.model import Document
from idpc.graph.model import KubernetesObject, Node

NAME_LIMIT = 63
"""The most characters that a name has unless its kind allows fewer."""
_LIMITS = {"CronJob": 52}

_ORDER = {
    kind: place
    for place, kinds in enumerate(
        (
            ("Namespace",),
            ("ResourceQuota", "LimitRange", "PriorityClass", "StorageClass", "CustomResourceDefinition"),
            ("ServiceAccount",),
            ("ClusterRole", "Role"),
            ("ClusterRoleBinding", "RoleBinding"),
            ("NetworkPolicy", "CiliumNetworkPolicy"),
            ("VaultStaticSecret", "ExternalSecret", "Secret", "ConfigMap"),
            ("PersistentVolume", "PersistentVolumeClaim"),
            ("Service", "ServiceEntry"),
            ("AnalysisTemplate", "TriggerAuthentication"),
            ("Deployment", "StatefulSet", "DaemonSet", "Rollout", "ReplicaSet", "Pod"),
            ("Job", "CronJob"),
            ("HorizontalPodAutoscaler", "ScaledObject", "ScaledJob", "VerticalPodAutoscaler"),
            ("PodDisruptionBudget",),
            ("Certificate", "Ingress", "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute"),
            ("ServiceMonitor", "PodMonitor", "Probe", "PrometheusRule", "GrafanaDashboard"),
        )
    )
    for kind in kinds
}


def object_name(node: Node, thing: KubernetesObject) -> str:
    """The name of an object that gives none: `main` has the instance's, others `<instance>-<name>[-<key>]`.

    One that the app has once is named by the app in place of the instance.
    """
    owner = kebab(node.app) if thing.per_app else node.name
    words = (owner, *(() if thing.name == "main" else (kebab(thing.name),)), kebab(thing.key))
    return shorten("-".join(word for word in words if word), _LIMITS.get(thing.kind, NAME_LIMIT))


def install_order(document: Document) -> tuple[int, str, str]:
    """Sorts objects so that each finds what it needs: policies before pods, pods before what scales and routes to them."""
    metadata = document.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else ""
    kind = str(document.get("kind"))
    return _ORDER.get(kind, len(_ORDER)), kind, str(name)
