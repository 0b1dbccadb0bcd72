"""Finds the pods that an object makes."""

from idpc.emit.model import Document
from idpc.emit.reading import at, group, mapping

_TEMPLATES = {
    ("", "Pod"): (),
    ("", "PodTemplate"): ("template",),
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
    ("keda.sh", "ScaledJob"): ("spec", "jobTargetRef", "template"),
}
_RUN_TO_COMPLETION = {("batch", "Job"), ("batch", "CronJob"), ("keda.sh", "ScaledJob")}


def pod_template_path(document: Document) -> tuple[str, ...] | None:
    """The keys that lead to the metadata and spec of the pods that an object makes, None where it makes none."""
    path = _TEMPLATES.get((group(document), str(document.get("kind"))), ("spec", "template"))
    return path if isinstance(at(document, *path, "spec", "containers"), list) else None


def pod_template(document: Document) -> Document | None:
    """The metadata and spec of the pods that an object makes."""
    path = pod_template_path(document)
    return None if path is None else mapping(at(document, *path))


def runs_to_completion(document: Document) -> bool:
    """Whether the pods of an object end by themselves."""
    return (group(document), str(document.get("kind"))) in _RUN_TO_COMPLETION
