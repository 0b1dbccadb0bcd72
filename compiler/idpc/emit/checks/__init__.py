"""What a real API server rejects beyond its schemas, found in the finished documents: a last line of defence.

The standard library and the type checker keep most of it from happening; a kind of one's own or a `patch` may not.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from idpc.diagnostics.model import Diagnostic
from idpc.emit.checks.bounds import reversed_bounds
from idpc.emit.checks.finding import Finding, Subject, subject
from idpc.emit.checks.labels import invalid_labels, selectors_that_miss
from idpc.emit.checks.names import invalid_names
from idpc.emit.checks.pods import invalid_pods
from idpc.emit.checks.ports import invalid_ports
from idpc.emit.checks.quantities import invalid_quantities
from idpc.emit.checks.routes import invalid_routes
from idpc.emit.checks.schedules import invalid_schedules
from idpc.emit.checks.uniqueness import objects_twice
from idpc.emit.checks.variables import invalid_variables
from idpc.emit.checks.volumes import invalid_volumes
from idpc.emit.findings import at_app, at_node
from idpc.emit.model import Document, File, Source
from idpc.emit.reading import name, text
from idpc.emit.site import Site

_CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    invalid_names,
    invalid_labels,
    selectors_that_miss,
    invalid_quantities,
    invalid_schedules,
    invalid_pods,
    invalid_ports,
    reversed_bounds,
    invalid_routes,
    invalid_volumes,
    invalid_variables,
)
_NOT_APPLIED = "Kustomization"


class _Object(NamedTuple):
    file: File
    source: Source
    document: Document


def check_files(files: Iterable[File], site: Site) -> tuple[Diagnostic, ...]:
    """All that is wrong with the Kubernetes objects of an environment."""
    objects = [found for file in files if file.owner.what == "kubernetes" for found in _objects(file)]
    found: list[Diagnostic] = []
    for thing in objects:
        seen = subject(thing.document)
        found.extend(_diagnostic(finding, thing, site) for check in _CHECKS for finding in check(seen))
    repeated = objects_twice((thing.source, thing.document) for thing in objects)
    found.extend(_diagnostic(finding, objects[index], site) for index, finding in repeated)
    return tuple(found)


def _objects(file: File) -> Iterator[_Object]:
    for index, document in enumerate(file.documents):
        if document["kind"] != _NOT_APPLIED:
            yield _Object(file, file.sources[index, ()], document)


def _diagnostic(finding: Finding, thing: _Object, site: Site) -> Diagnostic:
    message = f"`{text(thing.document['kind'])}/{name(thing.document)}`: {finding.message}"
    if thing.source.address is None:
        return at_app(finding.code, site.app(thing.file.owner.app), site, message, advice=finding.advice)
    node = site.node(thing.source.address)
    return at_node(finding.code, node, site, message, written=thing.source.span, advice=finding.advice)
