"""One Terraform root for each app of an environment that has resources of its own or outputs to deliver."""

from typing import NamedTuple

from idpc.address import kebab
from idpc.diagnostics.model import Outcome
from idpc.emit.delivery import Reads
from idpc.emit.model import File, Owner, Path, Source
from idpc.emit.site import Site
from idpc.emit.terraform.backends import Backend, backend
from idpc.emit.terraform.module import Module, main_document, module
from idpc.emit.terraform.providers import provider_blocks, terraform_block


class Root(NamedTuple):
    """The files of a root; `backend` names where its state is, `needs_namespace` whether that is the app's namespace."""

    app: str
    files: tuple[File, ...]
    backend: str
    needs_namespace: bool


def terraform_roots(site: Site, reads: Reads) -> Outcome[tuple[Root, ...]]:
    """The roots of all apps, in order."""
    modules = [module(app, reads, site) for _, app in sorted(site.graph.apps.items())]
    diagnostics = tuple(diagnostic for made in modules for diagnostic in made.scope.diagnostics)
    return Outcome(tuple(_root(made) for made in modules if made.blocks), diagnostics)


def _root(made: Module) -> Root:
    state = backend(made.app, made.scope.site)
    return Root(made.app.name, tuple(_files(made, state)), state.name, state.in_namespace)


def _files(made: Module, state: Backend) -> tuple[File, File]:
    site, app = made.scope.site, made.app
    folder, owner = f"{site.folder}/{kebab(app.name)}/terraform", Owner(app.name, "terraform")
    sources: dict[tuple[int, Path], Source] = {(0, ()): Source(app.span)}
    for where, block in made.blocks.items():
        sources[0, where] = Source(block.span, block.address)
    main = main_document(made, provider_blocks(made.providers, app, site))
    versions = terraform_block(made.providers, state.block, site)
    return (
        File(f"{folder}/main.tf.json", owner, (main,), sources),
        File(f"{folder}/versions.tf.json", owner, (versions,), {(0, ()): Source(app.span)}),
    )
