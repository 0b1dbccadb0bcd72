"""`idpc diff`: what changes between two versions of a project, and what that does to what runs."""

import datetime
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from idpc.cli import console, options
from idpc.cli.session import Session
from idpc.cli.sides import Side
from idpc.diagnostics.merge import merge
from idpc.diagnostics.model import Diagnostic, Severity

if TYPE_CHECKING:
    from idpc.changes import Comparison, Version
    from idpc.project import Sources
    from idpc.units.versions import Compiled

FORMATS = ("text", "json", "markdown")


@click.command(
    cls=options.Command,
    examples=(
        ("idpc diff", "the working tree against the last commit"),
        ("idpc diff main", "against another revision"),
        ("idpc diff v1.2 v1.3 --env prod", "between two revisions, in one environment"),
        ("idpc diff build", "against what was built last"),
        ("idpc diff origin/main --format markdown", "as a comment on a pull request"),
    ),
)
@click.argument("base", default="HEAD")
@click.argument("head", required=False)
@click.option(
    "--project",
    "path",
    type=click.Path(exists=True, path_type=Path),
    default=".",
    help="The project's folder, or one inside it.  [default: the current one]",
)
@options.environments
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="Of the changes.")
@click.option("--exit-code", "tells", is_flag=True, help="Exit with 1 when anything changes.")
@options.today
@options.cached
@options.workers
def command(  # noqa: PLR0913  # one parameter an option
    base: str,
    head: str | None,
    path: Path,
    environments: tuple[str, ...],
    form: str,
    today: datetime.date,
    *,
    tells: bool,
    no_cache: bool,
    jobs: int | None,
    executor: str | None,
) -> int:
    """Tell what changes from BASE to HEAD: instances and fields, and what becomes of resources and objects.

    Each is a revision of git or a folder that a build wrote; without HEAD it is the working tree. Order, layout and
    the files in which things stand change nothing. Exits with 1 where something must not be done in one step, as
    deleting data that was not retired.
    """
    session = Session(path, today, environments, product=True, cache=not no_cache, jobs=jobs, cluster=executor)
    project = session.load().value
    sides = Side.of(base, project), Side.of(head, project)
    before, after, found = _versions(*sides, session)
    comparison = _comparison(before, after, session)
    if comparison is not None:
        refused = merge(sides[1].faults(comparison), _names(before, after))
        console.write(_printed(form, comparison, refused))
        found += refused
    passed = _tell(found, project, session, _names(before, after))
    changes = comparison is None or comparison.changes
    return 0 if passed and not (tells and changes) else 1


def _versions(
    base: Side, head: Side, session: Session
) -> "tuple[Version | None, Version | None, tuple[Diagnostic, ...]]":
    """Both versions, as far as they became something, and the errors that kept them from it."""
    from idpc.units.build import Known
    from idpc.units.versions import compiled_beside, compiled_pair

    if base.sources is not None and head.sources is not None:
        memory = session.memory(base.project)
        known = memory.known(memory.folder)
        one, two = compiled_pair(base.sources, head.sources, session.options, session.runner(), known)
        return _named(one, base), _named(two, head), (*_base_faults(one, base), *_errors(two))
    if head.sources is not None and base.version is not None:
        known = session.memory(head.sources).known(None)
        made = compiled_beside(head.sources, base.version, known, session.options, session.runner())
        return base.version, _named(made, head), _errors(made)
    if base.sources is not None and head.version is not None:
        made = compiled_beside(base.sources, head.version, Known(), session.options, session.runner())
        return _named(made, base), head.version, _base_faults(made, base)
    return base.version, head.version, ()


def _named(made: "Compiled", side: Side) -> "Version | None":
    return replace(made.version, name=side.name) if made.version is not None else None


def _base_faults(made: "Compiled", side: Side) -> tuple[Diagnostic, ...]:
    return (side.broken(made),) if made.version is None else ()


def _errors(made: "Compiled") -> tuple[Diagnostic, ...]:
    return tuple(each for each in made.diagnostics if each.severity is Severity.ERROR)


def _comparison(before: "Version | None", after: "Version | None", session: Session) -> "Comparison | None":
    from idpc.changes import compare

    if before is None or after is None:
        return None
    session.check_environments(_names(before, after))
    return compare(before, after, session.environments)


def _names(*versions: "Version | None") -> tuple[str, ...]:
    return tuple(sorted({name for version in versions if version is not None for name in version.states}))


def _printed(form: str, comparison: "Comparison", refused: tuple[Diagnostic, ...]) -> str:
    if form == "json":
        from idpc.changes.document import diff_document

        return json.dumps(diff_document(comparison, refused), indent=2, ensure_ascii=False) + "\n"
    if form == "markdown":
        from idpc.changes.markdown import diff_page

        return diff_page(comparison, refused)
    from idpc.changes.text import diff_text

    return diff_text(comparison)


def _tell(found: tuple[Diagnostic, ...], project: "Sources", session: Session, names: tuple[str, ...]) -> bool:
    from idpc.units.build import Built

    return session.tell(Built(project, "", names, merge(found, names), {}))
