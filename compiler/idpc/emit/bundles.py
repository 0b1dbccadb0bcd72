"""The stage's public function: one bundle for each environment, put together from one for each app."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from idpc.diagnostics.model import Diagnostic, Outcome
from idpc.emit.catalog.files import app_catalog, team_catalog
from idpc.emit.checks import check_objects
from idpc.emit.checks.uniqueness import claim, objects_twice, secrets_twice
from idpc.emit.delivery import Demand, demand
from idpc.emit.gitops.files import gitops_files, gitops_needs
from idpc.emit.gitops.guards import guarded
from idpc.emit.kubernetes.files import kubernetes_files
from idpc.emit.kubernetes.network import Pods
from idpc.emit.kubernetes.objects import AppObjects, app_objects, opened_pieces, pods_of
from idpc.emit.model import AppBundle, Bundle, File, Need
from idpc.emit.requirements import app_needs, joined
from idpc.emit.site import Site
from idpc.emit.subject import applied_objects
from idpc.emit.terraform.roots import Root, terraform_root
from idpc.graph.model import App, Graph
from idpc.schema.custom_resources import CustomSchemas


class Neighbours(Struct, frozen=True):
    """What an app must know of the others: which instances have pods, and what is read of its own."""

    pods: Pods
    demand: Demand


def emit(graph: Graph, crds: CustomSchemas | None = None) -> Outcome[tuple[Bundle, ...]]:
    """The bundle of every environment, in the order of their names; `crds` are the project's own custom resources."""
    outcomes = [
        emit_environment(Site(graph.project, graph.environments[name], crds)) for name in sorted(graph.environments)
    ]
    diagnostics = tuple(diagnostic for outcome in outcomes for diagnostic in outcome.diagnostics)
    return Outcome(tuple(outcome.value for outcome in outcomes), diagnostics)


def emit_environment(site: Site) -> Outcome[Bundle]:
    """The bundle of one environment: first the objects of each app, then what they mean for each other."""
    objects = {name: app_objects(name, site) for name in site.apps}
    around = neighbours(objects.values())
    bundles = [emit_app(site.app(name), objects[name], around, site) for name in site.apps]
    return put_together(bundles, objects, site)


def neighbours(apps: Iterable[AppObjects]) -> Neighbours:
    """What the apps of an environment must know of each other."""
    apps = tuple(apps)
    return Neighbours(pods_of(apps), demand(objects.reads for objects in apps))


def emit_app(app: App, objects: AppObjects, around: Neighbours, site: Site) -> AppBundle:
    """The files of one app and what is wrong with them; `objects` are its own, of others it sees `around` only."""
    root = terraform_root(app, objects.reads, around.demand, site)
    wanted = root.value is not None and root.value.needs_namespace
    pieces = opened_pieces(app.name, objects, site, around.pods)
    written = kubernetes_files(app, pieces, objects.reads, site, wanted=wanted)
    files = [guarded(file, site) for file in written]
    applied = tuple(applied_objects(files))
    return AppBundle(
        app.name,
        (*(root.value.files if root.value else ()), *files, *app_catalog(app, site)),
        (*_state(app, root.value), *app_needs(applied, app.name, objects.reads, site)),
        tuple(claim(seen, app.name) for seen in applied),
        (*objects.diagnostics, *root.diagnostics, *check_objects(applied, app.name, site)),
    )


def _state(app: App, root: Root | None) -> tuple[Need, ...]:
    return (Need("state", root.backend, app.name),) if root else ()


def put_together(bundles: Iterable[AppBundle], objects: Mapping[str, AppObjects], site: Site) -> Outcome[Bundle]:
    """The bundle of an environment from those of its apps, with what is wrong between apps."""
    bundles = tuple(bundles)
    of_apps = (file for bundle in bundles for file in bundle.files)
    applied = [bundle.app for bundle in bundles if any(map(_holds_objects, bundle.files))]
    synced = gitops_files(applied, site)
    files = sorted((*of_apps, *team_catalog(site), *synced), key=lambda file: file.path)
    needs = (need for bundle in bundles for need in bundle.needs)
    made = Bundle(
        site.name,
        {file.path: file.documents for file in files},
        {file.path: file.owner for file in files},
        {file.path: file.sources for file in files},
        joined((*needs, *gitops_needs(applied, site)), site),
        tuple(one for bundle in bundles for one in bundle.claims),
    )
    diagnostics = (
        *(diagnostic for bundle in bundles for diagnostic in bundle.diagnostics),
        *_checked(synced, site),
        *objects_twice(made.claims, site),
        *secrets_twice((each.reads for each in objects.values()), site),
    )
    return Outcome(made, diagnostics)


def _holds_objects(file: File) -> bool:
    return file.owner.what == "kubernetes"


def _checked(synced: Iterable[File], site: Site) -> Iterator[Diagnostic]:
    """What is wrong with what a GitOps engine reads of apps; what stands for all of them has a shorter name yet."""
    for file in synced:
        if file.owner.app:
            yield from check_objects(applied_objects((file,)), file.owner.app, site)
