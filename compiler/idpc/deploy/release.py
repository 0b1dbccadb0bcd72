"""A plan with the files that it deploys: taken from a build, where nothing may have changed since, or from the store."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from msgspec import Struct

from idpc.address import kebab
from idpc.deploy.blobs import Blobs, DamagedBlobError
from idpc.deploy.plan_reader import UnreadablePlanError, read_plan
from idpc.diagnostics import Diagnostic, Outcome
from idpc.diagnostics.codes.deploy import PLAN_STALE, PLAN_UNREADABLE
from idpc.emit.manifest import DamagedManifestError, Manifest, digest, read_manifest
from idpc.plan.model import Plan, Step
from idpc.source import Span

PLAN = "plan.json"
_BUILD_AGAIN = "run `idpc build`, read the new plan, and deploy that"
_VIEWS = frozenset({PLAN, "plan.md", "graph.json", "cost.json"})


class Release(Struct, frozen=True):
    """A plan, its digest, and the contents of its files by their path below the environment's folder."""

    plan: Plan
    digest: str
    files: Mapping[str, bytes]

    @property
    def folder(self) -> str:
        """The environment's name in artifacts."""
        return kebab(self.plan.environment)

    def below(self, artifact: str) -> dict[str, bytes]:
        """The files of an artifact: the one of its name, or all in the folder of its name."""
        return {path: self.files[path] for path in self.files if path == artifact or path.startswith(f"{artifact}/")}

    def of(self, step: Step) -> dict[str, bytes]:
        """The files of a step."""
        return {path: content for artifact in step.artifacts for path, content in self.below(artifact).items()}


def read_release(path: Path, sources: str = "") -> Outcome[Release | None]:
    """The release of a build; refused where files, plan and `sources`, the digest of the sources now, do not fit."""
    try:
        content = path.read_bytes()
        plan = read_plan(content)
    except OSError as error:
        return _refused(PLAN_UNREADABLE.at(_at(path), f"`{path.name}` cannot be read: {error.strerror}"))
    except UnreadablePlanError as error:
        return _refused(PLAN_UNREADABLE.at(_at(path), f"`{path.name}` {error}"))
    try:
        manifest = read_manifest(path.parent.parent)
    except DamagedManifestError as error:
        return _refused(PLAN_STALE.at(_at(path), f"the manifest of the build {error}", help=_BUILD_AGAIN))
    if not manifest.files:
        message = f"`{path.name}` is not in the build that made it: there is no manifest two folders up"
        return _refused(PLAN_STALE.at(_at(path), message, help="deploy from the folder that `idpc build` wrote"))
    files = dict(_files(path.parent, manifest))
    found = tuple(_faults(path, content, plan, manifest, files, sources))
    return Outcome(None if found else Release(plan, digest(content), _below(files, path.parent.name)), found)


def stored_release(blobs: Blobs, files: Mapping[str, str]) -> Release:
    """A release that was deployed before, by the digests that the journal has of its files."""
    contents = {path: blobs.read(found) for path, found in files.items()}
    if PLAN not in contents:
        raise DamagedBlobError("the plan is gone")
    plan = contents.pop(PLAN)
    return Release(read_plan(plan), digest(plan), contents)


def keep_release(release: Release, plan: bytes, blobs: Blobs) -> dict[str, str]:
    """Keeps the files of a release and its plan; gives their digests by path."""
    return {path: blobs.keep(content) for path, content in ({**release.files, PLAN: plan}).items()}


def _files(folder: Path, manifest: Manifest) -> Iterator[tuple[str, bytes | None]]:
    """The environment's artifacts by their path below the build folder, None for one that is gone."""
    for name in sorted(manifest.files):
        parts = PurePosixPath(name).parts
        if parts[0] == folder.name and "/".join(parts[1:]) not in _VIEWS:
            file = folder.parent / name
            yield name, file.read_bytes() if file.is_file() and not file.is_symlink() else None


def _below(files: Mapping[str, bytes | None], folder: str) -> dict[str, bytes]:
    return {path.removeprefix(f"{folder}/"): content for path, content in files.items() if content is not None}


def _faults(  # noqa: PLR0913  # all that must fit together
    path: Path, content: bytes, plan: Plan, manifest: Manifest, files: Mapping[str, bytes | None], sources: str
) -> Iterator[Diagnostic]:
    name = f"{path.parent.name}/{path.name}"
    if manifest.files.get(name) != digest(content):
        yield _stale(path, f"`{name}` was changed after the build that wrote it")
    elif artifacts_digest(files) != plan.artifacts:
        yield from _changed(path, files, manifest)
    elif manifest.sources != plan.sources:
        yield _stale(path, f"`{name}` was made from other sources than the rest of the build")
    elif sources and sources != plan.sources:
        yield _stale(path, "the sources were changed after the build that wrote this plan")


def artifacts_digest(files: Mapping[str, bytes | None]) -> str:
    """The digest that a plan has of its files."""
    found = hashlib.sha256()
    for path in sorted(files):
        found.update(f"{path}\0{hashlib.sha256(files[path] or b'').hexdigest()}\n".encode())
    return f"sha256:{found.hexdigest()}"


def _changed(path: Path, files: Mapping[str, bytes | None], manifest: Manifest) -> Iterator[Diagnostic]:
    """Which files are not those of the plan."""
    other = [name for name, content in files.items() if content is None or digest(content) != manifest.files[name]]
    for name in other:
        what = "is gone" if files[name] is None else "was changed"
        yield _stale(path.parent.parent / name, f"`{name}` {what} after the build that wrote the plan")
    if not other:
        yield _stale(path, "the plan is of other artifacts than those that lie beside it")


def _stale(path: Path, message: str) -> Diagnostic:
    return PLAN_STALE.at(_at(path), message, help=_BUILD_AGAIN)


def _refused(diagnostic: Diagnostic) -> Outcome[Release | None]:
    return Outcome(None, (diagnostic,))


def _at(path: Path) -> Span:
    return Span("/".join(path.parts[-3:]), 0, 0)
