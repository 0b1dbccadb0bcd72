"""Labels, annotations, and selectors that must match the pods of the same object."""

import re
from collections.abc import Iterator
from functools import lru_cache

from idpc.diagnostics.codes.artifacts import LABEL_INVALID, SELECTOR_MISMATCH
from idpc.emit.checks.finding import Finding
from idpc.emit.checks.names import SUBDOMAIN
from idpc.emit.model import Document
from idpc.emit.reading import entries, mapping, strings, text
from idpc.emit.subject import Subject

_PART = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_SELECTED = frozenset(
    {
        ("apps", "Deployment"),
        ("apps", "StatefulSet"),
        ("apps", "DaemonSet"),
        ("apps", "ReplicaSet"),
        ("argoproj.io", "Rollout"),
    }
)
_ANNOTATIONS_LIMIT = 256 * 1024


def invalid_labels(subject: Subject) -> Iterator[Finding]:
    """Labels and annotations whose keys or values the API server rejects."""
    yield from _metadata(subject.metadata)
    if subject.pod is not None and subject.pod.metadata is not subject.metadata:
        yield from _metadata(subject.pod.metadata)


def _metadata(metadata: Document) -> Iterator[Finding]:
    for key, value in mapping(metadata.get("labels")).items():
        if not isinstance(value, str) or not _is_label(key, value):
            advice = "values are at most 63 letters, digits, `-`, `_` and `.`, keys the same with an optional `domain/`"
            yield Finding(LABEL_INVALID, f"the label `{key}: {value}` is not one that the API server takes", advice)
    annotations = mapping(metadata.get("annotations"))
    for key, value in annotations.items():
        if not _is_key(key) or not isinstance(value, str):
            yield Finding(LABEL_INVALID, f"the annotation `{key}` is not one that the API server takes")
    if sum(len(key.encode()) + len(str(value).encode()) for key, value in annotations.items()) > _ANNOTATIONS_LIMIT:
        yield Finding(LABEL_INVALID, "the annotations are larger than the 256 KiB that the API server takes")


@lru_cache(maxsize=4096)
def _is_label(key: str, value: str) -> bool:
    return _is_key(key) and (not value or bool(_PART.fullmatch(value)))


def _is_key(key: str) -> bool:
    prefix, slash, name = key.rpartition("/")
    return bool(_PART.fullmatch(name)) and (not slash or bool(SUBDOMAIN.fullmatch(prefix)))


def selectors_that_miss(subject: Subject) -> Iterator[Finding]:
    """A workload's selector that is empty or does not match the labels of its own pods."""
    if subject.kind not in _SELECTED or subject.pod is None:
        return
    selector = mapping(subject.spec.get("selector"))
    labels = mapping(subject.pod.metadata.get("labels"))
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        yield Finding(SELECTOR_MISMATCH, "the selector is empty", "leave `selector` out: it is filled in")
    for key, value in mapping(selector.get("matchLabels")).items():
        if labels.get(key) != value:
            given = f"`{key}: {labels[key]}`" if key in labels else f"no label `{key}`"
            yield _missed(f"`{key}: {value}`", given)
    for expression in entries(selector.get("matchExpressions")):
        if not _holds(expression, labels):
            yield _missed(f"`{text(expression.get('key'))} {text(expression.get('operator'))}`", "others")


def _missed(selected: str, given: str) -> Finding:
    message = f"the selector asks for {selected}, and the pods have {given}"
    return Finding(SELECTOR_MISMATCH, message, "leave `selector` out, or give the pod template the same labels")


def _holds(expression: Document, labels: Document) -> bool:
    key, operator = text(expression.get("key")), expression.get("operator")
    values = strings(expression.get("values"))
    if operator in {"Exists", "DoesNotExist"}:
        return (key in labels) is (operator == "Exists")
    return (text(labels.get(key)) in values and key in labels) is (operator == "In")
