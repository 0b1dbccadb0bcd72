"""The Terraform root of an app that has resources of its own or outputs to deliver."""

from typing import NamedTuple

from idpc.address import kebab
from idpc.diagnostics.model import Outcome
from idpc.emit.delivery import AppReads, Demand
from idpc.emit.model import File, Owner, Path, Source
from idpc.emit.site import Site
from idpc.emit.terraform.backends import Backend, backend
from idpc.emit.terraform.module import Module, main_document, module
from idpc.emit.terraform.providers import provider_blocks, terraform_block
from idpc.graph.model import App


class Root(NamedTuple):
    """The files of a root; `backend` names where its state is, `needs_namespace` whether that is the app's namespace."""

    files: tuple[File, ...]
    backend: str
    needs_namespace: bool


def terraform_root(app: App, reads: AppReads, wanted: Demand, site: Site) -> Outcome[Root | None]:
    """The root of an app, None where nothing stands in it; what it reads of the store is added to `reads`."""
    made = module(app, reads, wanted, site)
    return Outcome(_root(made) if made.blocks else None, tuple(made.scope.diagnostics))


def _root(made: Module) -> Root:
    state = backend(made.app, made.scope.site)
    return Root(tuple(_files(made, state)), state.name, state.in_namespace)


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
