"""The nouns of a deployment: phases of steps, states of deployments, and how long something may still take."""

import threading
import time
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct, field

MANAGER = "idpc"
"""The name under which objects are applied."""


class Phase(StrEnum):
    """How far a step is. It is written down before what it says begins, but for `applied` and what ends a step."""

    WAITING = "waiting"
    STARTED = "started"
    APPLIED = "applied"
    DONE = "done"
    FAILED = "failed"
    UNDOING = "undoing"
    UNDONE = "undone"
    STUCK = "stuck"


class State(StrEnum):
    """How far a deployment is; the first two are open, and a later run goes on with them."""

    RUNNING = "running"
    UNDOING = "undoing"
    SUCCEEDED = "succeeded"
    ROLLED_BACK = "rolled_back"
    FAILED = "failed"
    ABANDONED = "abandoned"


OPEN = frozenset({State.RUNNING, State.UNDOING})


class StepRecord(Struct, frozen=True):
    """A step as the journal knows it.

    `created` are the objects that were not there before it, `failure` says why it failed, `left` what could not go back.
    """

    phase: Phase = Phase.WAITING
    created: tuple[str, ...] = ()
    failure: str = ""
    left: str = ""


class Commit(NamedTuple):
    """The revision that is deployed, and when it was made, in seconds since 1970."""

    revision: str = ""
    at: float | None = None


class Deployment(Struct, frozen=True):
    """One run of a plan, with all that history is computed from. Times are seconds since 1970."""

    id: str
    environment: str
    plan: str
    artifacts: str
    sources: str
    who: str
    started: float
    state: State
    finished: float | None = None
    commit: Commit = Commit()
    of: str = ""
    approvals: tuple[str, ...] = ()
    steps: Mapping[str, StepRecord] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """Whether a run of it was interrupted."""
        return self.state in OPEN

    @property
    def duration(self) -> float | None:
        """Seconds from its start to its end."""
        return None if self.finished is None else self.finished - self.started


class StepFailedError(Exception):
    """A step that did not come to its end; the message is for people and holds no secret."""


class TookTooLongError(StepFailedError):
    """A step or command that was not done in time."""


class Deadline:
    """The moment until which something must be done; it is over at once when `stopped` is set."""

    __slots__ = ("_end", "_stopped", "poll")

    def __init__(self, seconds: float, poll: float = 2.0, stopped: threading.Event | None = None) -> None:
        self._end = time.monotonic() + seconds
        self._stopped = stopped or threading.Event()
        self.poll = poll

    def left(self, at_most: float = float("inf")) -> float:
        """The seconds that are left; there is none left where it is over."""
        left = self._end - time.monotonic()
        if self._stopped.is_set():
            raise StepFailedError("was interrupted")
        if left <= 0:
            raise TookTooLongError("was not done in time")
        return min(left, at_most)

    def pause(self) -> None:
        """Wait a little before something is looked at, or tried, once more."""
        self._stopped.wait(self.left(self.poll))
