"""What a check finds, and the parts of objects that several checks look at."""

from collections.abc import Iterator
from typing import NamedTuple

from idpc.diagnostics.model import Code
from idpc.emit.kubernetes.pods import pod_template
from idpc.emit.model import Document
from idpc.emit.reading import entries, mapping, text

_CONTAINERS = ("initContainers", "containers")


class Finding(NamedTuple):
    """A fault of an object: the rest of a sentence that begins with the object."""

    code: Code
    message: str
    advice: str = ""


def pod_spec(document: Document) -> Document | None:
    """The spec of the pods that an object makes, None where it makes none."""
    template = pod_template(document)
    return None if template is None else mapping(template["spec"])


def containers(pod: Document) -> Iterator[tuple[str, Document]]:
    """All containers of a pod, each with the words that name it."""
    for key in _CONTAINERS:
        for container in entries(pod.get(key)):
            yield f"container `{text(container.get('name'))}`", container
