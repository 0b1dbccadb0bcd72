"""What the commands that deploy share: their options, live progress, and how a deployment is told."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from idpc.cli import console
from idpc.diagnostics.merge import merge
from idpc.diagnostics.model import Diagnostic, Severity
from idpc.diagnostics.renderers import Report, render

if TYPE_CHECKING:
    from idpc.deploy.deployment import Ended, Workplace
    from idpc.deploy.journal import Journal
    from idpc.deploy.model import Deployment
    from idpc.deploy.release import Release

Function = TypeVar("Function", bound=Callable[..., Any])
_WORDS = {"started": "applying", "applied": "applied", "undoing": "going back", "stuck": "could not go back"}
_KEPT_HELP = "remove them by hand once nobody needs their data"


def journal_options(function: Function) -> Function:
    """`--journal` and `--project`: where deployments are written down."""
    journal = click.option(
        "--journal",
        type=click.Path(dir_okay=False, path_type=Path),
        help="The journal.  [default: the project's, in the user's state folder]",
    )
    project = click.option("--project", metavar="NAME", help="Whose journal.  [default: the project around the plan]")
    return journal(project(function))


def running_options(function: Function) -> Function:
    """How steps are run."""
    for option in (
        click.option("--step-timeout", type=click.FloatRange(min=1), metavar="SECONDS", help="No step takes longer, whatever the plan says."),
        click.option("--poll", type=click.FloatRange(min=0.01), default=2.0, show_default=True, metavar="SECONDS", help="Between two looks at what is waited for."),
        click.option("--jobs", type=click.IntRange(1), default=8, show_default=True, metavar="N", help="Steps of a wave at once."),
        click.option("--lock-namespace", default="default", show_default=True, metavar="NAME", help="The namespace of the Leases that lock apps."),
        click.option("--gitops", "clone", type=click.Path(exists=True, file_okay=False, path_type=Path), help="The folder `gitops_path` in the clone from which to push to the GitOps repository."),
        click.option("--context", default="", metavar="NAME", help="The context of kubectl.  [default: the current one]"),
    ):  # fmt: skip
        function = option(function)
    return function


class Part(NamedTuple):
    """The part of a plan that one run of `idpc deploy` is for, where another engine runs the others."""

    until: str = ""
    apps: tuple[str, ...] = ()
    undo: bool = False
    previous: Path | None = None

    def of(self, whole: "Release") -> "Release":
        """The part of a release."""
        from idpc.deploy.portion import UnknownPortionError, portion

        try:
            return portion(whole, self.until, self.apps)
        except UnknownPortionError as error:
            raise click.UsageError(str(error)) from error

    def before(self) -> "Release | None":
        """What was deployed before, as its build has it; None where nobody says."""
        from idpc.deploy.release import read_release

        if self.previous is None:
            return None
        read = read_release(self.previous.absolute())
        if not tell(read.diagnostics):
            raise click.UsageError(f"`{self.previous}` is no whole build to go back to")
        return read.value


def part_options(function: Function) -> Function:
    """`--until WAVE`, `--apps A,B`, `--undo` and `--previous PLAN`, as one argument `part`."""

    @wraps(function)
    def command(*arguments: Any, until: str, apps: str, undo: bool, previous: Path | None, **named: Any) -> Any:
        names = tuple(name for name in apps.split(",") if name)
        return function(*arguments, part=Part(until, names, undo, previous), **named)

    for option in (
        click.option("--until", default="", metavar="STAGE/N", help="Only the steps up to wave N of a stage; a failure leaves what was done for `--undo`."),
        click.option("--apps", default="", metavar="NAME,…", help="Only the steps of these apps, by their folders."),
        click.option("--undo", is_flag=True, help="Take back the application steps of the deployment that is open."),
        click.option("--previous", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="PLAN", help="The plan in the build that was deployed before.  [default: as the journal knows it]"),
    ):  # fmt: skip
        command = option(command)
    return command  # type: ignore[return-value]  # it takes what the options give


def take_back(release: "Release", place: "Workplace", form: str) -> int:
    """Take back the open deployment of a release; the exit code is 0 where all went back that may."""
    from idpc.deploy.deployment import Request, deploy, unfinished

    open_one = unfinished(place.journal, release.plan.environment)
    if open_one is None:
        console.write("nothing is open that could be taken back\n")
        return 0
    if open_one.plan != release.digest:
        raise click.UsageError(f"the deployment {open_one.id} is open, and is of another plan")
    progress = Progress(step.id for step in release.plan.steps)
    ended = deploy(Request(release, {}, undo=True), place, progress)
    report(ended, form)
    steps = ended.deployment.steps.values() if ended.deployment else ()
    return 0 if ended.deployment and not any(each.phase.value == "stuck" for each in steps) else 1


def form_option(function: Function) -> Function:
    """`--format text | json`."""
    choice = click.Choice(("text", "json"))
    return click.option("--format", "form", type=choice, default="text", show_default=True, help="Of what is told.")(
        function
    )


def workplace(journal: "Journal", before: "Release | None" = None, **chosen: Any) -> "Workplace":
    """The workplace that the options describe."""
    from idpc.deploy.deployment import Workplace
    from idpc.deploy.kubectl import Kubectl

    cap = chosen["step_timeout"] or float("inf")
    return Workplace(
        journal,
        Kubectl(chosen["context"]),
        chosen["clone"],
        chosen["lock_namespace"],
        chosen["jobs"],
        cap,
        chosen["poll"],
        before,
    )


class Progress:
    """One plain line for each thing that happens to a step."""

    def __init__(self, names: Iterable[str]) -> None:
        self._width = max(map(len, names), default=0)
        self._began: dict[str, float] = {}

    def __call__(self, step: str, phase: str, detail: str) -> None:
        """Tell that a step is in a phase now."""
        began = self._began.setdefault(step, monotonic())
        word = _WORDS.get(phase, phase)
        took = f" in {monotonic() - began:.0f} s" if phase in {"done", "failed", "undone"} else ""
        first = detail.partition("\n")[0]
        console.error(f"{step:<{self._width}}  {word}{took}{f': {first}' if first else ''}\n")


def tell(diagnostics: Sequence[Diagnostic], *, error: bool = True) -> bool:
    """Print diagnostics; whether there is no error among them."""
    text = render("text", Report(merge(diagnostics, ())), console.look(error=error))
    (console.error if error else console.write)(text)
    return not any(each.severity is Severity.ERROR for each in diagnostics)


def report(ended: "Ended", form: str) -> int:
    """Tell how a deployment ended; the exit code."""
    passed = tell(ended.diagnostics)
    for app, names in ended.kept.items():
        console.error(f"{app}: {', '.join(names)} stay, as they may hold data; {_KEPT_HELP}\n")
    if ended.deployment is None:
        return 1
    if form == "json":
        console.write(json.dumps(document(ended.deployment), indent=2) + "\n")
    else:
        console.write(line(ended.deployment) + "\n")
    return 0 if passed and ended.deployment.state.value in {"succeeded", "running"} else 1


def line(each: "Deployment") -> str:
    """A deployment in one line."""
    took = f"{each.duration:.0f} s" if each.duration is not None else "not finished"
    what = f"back to {each.of}" if each.of else each.commit.revision[:12] or each.artifacts.removeprefix("sha256:")[:12]
    return f"{each.id}  {_time(each.started)}  {each.environment}  {what}  {each.state}  {took}  {each.who}"


def document(each: "Deployment") -> dict[str, Any]:
    """A deployment as JSON."""
    return {
        "id": each.id,
        "environment": each.environment,
        "plan": each.plan,
        "artifacts": each.artifacts,
        "sources": each.sources,
        "revision": each.commit.revision or None,
        "committed": _time(each.commit.at),
        "who": each.who,
        "started": _time(each.started),
        "finished": _time(each.finished),
        "seconds": None if each.duration is None else round(each.duration, 3),
        "result": each.state.value,
        "back_to": each.of or None,
        "approvals": list(each.approvals),
        "steps": {
            name: {"phase": record.phase.value, "failure": record.failure or None, "left": record.left or None}
            for name, record in each.steps.items()
        },
    }


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
