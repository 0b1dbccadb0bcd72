"""One Terraform root for each app of an environment that has resources of its own or outputs to deliver."""

from dataclasses import dataclass

from idpc.diagnostics.model import Outcome
from idpc.emit.delivery import Reads
from idpc.emit.model import File
from idpc.emit.site import Site


@dataclass(frozen=True, slots=True)
class Root:
    """The files of a root; `backend` names where its state is, `needs_namespace` whether that is the app's namespace."""

    app: str
    files: tuple[File, ...]
    backend: str
    needs_namespace: bool


def terraform_roots(site: Site, reads: Reads) -> Outcome[tuple[Root, ...]]:
    """The roots of all apps, in order."""
    return Outcome(())
