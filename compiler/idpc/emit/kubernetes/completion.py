"""Completes the objects of a `provision` block: names, namespaces, labels, selectors, and the order of keys."""

import hashlib
from collections.abc import Callable

from idpc.address import shorten
from idpc.emit.json_writer import json_document
from idpc.emit.kubernetes.labels import selector
from idpc.emit.kubernetes.names import NAME_LIMIT, object_name
from idpc.emit.kubernetes.pods import pod_template_path
from idpc.emit.kubernetes.writing import Recipient
from idpc.emit.model import Document, Json
from idpc.emit.reading import at, group, mapping
from idpc.graph.model import KubernetesObject, Node

_HASH_LENGTH = 8
_NESTING = (dict, list)
_FIRST = ("name", "generateName", "namespace", "labels", "annotations")


def _flat(labels: Document) -> Document:
    return labels


def _match(labels: Document) -> Document:
    return {"matchLabels": labels}


_SELECTORS: dict[tuple[str, str], tuple[str, Callable[[Document], Document]]] = {
    ("", "Service"): ("selector", _flat),
    ("apps", "Deployment"): ("selector", _match),
    ("apps", "StatefulSet"): ("selector", _match),
    ("apps", "DaemonSet"): ("selector", _match),
    ("apps", "ReplicaSet"): ("selector", _match),
    ("argoproj.io", "Rollout"): ("selector", _match),
    ("policy", "PodDisruptionBudget"): ("selector", _match),
    ("networking.k8s.io", "NetworkPolicy"): ("podSelector", _match),
}


def namespace_of(thing: KubernetesObject, node: Node) -> str:
    """The namespace in which an object stands unless its kind has none."""
    metadata = thing.body.get("metadata")
    given = metadata.get("namespace") if isinstance(metadata, dict) else None
    return given if isinstance(given, str) else node.namespace


def completed(document: Document, thing: KubernetesObject, to: Recipient) -> Document:
    """An object with what the language fills in where its author gave nothing."""
    document = {"apiVersion": "v1", "kind": thing.kind, **document}
    document["metadata"] = _metadata(document, thing, to)
    _label_pods(document, to.labels)
    _select(document, to.node)
    return _named_by_content(arranged(document)) if thing.hashed else arranged(document)


def _named_by_content(document: Document) -> Document:
    """An object whose name ends in a hash of what it holds beside its metadata."""
    content = {key: value for key, value in document.items() if key != "metadata"}
    digest = hashlib.sha256(json_document(content, sort_keys=True).encode()).hexdigest()[:_HASH_LENGTH]
    metadata = mapping(document["metadata"])
    metadata["name"] = f"{shorten(str(metadata['name']), NAME_LIMIT - _HASH_LENGTH - 1)}-{digest}"
    return document


def arranged(document: Document) -> Document:
    """An object with its keys in the order in which they are written."""
    metadata = mapping(document.get("metadata"))
    order = {key: metadata[key] for key in _FIRST if key in metadata}
    head: Document = {key: document[key] for key in ("apiVersion", "kind", "metadata", "spec") if key in document}
    head["metadata"] = {**order, **metadata}
    return {**head, **{key: value for key, value in document.items() if key not in head}}


def _metadata(document: Document, thing: KubernetesObject, to: Recipient) -> Document:
    given = mapping(document.get("metadata"))
    filled: Document = {"name": object_name(to.node, thing)}
    if to.site.namespaced(thing.kind, str(document["apiVersion"])):
        filled["namespace"] = to.node.namespace
    merged = {**filled, **given, "labels": {**to.labels, **mapping(given.get("labels"))}}
    return {key: value for key, value in merged.items() if key != "annotations" or value != {}}


def _label_pods(document: Document, labels: Document) -> None:
    """Label the pods too; what an empty list or map says in a pod, its absence says as well."""
    path = pod_template_path(document)
    if path is None:
        return
    template = mapping(at(document, *path))
    template["spec"] = _trimmed(template["spec"])
    if path:
        given = mapping(template.get("metadata"))
        metadata = {**given, "labels": {**labels, **mapping(given.get("labels"))}}
        kept: Document = {key: value for key, value in metadata.items() if value != {}}
        others = {key: value for key, value in template.items() if key != "metadata"}
        mapping(at(document, *path[:-1]))[path[-1]] = {"metadata": kept, **others}


def _trimmed(value: Json) -> Json:
    if isinstance(value, dict):
        return {
            key: _trimmed(item) if isinstance(item, _NESTING) else item
            for key, item in value.items()
            if item != [] and not (key == "nodeSelector" and not item)
        }
    return [_trimmed(item) for item in value] if isinstance(value, list) else value


def _select(document: Document, node: Node) -> None:
    found = _SELECTORS.get((group(document), str(document["kind"])))
    spec = document.get("spec")
    if not found or not isinstance(spec, dict) or spec.get("type") == "ExternalName":
        return
    key, wrap = found
    if key not in spec:
        document["spec"] = {key: wrap(selector(node)), **spec}
