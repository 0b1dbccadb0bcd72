"""The table of usual times: every row is about something that there is, and says where its numbers are from."""

import csv
from pathlib import Path
from typing import get_args

import pytest
from plan_samples import data, graph, inputs, node, workflow

from idpc.graph.model import TerraformResource
from idpc.plan import make_plan
from idpc.plan.durations import in_words, of_objects, of_root
from idpc.plan.model import PlannedObject
from idpc.plan.published import Action
from idpc.schema import kubernetes, terraform
from idpc.schema.durations import Duration, of_action, of_resource
from idpc.source import Span
from idpc.values import Quantity

ROOT = Path(__file__).parents[1]
ROWS = list(csv.DictReader((ROOT / "schemas/durations.csv").read_text(encoding="utf-8").splitlines()))


def known(sort: str, name: str) -> bool:
    if sort == "action":
        return name in get_args(Action)
    if sort == "object":
        return bool(kubernetes.find(name, "1.33"))
    return terraform.resource(name) is not None


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["what"])
def test_a_row_is_of_something_known_and_has_a_source(row: dict[str, str]) -> None:
    assert known(*row["what"].split(" "))
    assert 0 <= int(row["low"]) < int(row["high"])
    assert row["source"].startswith(("estimate", "https://"))


def test_every_action_has_a_time() -> None:
    assert all(of_action(action).high for action in get_args(Action))


def test_a_root_takes_as_long_as_its_slowest_resource() -> None:
    made = data("shop.orders")
    resources = [TerraformResource(name, name, {}, Span("", 0, 0)) for name in ("aws_db_instance", "aws_s3_bucket")]
    slow = type(made)(**{name: getattr(made, name) for name in made.__struct_fields__} | {"resources": (*resources,)})
    assert of_root([slow]) == of_action("terraform.apply").then(of_resource("aws_db_instance"))
    assert of_root([]) == of_action("terraform.apply")


def test_a_rollout_waits_for_its_pauses() -> None:
    pauses = {"canary": {"steps": [{"setWeight": 5}, {"pause": {"duration": "10m"}}, {"pause": {"duration": "5m"}}]}}
    plain = of_objects([PlannedObject("Rollout", "web")])
    slow = of_objects([PlannedObject("Rollout", "web", {"spec": {"strategy": pauses}})])
    assert (slow.low - plain.low, slow.high - plain.high) == (900, 900)


@pytest.mark.parametrize(
    ("duration", "words"),
    [((2, 15), "2 to 15 s"), ((17, 195), "under 1 to 4 min"), ((320, 1320), "5 to 22 min"), ((0, 0), "0 to 0 s")],
)
def test_times_in_words(duration: tuple[int, int], words: str) -> None:
    assert in_words(Duration(*duration)) == words


def test_no_step_is_expected_to_take_longer_than_it_may() -> None:
    short = workflow(application={"timeout": Quantity("duration", 60_000)})
    of = graph(data("shop.orders"), node("shop.web"), node("shop.sweep", "cron_job"), short)
    plan = make_plan(of, inputs(of, monitoring=True)).value
    assert all(step.takes.high <= 60 * step.timeout for step in plan.steps)
