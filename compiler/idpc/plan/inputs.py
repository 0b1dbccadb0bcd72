"""Takes from a bundle what a plan needs: which files an app has, which objects stand in them, what must be there before."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from msgspec import Struct, field

from idpc.address import Address, kebab
from idpc.emit.model import Bundle, Owner, Place
from idpc.graph.model import EnvironmentGraph
from idpc.plan.model import (
    PlanCost,
    PlanInputs,
    PlannedApp,
    PlannedFile,
    PlannedObject,
    PolicyCounts,
    Precondition,
)

SHARED_FILE = "_app.yaml"
MONITORING_FILE = "_monitoring.yaml"
GITOPS_FOLDER = "gitops"
_APPLIED = frozenset({"kubernetes", "terraform"})
_DESCRIBING = frozenset({"catalog", "admission"})
"""What no step of a plan applies."""


class Provenance(Struct, frozen=True):
    """The digests of what a plan was made from and of what it deploys."""

    sources: str = ""
    artifacts: str = ""


def plan_inputs(
    graph: EnvironmentGraph,
    bundle: Bundle,
    provenance: Provenance = Provenance(),  # noqa: B008  # immutable
    policy: PolicyCounts = PolicyCounts(),  # noqa: B008  # immutable
    cost: PlanCost = PlanCost(),  # noqa: B008  # immutable
) -> PlanInputs:
    """The inputs of the plan of one environment."""
    folders = {name: _Folder(name, kebab(name)) for name in sorted(graph.apps)}
    gitops = []
    for path, owner, file in _manifests(bundle):
        if owner and owner.what in _APPLIED:
            folders[owner.app].add(path, owner, file)
        elif path.parts[0] == GITOPS_FOLDER:
            gitops.append(file)
    return PlanInputs(
        apps={name: folder.planned() for name, folder in folders.items()},
        sources=provenance.sources,
        artifacts=provenance.artifacts,
        preconditions=tuple(Precondition(*requirement) for requirement in bundle.requirements),
        gitops=tuple(gitops),
        policy=policy,
        cost=cost,
    )


class _Folder(Struct):
    """The files of one app while they are gathered."""

    name: str
    folder: str
    terraform: str = ""
    shared: PlannedFile | None = None
    monitoring: PlannedFile | None = None
    instances: dict[Address, PlannedFile] = field(default_factory=dict)

    def add(self, path: PurePosixPath, owner: Owner, file: PlannedFile) -> None:
        if owner.what == "terraform":
            self.terraform = str(path.parent)
        elif owner.address is not None:
            self.instances[owner.address] = file
        elif path.name == SHARED_FILE:
            self.shared = file
        elif path.name == MONITORING_FILE:
            self.monitoring = file

    def planned(self) -> PlannedApp:
        instances = {address: self.instances[address] for address in sorted(self.instances)}
        return PlannedApp(self.name, self.folder, self.terraform, self.shared, self.monitoring, instances)


def _manifests(bundle: Bundle) -> Iterator[tuple[PurePosixPath, Owner | None, PlannedFile]]:
    for full in sorted(bundle.files):
        path = PurePosixPath(*PurePosixPath(full).parts[1:])
        owner = bundle.owners.get(full)
        applied = path.suffix == ".yaml" and (owner is None or owner.what not in _DESCRIBING)
        objects = tuple(_objects(bundle, full)) if applied else ()
        yield path, owner, PlannedFile(str(path), objects)


def _objects(bundle: Bundle, file: str) -> Iterator[PlannedObject]:
    for index, document in enumerate(bundle.files[file]):
        metadata = document.get("metadata")
        name = metadata.get("name") if isinstance(metadata, dict) else None
        kind = document.get("kind")
        if isinstance(kind, str) and isinstance(name, str):
            yield PlannedObject(kind, name, document, bundle.address(Place(file, index)))
