"""One deployment from its checks to its end: locks, journal, marks, the engine, and what is to be reported."""

import os
import socket
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct, field

from idpc.deploy import machine, wording
from idpc.deploy.apply import KubernetesApply
from idpc.deploy.blobs import Blobs, DamagedBlobError
from idpc.deploy.engine import Action, Engine, Settings
from idpc.deploy.gitops import GitopsPush, GitopsWait
from idpc.deploy.http_check import HttpCheck
from idpc.deploy.journal import DeploymentLog, Journal
from idpc.deploy.kubectl import Kubectl
from idpc.deploy.leases import Leases
from idpc.deploy.marks import Mark, Marks
from idpc.deploy.model import OPEN, Commit, Deployment, Phase, State, StepFailedError, StepRecord
from idpc.deploy.objects import folders, namespace
from idpc.deploy.prune import KubernetesPrune
from idpc.deploy.release import Release, stored_release
from idpc.deploy.removal import Former
from idpc.deploy.terraform import TerraformApply
from idpc.diagnostics import Diagnostic
from idpc.diagnostics.codes.deploy import LOCKED_BY_OTHER, NOT_UNDONE, STEP_FAILED
from idpc.plan.model import Step

Told = Callable[[str, str, str], None]


class Workplace(Struct, frozen=True):
    """Where deployments are run from: the journal with its store, the cluster, the clone of the GitOps repository.

    `before` is what was deployed before, where somebody says it.
    """

    journal: Journal
    kubectl: Kubectl = Kubectl()
    clone: Path | None = None
    lock_namespace: str = "default"
    workers: int = 8
    cap: float = float("inf")
    poll: float = 2.0
    before: Release | None = None

    @property
    def blobs(self) -> Blobs:
        """The artifacts of earlier deployments."""
        return Blobs(self.journal.path.with_suffix(".artifacts"))

    def terraform(self, release: Release) -> TerraformApply:
        """The Terraform roots of a release."""
        return TerraformApply(release, self.journal.path.with_suffix(".terraform"), self.kubectl.context)

    def previous(self, environment: str) -> Release | None:
        """The last release that reached its end, None where none is known or its files are gone."""
        if self.before is not None:
            return self.before
        last = self.journal.last_success(environment)
        try:
            return stored_release(self.blobs, self.journal.files(last.plan)) if last else None
        except DamagedBlobError:
            return None


class Request(Struct, frozen=True):
    """What is to be deployed, and on whose behalf; `files` are the digests of the release's files, kept already.

    A `part` that fails leaves its deployment open for who takes it back, and one that has `more` behind it also when it
    succeeds; `undo` takes back what was begun.
    """

    release: Release
    files: Mapping[str, str]
    commit: Commit = Commit()
    approvals: tuple[str, ...] = ()
    of: str = ""
    part: bool = False
    more: bool = False
    undo: bool = False


class Ended(Struct, frozen=True):
    """How a deployment ended, and what there is to say about it."""

    deployment: Deployment | None
    diagnostics: tuple[Diagnostic, ...] = ()
    kept: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class _Run(Struct, frozen=True):
    """A deployment while it runs."""

    place: Workplace
    request: Request
    deployment: Deployment
    marks: Marks
    previous: Release | None
    told: Told

    def actions(self) -> dict[str, Action]:
        kubectl, release = self.place.kubectl, self.request.release
        push = GitopsPush(release, self.place.clone)
        return {
            "terraform.apply": self.place.terraform(release),
            "kubernetes.apply": KubernetesApply(kubectl, release, self.previous),
            "kubernetes.prune": KubernetesPrune(kubectl, release, Former(self.previous)),
            "http.check": HttpCheck(),
            "gitops.push": push,
            "gitops.wait": GitopsWait(kubectl, release, push),
        }


def uses_cluster(release: Release) -> bool:
    """Whether a plan has steps for kubectl."""
    return any(step.action.startswith("kubernetes.") for step in release.plan.steps)


def unfinished(journal: Journal, environment: str) -> Deployment | None:
    """The deployment to an environment that was interrupted, if there is one."""
    return next((each for each in journal.history(environment) if each.open), None)


def deploy(request: Request, place: Workplace, told: Told) -> Ended:
    """Run a plan, or go on with it where it was interrupted; the caller has checked it and holds the journal's lock."""
    spaces = _namespaces(request.release)
    marks = Marks(place.kubectl, spaces, place.poll)
    try:
        seen = marks.read()
        open_one = unfinished(place.journal, request.release.plan.environment)
        deployment = open_one or _new(request, () if request.of else seen.values())
    except StepFailedError as failure:
        return Ended(None, (wording.told(STEP_FAILED, "the cluster cannot be asked", str(failure)),))
    with _locked(request.release, place, deployment) as (leases, why):
        if why:
            return Ended(None, (_locked_by_other(why),))
        if open_one is None:
            place.journal.begin(deployment, request.files)
        previous = place.previous(deployment.environment)
        return _run(_Run(place, request, deployment, marks, previous, told), leases)


def _run(run: _Run, leases: Leases | None) -> Ended:
    deployment, plan, journal = run.deployment, run.request.release.plan, run.place.journal
    log = DeploymentLog(journal, deployment.id)

    def mark(state: State, folder: str = "") -> None:
        done = [name for name, record in log.records().items() if record.phase is Phase.DONE]
        run.marks.write(deployment.id, deployment.plan, state, done, folder)

    def told(step: Step, phase: Phase, detail: str) -> None:
        if phase is Phase.DONE:
            mark(State.RUNNING, step.id.partition("/")[0])
        run.told(step.id, phase, detail)

    lost = leases.lost if leases else lambda: ""
    place, request = run.place, run.request
    settings = Settings(place.workers, place.cap, place.poll, told, mark, lost, takes_back=not request.part)
    actions = run.actions()
    if request.part:
        _try_again(log)
    state = Engine(plan, actions, log, settings).run(State.UNDOING if request.undo else deployment.state)
    state = State.RUNNING if request.more and state is State.SUCCEEDED else state
    mark(state)
    journal.turn(deployment.id, state, None if state in OPEN else time.time())
    after = next(each for each in journal.history(deployment.environment) if each.id == deployment.id)
    pruning = actions["kubernetes.prune"]
    kept = dict(pruning.kept) if isinstance(pruning, KubernetesPrune) else {}
    return Ended(after, tuple(_faults(run, after)), {app: names for app, names in kept.items() if names})


def _try_again(log: DeploymentLog) -> None:
    """Go on with what failed in an earlier try as if it had been interrupted."""
    for name, record in log.records().items():
        if record.phase is Phase.FAILED:
            log.note(name, Phase.STARTED if record.created else Phase.WAITING)


def _locked_by_other(why: str) -> Diagnostic:
    helps = "wait until it has ended; the lock of a dead one is free after a minute"
    return wording.told(LOCKED_BY_OTHER, "another deployment holds the lock", why, helps=helps)


def _faults(run: _Run, after: Deployment) -> Iterator[Diagnostic]:
    """What failed, what could not be taken back, and what stays by the plan."""
    plan = run.request.release.plan
    if after.state is State.SUCCEEDED:
        return
    phases = {name: record.phase for name, record in after.steps.items()}
    for step in plan.steps:
        record = after.steps.get(step.id, StepRecord())
        if record.failure and record.phase is not Phase.DONE:
            yield wording.told(STEP_FAILED, f"{step.id} failed", record.failure, address=step.address)
        if record.left:
            yield wording.told(NOT_UNDONE, f"{step.id} could not go back", record.left, address=step.address)
    for step in machine.staying(plan, phases) if after.state is not State.RUNNING else ():
        yield wording.told(NOT_UNDONE, f"{step.id} stays", step.rollback.none, address=step.address)


def _new(request: Request, marks: Iterable[Mark]) -> Deployment:
    """A deployment that begins; steps that another machine did of this very plan, and did not take back, are done."""
    plan = request.release.plan
    going_on = [mark for mark in marks if mark.plan == request.release.digest and mark.state == State.RUNNING]
    return Deployment(
        id=uuid.uuid4().hex[:12],
        environment=plan.environment,
        plan=request.release.digest,
        artifacts=plan.artifacts,
        sources=plan.sources,
        who=f"{_user()}@{socket.gethostname()}",
        started=time.time(),
        state=State.RUNNING,
        commit=request.commit,
        of=request.of,
        approvals=request.approvals,
        steps={step: StepRecord(Phase.DONE) for mark in going_on for step in mark.done},
    )


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())


def _namespaces(release: Release) -> dict[str, str]:
    return {folder: namespace(release, folder) for folder in folders(release)} if uses_cluster(release) else {}


@contextmanager
def _locked(release: Release, place: Workplace, deployment: Deployment) -> Iterator[tuple[Leases | None, str]]:
    """The Leases of the plan's apps, with the reason why they cannot be had."""
    if not uses_cluster(release):
        yield None, ""
        return
    leases = Leases(place.kubectl, place.lock_namespace, f"{deployment.who}/{deployment.id}", place.poll)
    try:
        why = leases.acquire(f"idpc-{release.folder}-{folder}" for folder in folders(release))
    except StepFailedError as failure:
        why = str(failure)
    try:
        yield leases, why
    finally:
        if not why:
            leases.release()
