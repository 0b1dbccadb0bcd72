"""What holds for any small project: files in any order give the same bytes, and waves respect every edge."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from mutations import OPTIONS

from idpc.pipeline import artifacts, compile_project
from idpc.project import Sources

HEAD = """\
project any { language = "2026.1" }
team core { owner = "core@example.com", on_call = "pagerduty:CORE" }
environment dev { cloud = "kubernetes" }
environment prod { cloud = "aws", region = "eu-west-1" }
"""
SECRET = "entry-that-nobody-reads"
DATA = {"postgres": "url", "redis": "url", "bucket": "name"}
FEW = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def projects(draw):
    """Two apps with a few workloads that call each other as they like, wait for those before them, and read data."""
    kinds = draw(st.lists(st.sampled_from(("service", "worker", *DATA)), min_size=2, max_size=6))
    names = [f"{'ab'[draw(st.integers(0, 1))]}.n{number}" for number in range(len(kinds))]
    bodies = {"a": [], "b": []}
    for number, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        app, own = name.split(".")
        if kind in DATA:
            bodies[app].append(f"  {kind} {own} {{ }}")
            continue
        read = draw(st.sets(st.sampled_from(range(len(kinds)))))
        outputs = [(other, DATA.get(kinds[other], "url")) for other in sorted(read) if kinds[other] != "worker"]
        env = [f"      E{other} = {names[other]}.{output}" for other, output in outputs if other != number]
        earlier = [names[other] for other in range(number) if other not in read and draw(st.booleans())]
        bodies[app].append(
            f'  {kind} {own} {{\n    image = "ghcr.io/acme/x:1"\n'
            + ("    port = 8080\n" if kind == "service" else "")
            + "    env {\n"
            + "\n".join([*env, f'      S = secret("{SECRET}")'])
            + f"\n    }}\n    after = [{', '.join(earlier)}]\n  }}"
        )
    apps = {
        f"{app}.platform": f"app {app} {{\n  team = core\n{chr(10).join(body)}\n}}\n" for app, body in bodies.items()
    }
    return {"project.platform": HEAD, **apps}


@FEW
@given(projects(), st.randoms())
def test_files_in_any_order_give_the_same_bytes(files, order):
    sources = Sources.of(files)
    compilation = compile_project(sources, OPTIONS)
    shuffled = list(sources.files)
    order.shuffle(shuffled)
    again = compile_project(replace(sources, files=tuple(shuffled)), OPTIONS)
    assert compilation.diagnostics == again.diagnostics
    assert compilation.ok, compilation.diagnostics
    assert dict(artifacts(compilation)) == dict(artifacts(again))


@FEW
@given(projects())
def test_waves_respect_every_edge(files):
    compilation = compile_project(Sources.of(files), OPTIONS)
    assert compilation.ok, compilation.diagnostics
    for name, environment in compilation.graph.environments.items():
        steps = [
            ((stage_number, wave_number), step)
            for stage_number, stage in enumerate(compilation.plans[name].stages)
            for wave_number, wave in enumerate(stage.waves)
            for step in wave
        ]
        for edge in environment.edges:
            source, target = str(edge.source), str(edge.target)
            begins = min(rank for rank, step in steps if step.address == source)
            ends = max(rank for rank, step in steps if step.address == target or target in step.provides)
            if edge.order == "hard" or not waits_for(edge.target, edge.source, environment.edges):
                assert ends < begins or (edge.order == "call" and ends == begins), (name, edge)


def waits_for(later, earlier, edges):
    """Whether an instance comes after another by a way on which something must: a call back orders nothing."""
    seen, waiting = set(), [(later, False)]
    while waiting:
        state = waiting.pop()
        if state not in seen:
            seen.add(state)
            waiting += [(each.target, state[1] or each.order == "hard") for each in edges if each.source == state[0]]
    return (earlier, True) in seen
