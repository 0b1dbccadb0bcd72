"""`idpc deploy`: runs a deployment plan, or goes on with one that was interrupted."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from idpc.cli import console, deploying, options, places

if TYPE_CHECKING:
    from idpc.deploy.approvals import Given
    from idpc.deploy.deployment import Workplace
    from idpc.deploy.release import Release
    from idpc.diagnostics import Diagnostic
    from idpc.plan.model import Step


def _given(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> "tuple[Given, ...]":
    from idpc.deploy.approvals import Given

    parts = [value.partition("=") for value in values]
    wrong = [value for value, (team, _, person) in zip(values, parts, strict=True) if not team or not person]
    if wrong:
        raise click.BadParameter(f"`{wrong[0]}` is none; write `TEAM=PERSON`", context, option)
    return tuple(Given(team, person) for team, _, person in parts)


@click.command(
    cls=options.Command,
    examples=(
        ("idpc deploy build/dev/plan.json", "run the plan; once more after an interruption to go on"),
        ("idpc deploy build/prod/plan.json --check", "what differs from the cluster and from Terraform's state"),
        ("idpc deploy build/prod/plan.json --approve platform=ada", "with the approval that the plan asks for"),
        (
            "idpc deploy build/prod/plan.json --until application/2 --apps shop",
            "one job of many, as `idpc plan --as` makes them",
        ),
    ),
)
@click.argument("plan", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--approve", multiple=True, metavar="TEAM=PERSON", callback=_given, help="An approval; may be given several times."
)
@click.option(
    "--approvals",
    "records",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of approvals of this plan.",
)
@click.option("--assume", multiple=True, metavar="WHAT/NAME", help="Take a precondition as given.")
@click.option("--revision", metavar="REV", help="The git revision that is deployed.  [default: HEAD of the project]")
@click.option("--check", "compare_only", is_flag=True, help="Change nothing; exit with 1 when something differs.")
@click.option("--dry-run", is_flag=True, help="Change nothing; check everything and tell what would be done.")
@click.option("--abandon", is_flag=True, help="Give up the deployment that was interrupted, and start this one.")
@deploying.part_options
@deploying.form_option
@deploying.running_options
@deploying.journal_options
def command(  # noqa: PLR0913  # one parameter an option
    plan: Path,
    approve: "tuple[Given, ...]",
    records: Path | None,
    assume: tuple[str, ...],
    revision: str | None,
    *,
    compare_only: bool,
    dry_run: bool,
    abandon: bool,
    part: "deploying.Part",
    form: str,
    journal: Path | None,
    project: str | None,
    **running: Any,
) -> int:
    """Run a deployment plan with terraform and kubectl.

    A plan is refused when the files beside it are not those that it was made for, when approvals are missing, when this
    is another cluster or account, or when a precondition does not hold. When a step fails, application steps go back to
    the previous artifacts; infrastructure goes forward only. An interrupted run goes on where it was.
    """
    from idpc.deploy.release import read_release

    plan = plan.absolute()
    read = read_release(plan, _sources(plan))
    if read.value is None or not deploying.tell(read.diagnostics):
        return _refused(read.diagnostics, read.value)
    release = part.of(read.value)
    place = deploying.workplace(places.open_journal(journal, project, plan.parent), part.before(), **running)
    given = (*approve, *_recorded(records, release.digest))
    with place.journal.alone(release.plan.environment) as alone:
        if not alone:
            raise click.ClickException(f"another process deploys {release.plan.environment} from this journal")
        if compare_only:
            return _compare(release, place, form)
        if part.undo:
            return deploying.take_back(release, place, form)
        found = tuple(_faults(release, place, given, frozenset(assume), abandon=abandon))
        if not deploying.tell(found):
            return 1
        if dry_run:
            return _rehearse(release, place)
        if abandon:
            _abandon(release, place)
        return _deploy(read.value, part, plan, place, tuple(map(str, given)), _commit(plan, revision), form)


def _refused(found: "Sequence[Diagnostic]", release: "Release | None") -> int:
    if release is None:
        deploying.tell(found)
    return 1


def _deploy(  # noqa: PLR0913  # all that is recorded
    whole: "Release",
    part: "deploying.Part",
    plan: Path,
    place: "Workplace",
    given: tuple[str, ...],
    commit: tuple[str, float | None],
    form: str,
) -> int:
    from idpc.deploy.deployment import Request, deploy
    from idpc.deploy.model import Commit
    from idpc.deploy.portion import goes_on
    from idpc.deploy.release import keep_release

    release = part.of(whole)
    files = keep_release(whole, plan.read_bytes(), place.blobs)
    more = bool(part.until) and goes_on(whole, release)
    request = Request(release, files, Commit(*commit), given, part=bool(part.until), more=more)
    progress = deploying.Progress(step.id for step in release.plan.steps)
    return deploying.report(deploy(request, place, progress), form)


def _faults(
    release: "Release", place: "Workplace", given: "Sequence[Given]", assumed: frozenset[str], *, abandon: bool
) -> "Iterator[Diagnostic]":
    """Why the plan must not be run now, in the order in which a person would look."""
    from idpc.deploy.approvals import missing
    from idpc.deploy.deployment import uses_cluster
    from idpc.deploy.preconditions import Surroundings, check_all, told
    from idpc.deploy.target import target_faults

    yield from _unfinished(release, place, abandon=abandon)
    yield from missing(release, given)
    wrong_target = list(target_faults(release.plan.target, place.kubectl if uses_cluster(release) else None))
    yield from wrong_target
    if any(each.severity.value == "error" for each in wrong_target):
        return
    history = place.journal.history()
    around = Surroundings(release, place.kubectl, place.terraform(release), history, assumed, place.poll)
    for each, checked in check_all(around):
        diagnostic = told(each, checked)
        if diagnostic:
            yield diagnostic


def _unfinished(release: "Release", place: "Workplace", *, abandon: bool) -> "Iterator[Diagnostic]":
    from idpc.deploy.deployment import unfinished
    from idpc.diagnostics.codes.deploy import OTHER_UNFINISHED
    from idpc.source import Span

    open_one = unfinished(place.journal, release.plan.environment)
    if open_one is None or abandon or (open_one.plan == release.digest and not open_one.of):
        return
    yield OTHER_UNFINISHED.at(
        Span("plan.json", 0, 0),
        f"the deployment {open_one.id} to `{open_one.environment}` was interrupted, and is of another plan",
        help="run its plan again to finish it, or give it up with `--abandon`",
    )


def _abandon(release: "Release", place: "Workplace") -> None:
    from time import time

    from idpc.deploy.deployment import unfinished
    from idpc.deploy.model import State

    open_one = unfinished(place.journal, release.plan.environment)
    if open_one:
        place.journal.turn(open_one.id, State.ABANDONED, time())


def _compare(release: "Release", place: "Workplace", form: str) -> int:
    """The table of what differs."""
    import json

    from msgspec.structs import asdict

    from idpc.deploy.apply import KubernetesApply
    from idpc.deploy.drift import Comparison
    from idpc.deploy.prune import KubernetesPrune
    from idpc.deploy.removal import Former

    former = Former(place.previous(release.plan.environment))
    pruning = KubernetesPrune(place.kubectl, release, former)
    comparison = Comparison(KubernetesApply(place.kubectl, release), pruning, place.terraform(release), place.poll)
    rows = list(comparison.rows(release.plan.steps))
    if form == "json":
        console.write(json.dumps([asdict(row) for row in rows], indent=2) + "\n")
    else:
        cells = [("step", "what", "change", "detail"), *((row.step, row.thing, row.what, row.detail) for row in rows)]
        console.write(_table(cells))
    return 1 if any(row.what != "same" for row in rows) else 0


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column].partition("\n")[0]) for row in rows) for column in range(len(rows[0]))]
    cells = ([cell.partition("\n")[0].ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows)
    return "".join("  ".join(row).rstrip() + "\n" for row in cells)


def _rehearse(release: "Release", place: "Workplace") -> int:
    """What a run would do, wave by wave; what is done already of an interrupted one is left out."""
    from idpc.deploy.deployment import unfinished
    from idpc.deploy.model import Phase, StepRecord

    open_one = unfinished(place.journal, release.plan.environment)
    records = open_one.steps if open_one else {}
    for stage in release.plan.stages:
        for number, wave in enumerate(stage.waves, 1):
            open_steps = [step for step in wave if records.get(step.id, StepRecord()).phase is not Phase.DONE]
            for step in open_steps:
                console.write(f"{stage.name} {number}  {step.action}  {_what(step)}  at most {step.timeout} min\n")
    return 0


def _what(step: "Step") -> str:
    return f"{step.id} ({', '.join(step.objects)})" if step.objects else step.id


def _recorded(path: Path | None, plan: str) -> "tuple[Given, ...]":
    from idpc.deploy.approvals import UnreadableApprovalsError, recorded

    try:
        return recorded(path, plan) if path else ()
    except UnreadableApprovalsError as error:
        raise click.UsageError(f"`{path}` {error}") from error


def _sources(plan: Path) -> str:
    """The digest of the sources now, where the project is at hand. What they read is known only after compiling."""
    folder = places.project_folder(plan.parent)
    if folder is None:
        return ""
    import datetime

    from idpc.cli.session import Session

    session = Session(folder, datetime.datetime.now(datetime.UTC).date())
    loaded = session.load()
    return session.build(loaded, session.memory(loaded.value), None).digest


def _commit(plan: Path, revision: str | None) -> tuple[str, float | None]:
    """The revision that is deployed and its time, where git knows them."""
    import shutil

    from idpc.deploy import processes

    if shutil.which("git") is None:
        return revision or "", None
    command = ("git", "log", "-1", "--format=%H %ct", revision or "HEAD", "--")
    ended = processes.run(command, 10, cwd=str(plan.parent))
    if ended.code:
        if revision:
            raise click.UsageError(f"git knows no revision `{revision}` here")
        return "", None
    found, seconds = ended.out.split()
    return found, float(seconds)
