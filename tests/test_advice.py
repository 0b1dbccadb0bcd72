"""Advice: what is cheaper and breaks nothing, to the cent; followed piece by piece; and sizes that fit what was measured."""

import datetime
import re
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from idpc.advice import Observation, advise
from idpc.advice.advise import Wanted
from idpc.advice.apply import follow
from idpc.advice.text import change, subject
from idpc.cost.model import cents
from idpc.fixes import edited
from idpc.format import format_module
from idpc.pipeline import Compilation, Options, compile_project
from idpc.project import Sources
from idpc.source import SourceFile
from idpc.syntax import parse_module
from idpc.values import Quantity

OPTIONS = Options(today=datetime.date(2026, 11, 1))
DIGEST = "@sha256:0d5f1b2c9e7a4c3d8f60b1a2e3c4d5f60718293a4b5c6d7e8f90a1b2c3d4e5f6"
ORGANISATION = """
project acme { language = "2026.1" }
team core { owner = "core@acme.io", on_call = "pagerduty:1" }
environment dev { cloud = "aws", region = "eu-west-1" }
environment stage { cloud = "aws", region = "eu-west-1" }
environment prod { cloud = "aws", region = "eu-west-1", protected = true }
"""
DESK = """
kind desk {
  seats: "few" | "some" | "many" = "many"
  output name: string = self.name
  price any { licence = match seats { "few" => $10/month, "some" => $20/month, "many" => $30/month } }
  advice seats { try = ["few", "some"], because = "fewer are enough", confidence = "high" }
  provision any { }
}
"""


def compiled(*texts: str) -> Compilation:
    made = compile_project(Sources.of({"project.platform": ORGANISATION + "".join(texts)}), OPTIONS, "policy")
    assert made.ok, [each.message for each in made.diagnostics]
    return made


def app(body: str) -> str:
    return f"app shop {{\n  team = core\n{body}\n}}\n"


def told(compilation: Compilation, environment: str) -> Decimal:
    return cents(compilation.sheets[environment].total.expected)


def faults(compilation: Compilation) -> Counter:
    """Every diagnostic in each environment; amounts are left out, since they change with the cost."""
    return Counter(
        (name, each.code, each.address, re.sub(r"[\d,.]+", "", each.message))
        for each in compilation.diagnostics
        for name in each.environments or compilation.environments
    )


def after(compilation: Compilation, pieces) -> Compilation:
    texts = {file.path: file.text for file in compilation.sources.files}
    texts |= edited(texts, [edit for each in pieces for edit in each.candidate.fix.edits])
    return compile_project(Sources.of(texts), OPTIONS, "policy")


def lines(compilation: Compilation, **wanted) -> list[str]:
    """`dev shop.orders.size = "small" instead of "large"`."""
    found = advise(compilation, Wanted(**wanted), {})
    return [
        f"{each.candidate.environment} {subject(each.candidate)} = {change(each.candidate)}" for each in found.advice
    ]


# -------------------------------------------------------------------------------------------------- what is found


def test_what_saves_most_comes_first_and_is_told_to_the_cent():
    compilation = compiled(DESK, app("  desk first { }\n  postgres orders { high_availability = true }\n" + uses()))
    advised = advise(compilation, Wanted(environments=("dev",)), {}).advice
    assert [(subject(each.candidate), str(each.saving)) for each in advised][:2] == [
        # db.t4g.small: 730 h x $0.0356672 = $26.04; 20 GiB of gp3 at $0.127 = $2.54
        ("shop.orders.high_availability", "28.58"),
        ("shop.first.seats", "20.00"),
    ]


def uses(*names: str) -> str:
    values = "\n".join(f"      V_{name.upper()} = {name}.name" for name in names)
    return (
        f'  worker web {{\n    image = "ghcr.io/acme/web:1.0.0{DIGEST}"\n'
        f"    env {{\n{values}\n    }}\n    uses orders {{ }}\n  }}"
        if not names
        else f'  worker web {{\n    image = "ghcr.io/acme/web:1.0.0{DIGEST}"\n    env {{\n{values}\n    }}\n  }}'
    )


def test_a_policy_leaves_the_cheapest_value_that_keeps_it():
    policy = """
policy enough_seats {
  on = [desk]
  when = environment == prod
  require self.seats != "few" else "`${self.name}` has few seats"
}
"""
    found = lines(compiled(DESK, policy, app(f"  desk first {{ }}\n{uses('first')}")), only=("shop.first",))
    assert found == [
        'dev shop.first.seats = "few" instead of "many"',
        'stage shop.first.seats = "few" instead of "many"',
        'prod shop.first.seats = "some" instead of "many"',
    ]


def test_a_warning_is_a_new_diagnostic_too():
    policy = """
policy many_seats {
  on = [desk]
  severity = "warning"
  require self.seats == "many" else "`${self.name}` has ${self.seats} seats"
}
"""
    assert lines(compiled(DESK, policy, app(f"  desk first {{ }}\n{uses('first')}")), only=("shop.first",)) == []


def test_the_tests_of_a_project_hold():
    test = 'test "enough" { in dev { require shop.first.seats == "many" } }\n'
    found = lines(compiled(DESK, test, app(f"  desk first {{ }}\n{uses('first')}")), only=("shop.first",))
    assert found == [
        'prod shop.first.seats = "few" instead of "many"',
        'stage shop.first.seats = "few" instead of "many"',
    ]


def test_what_loses_its_price_is_not_cheaper():
    kind = """
kind desk {
  seats: "few" | "many" = "many"
  output name: string = self.name
  price aws { licence = if seats == "many" then price("aws/kms/key") else price("aws/kms/nothing") }
  advice seats { try = ["few"], because = "fewer are enough", confidence = "high" }
  provision any { }
}
"""
    assert lines(compiled(kind, app(f"  desk first {{ }}\n{uses('first')}")), only=("shop.first",)) == []


def test_instances_of_one_declaration_are_one_piece():
    body = (
        '  desk first for key in ["a", "b"] { }\n'
        f"""
  worker web {{
    image = "ghcr.io/acme/web:1.0.0{DIGEST}"
    env {{ A = first["a"].name, B = first["b"].name }}
  }}"""
    )
    compilation = compiled(DESK, app(body))
    advised = advise(compilation, Wanted(environments=("dev",), only=("shop.first",)), {}).advice
    assert [(each.candidate.address, str(each.saving)) for each in advised] == [("shop.first", "40.00")]
    assert told(compilation, "dev") - told(after(compilation, advised), "dev") == Decimal("40.00")


def test_a_near_budget_stays_near_and_is_no_new_fault():
    compilation = compiled(
        "budget b { scope = core, limit = $100/month, warn_at = 1% }\n",
        DESK,
        app(f"  desk first {{ }}\n{uses('first')}"),
    )
    assert any(each.code == "IDP6006" for each in compilation.diagnostics)
    assert len(lines(compilation, only=("shop.first",))) == 3


def test_nothing_is_made_anew_that_holds_data():
    """On Google Cloud the tier of a cache replaces it; on AWS a copy goes and the data stay."""
    text = """
project acme { language = "2026.1" }
team core { owner = "core@acme.io", on_call = "pagerduty:1" }
environment there { cloud = "gcp", region = "europe-west1" }
environment here { cloud = "aws", region = "eu-west-1" }
"""
    body = f"""  redis sessions {{ replicas = 1 }}
  worker web {{
    image = "ghcr.io/acme/web:1.0.0{DIGEST}"
    env {{ CACHE = sessions.url }}
  }}"""
    compilation = compile_project(Sources.of({"project.platform": text + app(body)}), OPTIONS, "policy")
    without = after_text(compilation, "replicas = 1", "replicas = 0")
    assert told(without, "there") < told(compilation, "there")
    assert lines(compilation, only=("shop.sessions",)) == ["here shop.sessions.replicas = 0 instead of 1"]


def after_text(compilation: Compilation, old: str, new: str) -> Compilation:
    texts = {file.path: file.text.replace(old, new) for file in compilation.sources.files}
    return compile_project(Sources.of(texts), OPTIONS, "policy")


def test_advice_is_asked_for_by_place_and_confidence():
    compilation = compiled(app('  postgres orders { size = "large", storage = 100Gi }\n' + uses()))
    assert lines(compilation, only=("shop.orders",), confidence="medium") == [
        'dev shop.orders.size = "small" instead of "large"',
        'stage shop.orders.size = "small" instead of "large"',
    ]
    assert lines(compilation, only=("shop.orders",), environments=("prod",)) == [
        'prod shop.orders.size = "small" instead of "large"'
    ]
    assert lines(compilation, only=("prod.node_type",)) == ['prod node_type = "m6g.xlarge" instead of "m6i.xlarge"']


# ---------------------------------------------------------------------------------------------- where it is written

PLACES = {
    "desk first { }": 'desk first { in dev { seats = "few" } }',
    'desk first { seats = "many" }': 'desk first { seats = "many", in dev { seats = "few" } }',
    'desk first { in dev { seats = "many" } }': 'desk first { in dev { seats = "few" } }',
    'desk first { in dev { name = "one" } }': 'desk first { in dev { name = "one", seats = "few" } }',
    'desk first { in dev, stage { seats = "many" } }': (
        'desk first { in dev, stage { seats = if environment == dev then "few" else "many" } }'
    ),
    'desk first { in dev, stage { name = "one" } }': (
        'desk first { in dev, stage { name = "one" }, in dev { seats = "few" } }'
    ),
}


@pytest.mark.parametrize("before", PLACES)
def test_only_the_one_environment_changes(before):
    compilation = compiled(DESK, app(f"  {before}\n{uses('first')}"))
    followed = follow(compilation, Wanted(environments=("dev",), only=("shop.first",)), {})
    assert PLACES[before] in followed.texts["project.platform"]
    for name, fallen in (("dev", "20.00"), ("stage", "0"), ("prod", "0")):
        assert told(compilation, name) - told(followed.compilation, name) == Decimal(fallen)


def test_a_project_with_one_environment_has_no_block_for_it():
    text = (
        'project acme { language = "2026.1" }\nteam core { owner = "c@acme.io", on_call = "pagerduty:1" }\n'
        'environment prod { cloud = "aws", region = "eu-west-1" }\n'
    )
    body = DESK + app(f'  desk first {{ }}\n  desk second {{ seats = "some" }}\n{uses("first", "second")}')
    compilation = compile_project(Sources.of({"project.platform": text + body}), OPTIONS, "policy")
    changed = follow(compilation, Wanted(only=("shop",)), {}).texts["project.platform"]
    assert 'desk first { seats = "few" }' in changed
    assert 'desk second { seats = "few" }' in changed


def test_an_instance_in_a_template_changes_where_the_template_is_used():
    template = "template pair {\n  desk inner { }\n  output name: string = inner.name\n}\n"
    compilation = compiled(DESK, template, app(f"  pair both {{ }}\n{uses('both')}"))
    changed = follow(compilation, Wanted(environments=("dev",), only=("shop.both",)), {}).texts["project.platform"]
    assert 'pair both { in dev { inner { seats = "few" } } }' in changed


def test_what_stands_in_another_package_is_left_alone():
    compilation = compiled(DESK, app(f"  desk first {{ }}\n{uses('first')}"))
    assert follow(compilation, Wanted(files=("other.platform",)), {}).texts == {}


# ------------------------------------------------------------------------------------------------------ properties

_SIZES = st.sampled_from(("small", "medium", "large"))


@st.composite
def _bodies(draw) -> str:
    def places(values: dict[str, str]) -> str:
        """Fields of an instance, some plain, some in one environment or in two."""
        where = {
            name: draw(st.sampled_from(("", "in dev", "in stage", "in prod", "in dev, stage", "in stage, prod")))
            for name in values
        }
        plain = [f"    {name} = {value}" for name, value in values.items() if not where[name]]
        inside = [f"    {where[name]} {{ {name} = {value} }}" for name, value in values.items() if where[name]]
        return "\n".join((*plain, *inside))

    database = {
        "size": f'"{draw(_SIZES)}"',
        "high_availability": draw(st.sampled_from(("true", "false"))),
        "replicas": str(draw(st.integers(0, 2))),
    }
    low, more = draw(st.integers(2, 4)), draw(st.integers(0, 3))
    web = {"cpu": f"{draw(st.integers(1, 20)) * 100}m", "replicas": f"{low}..{low + more}" if more else str(low)}
    cache = {"replicas": str(draw(st.integers(0, 2))), "memory": f"{draw(st.integers(1, 8))}Gi"}
    return f"""  tier = {draw(st.sampled_from(('"critical"', '"standard"')))}
  postgres orders {{
    storage = 100Gi
{places(database)}
  }}
  redis sessions {{
{places(cache)}
  }}
  service web {{
    image = "ghcr.io/acme/web:1.0.0{DIGEST}"
    port = 8080
    health {{ path = "/healthz" }}
{places(web)}
    env {{
      DATABASE_URL = orders.url
      CACHE_URL = sessions.url
    }}
  }}"""


def sound(text: str) -> Compilation:
    made = compile_project(Sources.of({"project.platform": ORGANISATION + text}), OPTIONS, "policy")
    assume(made.ok)
    return made


@given(_bodies())
@settings(max_examples=12, deadline=None)
def test_each_piece_alone_saves_what_it_says_and_breaks_nothing(body):
    compilation = sound(app(body))
    for each in advise(compilation, Wanted(), {}).advice:
        alone = after(compilation, [each])
        assert not faults(alone) - faults(compilation)
        for name in compilation.environments:
            own = each.saving if name == each.candidate.environment else 0
            assert told(compilation, name) - told(alone, name) == own
        assert each.saving > 0
        highest = {cost.address: cost.total.high for cost in compilation.sheets[each.candidate.environment].instances}
        for cost in alone.sheets[each.candidate.environment].instances:
            assert cost.total.high <= highest[cost.address]


@given(_bodies())
@settings(max_examples=6, deadline=None)
def test_what_was_followed_saves_its_sum_and_leaves_nothing_to_follow(body):
    compilation = sound(app(body))
    followed = follow(compilation, Wanted(), {})
    left = compile_project(
        Sources.of({file.path: file.text for file in followed.compilation.sources.files}), OPTIONS, "policy"
    )
    assert not faults(left) - faults(compilation)
    for name in compilation.environments:
        fallen = sum((each.saving for each in followed.done if each.advice.candidate.environment == name), Decimal(0))
        assert told(compilation, name) - told(left, name) == fallen
    assert advise(left, Wanted(), {}).advice == ()
    assert follow(left, Wanted(), {}).texts == {}


def test_a_formatted_file_stays_formatted():
    text = SourceFile("project.platform", ORGANISATION + DESK + app(f"  desk first {{ }}\n{uses('first')}"))
    shaped = format_module(text, parse_module(text).value)
    compilation = compile_project(Sources.of({"project.platform": shaped}), OPTIONS, "policy")
    changed = SourceFile("project.platform", follow(compilation, Wanted(), {}).texts["project.platform"])
    assert format_module(changed, parse_module(changed).value) == changed.text


def test_apps_that_do_not_know_of_each_other_are_told_apart():
    """Twelve apps are tried out at once, and one that a policy forbids does not take the others with it."""
    files = {
        f"app{number}.platform": f"app app{number} {{\n  team = core\n  desk first {{ }}\n{uses('first')}\n}}\n"
        for number in range(12)
    }
    policy = 'policy p { on = [desk], require self.app != "app7" || self.seats == "many" else "no" }\n'
    sources = Sources.of({"project.platform": ORGANISATION + DESK + policy, **files})
    found = lines(compile_project(sources, OPTIONS, "policy"), environments=("dev",), confidence="high")
    assert sorted(found) == sorted(
        f'dev app{number}.first.seats = "few" instead of "many"' for number in range(12) if number != 7
    )


# ---------------------------------------------------------------------------------------------------- measurements

WEB = f"""
  service web {{
    image = "ghcr.io/acme/web:1.0.0{DIGEST}"
    port = 8080
    health {{ path = "/healthz" }}
    cpu = CPU
    memory = MEMORY
    replicas = REPLICAS
  }}"""
MEBI = 1024 * 1024


def web(cpu: str = "1", memory: str = "1Gi", replicas: str = "4") -> Compilation:
    return compiled(app(WEB.replace("CPU", cpu).replace("MEMORY", memory).replace("REPLICAS", replicas)))


def seen(unit: str, *amounts: float, days: int = 14) -> Observation:
    values = [Quantity(unit, int(each)) if unit else float(each) for each in amounts]
    last = datetime.date(2026, 10, 31)
    first = last - datetime.timedelta(days=days - 1)
    return Observation(dict(zip(("p50", "p95", "p99", "max"), values, strict=True)), first, last, "metrics.csv")


def fitted(compilation: Compilation, name: str = "prod", **measured: Observation) -> dict[str, object]:
    advised = advise(compilation, Wanted(environments=(name,), only=("shop",)), {(name, "shop.web"): measured})
    return {each.candidate.path[-1]: each.candidate.after for each in advised.advice}


def test_memory_fits_the_most_that_was_used_and_a_fifth_more():
    found = fitted(web(), memory=seen("bytes", *(each * MEBI for each in (100, 150, 190, 200))))
    assert str(found["memory"].min) == str(found["memory"].max) == "240Mi"
    found = fitted(web(memory="512Mi..2Gi"), memory=seen("bytes", *(each * MEBI for each in (100, 150, 190, 200))))
    assert (str(found["memory"].min), str(found["memory"].max)) == ("240Mi", "2Gi")


@given(st.integers(1, 4096), st.integers(64, 4096))
@settings(max_examples=15, deadline=None)
def test_memory_is_never_below_what_was_used_with_headroom(most, reserved):
    found = fitted(web(memory=f"{reserved}Mi"), memory=seen("bytes", *[most * MEBI] * 4))
    assert "memory" not in found or found["memory"].min.amount >= most * MEBI * 1.2
    assert "memory" not in found or found["memory"].min.amount < reserved * MEBI


def test_cpu_fits_what_was_used_nearly_always():
    # 200m in 95% of the time, of which 85% are meant to be in use: 235.3m, in steps of 10m
    assert str(fitted(web(), cpu=seen("cpu", 100, 200, 300, 900))["cpu"]) == "240m"


def test_fewer_pods_do_the_same_work_and_each_has_more_to_do():
    # 4 pods with 300m at the 99th percentile of 1 core each at 85%: 1.4 pods, and two where data must survive
    measured = {"cpu": seen("cpu", 100, 200, 300, 900), "replicas": seen("", 4, 4, 4, 4)}
    found = fitted(web(), **measured)
    assert (found["replicas"].min, found["replicas"].max) == (2, 2)
    fewer = after(
        web(), advise(web(), Wanted(("prod",), only=("shop.web.replicas",)), {("prod", "shop.web"): measured}).advice
    )
    assert str(fitted(fewer, **measured)["cpu"]) == "480m"  # 4 pods of 200m on 2, 85% in use: 470.6m
    # Smaller pods save more, and four of those are needed: 4 x 300m of 240m each at 85%.
    assert set(fitted(after(web(), first(web(), measured)), **measured)) == set()


def first(compilation: Compilation, measured):
    return advise(compilation, Wanted(("prod",), only=("shop",)), {("prod", "shop.web"): measured}).advice[:1]


def test_an_autoscaler_starts_with_fewer():
    measured = {"cpu": seen("cpu", 50, 80, 100, 900), "replicas": seen("", 6, 6, 6, 6)}
    found = fitted(web(replicas="6..20"), **measured)
    assert (found["replicas"].min, found["replicas"].max) == (2, 20)


def test_a_database_that_is_hardly_used_gets_a_smaller_machine():
    compilation = compiled(app('  postgres orders { size = "large", storage = 100Gi }\n' + uses()))
    share = [Quantity("percent", Decimal(each)) for each in (5, 12, 15, 40)]
    busy = Observation(
        dict(zip(("p50", "p95", "p99", "max"), share, strict=True)),
        *[datetime.date(2026, 10, 1), datetime.date(2026, 10, 31)],
        "m",
    )

    def found(most: int) -> list[tuple[str, str, str]]:
        measured = {"cpu_share": busy, "memory": seen("bytes", *[most * 1024 * MEBI] * 4)}
        advised = advise(compilation, Wanted(("prod",), only=("shop.orders",)), {("prod", "shop.orders"): measured})
        return [(each.candidate.path[-1], each.candidate.after, each.candidate.confidence) for each in advised.advice]

    assert found(1) == [("size", "small", "high")]
    assert found(4) == [("size", "medium", "high")]  # 2 GiB of the small one are too few
    assert found(10) == []


def test_a_few_days_say_nothing_and_that_is_told():
    measured = {"cpu": seen("cpu", 10, 10, 10, 10, days=6), "memory": seen("bytes", *[MEBI] * 4, days=7)}
    advised = advise(web(), Wanted(("prod",), only=("shop",)), {("prod", "shop.web"): measured})
    assert [each.candidate.path[-1] for each in advised.advice] == ["memory"]
    assert advised.notes == ("shop.web in prod: cpu was measured for 6 days; nothing follows from fewer than 7",)


def test_the_measurements_that_a_piece_rests_on_are_told():
    measured = {"cpu": seen("cpu", 10, 10, 10, 10), "memory": seen("bytes", *[MEBI] * 4)}
    advised = advise(web(), Wanted(("prod",), only=("shop",)), {("prod", "shop.web"): measured})
    inputs = {each.candidate.path[-1]: [name for name, _ in each.candidate.inputs] for each in advised.advice}
    assert inputs == {"cpu": ["cpu"], "memory": ["memory"]}
