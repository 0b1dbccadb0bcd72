"""What a check looks at, and what it finds."""

from typing import NamedTuple

from idpc.diagnostics.model import Code, Diagnostic
from idpc.emit.findings import at_app, at_node
from idpc.emit.kubernetes.pods import pod_template
from idpc.emit.model import Document, Source
from idpc.emit.reading import entries, group, mapping, name, text
from idpc.emit.site import Site

_CONTAINERS = ("initContainers", "containers")


class Finding(NamedTuple):
    """A fault of an object: the rest of a sentence that begins with the object."""

    code: Code
    message: str
    advice: str = ""


class Pod(NamedTuple):
    """The pods that an object makes. Each container comes with the words that name it."""

    metadata: Document
    spec: Document
    containers: tuple[tuple[str, Document], ...]


class Subject(NamedTuple):
    """An object, read once for all checks. `kind` is its group and kind, `pod` None where it makes no pods."""

    document: Document
    kind: tuple[str, str]
    metadata: Document
    spec: Document
    pod: Pod | None

    @property
    def name(self) -> str:
        """The object's name."""
        return text(self.metadata.get("name"))


def subject(document: Document) -> Subject:
    """An object as the checks look at it."""
    kind = (group(document), text(document["kind"]))
    metadata, spec = mapping(document.get("metadata")), mapping(document.get("spec"))
    template = pod_template(document)
    return Subject(document, kind, metadata, spec, None if template is None else _pod(template))


def _pod(template: Document) -> Pod:
    spec = mapping(template["spec"])
    named = tuple(
        (f"container `{text(container.get('name'))}`", container)
        for key in _CONTAINERS
        for container in entries(spec.get(key))
    )
    return Pod(mapping(template.get("metadata")), spec, named)


def described(document: Document) -> str:
    """How a message calls an object."""
    return f"{text(document['kind'])}/{name(document)}"


def told(finding: Finding, what: str, source: Source, app: str, site: Site) -> Diagnostic:
    """A finding about an object of an app, at the instance that it comes from or else at the app."""
    message = f"`{what}`: {finding.message}"
    if source.address is None:
        return at_app(finding.code, site.app(app), site, message, advice=finding.advice)
    node = site.node(source.address)
    return at_node(finding.code, node, site, message, written=source.span, advice=finding.advice)
