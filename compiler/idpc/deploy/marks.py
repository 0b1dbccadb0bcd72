"""Marks on each app's namespace what was deployed, so that another machine can tell, and go on."""

import json
import threading
from collections.abc import Iterable, Mapping

from msgspec import Struct

from idpc.deploy.kubectl import Kubectl
from idpc.deploy.model import Deadline, State, StepFailedError

ANNOTATION = "idpc.dev/deployment"
_PATIENCE = 30.0


class Mark(Struct, frozen=True):
    """A deployment as a namespace tells of it; `done` are the app's steps that reached their end."""

    id: str
    plan: str
    state: str
    done: tuple[str, ...] = ()


class Marks:
    """The marks of the apps of a deployment, by their folder and namespace."""

    def __init__(self, kubectl: Kubectl, namespaces: Mapping[str, str], poll: float = 2.0) -> None:
        self._kubectl, self._namespaces, self._poll = kubectl, namespaces, poll
        self._lock = threading.Lock()
        self.missed: dict[str, str] = {}

    def read(self) -> dict[str, Mark]:
        """The marks that are there, by the app's folder."""
        marks = {folder: self._read(space) for folder, space in self._namespaces.items()}
        return {folder: mark for folder, mark in marks.items() if mark}

    def write(self, deployment: str, plan: str, state: State, done: Iterable[str], folder: str = "") -> None:
        """Mark an app's namespace, or all; a mark that cannot be set is remembered and stops nothing."""
        steps = tuple(done)
        with self._lock:
            for name, space in self._namespaces.items():
                if folder in {"", name}:
                    own = tuple(sorted(step for step in steps if step.startswith(f"{name}/")))
                    self._write(name, space, Mark(deployment, plan, state, own))

    def _write(self, folder: str, space: str, mark: Mark) -> None:
        value = {"id": mark.id, "plan": mark.plan, "state": mark.state, "done": mark.done}
        text = f"{ANNOTATION}={json.dumps(value, separators=(',', ':'))}"
        asked = ("annotate", "namespace", space, text, "--overwrite", "--field-manager=idpc-mark")
        try:
            if self._exists(space):
                self._kubectl.call(*asked, deadline=self._deadline())
            self.missed.pop(folder, None)
        except StepFailedError as failure:
            self.missed[folder] = str(failure)

    def _exists(self, space: str) -> bool:
        asked = ("get", "namespace", space, "-o", "name", "--ignore-not-found")
        return bool(self._kubectl.call(*asked, deadline=self._deadline()).strip())

    def _read(self, space: str) -> Mark | None:
        asked = ("get", "namespace", space, "-o", "json", "--ignore-not-found")
        out = self._kubectl.call(*asked, deadline=self._deadline())
        text = json.loads(out)["metadata"].get("annotations", {}).get(ANNOTATION) if out.strip() else None
        try:
            found = json.loads(text or "{}")
            return Mark(found["id"], found["plan"], found["state"], tuple(found["done"]))
        except (ValueError, KeyError, TypeError):
            return None

    def _deadline(self) -> Deadline:
        return Deadline(_PATIENCE, self._poll)
