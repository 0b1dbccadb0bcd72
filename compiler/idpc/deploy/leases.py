"""Locks apps against other deployments, with one Lease for each in the cluster."""

import datetime
import json
import threading
from collections.abc import Iterable, Mapping
from typing import Any

from idpc.deploy.kubectl import Kubectl
from idpc.deploy.model import Deadline, StepFailedError

SECONDS = 60
_PATIENCE = 30.0
_FORM = "%Y-%m-%dT%H:%M:%S.%fZ"
_TAKEN = "(AlreadyExists)"


class Leases:
    """The Leases of a deployment, renewed in the background until they are given back."""

    def __init__(self, kubectl: Kubectl, namespace: str, holder: str, poll: float = 2.0) -> None:
        self._kubectl, self._namespace, self._holder, self._poll = kubectl, namespace, holder, poll
        self._held: list[str] = []
        self._lost = ""
        self._ended = threading.Event()
        self._renewing = threading.Thread(target=self._renew, daemon=True)

    def acquire(self, names: Iterable[str]) -> str:
        """Take the Leases, all or none; the reason why that cannot be, empty where it can."""
        for name in names:
            why = self._take(name)
            if why:
                self.release()
                return why
            self._held.append(name)
        self._renewing.start()
        return ""

    def lost(self) -> str:
        """Why the Leases are no longer ours, empty where they are."""
        return self._lost

    def release(self) -> None:
        """Give the Leases back; one that somebody else has by now stays."""
        self._ended.set()
        if self._renewing.is_alive():
            self._renewing.join()
        for name in self._held:
            if _holder(self._read(name)) == self._holder:
                self._call("delete", "lease", name, "-n", self._namespace, "--ignore-not-found", "--wait=false")
        self._held = []

    def _take(self, name: str) -> str:
        lease = self._lease(name)
        ended = self._kubectl.once("create", "-f", "-", "--validate=false", stdin=json.dumps(lease), seconds=_PATIENCE)
        if ended.code == 0:
            return ""
        if _TAKEN not in ended.err:
            return self._take_again(name, ended.why)
        found = self._read(name)
        until = _end(found)
        if _holder(found) not in {"", self._holder} and until > _now():
            return f"{name} is held by {_holder(found)} until {until:%H:%M:%S} UTC unless it is renewed"
        return self._replace(name, found)

    def _take_again(self, name: str, why: str) -> str:
        """Whether a Lease is ours after an answer that may have got lost; else creates it with patience."""
        try:
            found = self._read(name)
            if _holder(found) == self._holder:
                return ""
            if found:
                return self._replace(name, found) if _end(found) <= _now() else f"{name} is held by {_holder(found)}"
            self._call("create", "-f", "-", "--validate=false", stdin=json.dumps(self._lease(name)))
        except StepFailedError as failure:
            return f"{why}; {failure}"
        return ""

    def _replace(self, name: str, found: Mapping[str, Any]) -> str:
        """Put our name on a Lease, if nobody else did meanwhile."""
        lease = self._lease(name)
        lease["metadata"]["resourceVersion"] = found.get("metadata", {}).get("resourceVersion", "")
        ended = self._kubectl.once("replace", "-f", "-", "--validate=false", stdin=json.dumps(lease), seconds=_PATIENCE)
        if ended.code == 0 or _holder(self._read(name)) == self._holder:
            return ""
        return f"{name} was taken by somebody else: {ended.why}"

    def _renew(self) -> None:
        renewed = _now()
        while not self._ended.wait(SECONDS / 4):
            try:
                for name in self._held:
                    found = self._read(name)
                    why = self._replace(name, found) if _holder(found) == self._holder else f"{name} is gone"
                    self._lost = self._lost or (f"lost the lock: {why}" if why else "")
                renewed = _now()
            except StepFailedError as failure:
                if (_now() - renewed).total_seconds() > SECONDS:
                    self._lost = f"lost the lock: {failure}"

    def _read(self, name: str) -> Mapping[str, Any]:
        out = self._call("get", "lease", name, "-n", self._namespace, "-o", "json", "--ignore-not-found")
        found = json.loads(out) if out.strip() else {}
        return found if isinstance(found, dict) else {}

    def _call(self, *arguments: str, stdin: str = "") -> str:
        return self._kubectl.call(*arguments, deadline=Deadline(_PATIENCE, self._poll), stdin=stdin)

    def _lease(self, name: str) -> dict[str, Any]:
        now = _now().strftime(_FORM)
        spec = {"holderIdentity": self._holder, "leaseDurationSeconds": SECONDS, "acquireTime": now, "renewTime": now}
        metadata = {"name": name, "namespace": self._namespace}
        return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec}


def _holder(lease: Mapping[str, Any]) -> str:
    return str(lease.get("spec", {}).get("holderIdentity", ""))


def _end(lease: Mapping[str, Any]) -> datetime.datetime:
    spec = lease.get("spec", {})
    renewed = datetime.datetime.fromisoformat(spec.get("renewTime", "1970-01-01T00:00:00Z"))
    seconds = int(spec.get("leaseDurationSeconds", SECONDS))
    return renewed + datetime.timedelta(seconds=seconds)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
