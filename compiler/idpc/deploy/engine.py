"""Drives the steps of a plan: starts what may start, waits, and takes back what a failure leaves half done."""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Protocol

from msgspec import Struct, field

from idpc.deploy import machine, processes
from idpc.deploy.model import Deadline, Phase, State, StepFailedError, StepRecord
from idpc.plan.model import Plan, Stage, Step


class Action(Protocol):
    """What is done for the steps of one kind. Each part may be done again after an interruption."""

    def prepare(self, step: Step, deadline: Deadline) -> tuple[str, ...]:
        """What the step is about to create; nothing has changed yet."""

    def apply(self, step: Step, deadline: Deadline) -> None:
        """Make the change."""

    def gate(self, step: Step, deadline: Deadline) -> None:
        """Wait until what the plan asks of the step holds."""

    def undo(self, step: Step, created: tuple[str, ...], deadline: Deadline) -> tuple[str, ...]:
        """Go back to what was there before; gives what could not be."""


class Log(Protocol):
    """Where the phases of steps are written down, so that they outlive the process."""

    def records(self) -> Mapping[str, StepRecord]:
        """The steps so far."""

    def note(self, step: str, phase: Phase, detail: str = "", created: tuple[str, ...] | None = None) -> None:
        """Write down how far a step is."""

    def turn(self, state: State) -> None:
        """Write down how far the deployment is."""


class Settings(Struct, frozen=True):
    """How a plan is run: `cap` seconds at most for a step, `poll` seconds between two looks.

    Where it does not take back, a failure leaves the deployment open.
    """

    workers: int = 8
    cap: float = float("inf")
    poll: float = 2.0
    told: Callable[[Step, Phase, str], None] = lambda _step, _phase, _detail: None
    turned: Callable[[State], None] = lambda _state: None
    lock_lost: Callable[[], str] = lambda: ""
    takes_back: bool = True


class Engine(Struct, frozen=True):
    """A plan with what does its steps and where they are written down."""

    plan: Plan
    actions: Mapping[str, Action]
    log: Log
    settings: Settings = Settings()
    interrupted: threading.Event = field(default_factory=threading.Event)
    stage_ends: dict[str, float] = field(default_factory=dict)

    def run(self, state: State = State.RUNNING) -> State:
        """Run, or go on with, a deployment until it has succeeded or has been taken back."""
        if state is State.RUNNING:
            self._forwards()
            if machine.succeeded(self.plan, self._phases()):
                return State.SUCCEEDED
            if not self.settings.takes_back:
                return State.RUNNING
            self.settings.turned(State.UNDOING)
            self.log.turn(State.UNDOING)
        self._backwards()
        return machine.ended(self.plan, self._phases())

    def _forwards(self) -> None:
        running: dict[Future[None], Step] = {}
        with ThreadPoolExecutor(self.settings.workers) as pool:
            while True:
                ids = {step.id for step in running.values()}
                for step in machine.startable(self.plan, self._phases(), ids):
                    running[pool.submit(self._do, step)] = step
                if not running:
                    return
                for future in self._finished(running):
                    running.pop(future)
                    future.result()

    def _finished(self, running: Mapping[Future[None], Step]) -> set[Future[None]]:
        """Those that came to an end. Interrupted, it stops what runs, which counts as if the process had been killed."""
        try:
            return wait(running, return_when=FIRST_COMPLETED).done
        except KeyboardInterrupt:
            self.interrupted.set()
            processes.stop_all()
            raise

    def _do(self, step: Step) -> None:
        action = self.actions[step.action]
        deadline = self._deadline(step, machine.stage_of(self.plan, step))
        try:
            self._check_lock()
            phase = machine.phase(self._phases(), step)
            if phase is Phase.WAITING:
                created = action.prepare(step, deadline)
                self._note(step, Phase.STARTED, created=created)
            if phase is not Phase.APPLIED:
                action.apply(step, deadline)
                self._note(step, Phase.APPLIED)
            action.gate(step, deadline)
        except StepFailedError as failure:
            if not self.interrupted.is_set():
                self._note(step, Phase.FAILED, str(failure))
        else:
            self._note(step, Phase.DONE)

    def _check_lock(self) -> None:
        lost = self.settings.lock_lost()
        if lost:
            raise StepFailedError(lost)

    def _backwards(self) -> None:
        for step in machine.to_undo(self.plan, self._phases()):
            created = self.log.records()[step.id].created
            self._note(step, Phase.UNDOING)
            try:
                self._check_lock()
                left = self.actions[step.action].undo(step, created, self._deadline(step))
            except StepFailedError as failure:
                self._note(step, Phase.STUCK, str(failure))
            else:
                self._note(step, Phase.STUCK if left else Phase.UNDONE, "; ".join(left))

    def _deadline(self, step: Step, stage: Stage | None = None) -> Deadline:
        """The step's own time, and no more than its stage has left; going back has the step's time anew."""
        seconds = min(step.timeout * 60, self.settings.cap)
        if stage is not None and stage.timeout:
            ends = self.stage_ends.setdefault(stage.name, time.monotonic() + stage.timeout * 60)
            seconds = min(seconds, ends - time.monotonic())
        return Deadline(seconds, self.settings.poll, self.interrupted)

    def _phases(self) -> dict[str, Phase]:
        return {name: record.phase for name, record in self.log.records().items()}

    def _note(self, step: Step, phase: Phase, detail: str = "", created: tuple[str, ...] | None = None) -> None:
        self.log.note(step.id, phase, detail, created)
        self.settings.told(step, phase, detail)
