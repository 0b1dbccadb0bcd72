"""Runs a plan in parts, as the jobs of another engine do: wave by wave, app by app, and back again."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_deploy_command import Place, code_of, place  # noqa: F401  # a fixture
from test_deploy_faults import needs_kubectl

from idpc.plan.model import Approval

pytestmark = needs_kubectl


def images(place: Place) -> Iterator[str]:  # noqa: F811
    for name in ("api", "web"):
        yield place.cluster.spec(f"Deployment/{name}")["template"]["spec"]["containers"][0]["image"]


def until(place: Place, plan: Path, wave: str, *more: str) -> tuple[int, str]:  # noqa: F811
    ended = place.deploy(plan, "--until", wave, *more, journal="job.db")
    return ended.returncode, ended.stderr


def test_waves_one_by_one_come_to_the_same_end(place: Place) -> None:  # noqa: F811
    plan = place.build("v1")
    assert until(place, plan, "infrastructure/1")[0] == 0
    assert "Deployment/web" not in place.cluster.names()
    assert until(place, plan, "application/1")[0] == 0
    assert list(images(place)) == ["v1", "v1"]
    assert "Job/smoke-v1" not in place.cluster.names()
    assert until(place, plan, "testing/1")[0] == 0
    assert until(place, plan, "testing/2")[0] == 0
    told = json.loads(place.idpc("deployments", "--format", "json", journal="job.db").stdout)
    assert [each["result"] for each in told["deployments"]] == ["succeeded"]
    assert place.cluster.changes("Deployment/web") == ["create"], "nothing is applied twice"


def test_a_wave_that_fails_is_taken_back_by_another_job(place: Place) -> None:  # noqa: F811
    first, second = place.build("v1"), place.build("v2")
    assert place.deploy(first).returncode == 0
    assert until(place, second, "application/1")[0] == 0
    place.cluster.sick = {"Job/smoke-v2"}
    code, told = until(place, second, "testing/1")
    assert code == 1, told
    assert list(images(place)) == ["v2", "v2"], "the job that fails takes nothing back"
    back = place.deploy(second, "--undo", "--previous", str(first), journal="job.db")
    assert back.returncode == 0, back.stderr
    assert list(images(place)) == ["v1", "v1"]
    again = place.deploy(second, "--undo", "--previous", str(first), journal="job.db")
    assert "nothing is open" in again.stdout


def test_a_failed_wave_can_be_run_again(place: Place) -> None:  # noqa: F811
    plan = place.build("v1")
    place.cluster.sick = {"Deployment/web"}
    assert until(place, plan, "application/1", "--step-timeout", "1")[0] == 1
    place.cluster.sick = set()
    assert until(place, plan, "application/1")[0] == 0


def test_a_part_needs_the_approvals_before_it_only(place: Place) -> None:  # noqa: F811
    plan = place.build("v1", approvals=(Approval("testing", "platform", 1, "workflow release"),))
    assert until(place, plan, "application/1")[0] == 0
    assert until(place, plan, "testing/1")[0] == 1
    assert until(place, plan, "testing/1", "--approve", "platform=ada")[0] == 0


@pytest.mark.parametrize(("option", "value"), [("--until", "application/9"), ("--apps", "shops")])
def test_an_unknown_part_is_refused(place: Place, option: str, value: str) -> None:  # noqa: F811
    ended = place.deploy(place.build("v1"), option, value)
    assert ended.returncode == 2
    assert "did you mean" in ended.stderr
    assert code_of(ended) == []
