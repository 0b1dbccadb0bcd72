"""The sides of a comparison: the sources on disk, a revision of them, or a build folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct
from msgspec.structs import replace

from idpc.diagnostics.model import Diagnostic, Severity

if TYPE_CHECKING:
    from idpc.changes import Comparison, Version
    from idpc.cli.session import Session
    from idpc.project import Sources
    from idpc.units.build import Built
    from idpc.units.versions import Compiled

WORKING_TREE = "the working tree"


class Side(Struct, frozen=True):
    """One side; `sources` is None for a build folder, and `version` for sources. `project` are the sources on disk."""

    name: str
    project: "Sources"
    sources: "Sources | None" = None
    version: "Version | None" = None

    @classmethod
    def of(cls, asked: str | None, project: "Sources") -> "Side":
        """What a word on the command line names; the sources on disk without one."""
        from idpc.units.folder import is_build

        if asked is None:
            return cls(WORKING_TREE, project, project)
        if is_build(Path(asked)):
            return cls(asked, project, version=_folder(asked))
        return cls(asked, project, revision(asked, project))

    def before(
        self, built: "Built", session: "Session"
    ) -> "tuple[Version | None, Version | None, tuple[Diagnostic, ...]]":
        """The versions of this side and of a build that follows it; where the first became nothing, why."""
        from idpc.units.versions import compiled_before, of_build

        if self.sources is None:
            return self.version, of_build(built).version, ()
        base, head = compiled_before(built, self.sources, session.options, session.runner())
        if base.version is None:
            return None, head.version, (self.broken(base),)
        return replace(base.version, name=self.name), head.version, ()

    def broken(self, base: "Compiled") -> Diagnostic:
        """What is told of a base that became nothing."""
        from idpc.changes.faults import base_broken
        from idpc.units.spots import app_span

        errors = tuple(each for each in base.diagnostics if each.severity is Severity.ERROR)
        return base_broken(self.name, errors, app_span(self.project, ""))

    def faults(self, comparison: "Comparison") -> Iterator[Diagnostic]:
        """What must not change in one step."""
        from idpc.changes.faults import faults
        from idpc.units.spots import app_span

        return faults(comparison, lambda app: app_span(self.project, app))


def _folder(asked: str) -> "Version":
    from idpc.emit.manifest import DamagedManifestError
    from idpc.units.folder import read_version

    try:
        return replace(read_version(Path(asked)), name=asked)
    except DamagedManifestError as error:
        raise click.UsageError(f"the build `{asked}` cannot be read: its manifest {error}") from error


def revision(asked: str, project: "Sources") -> "Sources":
    """The sources of a revision of git."""
    from idpc.project.revision import RevisionError, load_revision

    if project.root is None:
        raise click.UsageError(f"`{asked}` is no build folder, and the project is in no repository")
    try:
        loaded = load_revision(project.root, asked)
    except RevisionError as error:
        raise click.UsageError(f"`{asked}` is neither a build folder nor a git revision: {error}") from error
    return loaded.value
