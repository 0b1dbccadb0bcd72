"""What a set of changes holds: the files that are named, or what git says since a revision."""

import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from idpc.diagnostics import Diagnostic
from idpc.source import SourceFile

if TYPE_CHECKING:
    from idpc.policy.ownership import Change, Revision
    from idpc.project import Sources

_SUFFIX = ".platform"


def foreign(sources: "Sources", team: str, files: Sequence[Path], base: str | None) -> tuple[Diagnostic, ...]:
    """What a team changed of others."""
    from idpc.policy.ownership import foreign_changes
    from idpc.stages import parsed

    if not files and base is None:
        raise click.UsageError("`--changed-by` needs a set of changes: `--changed FILE` or `--base REVISION`")
    if files and base is not None:
        raise click.UsageError("give either `--changed` or `--base`")
    modules = [parsed(file).value for file in sources.files]
    _check_team(team, {name for module in modules for name in _teams(module.statements)})
    return foreign_changes(team, tuple(_changes(sources, files, base)), modules)


def _teams(statements: Iterable[object]) -> Iterator[str]:
    from idpc.resolve.program import declared_name
    from idpc.syntax.nodes import Block

    for each in statements:
        name = declared_name(each) if isinstance(each, Block) and each.head.text == "team" else None
        if name:
            yield name.text


def _check_team(team: str, known: set[str]) -> None:
    if team not in known:
        raise click.UsageError(f"there is no team `{team}`; use --changed-by with one of {', '.join(sorted(known))}")


def _changes(sources: "Sources", files: Sequence[Path], base: str | None) -> Iterator["Change"]:
    from idpc.policy.ownership import Change

    now = {file.path: file for file in sources.files}
    policies = {file.path for file in sources.rego}
    for path in _named(sources, files) if base is None else _since(sources, base):
        if path.endswith(_SUFFIX):
            before = _before(sources, base, path) if base is not None else None
            yield Change(path, _revision(now.get(path)), _revision(before))
        elif path.endswith(".rego") or path in policies:
            yield Change(path, None)


def _revision(file: SourceFile | None) -> "Revision | None":
    from idpc.policy.ownership import Revision
    from idpc.stages import parsed

    return Revision(file, parsed(file).value) if file is not None else None


def _named(sources: "Sources", files: Iterable[Path]) -> Iterator[str]:
    """Paths below the project's folder; a change elsewhere is nothing of the project's."""
    root = (sources.root or Path.cwd()).resolve()
    for file in files:
        whole = file.resolve()
        if whole.is_relative_to(root):
            yield whole.relative_to(root).as_posix()


def _since(sources: "Sources", base: str) -> list[str]:
    """What changed since a revision, files that git does not know yet included."""
    changed = _git(sources, "diff", "--name-only", "--relative", "--no-renames", "-z", base, "--", ".")
    fresh = _git(sources, "ls-files", "--others", "--exclude-standard", "-z", ".")
    return sorted({path for text in (changed, fresh) for path in text.split("\0") if path})


def _before(sources: "Sources", base: str, path: str) -> SourceFile | None:
    """A file as it was at a revision, None where it was not there."""
    if not _git(sources, "ls-tree", "-z", base, "--", path):
        return None
    return SourceFile(path, _git(sources, "show", f"{base}:./{path}"))


def _git(sources: "Sources", *arguments: str) -> str:
    command = ("git", "-C", str(sources.root or Path.cwd()), *arguments)
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout  # noqa: S603
    except FileNotFoundError as error:
        raise click.UsageError("`--base` needs git") from error
    except subprocess.CalledProcessError as error:
        raise click.UsageError(f"git cannot tell what changed: {error.stderr.strip().splitlines()[0]}") from error
