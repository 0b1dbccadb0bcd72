"""`idpc check`: everything that a build would find wrong, and nothing written."""

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from idpc.cli import console, options
from idpc.cli.grounds import rest_on
from idpc.cli.session import Session
from idpc.diagnostics.merge import merge
from idpc.diagnostics.renderers.report import count_waived, plural, waived_too

if TYPE_CHECKING:
    from idpc.pipeline import Compilation
    from idpc.units.build import Built


@click.command(
    cls=options.Command,
    examples=(
        ("idpc check", "the project around the current folder"),
        ("idpc check shop.platform", "show only what is wrong in this file"),
        ("idpc check --env prod --strict", "one environment, warnings fail"),
        ("idpc check --format github", "annotations in a pull request"),
        ("idpc check --changed-by shop --base origin/main", "refuse changes to what is not the team's"),
    ),
)
@options.project_path
@options.environments
@options.output_format
@options.today
@options.strict
@options.judged
@options.cached
@options.workers
@click.option("--stats", is_flag=True, help="Count instances, edges, patches and policies in each environment.")
@click.option("--changed-by", metavar="TEAM", help="Refuse changes to what belongs to other teams.")
@click.option(
    "--changed",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="A file that the team changed; may be given more than once.",
)
@click.option("--base", metavar="REVISION", help="What the team changed is what git says since this revision.")
@options.profiled
def command(  # noqa: PLR0913  # one parameter an option
    path: Path,
    environments: tuple[str, ...],
    form: str,
    today: datetime.date,
    *,
    strict: bool,
    stats: bool,
    no_cache: bool,
    jobs: int | None,
    executor: str | None,
    judging: options.Judging,
    changed_by: str | None,
    changed: tuple[Path, ...],
    base: str | None,
) -> int:
    """Check the specification without writing anything.

    Runs all stages, templates, schemas and policies included, in every environment at once. Exits with 0 when there
    are no errors, 1 when there are, 2 when the command was used wrongly, and 3 when idpc itself failed.
    """
    if changed_by is None and (changed or base is not None):
        raise click.UsageError("whose changes are these? name the team: `--changed-by TEAM`")
    session = Session(
        path, today, environments, strict, form, cache=not no_cache, jobs=jobs, cluster=executor, judging=judging
    )
    if stats:
        compilation = session.compile("plan")
        passed = _told(session, compilation)
        console.write(_statistics(compilation))
        return 0 if passed else 1
    loaded = session.load()
    memory = session.memory(loaded.value)
    built = session.build(loaded, memory, None)
    memory.note(built, None)
    if changed_by is not None:
        return 0 if _told(session, _with_foreign(built, changed_by, changed, base)) else 1
    passed = _told(session, built)
    rest_on(built, path)
    return 0 if passed else 1


def _with_foreign(built: "Built", team: str, changed: tuple[Path, ...], base: str | None) -> "Built":
    """What was found, and what a team changed of others."""
    from idpc.cli.changes import foreign

    found = foreign(built.sources, team, changed, base)
    return replace(built, diagnostics=merge((*built.diagnostics, *found), built.environments))


def _told(session: Session, told: "Compilation | Built") -> bool:
    passed = session.tell(told)
    if session.form == "text" and all(each.waived for each in told.diagnostics):
        files = plural(len(told.sources.files), "file")
        waived = waived_too(count_waived(told.diagnostics))
        console.write(f"no errors in {files}{waived}, checked for {', '.join(told.environments)}\n")
    return passed


def _statistics(compilation: "Compilation") -> str:
    """What a compilation holds, one line an environment. Patches are counted, since each steps around a kind."""
    if compilation.evaluated is None:
        return ""
    lines = []
    for name, graph in compilation.evaluated.graph.environments.items():
        verdicts = compilation.verdicts.policies.get(name, {}).values()
        counts = (
            plural(len(graph.apps), "app"),
            plural(len(graph.nodes), "instance"),
            plural(len(graph.edges), "edge"),
            plural(compilation.evaluated.runs[name].patches, "patch", "patches"),
            f"{sum(each.among().looked_at for each in verdicts)} checks of {len(verdicts)} policies",
        )
        lines.append(f"{name}: {', '.join(counts)}\n")
    return "".join(lines)
