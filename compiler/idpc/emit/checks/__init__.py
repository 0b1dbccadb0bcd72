"""What a real API server rejects beyond its schemas, found in the finished documents: a last line of defence.

The standard library and the type checker keep most of it from happening; a kind of one's own or a `patch` may not.
"""

from collections.abc import Callable, Iterable, Iterator

from idpc.diagnostics.model import Diagnostic
from idpc.emit.checks.bounds import reversed_bounds
from idpc.emit.checks.finding import Finding, Subject, described, subject, told
from idpc.emit.checks.labels import invalid_labels, selectors_that_miss
from idpc.emit.checks.names import invalid_names
from idpc.emit.checks.pods import invalid_pods
from idpc.emit.checks.ports import invalid_ports
from idpc.emit.checks.quantities import invalid_quantities
from idpc.emit.checks.routes import invalid_routes
from idpc.emit.checks.schedules import invalid_schedules
from idpc.emit.checks.variables import invalid_variables
from idpc.emit.checks.volumes import invalid_volumes
from idpc.emit.model import Document, File, Source
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


def check_objects(objects: Iterable[tuple[Source, Document]], app: str, site: Site) -> Iterator[Diagnostic]:
    """All that is wrong with each of the objects of an app by itself."""
    for source, document in objects:
        seen = subject(document)
        for check in _CHECKS:
            for finding in check(seen):
                yield told(finding, described(document), source, app, site)


def applied_objects(files: Iterable[File]) -> Iterator[tuple[Source, Document]]:
    """The objects in Kubernetes files that go to a cluster."""
    for file in files:
        for index, document in enumerate(file.documents):
            if document["kind"] != _NOT_APPLIED:
                yield file.sources[index, ()], document
