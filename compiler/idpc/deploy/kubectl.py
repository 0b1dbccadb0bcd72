"""Talks to the cluster through the user's kubectl."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from idpc.deploy import processes
from idpc.deploy.model import MANAGER, Deadline, StepFailedError, TookTooLongError
from idpc.deploy.objects import Object, reference, short
from idpc.deploy.processes import Ended

_CALL = 60.0
_TRIES = 6
_PASSING = re.compile(
    r"\(Conflict\)|\(InternalError\)|\(ServiceUnavailable\)|\(TooManyRequests\)|\(Timeout\)|\(ServerTimeout\)"
    r"|an error on the server|[Ii]nternal error|connection refused|connection reset|unexpected EOF|\bEOF\b"
    r"|[Uu]nable to connect|i/o timeout|timed? ?out|TLS handshake|currently unable to handle|http2: client connection"
    r"|was not done in|server-side-apply/#conflicts"  # with our force no other manager is one
)


class Kubectl(Struct, frozen=True):
    """A cluster by the context of the user's configuration; the current one where it is empty."""

    context: str = ""

    def once(self, *arguments: str, stdin: str = "", seconds: float = _CALL) -> Ended:
        """Run kubectl once."""
        chosen = (f"--context={self.context}",) if self.context else ()
        return processes.run(("kubectl", *chosen, *arguments), seconds, stdin=stdin)

    def call(self, *arguments: str, deadline: Deadline, stdin: str = "") -> str:
        """What kubectl says; what may pass by itself, such as a lost connection, is tried again for a while."""
        why = ""
        for attempt in range(_TRIES):
            if attempt:
                _pause(deadline, f"kubectl {arguments[0]}: {why}")
            try:
                ended = self.once(*arguments, stdin=stdin, seconds=deadline.left(_CALL))
            except TookTooLongError as late:
                why = why or str(late)
                continue
            if ended.code == 0:
                return ended.out
            why = ended.why
            if not _PASSING.search(why):
                break
        raise StepFailedError(f"kubectl {arguments[0]}: {why}")

    def apply(self, objects: Sequence[Object], deadline: Deadline) -> None:
        """Apply objects on the server's side; what others have set of the same fields gives way."""
        if objects:
            self.call(*_APPLY, deadline=deadline, stdin=listed(objects))

    def applied(self, objects: Sequence[Object], deadline: Deadline) -> list[Object]:
        """What objects would be if they were applied."""
        out = self.call(*_APPLY, "--dry-run=server", "-o", "json", deadline=deadline, stdin=listed(objects))
        return items(out)

    def get(self, objects: Sequence[Object], deadline: Deadline) -> list[Object]:
        """Those of the objects that are there."""
        if not objects:
            return []
        out = self.call(
            "get", "-f", "-", "-o", "json", "--ignore-not-found", "--show-managed-fields", deadline=deadline,
            stdin=listed(objects),
        )  # fmt: skip
        return items(out)

    def delete(self, objects: Sequence[Object], deadline: Deadline) -> None:
        """Remove objects with the pods that they have, and wait until they are gone."""
        if objects:
            self.call(*_DELETE, deadline=deadline, stdin=listed(objects))
            self.wait_until_gone(objects, deadline)

    def wait_until_gone(self, objects: Sequence[Object], deadline: Deadline) -> None:
        """Wait until none of the objects is there any more."""
        there = list(objects)
        try:
            while there := self.get([reference(each) for each in there], deadline):
                deadline.pause()
        except TookTooLongError:
            raise TookTooLongError(f"was not done in time: {', '.join(map(_staying, there))}") from None

    def raw(self, path: str, deadline: Deadline) -> Mapping[str, object]:
        """The answer of the API server to a path."""
        found = json.loads(self.call("get", "--raw", path, deadline=deadline))
        return found if isinstance(found, dict) else {}


_APPLY = (
    "apply", "--server-side", "--force-conflicts", f"--field-manager={MANAGER}", "--validate=false", "-f", "-",
)  # fmt: skip

_DELETE = ("delete", "-f", "-", "--ignore-not-found", "--wait=false", "--cascade=foreground")


def _pause(deadline: Deadline, why: str) -> None:
    """Wait before the next try; where there is no time for one, what the last said is why."""
    try:
        deadline.pause()
    except TookTooLongError as late:
        raise TookTooLongError(f"{late}: {why}") from None


def _staying(each: Object) -> str:
    """What is there still, and what holds it."""
    holding = each["metadata"].get("finalizers", ())
    held = f", held by its finalizer {' and '.join(holding)}" if holding else ""
    return f"{short(each)} is still there{held}"


def listed(objects: Iterable[Object]) -> str:
    """Objects as one list, as kubectl takes it."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})


def by_name(objects: Iterable[Object]) -> dict[str, Object]:
    """Objects by their `Kind/name`."""
    return {short(each): each for each in objects}


def items(text: str) -> list[Object]:
    """The objects of an answer, which for one object is no list."""
    if not text.strip():
        return []
    found = json.loads(text)
    return list(found["items"]) if found.get("kind", "").endswith("List") and "items" in found else [found]
