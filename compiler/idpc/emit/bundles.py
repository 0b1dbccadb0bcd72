"""The stage's public function: one bundle for each environment."""

from collections.abc import Iterable, Iterator

from idpc.diagnostics.model import Outcome
from idpc.emit.checks import check_files
from idpc.emit.checks.uniqueness import secrets_twice
from idpc.emit.kubernetes.files import kubernetes_files
from idpc.emit.kubernetes.objects import kubernetes_objects
from idpc.emit.model import Bundle, Document, File, Place, Requirement
from idpc.emit.requirements import requirements
from idpc.emit.site import Site
from idpc.emit.terraform.roots import terraform_roots
from idpc.graph.model import Graph
from idpc.schema.custom_resources import CustomSchemas


def emit(graph: Graph, crds: CustomSchemas | None = None) -> Outcome[tuple[Bundle, ...]]:
    """The bundle of every environment, in the order of their names; `crds` are the project's own custom resources."""
    outcomes = [_bundle(Site(graph.project, graph.environments[name], crds)) for name in sorted(graph.environments)]
    diagnostics = tuple(diagnostic for outcome in outcomes for diagnostic in outcome.diagnostics)
    return Outcome(tuple(outcome.value for outcome in outcomes), diagnostics)


def _bundle(site: Site) -> Outcome[Bundle]:
    objects = kubernetes_objects(site)
    roots = terraform_roots(site, objects.reads)
    files = [file for root in roots.value for file in root.files]
    for name, app in sorted(site.graph.apps.items()):
        wanted = any(root.app == name and root.needs_namespace for root in roots.value)
        files.extend(kubernetes_files(app, objects, site, wanted=wanted))
    states = ((root.app, root.backend) for root in roots.value)
    needed = requirements(_users(files), states, objects, site)
    return Outcome(
        _assembled(site, files, needed),
        (*objects.diagnostics, *roots.diagnostics, *check_files(files, site), *secrets_twice(objects.reads, site)),
    )


def _users(files: Iterable[File]) -> Iterator[tuple[str, Document]]:
    """Every Kubernetes object with the instance, or else the app, that has it."""
    for file in files:
        if file.owner.what == "kubernetes":
            for index, document in enumerate(file.documents):
                yield str(file.sources[index, ()].address or file.owner.app), document


def _assembled(site: Site, files: Iterable[File], needed: tuple[Requirement, ...]) -> Bundle:
    ordered = sorted(files, key=lambda file: file.path)
    sources = {Place(file.path, *where): source for file in ordered for where, source in file.sources.items()}
    return Bundle(
        site.name,
        {file.path: file.documents for file in ordered},
        {file.path: file.owner for file in ordered},
        {place: source.span for place, source in sources.items()},
        {place: source.address for place, source in sources.items() if source.address is not None},
        needed,
    )
