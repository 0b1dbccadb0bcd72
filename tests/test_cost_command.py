"""`idpc cost` and `idpc prices` as their users run them: every format, what a change makes of it, and what cannot be."""

import csv
import datetime
import io
import json
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
from costing import cost, shop
from jsonschema import Draft4Validator
from running import ROOT, TODAY, idpc

from idpc.cost.published import CostDocument
from idpc.pipeline import Options, compile_project
from idpc.project import Sources
from idpc.what_if import supposing

SCHEMA = json.loads((ROOT / "tests" / "infracost.schema.json").read_text(encoding="utf-8"))
PROJECT = shop("budget core_monthly { scope = core, limit = $5_000/month, max_increase = 20% }")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project.platform").write_text(PROJECT, encoding="utf-8")
    return tmp_path


def test_the_table_has_environments_groups_and_what_has_no_price(project):
    ended = cost(project)
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[0].startswith("dev  $")
    assert lines[1].strip().startswith("shop  $")
    assert "without a price" not in ended.out
    assert lines[-1].startswith("all environments  $")


@pytest.mark.parametrize(("by", "name"), [("team", "core"), ("kind", "postgres"), ("app", "shop")])
def test_costs_are_summed_up_by_groups(project, by, name):
    assert f"  {name} " in cost(project, "--by", by, "--env", "dev").out


def test_explain_shows_where_each_price_is_from(project):
    out = cost(project, "--explain", "--env", "dev").out
    assert "shop.orders instance" in out
    assert "730 hour" in out
    assert "vantage-sh/ec2instances.info" in out
    assert "0 to 1000000 request assumed" in out


def test_json_is_what_a_build_writes(project):
    build = idpc("build", str(project), "-o", str(project / "build"), "--today", TODAY)
    assert build.code == 0, build.said
    written = (project / "build" / "dev" / "cost.json").read_text(encoding="utf-8")
    assert cost(project, "--format", "json", "--env", "dev").out == written
    document = CostDocument.model_validate(json.loads(written))
    plan = json.loads((project / "build" / "dev" / "plan.json").read_text(encoding="utf-8"))
    assert plan["cost"] == {"monthly": document.totals.expected, "change": None, "unpriced": 0}


def test_every_line_is_a_row_of_the_csv(project):
    rows = list(csv.DictReader(io.StringIO(cost(project, "--format", "csv").out)))
    assert {row["environment"] for row in rows} == {"dev", "prod"}
    assert all(Decimal(row["quantity"]) * Decimal(row["unit_price"]) == Decimal(row["expected"]) for row in rows)


def test_the_infracost_form_is_that_of_its_schema(project):
    document = json.loads(cost(project, "--format", "infracost").out)
    Draft4Validator(SCHEMA).validate(document)
    assert document["pastTotalMonthlyCost"] is None
    total = sum(Decimal(each["breakdown"]["totalMonthlyCost"]) for each in document["projects"])
    assert total == Decimal(document["totalMonthlyCost"])
    web = next(each for each in document["projects"][0]["breakdown"]["resources"] if each["name"] == "shop.web")
    assert sum(Decimal(each["monthlyCost"]) for each in web["costComponents"]) == Decimal(web["monthlyCost"])


def test_a_change_is_told_with_the_line_that_made_it(project):
    idpc("build", str(project), "-o", str(project / "before"), "--today", TODAY)
    text = PROJECT.replace("replicas = 2..4", "replicas = 4")
    (project / "project.platform").write_text(text, encoding="utf-8")
    ended = cost(project, "--compare", str(project / "before"))
    assert ended.code == 0, ended.said
    assert "shop.web (was $" in ended.out
    assert "replicas at project.platform:15" in ended.out
    markdown = cost(project, "--compare", str(project / "before"), "--format", "markdown").out
    assert "| changed | before | now | change | because of |" in markdown
    document = json.loads(cost(project, "--compare", str(project / "before"), "--format", "infracost").out)
    Draft4Validator(SCHEMA).validate(document)
    past, now, more = (Decimal(document[f"{each}MonthlyCost"]) for each in ("pastTotal", "total", "diffTotal"))
    assert now - past == more > 0


def test_a_change_that_costs_too_much_more_is_refused(project):
    idpc("build", str(project), "-o", str(project / "before"), "--today", TODAY)
    (project / "project.platform").write_text(PROJECT.replace("100Gi", "2000Gi"), encoding="utf-8")
    ended = cost(project, "--compare", str(project / "before"))
    assert ended.code == 1
    assert "IDP6007" in ended.err
    assert "`shop.orders` costs $" in ended.err


def test_nothing_changed_is_no_change(project):
    idpc("build", str(project), "-o", str(project / "before"), "--today", TODAY)
    assert cost(project, "--compare", str(project / "before")).out.count("no change") == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("shop.web.replicas=8", "shop.web (was $"),
        ("shop.web.memory=1Gi", "shop.web (was $"),
        ("shop.pictures.usage.reads=5_000_000", "shop.pictures (was $"),
        ("shop.orders.storage=200Gi", "shop.orders (was $"),
    ],
)
def test_another_value_makes_another_cost(project, change, said):
    ended = cost(project, "--what-if", change)
    assert ended.code == 0, ended.said
    assert said in ended.out
    assert (project / "project.platform").read_text(encoding="utf-8") == PROJECT


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ("shop.wep.replicas=8", 2, "did you mean"),
        ("shop.web.replica=8", 2, "did you mean `replicas`"),
        ("replicas", 2, "is no value"),
        ("shop.web.replicas=many", 1, "error"),
        ("shop.orders.size=huge", 1, "is not one of the values of `size`"),
    ],
)
def test_another_value_that_cannot_be_is_told(project, change, code, said):
    ended = cost(project, "--what-if", change)
    assert ended.code == code, ended.said
    assert said in ended.err


WIDE = """
project acme { language = "2026.1" }
team core { owner = "core@acme.io", on_call = "pagerduty:PAY01" }
environment dev { cloud = "aws", region = "us-east-1" }
environment prod { cloud = "aws", region = "eu-west-1" }
defaults service { memory = 512Mi }
template shop_api {
  size: Size = "small"
  postgres db { size = size, storage = 100Gi }
}
app shop {
  team = core
  postgres orders { size = "medium", storage = 100Gi, in prod { size = "large", storage = 500Gi } }
  bucket pictures { usage { storage = 10Gi } }
  redis cache { memory = 1Gi }
  shop_api api { size = "small" }
  if environment.name == "prod" {
    kafka stream { size = "medium", storage = 500Gi }
  }
  service web {
    image = "ghcr.io/acme/web:1.0.0"
    port = 8080
    health { path = "/healthz" }
    replicas = 2..4
    in prod { replicas = 4..8 }
    container proxy { image = "ghcr.io/acme/proxy:1.0.0", cpu = 100m, memory = 64Mi }
    volume data { path = "/data", size = 10Gi, access = "shared" }
  }
  service other { image = "ghcr.io/acme/web:1.0.0", port = 8080, health { path = "/healthz" } }
  cron_job night { image = "ghcr.io/acme/web:1.0.0", schedule = "0 3 * * *", cpu = 1, memory = 1Gi }
}
"""


@pytest.mark.parametrize(
    ("change", "more"),
    [
        # Two pods on average more of 100m and 576Mi for 730 h at 0.033 and 0.00375 become six in all: 3 of each more.
        ("shop.web.replicas=6", {"dev": "+$19.07"}),
        # Another quarter of a pod's memory: 3 pods of half a GiB, and 6 at the prices of eu-west-1.
        ("shop.web.memory=1Gi", {"dev": "+$4.11", "prod": "+$9.31"}),
        ("shop.orders.size=small", {"dev": "-$92.71", "prod": "-$709.07"}),
        ('shop.orders.size="small"', {"dev": "-$92.71", "prod": "-$709.07"}),
        ("shop.orders.high_availability=true", {"dev": "+$127.57"}),
        ("shop.orders.storage=1Ti", {"dev": "+$106.26"}),
        ("shop.pictures.usage.storage=500Gi", {"dev": "+$11.27"}),
        ("shop.pictures.usage.reads=5_000_000", {"dev": "+$1.80"}),
        ("shop.api.size=medium", {"dev": "+$92.71"}),
        ("shop.api.db.storage=200Gi", {"dev": "+$11.50"}),
        ("shop.web.container.proxy.cpu=1", {"dev": "+$65.04"}),
        ("shop.web.volume.data.size=100Gi", {"dev": "+$7.20"}),
        ("shop.stream.size=large", {"dev": None, "prod": "+$1,493.88"}),
        ("shop.night.usage.hours=10", {"dev": "-$0.97"}),
    ],
)
def test_any_field_may_have_another_value(project, change, more):
    (project / "project.platform").write_text(WIDE, encoding="utf-8")
    ended = cost(project, "--what-if", change)
    assert ended.code == 0, ended.said
    blocks = {block.split()[0]: block for block in ended.out.split("\n\n")}
    for environment, by in more.items():
        assert (f"  {by} a month" if by else "  no change") in blocks[environment]
    assert "shop.other" not in ended.out


def test_several_fields_of_an_instance_may_have_other_values():
    compilation = compile_project(
        Sources.of({"project.platform": WIDE}), Options(today=datetime.date.fromisoformat(TODAY)), "policy"
    )
    text = supposing(compilation, {"shop.other.replicas": "9", "shop.other.cpu": "2"}).files[0].text
    assert (
        'service other { image = "ghcr.io/acme/web:1.0.0", port = 8080, health { path = "/healthz" }, replicas = 9, cpu = 2 }'
        in text
    )


def test_what_is_asked_of_an_environment_is_answered_for_it(project):
    (project / "project.platform").write_text(WIDE, encoding="utf-8")
    ended = cost(project, "--env", "prod", "--what-if", "shop.web.replicas=10", "--what-if", "shop.cache.memory=2Gi")
    assert ended.code == 0, ended.said
    assert ended.out.startswith("prod  $")
    assert "shop.web (was $" in ended.out
    assert "shop.cache (was $" in ended.out
    assert "dev" not in ended.out


def test_one_end_of_a_range_is_no_value(project):
    ended = cost(project, "--what-if", "shop.web.replicas.max=9")
    assert ended.code == 2
    assert "is a range: give both of its ends, as `shop.web.replicas=2..6`" in ended.err


def committed(project: Path, text: str) -> None:
    (project / "project.platform").write_text(text, encoding="utf-8")
    for arguments in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "as it was")):
        identity = ("-c", "user.email=a@acme.io", "-c", "user.name=a")
        subprocess.run(("git", "-C", str(project), *identity, *arguments), check=True)


def test_a_revision_is_compared_without_a_checkout(project):
    committed(project, WIDE)
    changed = (
        WIDE.replace("replicas = 4..8", "replicas = 5..9")
        .replace("storage = 10Gi }", "storage = 20Gi }")
        .replace("health { path", 'labels { tier = "front" }\n    health { path', 1)
        .replace("  redis cache { memory = 1Gi }\n", "")
        .replace("  cron_job night", "  queue jobs { }\n  cron_job night")
        .replace('region = "us-east-1"', 'region = "eu-central-1"')
    )
    (project / "project.platform").write_text(changed, encoding="utf-8")
    out = cost(project, "--compare", "HEAD", "--env", "prod").out
    lines = {line.split()[1]: line for line in out.splitlines() if "shop." in line and "$" in line}
    assert lines["shop.web"].endswith("  replicas at project.platform:25")
    assert lines["shop.pictures"].endswith("  usage.storage at project.platform:14")
    assert lines["shop.cache"].endswith("(gone)  gone from project.platform:15")
    assert lines["shop.jobs"].endswith("(new)  declared at project.platform:30")
    assert set(lines) == {"shop.web", "shop.pictures", "shop.cache", "shop.jobs"}
    dev = cost(project, "--compare", "HEAD", "--env", "dev").out
    assert "  region of the environment at project.platform:4" in dev


def test_a_discount_is_told_as_what_makes_the_change(project):
    committed(project, WIDE)
    text = WIDE.replace('language = "2026.1"', 'language = "2026.1", prices { discount = 10% }')
    (project / "project.platform").write_text(text, encoding="utf-8")
    out = cost(project, "--compare", "HEAD").out
    changes = [line for line in out.splitlines() if "shop." in line and "$" in line]
    assert len(changes) == 15
    assert all("prices.discount at project.platform:2" in line for line in changes)


def test_a_revision_whose_costs_rise_by_too_much_is_refused(project):
    committed(project, PROJECT)
    (project / "project.platform").write_text(PROJECT.replace("100Gi", "2000Gi"), encoding="utf-8")
    ended = cost(project, "--compare", "HEAD")
    assert ended.code == 1
    assert "IDP6007" in ended.err


def test_a_build_against_a_revision_refuses_what_raises_a_budget_by_too_much(project):
    committed(project, PROJECT)
    (project / "project.platform").write_text(PROJECT.replace("100Gi", "2000Gi"), encoding="utf-8")
    build = ("build", str(project), "-o", str(project / "out"), "--today", TODAY, "--against", "HEAD")
    refused = idpc(*build)
    assert refused.code == 1
    assert "IDP6007" in refused.out
    assert "`shop.orders` costs $" in refused.out
    assert not (project / "out").exists()
    assert idpc(*build, "--env", "dev").code == 1
    (project / "project.platform").write_text(PROJECT.replace("100Gi", "105Gi"), encoding="utf-8")
    assert idpc(*build).code == 0
    plan = json.loads((project / "out" / "dev" / "plan.json").read_text(encoding="utf-8"))
    # Five GiB more at 0.115.
    assert plan["cost"]["change"] in ("0.57", "0.58")


@pytest.mark.parametrize(("text", "said"), [(None, "is neither"), ("app {", "does not compile")])
def test_a_revision_without_costs_is_told(project, text, said):
    if text is not None:
        committed(project, text)
        (project / "project.platform").write_text(PROJECT, encoding="utf-8")
    ended = cost(project, "--compare", "HEAD")
    assert ended.code == 2
    assert said in ended.err


def test_warnings_about_other_things_are_not_told(project):
    (project / "project.platform").write_text(PROJECT.replace("    uses pictures { }\n", ""), encoding="utf-8")
    assert cost(project).err == ""
    assert "IDP4003" in cost(project, "--strict").err


def test_a_folder_that_is_no_build_is_told(project):
    (project / "empty").mkdir()
    ended = cost(project, "--compare", str(project / "empty"))
    assert ended.code == 2
    assert "holds no build with costs" in ended.err


def test_a_build_whose_costs_cannot_be_read_is_told(project):
    idpc("build", str(project), "-o", str(project / "before"), "--today", TODAY)
    (project / "before" / "dev" / "cost.json").write_text("[]", encoding="utf-8")
    ended = cost(project, "--compare", str(project / "before"))
    assert ended.code == 2
    assert "holds no build of this version" in ended.err


def test_the_status_of_prices_has_age_sources_and_coverage():
    ended = idpc("prices", "status", "--today", TODAY)
    assert ended.code == 0
    assert "days old" in ended.out
    assert "without a price: mongodb/storage" in ended.out
    assert "  postgres " in ended.out
    assert "ap-southeast-1" in ended.out
    assert all(word in ended.out for word in ("exact", "derived", "interpolated", "missing"))
