"""What a real API server rejects beyond its schemas, found in the finished documents: a last line of defence.

The standard library and the type checker keep most of it from happening; a kind of one's own or a `patch` may not.
"""

from collections.abc import Callable, Iterable, Iterator

from idpc.diagnostics.model import Diagnostic
from idpc.emit.checks.bounds import reversed_bounds
from idpc.emit.checks.finding import Finding, told
from idpc.emit.checks.labels import invalid_labels, selectors_that_miss
from idpc.emit.checks.names import invalid_names
from idpc.emit.checks.pods import invalid_pods
from idpc.emit.checks.ports import invalid_ports
from idpc.emit.checks.quantities import invalid_quantities
from idpc.emit.checks.routes import invalid_routes
from idpc.emit.checks.schedules import invalid_schedules
from idpc.emit.checks.variables import invalid_variables
from idpc.emit.checks.volumes import invalid_volumes
from idpc.emit.site import Site
from idpc.emit.subject import Subject

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
_OF_PODS = frozenset({selectors_that_miss, invalid_pods, invalid_volumes, invalid_variables})
_CHECKS_WITHOUT_PODS = tuple(check for check in _CHECKS if check not in _OF_PODS)


def check_objects(objects: Iterable[Subject], app: str, site: Site) -> Iterator[Diagnostic]:
    """All that is wrong with each of the objects of an app by itself."""
    for seen in objects:
        for check in _CHECKS if seen.pod else _CHECKS_WITHOUT_PODS:
            for finding in check(seen):
                yield told(finding, seen.described, seen.source, app, site)
