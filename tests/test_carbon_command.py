"""Carbon in `idpc cost` and `idpc prices` as their users see it: every format, what a change makes of it, and budgets of it."""

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest
from costing import cost, shop
from running import TODAY, idpc

PROJECT = shop(
    "carbon_budget core_carbon { scope = core, limit = 20kg, max_increase = 20% }",
    app='  functional_unit { name = "order", monthly = 1_000 }\n',
    web="    cpu = 1\n",
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project.platform").write_text(PROJECT, encoding="utf-8")
    return tmp_path


def built(project: Path, *, then: str) -> Path:
    """A build of the project as it was, which then is another."""
    before = project / "before"
    assert idpc("build", str(project), "-o", str(before), "--today", TODAY).code == 0
    (project / "project.platform").write_text(then, encoding="utf-8")
    return before


def test_costs_are_told_with_what_they_emit(project):
    lines = cost(project, "--env", "dev").out.splitlines()
    assert lines[0].endswith("kg CO2e")
    assert lines[1].endswith(" kg")
    assert "CO2e" in cost(project, "--format", "markdown").out.splitlines()[0]


def test_carbon_has_its_own_table_with_intensity_and_greener_regions(project):
    out = cost(project, "--carbon").out
    assert "dev  4.46 kg CO2e a month (3.51 kg to 5.42 kg)" in out
    assert "SCI of shop: " in out
    assert " g for each order" in out
    assert "emits less in us-west1 (" in out
    assert "without a factor: 2 parts; `--explain` tells which" in out
    assert out.splitlines()[-1].startswith("all environments  ")


@pytest.mark.parametrize(("by", "name"), [("team", "core"), ("kind", "postgres"), ("app", "shop")])
def test_carbon_is_summed_up_by_groups(project, by, name):
    assert f"  {name} " in cost(project, "--carbon", "--by", by, "--env", "dev").out


@pytest.mark.parametrize("arguments", [(), ("--carbon",)])
def test_explain_shows_the_factors_and_their_sources(project, arguments):
    out = cost(project, "--explain", "--env", "dev", *arguments).out
    assert "grid of aws us-east-1: 379.069 g/kWh, PUE 1.135  cloud-carbon-footprint@b7a049c" in out
    assert "Graviton2 processor of aws: 0.47426215 to 1.69296152 W a vCPU" in out
    assert "making of aws m6g.large: 1333.12 kg for 64 vCPUs" in out
    assert "shop.pictures reads: unmeasured, nobody says how much energy `aws/s3/reads` uses" in out


def test_the_csv_has_what_each_part_emits(project):
    rows = list(csv.DictReader(io.StringIO(cost(project, "--format", "csv", "--env", "dev").out)))
    document = json.loads(cost(project, "--format", "json", "--env", "dev").out)["carbon"]
    emitted = {(row["address"], row["part"]): row["emitted"] for row in rows if row["emitted"]}
    assert emitted == {(line["address"], line["part"]): line["expected"] for line in document["lines"]}
    total = sum((Decimal(each) for each in emitted.values()), Decimal(0))
    assert total.quantize(Decimal("0.01")) == Decimal(document["totals"]["expected"])


def test_a_change_is_told_with_the_line_that_made_it(project):
    before = built(project, then=PROJECT.replace("2..4", "2..5"))
    out = cost(project, "--compare", str(before), "--env", "dev").out
    line = (PROJECT.replace("2..4", "2..5").splitlines().index("    replicas = 2..5")) + 1
    assert "g CO2e a month in dev" in out
    assert f"replicas at project.platform:{line}" in out.split("CO2e a month in dev")[1]
    alone = cost(project, "--carbon", "--compare", str(before), "--env", "dev").out
    assert "shop.web (was 2.87 kg)" in alone
    page = cost(project, "--compare", str(before), "--format", "markdown").out
    assert "| changed CO2e | before | now | change | because of |" in page


def test_a_change_that_emits_too_much_more_is_refused(project):
    before = built(project, then=PROJECT.replace("2..4", "4..8"))
    ended = cost(project, "--compare", str(before), "--env", "dev")
    assert ended.code == 1
    assert "IDP6024" in ended.err
    assert "`shop.web` emits 2.87 kg more" in ended.err


def test_a_build_against_another_refuses_what_emits_too_much_more(project):
    before = built(project, then=PROJECT.replace("2..4", "4..8"))
    again = ("build", str(project), "-o", str(project / "again"), "--today", TODAY, "--against", str(before))
    ended = idpc(*again)
    assert ended.code == 1
    assert "IDP6024" in ended.out
    assert not (project / "again").exists()


def test_another_value_emits_something_else(project):
    ended = cost(project, "--carbon", "--what-if", "shop.web.cpu=2")
    assert ended.code == 0, ended.said
    assert "shop.web (was 2.87 kg)" in ended.out


def test_the_status_has_age_sources_and_coverage_of_factors():
    out = idpc("prices", "status", "--today", TODAY).out
    assert "aws, carbon  af-south-1, " in out
    assert "the oldest is " in out.split("aws, carbon")[1]
    assert "types of machines: of " in out
    assert "named by kinds, without any: cloudfront/requests, eks/cluster" in out
    assert " from cloud-carbon-footprint@b7a049c" in out
