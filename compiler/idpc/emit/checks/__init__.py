"""What a real API server rejects beyond its schemas, found in the finished documents: a last line of defence.

The standard library and the type checker keep most of it from happening; a kind of one's own or a `patch` may not.
"""

from collections.abc import Callable, Iterable, Iterator

from idpc.diagnostics.model import Diagnostic
from idpc.emit.checks.bounds import reversed_bounds
from idpc.emit.checks.finding import Finding
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

_CHECKS: tuple[Callable[[Document], Iterator[Finding]], ...] = (
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


def check_files(files: Iterable[File], site: Site) -> tuple[Diagnostic, ...]:
    """All that is wrong with the Kubernetes objects of an environment."""
    objects = [found for file in files if file.owner.what == "kubernetes" for found in _objects(file)]
    found = [
        _diagnostic(finding, document, file, source, site)
        for file, source, document in objects
        for check in _CHECKS
        for finding in check(document)
    ]
    repeated = objects_twice(((source, document) for _, source, document in objects))
    owners = {id(document): (file, source) for file, source, document in objects}
    found.extend(_diagnostic(finding, document, *owners[id(document)], site) for document, finding in repeated)
    return tuple(found)


def _objects(file: File) -> Iterator[tuple[File, Source, Document]]:
    for index, document in enumerate(file.documents):
        if document["kind"] != _NOT_APPLIED:
            yield file, file.sources[index, ()], document


def _diagnostic(finding: Finding, document: Document, file: File, source: Source, site: Site) -> Diagnostic:
    message = f"`{text(document['kind'])}/{name(document)}`: {finding.message}"
    if source.address is None:
        return at_app(finding.code, site.app(file.owner.app), site, message, advice=finding.advice)
    node = site.node(source.address)
    return at_node(finding.code, node, site, message, written=source.span, advice=finding.advice)
