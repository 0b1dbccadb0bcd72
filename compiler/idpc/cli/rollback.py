"""`idpc rollback`: goes back to an earlier deployment."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from idpc.cli import completing, deploying, options, places
from idpc.cli.completing import offering

if TYPE_CHECKING:
    from idpc.deploy.deployment import Workplace
    from idpc.deploy.model import Deployment


@click.command(
    cls=options.Command,
    examples=(
        ("idpc rollback prod", "to the last deployment before the current one"),
        ("idpc rollback prod --to 3f9a", "to the one of this id, as `idpc deployments` lists it"),
    ),
)
@click.argument("environment", metavar="ENV", shell_complete=offering(completing.environments))
@click.option("--to", "wanted", default="", metavar="ID", help="The deployment to go back to.")
@deploying.form_option
@deploying.running_options
@deploying.journal_options
def command(environment: str, wanted: str, form: str, journal: Path | None, project: str | None, **running: Any) -> int:
    """Deploy the applications of an earlier deployment again, from the artifacts that were kept of it.

    Infrastructure, data and jobs stay as they are. It asks for no approval, as the plan had them when it was deployed.
    """
    place = deploying.workplace(places.open_journal(journal, project, Path.cwd()), **running)
    with place.journal.alone(environment) as alone:
        if not alone:
            raise click.ClickException(f"another process deploys {environment} from this journal")
        return _go_back(environment, wanted, place, form)


def _go_back(environment: str, wanted: str, place: "Workplace", form: str) -> int:
    from idpc.deploy.blobs import DamagedBlobError
    from idpc.deploy.deployment import Request, deploy, unfinished, uses_cluster
    from idpc.deploy.release import stored_release
    from idpc.deploy.rollback import backwards, earlier
    from idpc.deploy.target import target_faults

    history = place.journal.history(environment)
    open_one = unfinished(place.journal, environment)
    target = earlier(history, open_one.of if open_one and open_one.of else wanted)
    if target is None:
        return _nowhere(environment, wanted)
    if open_one and not open_one.of:
        return _in_between(open_one)
    files = place.journal.files(target.plan)
    try:
        release = backwards(stored_release(place.blobs, files))
    except DamagedBlobError as error:
        raise click.ClickException(f"the artifacts of {target.id} are not whole: {error}") from error
    if not deploying.tell(tuple(target_faults(release.plan.target, place.kubectl if uses_cluster(release) else None))):
        return 1
    progress = deploying.Progress(step.id for step in release.plan.steps)
    ended = deploy(Request(release, files, target.commit, of=target.id), place, progress)
    return deploying.report(ended, form)


def _nowhere(environment: str, wanted: str) -> int:
    from idpc.diagnostics.codes.deploy import NO_EARLIER
    from idpc.source import Span

    which = f"no deployment `{wanted}` to `{environment}`" if wanted else f"no earlier deployment to `{environment}`"
    message = f"there is {which} that succeeded and that this journal knows"
    helps = f"`idpc deployments --env {environment}` lists what it knows"
    deploying.tell((NO_EARLIER.at(Span("journal", 0, 0), message, help=helps),))
    return 1


def _in_between(open_one: "Deployment") -> int:
    from idpc.diagnostics.codes.deploy import OTHER_UNFINISHED
    from idpc.source import Span

    message = f"the deployment {open_one.id} to `{open_one.environment}` was interrupted"
    helps = "run its plan again to finish it; where that fails, it goes back by itself"
    deploying.tell((OTHER_UNFINISHED.at(Span("journal", 0, 0), message, help=helps),))
    return 1
