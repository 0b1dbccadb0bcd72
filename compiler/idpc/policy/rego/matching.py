"""What a constraint of Gatekeeper is about: objects by kind, namespace, name and labels; pods that others will make.

See open-policy-agent.github.io/gatekeeper/website/docs/howto and, for pods, .../docs/expansion.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Object = Mapping[str, Any]


def matches(match: Mapping[str, Any], found: Object, namespaces: Mapping[str, Object]) -> bool:
    """Whether a constraint is about an object; `namespaces` are those that are known, by name."""
    group, _, _ = str(found.get("apiVersion", "")).rpartition("/")
    metadata = _map(found.get("metadata"))
    name, namespace = str(metadata.get("name", "")), str(metadata.get("namespace") or "")
    if found.get("kind") == "Namespace" and not group:
        namespace = name
    wanted = match.get("kinds") or [{}]
    return (
        any(_is_kind(each, group, str(found.get("kind", ""))) for each in wanted)
        and match.get("scope", "*") in ("*", "Namespaced" if metadata.get("namespace") else "Cluster")
        and match.get("source", "All") in ("All", "Original")
        and (not match.get("name") or _fits(str(match["name"]), name))
        and (not match.get("namespaces") or _among(match["namespaces"], namespace))
        and not _among(match.get("excludedNamespaces") or (), namespace)
        and _selects(match.get("labelSelector"), _map(metadata.get("labels")))
        and _selects(match.get("namespaceSelector"), _labels(namespaces.get(namespace, {})))
    )


def _is_kind(wanted: Any, group: str, kind: str) -> bool:
    groups, kinds = wanted.get("apiGroups") or ["*"], wanted.get("kinds") or ["*"]
    return ("*" in groups or group in groups) and ("*" in kinds or kind in kinds)


def _among(patterns: Any, name: str) -> bool:
    return bool(name) and any(_fits(str(each), name) for each in patterns)


def _fits(pattern: str, name: str) -> bool:
    """Whether a name is that of a pattern, which may begin or end with `*`."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), name) is not None


def _selects(selector: Any, labels: Mapping[str, Any]) -> bool:
    wanted = _map(selector)
    alike = all(labels.get(key) == value for key, value in _map(wanted.get("matchLabels")).items())
    return alike and all(_holds(each, labels) for each in wanted.get("matchExpressions") or ())


def _holds(expression: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    key, values = expression.get("key"), expression.get("values") or ()
    return {
        "In": labels.get(str(key)) in values,
        "NotIn": labels.get(str(key)) not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }.get(str(expression.get("operator")), False)


def _labels(found: Object) -> Mapping[str, Any]:
    return _map(_map(found.get("metadata")).get("labels"))


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def pods(found: Object) -> Iterator[Object]:
    """The pod that an object makes in a cluster, where it makes some."""
    template = _map(_map(found.get("spec")).get("template"))
    job = _map(_map(found.get("spec")).get("jobTemplate"))
    template = template or _map(_map(job.get("spec")).get("template"))
    if "spec" in template and _map(template.get("spec")).get("containers"):
        owner = _map(found.get("metadata"))
        named = {"name": f"{owner.get('name', '')}-pod"} | (
            {"namespace": owner["namespace"]} if owner.get("namespace") else {}
        )
        yield {"apiVersion": "v1", "kind": "Pod", **template, "metadata": {**_map(template.get("metadata")), **named}}
