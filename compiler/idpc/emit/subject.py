"""An object as it goes to a cluster, read once for all who look at it."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from idpc.emit.kubernetes.pods import pod_template
from idpc.emit.model import Document, File, Source
from idpc.emit.reading import entries, group, mapping, text

_CONTAINERS = ("initContainers", "containers")
_NOT_APPLIED = "kustomize.config.k8s.io"


class Pod(NamedTuple):
    """The pods that an object makes. Each container comes with the words that name it."""

    metadata: Document
    spec: Document
    containers: tuple[tuple[str, Document], ...]


class Subject(NamedTuple):
    """An object and where it comes from. `kind` is its group and kind, `pod` None where it makes no pods."""

    document: Document
    source: Source
    kind: tuple[str, str]
    name: str
    namespace: str
    metadata: Document
    spec: Document
    pod: Pod | None

    @property
    def described(self) -> str:
        """How a message calls the object."""
        return f"{self.kind[1]}/{self.name}"


def applied_objects(files: Iterable[File]) -> Iterator[Subject]:
    """The objects in Kubernetes files that go to a cluster."""
    for file in files:
        for index, document in enumerate(file.documents):
            if group(document) != _NOT_APPLIED:
                yield subject(document, file.sources[index, ()])


def subject(document: Document, source: Source) -> Subject:
    """An object as the checks look at it."""
    metadata, template = mapping(document.get("metadata")), pod_template(document)
    return Subject(
        document,
        source,
        (group(document), text(document["kind"])),
        text(metadata.get("name")),
        text(metadata.get("namespace")),
        metadata,
        mapping(document.get("spec")),
        None if template is None else _pod(template),
    )


def _pod(template: Document) -> Pod:
    spec = mapping(template["spec"])
    named = tuple(
        (f"container `{text(container.get('name'))}`", container)
        for key in _CONTAINERS
        for container in entries(spec.get(key))
    )
    return Pod(mapping(template.get("metadata")), spec, named)
