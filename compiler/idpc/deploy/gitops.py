"""Pushes artifacts to the repository that a GitOps engine reads, and waits until it has taken them."""

import shutil
from pathlib import Path

from msgspec import Struct

from idpc.deploy import processes
from idpc.deploy.apply import wait_until_well
from idpc.deploy.kubectl import Kubectl
from idpc.deploy.model import Deadline, StepFailedError
from idpc.deploy.objects import objects
from idpc.deploy.release import Release
from idpc.plan.model import Step

_TRAILER = "Idpc-Plan"


class GitopsPush(Struct, frozen=True):
    """The action of `gitops.push`: a commit in the user's clone, by the user's git."""

    release: Release
    clone: Path | None

    def prepare(self, step: Step, deadline: Deadline) -> tuple[str, ...]:
        """The revision from which it goes on."""
        del step
        return (self._git(deadline, "rev-parse", "HEAD"),)

    def apply(self, step: Step, deadline: Deadline) -> None:
        """Commit the artifacts, where they differ, and push."""
        self._lay_out(step)
        environment = self.release.folder
        self._git(deadline, "add", "--all", "--", environment)
        if self._git(deadline, "status", "--porcelain", "--", environment):
            message = f"Deploy {environment}\n\n{_TRAILER}: {self.release.digest}"
            self._git(deadline, "commit", "--quiet", "-m", message, "--", environment)
        self._git(deadline, "push", "--quiet")

    def gate(self, step: Step, deadline: Deadline) -> None:
        """See that the branch on the other side is at this revision."""
        del step
        self._git(deadline, "fetch", "--quiet")
        if self.revision(deadline) != self._git(deadline, "rev-parse", "@{upstream}"):
            raise StepFailedError("the branch has moved on; pull it and deploy again")

    def undo(self, step: Step, created: tuple[str, ...], deadline: Deadline) -> tuple[str, ...]:
        """Push the artifacts as they were before, as a commit of its own."""
        del step
        environment = self.release.folder
        self._git(deadline, "rm", "-r", "-q", "--ignore-unmatch", "--", environment)
        if self._git(deadline, "ls-tree", "--name-only", created[0], environment):
            self._git(deadline, "checkout", created[0], "--", environment)
        if self._git(deadline, "status", "--porcelain", "--", environment):
            message = f"Take back a deployment to {environment}\n\n{_TRAILER}: {self.release.digest}"
            self._git(deadline, "commit", "--quiet", "-m", message)
        self._git(deadline, "push", "--quiet")
        return ()

    def revision(self, deadline: Deadline) -> str:
        """The revision that was pushed."""
        return self._git(deadline, "rev-parse", "HEAD")

    @property
    def _folder(self) -> Path:
        """The folder of the clone in which environments stand: `gitops_path`."""
        if self.clone is None:
            raise StepFailedError(
                "say with --gitops where the clone is that the GitOps engine's repository is pushed from"
            )
        return self.clone

    def _lay_out(self, step: Step) -> None:
        """The artifacts of the step, and nothing else, in the environment's folder of the clone."""
        top = self._folder / self.release.folder
        for artifact in step.artifacts:
            shutil.rmtree(top / artifact, ignore_errors=True)
        for path, content in self.release.of(step).items():
            (top / path).parent.mkdir(parents=True, exist_ok=True)
            (top / path).write_bytes(content)

    def _git(self, deadline: Deadline, *arguments: str) -> str:
        ended = processes.run(
            ("git", *arguments), deadline.left(), cwd=str(self._folder), variables={"GIT_TERMINAL_PROMPT": "0"}
        )
        if ended.code:
            raise StepFailedError(f"git {arguments[0]}: {ended.why}")
        return ended.out.strip()


class GitopsWait(Struct, frozen=True):
    """The action of `gitops.wait`: looks on while the engine applies the pushed revision."""

    kubectl: Kubectl
    release: Release
    push: GitopsPush

    def prepare(self, step: Step, deadline: Deadline) -> tuple[str, ...]:
        """It creates nothing."""
        del step, deadline
        return ()

    def apply(self, step: Step, deadline: Deadline) -> None:
        """It changes nothing."""
        del step, deadline

    def gate(self, step: Step, deadline: Deadline) -> None:
        """Wait until the engine's objects are synced and healthy at the pushed revision."""
        applied = objects(self.release, step)
        wait_until_well(self.kubectl, step.gate, applied, deadline, self.push.revision(deadline))

    def undo(self, step: Step, created: tuple[str, ...], deadline: Deadline) -> tuple[str, ...]:
        """It goes back with the push."""
        del step, created, deadline
        return ()
