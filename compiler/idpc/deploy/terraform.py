"""Applies the Terraform root of an app: plans, looks at what would be removed, and applies just that plan."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from idpc.deploy import processes
from idpc.deploy.model import Deadline, StepFailedError
from idpc.deploy.processes import Ended
from idpc.deploy.release import Release
from idpc.deploy.terraform_guard import counts, refused
from idpc.plan.model import Step

_SILENT = {"TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "TF_CLI_ARGS": "", "CHECKPOINT_DISABLE": "1"}
_SAVED = "idpc.tfplan"
_LISTING = "build the plan with `--against` what is deployed, and deploy it once it lists them and is approved"
_CHANGES = 2


class TerraformApply(Struct, frozen=True):
    """The action of `terraform.apply`; each root has a folder of its own below `folder`."""

    release: Release
    folder: Path
    context: str = ""

    def prepare(self, step: Step, deadline: Deadline) -> tuple[str, ...]:
        """Terraform's state knows what it creates."""
        del step, deadline
        return ()

    def apply(self, step: Step, deadline: Deadline) -> None:
        """Apply what differs, if the plan lets it; a second time there is nothing left that differs."""
        root = self.root(step)
        self.initialise(step, deadline)
        try:
            planned = self._planned(root, deadline, f"-lock-timeout={int(deadline.left(60))}s")
            if planned is None:
                return
            bad = refused(planned, self.release.plan, step)
            if bad:
                raise StepFailedError(f"{'; '.join(bad)}, which the plan does not list in its changes; {_LISTING}")
            self._called(root, deadline, "apply", "-input=false", "-no-color", "-auto-approve", _SAVED)
        finally:
            (root / _SAVED).unlink(missing_ok=True)  # it holds values in the clear

    def gate(self, step: Step, deadline: Deadline) -> None:
        """See that every output that the root declares has a value."""
        wanted = set(self._declared(step))
        out = self._called(self.root(step), deadline, "output", "-json", "-no-color")
        present = {name for name, output in json.loads(out).items() if output.get("value") is not None}
        if wanted - present:
            raise StepFailedError(f"no value for the outputs {', '.join(sorted(wanted - present))}")

    def undo(self, step: Step, created: tuple[str, ...], deadline: Deadline) -> tuple[str, ...]:
        """Infrastructure goes forward only."""
        del created, deadline
        raise StepFailedError(f"{step.id} goes forward only")

    def initialise(self, step: Step, deadline: Deadline) -> None:
        """Lay out the root's files and prepare its providers and state; what is there already costs little."""
        root = self.root(step)
        self._lay_out(step, root)
        self._called(root, deadline, "init", "-input=false", "-no-color")

    def drift(self, step: Step, deadline: Deadline) -> Mapping[str, int]:
        """How many resources would be created, updated, replaced and removed now; it changes nothing, not even a lock."""
        root = self.root(step)
        self.initialise(step, deadline)
        try:
            return counts(self._planned(root, deadline, "-lock=false") or {})
        finally:
            (root / _SAVED).unlink(missing_ok=True)

    def root(self, step: Step) -> Path:
        """Where Terraform runs for a step."""
        return self.folder / self.release.folder / step.id.partition("/")[0]

    def _planned(self, root: Path, deadline: Deadline, lock: str) -> Mapping[str, Any] | None:
        """The saved plan as `terraform show` tells it, None where nothing differs."""
        ended = self._run(
            root, deadline, "plan", "-input=false", "-no-color", "-detailed-exitcode", lock, f"-out={_SAVED}"
        )
        if ended.code == 0:
            return None
        if ended.code != _CHANGES:
            raise StepFailedError(f"terraform plan: {ended.why}")
        found = json.loads(self._called(root, deadline, "show", "-json", "-no-color", _SAVED))
        return found if isinstance(found, dict) else {}

    def _called(self, root: Path, deadline: Deadline, *arguments: str) -> str:
        ended = self._run(root, deadline, *arguments)
        if ended.code:
            raise StepFailedError(f"terraform {arguments[0]}: {ended.why}")
        return ended.out

    def _run(self, root: Path, deadline: Deadline, *arguments: str) -> Ended:
        command = ("terraform", f"-chdir={os.fspath(root)}", *arguments)
        return processes.run(command, deadline.left(), variables={**_SILENT, **_cluster(self.context)})

    def _lay_out(self, step: Step, root: Path) -> None:
        """The files of the step and no other configuration; Terraform's own files and a local state stay."""
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        files = {Path(path).name: content for path, content in self.release.of(step).items()}
        for old in (*root.glob("*.tf.json"), *root.glob("*.tf")):
            if old.name not in files:
                old.unlink()
        for name, content in files.items():
            (root / name).write_bytes(content)

    def _declared(self, step: Step) -> Iterator[str]:
        for path, content in self.release.of(step).items():
            if path.endswith(".tf.json"):
                yield from json.loads(content).get("output", {})


def _cluster(context: str) -> dict[str, str]:
    """Where the kubernetes provider and backend find the cluster: they do not look where kubectl does."""
    named = os.environ.get("KUBECONFIG") or os.fspath(Path.home() / ".kube/config")
    paths = [path for path in named.split(os.pathsep) if Path(path).is_file()]
    if not paths or {"KUBE_CONFIG_PATH", "KUBE_CONFIG_PATHS"} & os.environ.keys():
        return {}
    return {"KUBE_CONFIG_PATHS": os.pathsep.join(paths)} | ({"KUBE_CTX": context} if context else {})
