"""The files that a GitOps engine reads: one for each app with objects, their list, and what makes the engine read it.

An administrator applies `_apps.yaml`, which no deployment changes. It is not in the list, so that no object waits for its own health.
"""

from collections.abc import Iterable, Iterator, Mapping

from idpc.address import kebab
from idpc.emit.gitops.argocd import ARGOCD
from idpc.emit.gitops.flux import FLUX
from idpc.emit.gitops.model import GITOPS, Engine, Synced
from idpc.emit.gitops.order import Order, order
from idpc.emit.kubernetes.app_file import kustomization
from idpc.emit.model import Document, File, Need, Owner, Path, Source
from idpc.emit.site import Site

ENGINES: Mapping[str, Engine] = {"argocd": ARGOCD, "flux": FLUX}
ROOT_FILE = "_apps.yaml"
_LIST = "kustomization"


def gitops_files(apps: Iterable[str], site: Site) -> list[File]:
    """The files for the apps that have objects; none where the environment's own steps apply them."""
    engine, apps = ENGINES.get(site.text(GITOPS)), tuple(apps)
    if engine is None or not apps:
        return []
    files = [_app_file(synced, engine, site) for synced in _synced(apps, order(site.graph), site)]
    listed = kustomization(file.path for file in files)
    return [*files, _file(f"{_LIST}.yaml", listed, site), _file(ROOT_FILE, engine.root(site), site)]


def gitops_needs(apps: Iterable[str], site: Site) -> Iterator[Need]:
    """What must be there before the engine applies anything for the apps."""
    engine, apps = ENGINES.get(site.text(GITOPS)), tuple(apps)
    if engine is not None and apps:
        yield from (Need("crd", engine.kind, app) for app in apps)
        yield Need(GITOPS, f"{GITOPS}/{ROOT_FILE}", "")
        yield from (Need(GITOPS, sentence, "") for sentence in engine.needs(site))


def _synced(apps: tuple[str, ...], found: Order, site: Site) -> Iterator[Synced]:
    """The apps in their order; Terraform is applied before, so that no app waits for one that has nothing else."""
    for app in apps:
        yield Synced(site.app(app), found.waves[app], tuple(each for each in found.needs[app] if each in apps))


def _app_file(synced: Synced, engine: Engine, site: Site) -> File:
    stem = kebab(synced.app.name)
    name = f"_{stem}.yaml" if stem == _LIST else f"{stem}.yaml"
    sources: dict[tuple[int, Path], Source] = {(0, ()): Source(synced.app.span)}
    document = engine.app(synced, site)
    return File(f"{site.folder}/{GITOPS}/{name}", Owner(synced.app.name, GITOPS), (document,), sources)


def _file(name: str, document: Document, site: Site) -> File:
    return File(f"{site.folder}/{GITOPS}/{name}", Owner("", GITOPS), (document,), {})
