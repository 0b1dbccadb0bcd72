"""Budgets and cost sheets of a project in parts are those of the project as a whole."""

import datetime
import json

import pytest

from idpc.pipeline import Options, artifacts, compile_project
from idpc.project import Sources
from idpc.units.build import Known, build
from idpc.units.shard import Share, make_shard, merged

OPTIONS = Options(today=datetime.date(2026, 11, 1))
APPS = 12


def project(limit: int, *, seats: int = 60, discount: int = 0) -> Sources:
    files = {
        "project.platform": f'project acme {{ language = "2026.1", prices {{ discount = {discount}% }} }}\n',
        "shared.platform": f"""
team support {{ owner = "support@acme.io", on_call = "pagerduty:1" }}
team core {{ owner = "core@acme.io", on_call = "pagerduty:1" }}
environment dev {{ cloud = "aws", region = "eu-west-1" }}
environment prod {{ cloud = "gcp", region = "europe-west1" }}
kind desk {{
  seats: int = {seats}
  price any {{ licence = $1/month * seats }}
}}
budget support_monthly {{ scope = support, limit = ${limit}/month, total = $100_000/month }}
budget core_monthly {{ scope = core, limit = $100_000/month }}
""",
    }
    for number in range(APPS):
        files[f"app{number}.platform"] = f"""
app app{number} {{
  team = {"support" if number % 2 else "core"}
  desk first {{ }}
  queue jobs {{ usage {{ requests = {number} }} }}
  worker web {{ image = "ghcr.io/acme/web:1.{number}.0", uses jobs {{ }} }}
}}
"""
    return Sources.of(files)


def told(found) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(each.code, each.message, each.environments) for each in found if each.code.startswith("IDP6")]


@pytest.mark.parametrize("limit", [100, 1000])
def test_a_budget_of_a_team_spans_the_units_of_its_apps(limit):
    built, whole = build(project(limit), OPTIONS, Known()), compile_project(project(limit), OPTIONS)
    assert len(built.parts or ()) == APPS + 1
    assert told(built.diagnostics) == told(whole.diagnostics)
    assert {each.code for each in built.diagnostics if each.code.startswith("IDP6")} == (
        {"IDP6004"} if limit == 100 else set()
    )


def test_parts_that_are_known_are_judged_again():
    first = build(project(1000), OPTIONS, Known())
    known = Known({each.path: each for each in first.facts}, {part.key: part for part in first.parts}, lambda _: True)
    again = build(project(1000), OPTIONS, known)
    assert again.made == ()
    assert told(again.diagnostics) == told(first.diagnostics)


def test_cost_sheets_are_the_same_bytes():
    whole = artifacts(compile_project(project(1000, discount=7), OPTIONS))
    built = build(project(1000, discount=7), OPTIONS, Known())
    for name in ("dev", "prod"):
        assert built.texts[f"{name}/cost.json"] == whole[f"{name}/cost.json"]
        plan = json.loads(built.texts[f"{name}/plan.json"])
        assert plan["cost"]["monthly"] == json.loads(whole[f"{name}/cost.json"])["totals"]["expected"]


MACHINES = """
kind machines {
  count: int
  price aws { nodes = node_capacity(price("aws/ec2/linux", "m6i.xlarge") * count) }
}
"""
INFRA = """
app infra {
  team = core
  machines pool { count = 6 }
}
"""


def with_machines(budget: str = "") -> Sources:
    files = {file.path: file.text for file in project(1000).files}
    return Sources.of({**files, "machines.platform": MACHINES + budget, "infra.platform": INFRA})


def test_what_is_idle_of_machines_is_known_when_all_units_are():
    sources = with_machines()
    whole, built = compile_project(sources, OPTIONS), build(sources, OPTIONS, Known())
    assert len(built.parts or ()) == APPS + 2
    assert built.texts["dev/cost.json"] == artifacts(whole)["dev/cost.json"]
    assert '"nodes, idle"' in built.texts["dev/cost.json"]


def test_what_is_idle_counts_for_the_budget_of_those_who_have_the_machines():
    sources = with_machines("budget machines { scope = infra, limit = $1/month }")
    whole, built = compile_project(sources, OPTIONS), build(sources, OPTIONS, Known())
    assert told(built.diagnostics) == told(whole.diagnostics)
    (over,) = (each for each in whole.diagnostics if each.code == "IDP6004")
    assert over.environments == ("dev",)
    assert over.labels[0].text.startswith("`infra.pool` costs $")


def test_shards_are_judged_together():
    shards = [make_shard(project(100), OPTIONS, Share(number, 2))[0] for number in (1, 2)]
    assert {each.code for shard in shards for part in shard.parts for each in part.diagnostics} & {"IDP6004"} == set()
    joined = merged(shards)
    assert told(joined.report.diagnostics) == told(compile_project(project(100), OPTIONS).diagnostics)
    whole = artifacts(compile_project(project(1000), OPTIONS))
    fine = merged([make_shard(project(1000), OPTIONS, Share(number, 2))[0] for number in (1, 2)])
    assert fine.texts["prod/cost.json"] == whole["prod/cost.json"]
