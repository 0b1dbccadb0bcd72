"""Every edge is respected by waves, whatever the graph."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st
from plan_samples import data, edge, graph, in_cluster, inputs, node

from idpc.plan import make_plan
from idpc.plan.order import orderable_calls, rings, shortest_ring, waves
from idpc.plan.verify import order_faults

STEPS = [f"s{number}" for number in range(8)]


@st.composite
def environments(draw):
    """Workloads that call each other at will, data that they need, and `after` from later names to earlier ones."""
    apps = draw(st.integers(1, 3))
    cloud = draw(st.sampled_from(["aws", "azure", "kubernetes"]))
    workloads = [f"app{draw(st.integers(0, apps - 1))}.w{number}" for number in range(draw(st.integers(1, 6)))]
    stores = [f"app{draw(st.integers(0, apps - 1))}.d{number}" for number in range(draw(st.integers(0, 4)))]
    store = in_cluster if cloud == "kubernetes" else data
    parts = [node(name, terraform=draw(st.booleans())) for name in workloads] + [store(name) for name in stores]
    callers = st.tuples(st.sampled_from(workloads), st.sampled_from(workloads))
    calls = [edge(one, other, "call") for one, other in draw(st.lists(callers, max_size=10)) if one != other]
    reads = draw(st.lists(st.tuples(st.sampled_from(workloads), st.sampled_from(stores)), max_size=8)) if stores else []
    hard = [edge(one, other, access=draw(st.sampled_from(["", "read"]))) for one, other in reads]
    return graph(*parts, *calls, *hard, cloud=cloud)


@settings(max_examples=150, deadline=None)
@given(environments())
def test_every_edge_is_respected(of):
    outcome = make_plan(of, inputs(of))
    assert outcome.diagnostics == ()
    assert order_faults(of, outcome.value) == ()
    applied = [step.address for step in outcome.value.steps if step.action == "kubernetes.apply" and step.provides]
    assert sorted(applied) == sorted(str(each.address) for each in of.nodes.values() if each.objects)


@st.composite
def needs(draw):
    pairs = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=16)
    strict: dict[str, list[str]] = {}
    for one, other in draw(pairs):
        if one > other:
            strict.setdefault(STEPS[one], []).append(STEPS[other])
    calls: dict[str, list[str]] = {}
    for one, other in draw(pairs):
        if one != other:
            calls.setdefault(STEPS[one], []).append(STEPS[other])
    return strict, calls


@given(needs())
def test_strict_needs_hold_and_calls_that_can(given_needs):
    strict, calls = given_needs
    kept = orderable_calls(STEPS, strict, calls)
    laid = waves(STEPS, strict, kept)
    wave = {step: number for number, each in enumerate(laid) for step in each}
    assert sorted(wave) == STEPS
    assert all(wave[need] < wave[step] for step, each in strict.items() for need in each)
    assert all(wave[need] <= wave[step] for step, each in kept.items() for need in each)
    for step, each in calls.items():
        for need in set(each) - set(kept[step]):
            assert reaches(need, step, strict, kept)


def reaches(first, last, strict, kept):
    waiting, seen = [first], set()
    while waiting:
        step = waiting.pop()
        if step == last:
            return True
        if step not in seen:
            seen.add(step)
            waiting.extend([*strict.get(step, ()), *kept.get(step, ())])
    return False


@given(needs())
def test_rings_come_needs_first(given_needs):
    strict, calls = given_needs
    both = {step: [*strict.get(step, ()), *calls.get(step, ())] for step in STEPS}
    done: set[str] = set()
    for ring in rings(STEPS, both):
        assert all(need in done or need in ring for step in ring for need in both[step])
        if len(ring) > 1:
            way = shortest_ring(ring, both)
            assert way[0][0] == way[-1][1] == min(ring)
            assert all(need in both[step] for step, need in way)
        done.update(ring)
    assert done == set(STEPS)


def test_a_chain_longer_than_the_stack_is_ordered():
    steps = [f"s{number}" for number in range(5000)]
    chain = {step: [need] for need, step in itertools.pairwise(steps)}
    assert len(waves(steps, chain, {})) == 5000
