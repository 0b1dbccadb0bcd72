"""Plans of random environments with hundreds of instances: what has to hold of the order, there and back again."""

import itertools
from functools import cache
from random import Random

import pytest
from plan_samples import data, edge, graph, in_cluster, inputs, node

from idpc.deploy.machine import startable, to_undo
from idpc.deploy.model import Phase
from idpc.deploy.portion import portion
from idpc.deploy.release import Release
from idpc.plan import make_plan
from idpc.plan.engines.pipeline import pipeline, shards_of
from idpc.plan.verify import order_faults
from idpc.plan.waves import app_folder, numbered


def environment(random: Random):
    """Up to four hundred instances: services that call anybody, data in Terraform or in the cluster, jobs, `after`."""
    cloud = random.choice(["aws", "gcp", "kubernetes"])
    apps = [f"app{number}" for number in range(random.randint(1, 40))]
    count = random.randint(20, 300)
    workloads = [f"{random.choice(apps)}.w{number}" for number in range(count)]
    stores = [f"{random.choice(apps)}.d{number}" for number in range(count // 3)]
    kinds = ("service", "service", "worker", "cron_job", "job")
    store = in_cluster if cloud == "kubernetes" else data
    parts = [node(name, random.choice(kinds), terraform=random.random() < 0.3) for name in workloads]
    parts += [store(name) for name in stores]
    calls = {tuple(random.sample(workloads, 2)) for _ in range(random.randint(0, 2 * count))}
    reads = {(random.choice(workloads), random.choice(stores)) for _ in range(count)}
    later = {tuple(sorted(random.sample(range(count), 2))) for _ in range(count // 4)}
    hard = [edge(one, other) for one, other in sorted(reads)]
    after = [edge(workloads[one], workloads[other], why="after", outputs=()) for other, one in sorted(later)]
    return graph(*parts, *hard, *after, *(edge(one, other, "call") for one, other in sorted(calls)), cloud=cloud)


@cache
def planned(seed: int):
    """The graph and the plan of a seed."""
    of = environment(Random(seed))  # noqa: S311  # a test's
    outcome = make_plan(of, inputs(of, monitoring=True))
    assert outcome.diagnostics == ()
    return of, outcome.value


def contradicted(of, plan, count):
    """As many calls come too late, each of them since what is called waits for who calls, by a way with a hard need."""
    wave = {step.id: number for number, (_, _, each) in enumerate(numbered(plan)) for step in each}
    applying = {step.address: step.id for step in plan.steps if step.action == "kubernetes.apply" and step.provides}
    calls = [(applying[str(each.source)], applying[str(each.target)]) for each in of.edges if each.order == "call"]
    ahead = {step.id: {*step.needs} for step in plan.steps}
    for one, other in calls:
        if wave[other] <= wave[one]:
            ahead[one].add(other)
    late = [(one, other) for one, other in calls if wave[other] > wave[one]]
    assert len(late) == count
    for one, other in late:
        waiting, seen = [other], set()
        while waiting:
            step = waiting.pop()
            waiting += ahead[step] - seen
            seen |= ahead[step]
        assert one in seen


SEEDS = pytest.mark.parametrize("seed", range(30))


@SEEDS
def test_every_edge_holds_and_nothing_waits_for_something_later(seed):
    of, plan = planned(seed)
    faults = order_faults(of, plan)
    assert all("(call)" in fault for fault in faults)
    contradicted(of, plan, len(faults))
    done = set()
    for _, _, wave in numbered(plan):
        assert all(need in done for step in wave for need in step.needs)
        done |= {step.id for step in wave}
    assert len(done) == len(plan.steps)


@SEEDS
def test_waves_are_as_few_as_can_be(seed):
    """In every wave but a stage's first, each step has a need in the wave before, or calls in a ring with one that has."""
    of, plan = planned(seed)
    partners: dict[str, set[str]] = {}
    for each in of.edges:
        partners.setdefault(str(each.source), set()).add(str(each.target))
        partners.setdefault(str(each.target), set()).add(str(each.source))
    for stage in plan.stages:
        for before, wave in itertools.pairwise(stage.waves):
            ids = {step.id for step in before}
            due = {step.address for step in wave if ids & {*step.needs} or step.action == "kubernetes.prune"}
            while more := {step.address for step in wave if partners.get(step.address, set()) & due} - due:
                due |= more
            assert {step.address for step in wave} <= due


@SEEDS
def test_what_is_undone_goes_before_what_it_needed(seed):
    _, plan = planned(seed)
    undone = to_undo(plan, {step.id: Phase.DONE for step in plan.steps})
    position = {step.id: number for number, step in enumerate(undone)}
    assert set(position) == {step.id for step in plan.steps if step.rollback.to}
    assert all(position[need] > position[step.id] for step in undone for need in step.needs if need in position)
    created = [step for step in plan.steps if step.rollback.to]
    assert [step.id for step in undone] == [step.id for step in reversed(created)]


@SEEDS
def test_an_engine_that_starts_what_may_start_comes_to_the_end(seed):
    _, plan = planned(seed)
    phases: dict[str, Phase] = {}
    while open_steps := startable(plan, phases):
        step = Random(seed).choice(open_steps)  # noqa: S311  # a test's
        assert all(phases[need] is Phase.DONE for need in step.needs)
        phases[step.id] = Phase.DONE
    assert len(phases) == len(plan.steps)


@SEEDS
def test_jobs_of_other_engines_run_each_step_once_and_in_order(seed):
    _, plan = planned(seed)
    wanted = 1 + seed
    made = pipeline(plan, "build/prod/plan.json", "sha256:00", "0.1.0", wanted)
    release = Release(plan, "sha256:00", {})
    done: set[str] = set()
    for wave in made.waves:
        ran = set()
        for shard in wave.shards:
            steps = portion(release, wave.until, shard.apps).plan.steps
            new = {step.id for step in steps} - done
            assert all(need in done for step in plan.steps if step.id in new for need in step.needs)
            ran |= new
        done |= ran
    assert done == {step.id for step in plan.steps}
    assert len(made.shards) <= wanted


@SEEDS
def test_each_shard_may_go_back_by_itself(seed):
    _, plan = planned(seed)
    shards = shards_of(plan, 2 + seed)
    home = {app: shard.name for shard in shards for app in shard.apps}
    assert sorted(home) == sorted({app_folder(step) for step in plan.steps})
    back = {step.id for step in plan.steps if step.rollback.to}
    for step in plan.steps:
        crossing = [need for need in step.needs if {need, step.id} <= back]
        assert all(home[need.partition("/")[0]] == home[app_folder(step)] for need in crossing)


@pytest.mark.parametrize("cloud", ["aws", "kubernetes"])
def test_two_that_read_each_others_data_and_two_that_call_each_other(cloud):
    store = in_cluster if cloud == "kubernetes" else data
    of = graph(
        *(store(f"{app}.orders") for app in ("one", "two")),
        *(node(f"{app}.web") for app in ("one", "two")),
        edge("one.web", "two.orders"),
        edge("two.web", "one.orders"),
        edge("one.web", "two.web", "call"),
        edge("two.web", "one.web", "call"),
        cloud=cloud,
    )
    outcome = make_plan(of, inputs(of))
    assert outcome.diagnostics == ()
    assert order_faults(of, outcome.value) == ()
    waves = [{step.id for step in wave} for _, _, wave in numbered(outcome.value)]
    assert any({"one/web", "two/web"} <= wave for wave in waves)
