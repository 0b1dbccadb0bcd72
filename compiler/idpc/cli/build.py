"""`idpc build`: writes what the specification becomes, or tells whether the tree on disk is up to date."""

import datetime
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from idpc import profile
from idpc.cli import console, options
from idpc.cli.grounds import rest_on
from idpc.cli.session import Session, near_path
from idpc.cli.sides import Side
from idpc.diagnostics.merge import merge
from idpc.diagnostics.renderers.report import plural

if TYPE_CHECKING:
    from idpc.diagnostics import Outcome
    from idpc.project import Sources
    from idpc.units.build import Built
    from idpc.units.memory import Memory
    from idpc.units.shard import Share


def _share(context: click.Context, option: click.Parameter, value: str | None) -> "Share | None":
    from idpc.units.shard import Share

    share = Share.parse(value) if value is not None else None
    if value is not None and share is None:
        raise click.BadParameter(f"`{value}` is none; write `1/4` for the first of four", context, option)
    return share


@click.command(
    cls=options.Command,
    examples=(
        ("idpc build", "write build/ in the project's folder"),
        ("idpc build --env prod -o out", "one environment, elsewhere"),
        ("idpc build --check", "in CI: fail when build/ is not what the sources say"),
        ("idpc build --against main", "with the changes since a revision in the plan"),
    ),
)
@options.project_path
@options.environments
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to write.  [default: build/ of the project]",
)
@click.option("--check", "compare_only", is_flag=True, help="Write nothing; exit with 1 when the tree is out of date.")
@click.option(
    "--against",
    metavar="DIR|REVISION",
    help="Tell in the plan what changes since a build folder or a git revision.  [default: the plan tells no changes]",
)
@options.output_format
@options.today
@options.strict
@options.judged
@options.cached
@options.workers
@click.option("--shard", metavar="K/N", callback=_share, help="Build one of N shards, which `idpc merge` joins.")
@options.profiled
def command(  # noqa: PLR0913  # one parameter an option
    path: Path,
    environments: tuple[str, ...],
    output: Path | None,
    against: str | None,
    form: str,
    today: datetime.date,
    *,
    compare_only: bool,
    strict: bool,
    no_cache: bool,
    jobs: int | None,
    executor: str | None,
    judging: options.Judging,
    shard: "Share | None",
) -> int:
    """Write Kubernetes objects, Terraform and the deployment plan of each environment.

    With an error of any kind nothing is written. A build replaces and removes only files that the last build wrote,
    and an interrupted one leaves the old tree or the new one. What is written follows from the sources alone, and from
    what `--against` names.
    """
    session = Session(
        path, today, environments, strict, form, cache=not no_cache, jobs=jobs, cluster=executor, judging=judging
    )
    loaded = session.load()
    if shard is not None and against:
        raise click.UsageError("a shard tells no changes: use `--against` without `--shard`")
    if shard is not None:
        return _write_shard(loaded, shard, output, session)
    memory = session.memory(loaded.value)
    target = Path(os.path.abspath(output or default_output(loaded.value)))  # noqa: PTH100  # links are the user's names
    built = session.build(loaded, memory, target)
    if against and session.passes(built):
        built = _with_changes(built, Side.of(against, loaded.value), session)
    if not session.passes(built):
        session.tell(built)
        if not against:  # what that names is nothing that `recall` looks at
            rest_on(built, path)
        return 1
    if compare_only:
        return _compare(built, target, session)
    return _write(built, target, session, memory, recalled=not against)


def _with_changes(built: "Built", base: Side, session: Session) -> "Built":
    """The build with what its plan tells of the changes since a base, and what is wrong with these."""
    from idpc.changes import compare
    from idpc.changes.planned import planned_changes
    from idpc.units.replan import with_changes
    from idpc.units.rises import rises

    before, after, broken = base.before(built, session)
    if before is None or after is None:
        return replace(built, diagnostics=merge((*built.diagnostics, *broken), built.environments))
    comparison = compare(before, after, session.environments)
    raised = (each for each in rises(built, before, after) if session.concerns(each))
    found = merge((*built.diagnostics, *base.faults(comparison), *raised), built.environments)
    return replace(with_changes(built, planned_changes(comparison), session.options), diagnostics=found)


def _write_shard(loaded: "Outcome[Sources]", share: "Share", output: Path | None, session: Session) -> int:
    from idpc.cli.writing import replace_file, reported
    from idpc.units.build import Built
    from idpc.units.shard import make_shard, written

    sources = loaded.value
    shard, built = make_shard(sources, session.options, share, session.runner())
    found = built.diagnostics if built else tuple(each for part in shard.parts for each in part.diagnostics)
    names = built.environments if built else ()
    told = Built(sources, "", names, merge((*loaded.diagnostics, *found), names), {})
    if not session.tell(told):
        return 1
    folder = output or (sources.root or Path()) / "shards"
    with reported():
        folder.mkdir(parents=True, exist_ok=True)
    replace_file(folder / share.file, written(shard))
    if session.form == "text":
        console.write(f"{near_path(folder / share.file)}: {plural(len(shard.texts or shard.whole or ()), 'file')}\n")
    return 0


def default_output(sources: "Sources") -> Path:
    """`build` beside `project.platform`."""
    return (sources.root or Path()) / "build"


def _compare(built: "Built", target: Path, session: Session) -> int:
    from idpc.emit.tree import compare

    session.tell(built)
    differences = compare(
        target, built.texts, built.digest, environments=session.environments or None, there=built.there
    )
    shown = near_path(target)
    console.error("".join(f"{what}: {shown}/{path}\n" for path, what in differences))
    if differences:
        console.error(f"{shown} is not what the sources say; `idpc build` makes it so\n")
    return 1 if differences else 0


def _write(built: "Built", target: Path, session: Session, memory: "Memory", *, recalled: bool) -> int:
    from idpc.emit.tree import commit

    with profile.stage("write") as made:
        done = commit(target, built.texts, built.digest, environments=session.environments or None, there=built.there)
        made(len(done.value.written), "files")
    found = merge((*built.diagnostics, *done.diagnostics), built.environments)
    if not session.tell(replace(built, diagnostics=found)):
        return 1
    memory.note(built, target)
    written, removed, unchanged = map(len, done.value)
    if session.form == "text":
        shown, held = near_path(target), written + unchanged
        next_time = f"{shown}: 0 written, 0 removed, {held} unchanged\n"
        console.write(f"{shown}: {written} written, {removed} removed, {unchanged} unchanged\n", next_time)
    if recalled:
        rest_on(built, session.path, (f"{target}/{path}" for path in (*done.value.written, *done.value.unchanged)))
    return 0
