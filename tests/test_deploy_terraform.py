"""Deploys Terraform roots with the real terraform: resources that need no provider, and a local state."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from releases import root, terraform_stage, write_build

from idpc.plan.model import Change

needs_terraform = pytest.mark.skipif(
    shutil.which("terraform") is None, reason="needs terraform 1.11: https://developer.hashicorp.com/terraform/install"
)


@pytest.fixture(autouse=True)
def own_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", os.devnull)


def deploy(folder: Path, plan: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "idpc.cli", "deploy", str(plan), "--journal", str(folder / "journal.db"), *more]
    return subprocess.run(command, text=True, capture_output=True, timeout=120, check=False)


def build(folder: Path, name: str, root_files: dict[str, str], *changes: Change) -> Path:
    return write_build(folder / name, terraform_stage(()), root_files, changes=changes)


def state(folder: Path) -> dict[str, str]:
    """The resources in the state, by name, with their ids."""
    found = json.loads((folder / "journal.terraform/dev/shop/shop.tfstate").read_text())
    return {each["name"]: each["instances"][0]["attributes"]["id"] for each in found["resources"]}


@needs_terraform
def test_a_root_is_applied_and_a_second_time_nothing_is(tmp_path: Path) -> None:
    plan = build(tmp_path, "one", root("a"))
    first = deploy(tmp_path, plan)
    assert first.returncode == 0, first.stderr
    assert "succeeded" in first.stdout
    before = state(tmp_path)
    assert set(before) == {"orders_main"}
    assert deploy(tmp_path, plan).returncode == 0
    assert state(tmp_path) == before
    assert "secret of a" not in first.stdout + first.stderr
    assert not list(tmp_path.rglob("*.tfplan")), "a saved plan holds values in the clear"


@needs_terraform
def test_what_holds_data_is_not_replaced_unless_the_plan_lists_it(tmp_path: Path) -> None:
    assert deploy(tmp_path, build(tmp_path, "one", root("a"))).returncode == 0
    before = state(tmp_path)
    refused = deploy(tmp_path, build(tmp_path, "two", root("b")))
    assert refused.returncode == 1
    assert "terraform_data.orders_main would be replaced" in refused.stderr
    assert state(tmp_path) == before
    assert "--against" in refused.stderr
    forecast = Change("shop.orders", "update", ("version",), "it changes in place")
    refused = deploy(tmp_path, build(tmp_path, "forecast", root("b"), forecast))
    assert (refused.returncode, state(tmp_path)) == (1, before)
    listed = Change("shop.orders", "replace", ("version",), "approved", data_loss=True)
    assert deploy(tmp_path, build(tmp_path, "three", root("b"), listed)).returncode == 0
    assert state(tmp_path)["orders_main"] != before["orders_main"]
    before = state(tmp_path)
    unknown = Change("shop.orders", "unknown", ("version",), "approved as a replacement would be")
    assert deploy(tmp_path, build(tmp_path, "four", root("c"), unknown)).returncode == 0
    assert state(tmp_path)["orders_main"] != before["orders_main"]


@needs_terraform
def test_what_is_removed_must_be_listed_too(tmp_path: Path) -> None:
    assert deploy(tmp_path, build(tmp_path, "one", root("a", "queue_main"))).returncode == 0
    refused = deploy(tmp_path, build(tmp_path, "two", root("a")))
    assert refused.returncode == 1
    assert "terraform_data.queue_main would be removed" in refused.stderr
    assert set(state(tmp_path)) == {"orders_main", "queue_main"}
    going = Change("shop.queue", "destroy", (), "approved", data_loss=True)
    assert deploy(tmp_path, build(tmp_path, "three", root("a"), going)).returncode == 0
    assert set(state(tmp_path)) == {"orders_main"}


@needs_terraform
def test_a_root_that_fails_leaves_what_was_made_and_the_next_run_goes_on(tmp_path: Path) -> None:
    broken = root("a", "queue_main")
    main = json.loads(broken["shop/terraform/main.tf.json"])
    condition = {"condition": '${self.output == "never"}', "error_message": "it broke"}
    main["resource"]["terraform_data"]["queue_main"]["lifecycle"] = {"postcondition": [condition]}
    broken["shop/terraform/main.tf.json"] = json.dumps(main)
    ended = deploy(tmp_path, build(tmp_path, "one", broken))
    assert ended.returncode == 1
    assert "shop/terraform failed: terraform apply: " in ended.stderr
    assert "it broke" in ended.stderr
    assert "forward only" in ended.stderr
    made = state(tmp_path)["orders_main"]
    assert deploy(tmp_path, build(tmp_path, "two", root("a", "queue_main"))).returncode == 0
    assert state(tmp_path)["orders_main"] == made


@needs_terraform
def test_check_tells_what_differs_and_changes_nothing(tmp_path: Path) -> None:
    plan = build(tmp_path, "one", root("a"))
    told = deploy(tmp_path, plan, "--check")
    assert (told.returncode, state_exists(tmp_path)) == (1, False), told.stderr
    assert [line.split() for line in told.stdout.splitlines()[1:]] == [
        ["shop/terraform", "terraform", "create", "1", "resources"]
    ]
    assert deploy(tmp_path, plan).returncode == 0
    told = deploy(tmp_path, plan, "--check", "--format", "json")
    assert told.returncode == 0, told.stdout
    assert [row["what"] for row in json.loads(told.stdout)] == ["same"]


def state_exists(folder: Path) -> bool:
    return (folder / "journal.terraform/dev/shop/shop.tfstate").exists()


@needs_terraform
def test_a_run_that_is_killed_in_terraform_is_finished_by_the_next(tmp_path: Path) -> None:
    slow = root("a", "queue_main")
    main = json.loads(slow["shop/terraform/main.tf.json"])
    marker = tmp_path / "running"
    main["resource"]["terraform_data"]["queue_main"]["provisioner"] = [
        {"local-exec": {"command": f"touch {marker}; sleep 3"}}
    ]
    slow["shop/terraform/main.tf.json"] = json.dumps(main)
    plan = build(tmp_path, "one", slow)
    command = [sys.executable, "-m", "idpc.cli", "deploy", str(plan), "--journal", str(tmp_path / "journal.db")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not marker.exists():
        assert process.poll() is None
    process.kill()
    process.wait()
    ended = deploy(tmp_path, plan)
    assert ended.returncode == 0, ended.stderr
    assert set(state(tmp_path)) == {"orders_main", "queue_main"}
