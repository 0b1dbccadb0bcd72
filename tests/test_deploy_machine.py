"""Holds the core of a deployment over random plans, failures and interruptions, in a world that counts what is done."""

import itertools
import threading
from collections import Counter
from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from idpc.deploy import machine
from idpc.deploy.engine import Engine, Settings
from idpc.deploy.model import Deadline, Phase, State, StepFailedError, StepRecord
from idpc.plan.model import Gate, Plan, Rollback, Stage, Step, Target

BACK, STAYS = Rollback(to="previous"), Rollback(none="forward only")


class Killed(BaseException):
    """The process is gone: nothing after it is written down."""


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A plan of up to three stages, whose steps need some of those in earlier waves."""
    stages, earlier, number = [], [], 0
    for stage in range(draw(st.integers(1, 3))):
        waves = []
        for _ in range(draw(st.integers(1, 3))):
            wave = []
            for _ in range(draw(st.integers(1, 3))):
                needs = tuple(draw(st.lists(st.sampled_from(earlier), unique=True, max_size=2))) if earlier else ()
                rollback = draw(st.sampled_from([BACK, STAYS]))
                wave.append(Step(f"app/{number}", "act", "app", (), Gate(), rollback, 1, needs=needs))
                number += 1
            earlier += [step.id for step in wave]
            waves.append(tuple(wave))
        stages.append(Stage(f"s{stage}", "application", tuple(waves)))
    return Plan("dev", Target(None, None, None), stages=tuple(stages))


class World:
    """Does what steps say, and remembers it; it may fail at a step, and be killed at a moment."""

    def __init__(self, failing: str = "", stuck: str = "", moments: int = 10**9) -> None:
        self.failing, self.stuck, self.moments = failing, stuck, moments
        self.there: dict[str, bool] = {}
        self.effects: Counter[str] = Counter()
        self.order: list[str] = []
        self.lock = threading.Lock()

    def moment(self) -> None:
        with self.lock:
            self.moments -= 1
            if self.moments < 0:
                raise Killed

    def prepare(self, step: Step, _: Deadline) -> tuple[str, ...]:
        self.moment()
        return (step.id,) if step.id not in self.there else ()

    def apply(self, step: Step, _: Deadline) -> None:
        self.moment()
        with self.lock:
            if not self.there.get(step.id):
                self.there[step.id] = True
                self.effects[step.id] += 1
                self.order.append(step.id)
        self.moment()

    def gate(self, step: Step, _: Deadline) -> None:
        self.moment()
        if step.id == self.failing:
            raise StepFailedError("it is not well")

    def undo(self, step: Step, created: tuple[str, ...], _: Deadline) -> tuple[str, ...]:
        self.moment()
        if step.id == self.stuck:
            return ("it cannot",)
        assert created == (step.id,)
        with self.lock:
            if self.there.pop(step.id, None):
                self.order.append(f"undo {step.id}")
        self.moment()
        return ()


class Memory:
    """A journal that outlives whoever writes it."""

    def __init__(self, world: World) -> None:
        self.world, self.kept, self.state = world, {}, State.RUNNING
        self.failures: dict[str, str] = {}
        self.lock = threading.Lock()

    def records(self) -> Mapping[str, StepRecord]:
        with self.lock:
            return dict(self.kept)

    def note(self, step: str, phase: Phase, detail: str = "", created: tuple[str, ...] | None = None) -> None:
        self.world.moment()
        with self.lock:
            old = self.kept.get(step, StepRecord())
            self.failures |= {step: detail} if phase is Phase.FAILED else {}
            self.kept[step] = StepRecord(phase, old.created if created is None else created, detail)

    def turn(self, state: State) -> None:
        self.world.moment()
        self.state = state


def run_to_the_end(plan: Plan, world: World, kills: list[int]) -> tuple[State, Memory]:
    """Run a plan again and again, killed after so many moments each time, until it is over."""
    memory = Memory(world)
    for moments in [*kills, 10**9]:
        world.moments = moments
        try:
            return Engine(plan, {"act": world}, memory, Settings(workers=3, poll=0)).run(memory.state), memory
        except Killed:
            continue
    raise AssertionError("the last run is never killed")


@settings(max_examples=150, deadline=None)
@given(plans(), st.lists(st.integers(0, 40), max_size=4))
def test_an_interrupted_run_forgets_nothing_and_does_nothing_twice(plan: Plan, kills: list[int]) -> None:
    world = World()
    state, _ = run_to_the_end(plan, world, kills)
    assert state is State.SUCCEEDED
    assert set(world.there) == {step.id for step in plan.steps}
    assert set(world.effects.values()) == {1}


@settings(max_examples=150, deadline=None)
@given(plans(), st.lists(st.integers(0, 40), max_size=3))
def test_no_step_starts_before_what_it_needs_and_the_waves_before(plan: Plan, kills: list[int]) -> None:
    world = World()
    run_to_the_end(plan, world, kills)
    place = {step: number for number, step in enumerate(world.order)}
    for step in plan.steps:
        assert all(place[need] < place[step.id] for need in step.needs)
    waves = [[place[step.id] for step in wave] for stage in plan.stages for wave in stage.waves]
    assert all(max(one) < min(other) for one, other in itertools.pairwise(waves))


@settings(max_examples=200, deadline=None)
@given(plans(), st.data(), st.lists(st.integers(0, 40), max_size=3))
def test_after_a_failure_all_that_can_go_back_is_back_and_the_rest_stays(
    plan: Plan, data: st.DataObject, kills: list[int]
) -> None:
    failing = data.draw(st.sampled_from([step.id for step in plan.steps]))
    world = World(failing)
    state, memory = run_to_the_end(plan, world, kills)
    undone = [name.removeprefix("undo ") for name in world.order if name.startswith("undo ")]
    told = {step for step, record in memory.kept.items() if record.phase is Phase.UNDONE}
    assert {step for step in world.there if _can_go_back(plan, step)} == set()
    assert all(step in world.there for step in world.effects if not _can_go_back(plan, step))
    assert len(undone) == len(set(undone))
    later = [step.id for step in reversed(plan.steps)]
    assert undone == sorted(undone, key=later.index)
    assert set(undone) <= told, "and what had only begun is looked after, too"
    assert state is (State.ROLLED_BACK if told else State.FAILED)
    assert not _after(plan, failing) & set(world.effects)
    begun = {step for step, record in memory.kept.items() if record.phase is Phase.STARTED}
    staying = {step.id for step in machine.staying(plan, _phases(memory))}
    assert set(world.there) <= staying <= set(world.there) | begun


@settings(max_examples=100, deadline=None)
@given(plans(), st.data())
def test_what_cannot_go_back_is_told_and_keeps_nothing_else_from_it(plan: Plan, data: st.DataObject) -> None:
    failing, stuck = (data.draw(st.sampled_from([step.id for step in plan.steps])) for _ in range(2))
    world = World(failing, stuck)
    state, memory = run_to_the_end(plan, world, [])
    left = {step for step in world.there if _can_go_back(plan, step)}
    assert left <= {stuck}
    assert left == {step for step, record in memory.kept.items() if record.phase is Phase.STUCK}
    assert state is not State.SUCCEEDED
    assert not left or state is State.FAILED


def test_a_stage_that_has_used_up_its_time_starts_nothing_more() -> None:
    step = Step("app/0", "act", "app", (), Gate(), BACK, 5)
    plan = Plan("dev", Target(None, None, None), stages=(Stage("slow", "application", ((step,),), timeout=1),))
    world = World()
    memory = Memory(world)

    class Waiting(World):
        def gate(self, step: Step, deadline: Deadline) -> None:
            assert step.id == "app/0"
            deadline.left()

    engine = Engine(plan, {"act": Waiting()}, memory, Settings(poll=0))
    engine.stage_ends["slow"] = 0.0
    assert engine.run() is State.ROLLED_BACK
    assert "not done in time" in memory.failures["app/0"]


@given(plans())
def test_what_may_start_is_never_running_or_done_already(plan: Plan) -> None:
    phases: dict[str, Phase] = {}
    while steps := machine.startable(plan, phases):
        assert not machine.startable(plan, phases, {step.id for step in steps})
        assert all(step.id not in phases for step in steps)
        phases |= {step.id: Phase.DONE for step in steps}
    assert machine.succeeded(plan, phases)


def _can_go_back(plan: Plan, name: str) -> bool:
    return next(not step.rollback.none for step in plan.steps if step.id == name)


def _after(plan: Plan, name: str) -> set[str]:
    """The steps of later waves."""
    waves = [[step.id for step in wave] for stage in plan.stages for wave in stage.waves]
    number = next(index for index, wave in enumerate(waves) if name in wave)
    return {step for wave in waves[number + 1 :] for step in wave}


def _phases(memory: Memory) -> dict[str, Phase]:
    return {name: record.phase for name, record in memory.kept.items()}
