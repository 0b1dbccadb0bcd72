"""`idpc cost --advice`, `idpc fix --advice`, and what was measured: from a table, and from a Prometheus server."""

import json
import re
import time
from decimal import Decimal
from pathlib import Path

import pytest
from costing import cost
from jsonschema import Draft202012Validator
from prometheus_server import Answer, Asked, matrix, prometheus
from running import ROOT, TODAY, idpc

DIGEST = "@sha256:0d5f1b2c9e7a4c3d8f60b1a2e3c4d5f60718293a4b5c6d7e8f90a1b2c3d4e5f6"
PROJECT = f"""project acme {{ language = "2026.1" }}

team core {{ owner = "core@acme.io", on_call = "pagerduty:PAY01" }}

environment dev {{ cloud = "aws", region = "us-east-1" }}

environment prod {{
  cloud = "aws"
  region = "us-east-1"
  protected = true
}}

app shop {{
  team = core

  postgres orders {{ high_availability = true }}

  queue jobs {{ }}

  service web {{
    image = "ghcr.io/acme/web:1.0.0{DIGEST}"
    port = 8080
    cpu = 1
    memory = 1Gi
    replicas = 2
    health {{ path = "/healthz" }}
    env {{ DATABASE_URL = orders.url }}
    uses jobs {{ }}
  }}
}}
"""
SCHEMA = Draft202012Validator(json.loads((ROOT / "schemas" / "advice.schema.json").read_text(encoding="utf-8")))
HEADER = "environment,address,metric,unit,p50,p95,p99,max,from,to\n"
DAY = 86_400
END = 1_793_491_200  # 2026-11-01, 00:00 UTC


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "project.platform").write_text(PROJECT, encoding="utf-8")
    return folder


def advice(project: Path, *arguments: str) -> dict:
    ended = cost(project, "--advice", "--format", "json", *arguments)
    assert ended.code == 0, ended.said
    document = json.loads(ended.out)
    SCHEMA.validate(document)
    return document


def fields(document: dict) -> list[str]:
    return [f"{each['environment']} {each['address'] or ''}.{each['field']}" for each in document["advice"]]


def total(project: Path, name: str, *arguments: str) -> Decimal:
    return Decimal(json.loads(cost(project, "--env", name, "--format", "json", *arguments).out)["totals"]["expected"])


# ------------------------------------------------------------------------------------------------- told and followed


def test_advice_says_what_where_why_and_how_sure(project):
    ended = cost(project, "--advice", "--env", "dev", "--confidence", "medium")
    lines = ended.out.splitlines()
    assert re.match(r" *\$\d+\.\d\d, .* CO2e  dev  shop\.web\.replicas = 1 instead of 2$", lines[0])
    assert lines[1].strip() == "`dev` is not protected: one pod is enough where nobody is hurt by its loss"
    assert lines[2].strip().startswith("medium confidence, ")
    assert "shop.orders.high_availability = false instead of true" in ended.out
    assert lines[-1].startswith("`idpc fix --advice` applies it")


def test_savings_are_the_difference_of_two_runs_to_the_cent(project):
    before = total(project, "dev")
    for each in advice(project, "--env", "dev")["advice"]:
        place = f"{each['address'] or 'dev'}.{each['field']}"
        if each["address"] and each["field"] != "replicas":  # --what-if changes all environments, and asks of one here
            assert before - total(project, "dev", "--what-if", f"{place}={each['after']}") == Decimal(each["saving"])


def test_following_it_costs_less_by_the_sum_and_leaves_nothing(project):
    before, checked = {name: total(project, name) for name in ("dev", "prod")}, summary(project)
    shown = idpc("fix", str(project), "--advice", "--diff", "--today", TODAY)
    assert "+  postgres orders {" in shown.out
    assert (project / "project.platform").read_text(encoding="utf-8") == PROJECT
    fixed = idpc("fix", str(project), "--advice", "--today", TODAY)
    assert fixed.code == 0
    saved = [Decimal(each) for each in re.findall(r"saves \$(\d+\.\d\d) a month", fixed.err)]
    assert re.search(r"^2 fixes in 1 file, \$([\d.]+) a month less$", fixed.err, re.MULTILINE)[1] == str(sum(saved))
    assert sum(before.values()) - sum(total(project, name) for name in before) == sum(saved)
    assert summary(project) == checked
    assert idpc("fmt", "--check", str(project)).code == 0
    assert advice(project, "--confidence", "medium")["advice"] == []
    again = idpc("fix", str(project), "--advice", "--today", TODAY)
    assert "0 fixes in 0 files" in again.err


def summary(project: Path) -> str:
    """How many errors and warnings there are, in how many files."""
    return idpc("check", str(project), "--today", TODAY).out.splitlines()[-1]


def test_only_what_is_asked_for_is_followed(project):
    fixed = idpc("fix", str(project), "--advice", "--only", "shop.orders", "--today", TODAY)
    assert "shop.orders.high_availability" in fixed.err
    text = (project / "project.platform").read_text(encoding="utf-8")
    assert "high_availability = false" in text
    assert "replicas = 1" not in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--advice", "--only", "shop.order"), "there is no `shop.order`; did you mean `shop.orders`?"),
        (("--only", "shop.orders"), "add `--advice`"),
        (("--prometheus", "http://localhost:1"), "add `--advice`"),
        (("--advice", "--prometheus", "localhost:9090"), "is no address"),
        (("--advice", "--prometheus", "http://localhost:1"), "which environment does it measure?"),
        (("--advice", "--what-if", "shop.web.replicas=1"), "leave `--what-if` and `--compare` out"),
        (("--advice", "--format", "csv"), "advice has no format `csv`"),
    ],
)
def test_what_cannot_be_asked_is_refused(project, arguments, said):
    ended = cost(project, *arguments)
    assert ended.code == 2
    assert said in " ".join(ended.err.split())


def test_markdown_is_a_table(project):
    out = cost(project, "--advice", "--format", "markdown", "--env", "dev").out
    assert out.startswith("### Advice on cost\n\n| saves a month | environment | change |")
    assert "| dev | `shop.web.replicas`: `2` to `1` |" in out


def test_regions_that_emit_less_are_told_with_what_they_cost(project):
    found = advice(project, "--carbon", "--env", "prod")["advice"]
    region = next(each for each in found if each["field"] == "region")
    assert Decimal(region["carbon_saving_grams"]) > 0
    assert [Decimal(each["carbon_saving_grams"]) for each in found] == sorted(
        (Decimal(each["carbon_saving_grams"]) for each in found), reverse=True
    )


@pytest.mark.parametrize("name", ["acme", "multi-cloud", "online-boutique"])
def test_the_examples_have_advice_that_can_be_told(name):
    document = advice(ROOT / "examples" / name)
    savings = [Decimal(each["saving"]) for each in document["advice"]]
    assert savings == sorted(savings, reverse=True)
    assert all(each > 0 for each in savings)


# ---------------------------------------------------------------------------------------------------------- a table


def table(project: Path, *rows: str, header: str = HEADER) -> str:
    path = project.parent / "metrics.csv"
    path.write_text(header + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return str(path)


def test_sizes_fit_a_table_and_its_numbers_are_shown(project):
    rows = (
        "prod,shop.web,cpu,m,40,90,120,180,2026-10-01,2026-10-14",
        "prod,shop.web,memory,Mi,140,190,220,230,2026-10-01,2026-10-14",
    )
    ended = cost(project, "--advice", "--env", "prod", "--usage", table(project, *rows))
    assert "shop.web.memory = 288Mi instead of 1Gi" in ended.out  # 230 x 1.2 = 276, in steps of 16
    assert "shop.web.cpu = 110m instead of 1" in ended.out  # 90 / 0.85 = 105.9, in steps of 10
    assert "memory: p50 140Mi, p95 190Mi, p99 220Mi, max 230Mi over 14 days to 2026-10-14, " in ended.out
    found = advice(project, "--env", "prod", "--usage", table(project, *rows))["advice"]
    memory = next(each for each in found if each["field"] == "memory")["inputs"][0]
    assert (memory["metric"], memory["max"], memory["from"], memory["days"]) == ("memory", "230Mi", "2026-10-01", 14)


def test_measured_usage_has_its_price_and_is_no_assumption(project):
    rows = ("prod,shop.jobs,usage.requests,,3000000,3000000,3000000,4000000,2026-09-01,2026-09-30",)

    def line(*arguments: str) -> dict:
        found = json.loads(cost(project, "--env", "prod", "--format", "json", *arguments).out)["lines"]
        return next(each for each in found if each["address"] == "shop.jobs")

    measured = line("--usage", table(project, *rows))
    assert measured["quantity"] == "3000000"
    assert measured["low"] == measured["expected"] == measured["high"]
    assert measured["confidence"] in ("exact", "derived", "interpolated")


BAD = {
    "wrong header": (("",), "environment,address,metric\n", "IDP6041", "the first line"),
    "negative": (("prod,shop.web,cpu,m,-1,90,120,180,2026-10-01,2026-10-14",), HEADER, "IDP6041", "`p50` is `-1`"),
    "no number": (("prod,shop.web,cpu,m,x,90,120,180,2026-10-01,2026-10-14",), HEADER, "IDP6041", "`p50` is `x`"),
    "not a number": (("prod,shop.web,cpu,m,nan,90,120,180,2026-10-01,2026-10-14",), HEADER, "IDP6041", "`p50` is `nan`"),
    "falling": (("prod,shop.web,cpu,m,95,90,120,180,2026-10-01,2026-10-14",), HEADER, "IDP6041", "more than `p95`"),
    "columns": (("prod,shop.web,cpu,m,40,90",), HEADER, "IDP6041", "6 columns, not 10"),
    "day": (("prod,shop.web,cpu,m,40,90,120,180,2026-10-01,soon",), HEADER, "IDP6041", "`to` is `soon`"),
    "order": (("prod,shop.web,cpu,m,40,90,120,180,2026-10-14,2026-10-01",), HEADER, "IDP6041", "`from` is after `to`"),
    "twice": (("prod,shop.web,cpu,m,40,90,120,180,2026-10-01,2026-10-14",) * 2, HEADER, "IDP6041", "told twice"),
    "environment": (("pord,shop.web,cpu,m,4,9,12,18,2026-10-01,2026-10-14",), HEADER, "IDP6042", "no environment `pord`"),
    "address": (("prod,shop.wab,cpu,m,4,9,12,18,2026-10-01,2026-10-14",), HEADER, "IDP6042", "no `shop.wab`"),
    "metric": (("prod,shop.web,gpu,m,4,9,12,18,2026-10-01,2026-10-14",), HEADER, "IDP6042", "`gpu` is not measured"),
    "unit": (("prod,shop.web,memory,m,4,9,12,18,2026-10-01,2026-10-14",), HEADER, "IDP6042", "`m` is not a unit"),
    "unit of a number": (
        ("prod,shop.web,replicas,m,4,9,12,18,2026-10-01,2026-10-14",), HEADER, "IDP6042", "`m` is not a unit",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_table_is_one_diagnostic(project, name):
    rows, header, code, said = BAD[name]
    ended = cost(project, "--advice", "--usage", table(project, *rows, header=header))
    assert ended.code == 1
    assert re.findall(r"^error\[(\w+)\]", ended.err, re.MULTILINE) == [code]
    assert said in ended.err
    assert "metrics.csv:" in ended.err
    assert ended.out == ""


# ------------------------------------------------------------------------------------------------------- Prometheus


def steady(days: int, value: float, *, last: int = END) -> list[tuple[float, float]]:
    """A value every six hours, up to a day."""
    return [(last - DAY * days + step * 21_600, value) for step in range(days * 4)]


def web(asked: Asked) -> Answer:
    """What a container of the service used in two weeks; nothing is known of anything else."""
    if 'container="web"' not in asked.query:
        return matrix()
    if "container_cpu_usage_seconds_total" in asked.query:
        return matrix(steady(14, 0.09), steady(14, 0.05))
    if "container_memory_working_set_bytes" in asked.query:
        return matrix(steady(14, 190 * 1024**2), [(END - DAY, 230 * 1024**2)])
    return matrix(steady(14, 2))


def ask(project: Path, url: str, *arguments: str, signs: str = ""):
    asking = ("--advice", "--env", "prod", "--only", "shop.web", "--prometheus", url)
    return cost(project, *asking, *arguments, env={"IDPC_PROMETHEUS_TOKEN": signs})


def test_a_server_is_asked_about_each_workload(project):
    with prometheus(web) as (url, asked):
        ended = ask(project, url)
    assert "shop.web.memory = 288Mi instead of 1Gi" in ended.out
    assert "shop.web.cpu = 110m instead of 1" in ended.out
    assert f"cpu: p50 50m, p95 90m, p99 90m, max 90m over 14 days to 2026-10-31, {url}" in ended.out
    assert {(each.start, each.end) for each in asked} == {(END - 14 * DAY, END - 1)}
    queries = {each.query for each in asked}
    labels = 'namespace="shop", pod=~"web-.*", container="web"'
    assert f"sum by (pod) (rate(container_cpu_usage_seconds_total{{{labels}}}[5m]))" in queries
    assert f"sum by (pod) (container_memory_working_set_bytes{{{labels}}})" in queries
    assert f"sum(kube_pod_container_status_running{{{labels}}})" in queries
    assert any("aws_rds_cpuutilization_average" in each for each in queries)


def test_what_a_server_does_not_know_is_told(project):
    with prometheus(lambda _asked: matrix()) as (url, _):
        ended = ask(project, url)
    assert ended.code == 0
    assert f"note: shop.web in prod: there is no memory in {url}" in ended.out
    assert "shop.web.memory" not in ended.out


def test_a_few_days_of_a_server_say_nothing(project):
    def young(asked: Asked) -> Answer:
        return (
            matrix(steady(3, 1000.0 if "memory" in asked.query else 0.01)) if "container=" in asked.query else matrix()
        )

    with prometheus(young) as (url, _):
        ended = ask(project, url)
    assert "note: shop.web in prod: memory was measured for 3 days; nothing follows from fewer than 7" in ended.out
    assert "instead of" not in ended.out


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(422, {"status": "error", "error": "too many samples"}), "HTTP 422: too many samples"),
        (Answer(401, "who are you?"), "HTTP 401"),
        (Answer(200, {"status": "error", "error": "bad_data"}), "bad_data"),
        (Answer(200, "<html>"), "it is not JSON"),
        (Answer(200, [1, 2]), "it is not what the API of Prometheus gives"),
        (
            Answer(200, {"status": "success", "data": {"resultType": "scalar", "result": [1, "1"]}}),
            "a scalar in place of a matrix",
        ),
        (
            Answer(200, {"status": "success", "data": {"resultType": "matrix", "result": [{"values": [["x"]]}]}}),
            "it is not what",
        ),
    ],
)
def test_an_answer_that_is_none_is_told_and_the_others_count(project, answer, said):
    def partly(asked: Asked) -> Answer:
        return answer if "memory" in asked.query else web(asked)

    with prometheus(partly) as (url, _):
        ended = ask(project, url)
    assert ended.code == 0
    assert f"note: shop.web in prod: memory was not told: {said}" in ended.out
    assert "shop.web.cpu = 110m instead of 1" in ended.out
    assert "shop.web.memory" not in ended.out


def test_values_that_are_no_numbers_are_left_out(project):
    def odd(asked: Asked) -> Answer:
        found = web(asked)
        if "memory" in asked.query and 'container="web"' in asked.query:
            return matrix([*steady(14, 190 * 1024**2), (END - 7, float("nan")), (END - 8, float("inf")), (END - 9, -5)])
        return found

    with prometheus(odd) as (url, _):
        assert "shop.web.memory = 240Mi instead of 1Gi" in ask(project, url).out


@pytest.mark.parametrize("refused", [False, True])
def test_a_token_signs_in_and_is_not_told(project, refused):
    with prometheus(lambda asked: Answer(401, "who are you?") if refused else web(asked)) as (url, asked):
        ended = ask(project, url, signs="s3cr3t-t0k3n\n")
    assert {each.authorization for each in asked} == {"Bearer s3cr3t-t0k3n"}
    assert ("HTTP 401" in ended.out) is refused
    assert "s3cr3t" not in ended.said


def test_without_a_token_nobody_signs_in(project):
    with prometheus(web) as (url, asked):
        ask(project, url)
    assert {each.authorization for each in asked} == {None}


def test_a_token_is_for_no_other_server(project):
    with prometheus(web) as (other, redirected), prometheus(lambda _asked: Answer(302, "", other)) as (url, asked):
        ask(project, url, signs="s3cr3t-t0k3n")
    assert {each.authorization for each in asked} == {"Bearer s3cr3t-t0k3n"}
    assert {each.authorization for each in redirected} == {None}


@pytest.mark.parametrize("token", ["two words", "s3cr3t\r\nX-More: 1", "schlüssel"])
def test_what_is_no_token_is_refused_and_not_told(project, token):
    with prometheus(web) as (url, asked):
        ended = ask(project, url, signs=token)
    assert (ended.code, asked) == (2, [])
    assert "`IDPC_PROMETHEUS_TOKEN` is no bearer token" in ended.err
    assert token not in ended.said


def test_a_server_that_is_not_there_ends_the_command(project):
    ended = ask(project, "http://127.0.0.1:9")
    assert ended.code == 1
    assert "http://127.0.0.1:9 does not answer" in ended.err


def test_a_server_that_is_slow_ends_the_command(project):
    def slow(_asked: Asked) -> Answer:
        time.sleep(1.5)
        return matrix()

    with prometheus(slow) as (url, _):
        ended = ask(project, url, "--timeout", "0.2")
    assert ended.code == 1
    assert "does not answer: timed out" in ended.err


@pytest.mark.parametrize(
    ("region", "near"),
    [
        ("us-east-1", ["us-east-2", "us-west-1", "us-west-2"]),
        ("us-gov-east-1", ["us-gov-west-1"]),
        ("cn-north-1", ["cn-northwest-1"]),
    ],
)
def test_regions_that_take_an_account_of_their_own_are_no_advice(project, region, near):
    ended = idpc("eval", f'near_regions("{region}", "aws")', str(project), "--env", "dev", "--today", TODAY)
    assert json.loads(ended.out) == near
