"""Tests the parts of a deployment that need no cluster: health, the Terraform guard, metrics, targets, the journal."""

from pathlib import Path
from typing import Any

import pytest

from idpc.deploy.blobs import Blobs, DamagedBlobError
from idpc.deploy.drift import differing
from idpc.deploy.health import gate_health
from idpc.deploy.journal import DeploymentLog, Journal
from idpc.deploy.metrics import DAY, metrics
from idpc.deploy.model import Commit, Deployment, Phase, State, StepRecord
from idpc.deploy.plan_reader import read_plan
from idpc.deploy.prune import left_over
from idpc.deploy.release import read_release
from idpc.deploy.rollback import backwards, earlier
from idpc.deploy.target import _is_name
from idpc.deploy.terraform_guard import refused
from idpc.emit.json_writer import json_document
from idpc.plan.document import plan_document
from idpc.plan.model import Change, Gate, Plan, Rollback, Step, Target

ROOT = Path(__file__).parents[1]
PLANS = sorted(ROOT.glob("golden/*/*/plan.json"))


@pytest.mark.parametrize("path", PLANS, ids=lambda path: f"{path.parts[-3]}-{path.parts[-2]}")
def test_a_golden_plan_is_read_as_it_was_written_and_fits_its_files(path: Path) -> None:
    assert json_document(plan_document(read_plan(path.read_bytes()))) == path.read_text()
    read = read_release(path)
    assert read.diagnostics == ()
    assert read.value
    assert all(read.value.of(step) for step in read.value.plan.steps if step.artifacts)


def live(kind: str, status: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": "web", "generation": 3}, "spec": spec, "status": status}


WELL = {"observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2, "readyReplicas": 2}
READY = {"conditions": [{"type": "Ready", "status": "True"}]}
ACCEPTED = {"conditions": [{"type": "Accepted", "status": "True"}]}


@pytest.mark.parametrize(
    ("gate", "found", "waiting", "failed"),
    [
        ("rollout", live("Deployment", WELL, replicas=2), "", ""),
        ("rollout", live("Deployment", {**WELL, "observedGeneration": 2}, replicas=2), "not looked at yet", ""),
        ("rollout", live("Deployment", {**WELL, "availableReplicas": 1}, replicas=2), "1 of 2 replicas", ""),
        ("rollout", live("Deployment", {**WELL, "replicas": 3}, replicas=2), "2 of 2 replicas", ""),
        (
            "rollout",
            live("Deployment", {**WELL, "conditions": [{"reason": "ProgressDeadlineExceeded", "message": "slow"}]}),
            "",
            "did not progress: slow",
        ),
        ("rollout", live("StatefulSet", WELL, replicas=2), "", ""),
        ("rollout", live("StatefulSet", {**WELL, "updateRevision": "b"}, replicas=2), "earlier revision", ""),
        ("rollout", live("StatefulSet", {**WELL, "readyReplicas": 1}, replicas=2), "1 of 2", ""),
        ("rollout", live("DaemonSet", {**WELL, "desiredNumberScheduled": 2}), "0 of 2", ""),
        ("rollout", live("Rollout", {"observedGeneration": "3", "phase": "Healthy"}), "", ""),
        ("rollout", live("Rollout", {"observedGeneration": "2", "phase": "Healthy"}), "not looked at yet", ""),
        ("rollout", live("Rollout", {"observedGeneration": "3", "phase": "Paused"}), "is paused", ""),
        ("rollout", live("Rollout", {"observedGeneration": "3", "phase": "Degraded"}), "", "is degraded"),
        ("complete", live("Job", {"conditions": [{"type": "Complete", "status": "True"}]}), "", ""),
        (
            "complete",
            live("Job", {"conditions": [{"type": "Failed", "status": "True", "message": "x"}]}),
            "",
            "failed: x",
        ),
        ("complete", live("Job", {}), "has not completed", ""),
        ("ready", live("ScaledObject", READY), "", ""),
        ("ready", live("Certificate", {"conditions": [{"type": "Ready", "status": "False", "reason": "R"}]}), "R", ""),
        ("ready", live("ScaledObject", {}), "is not ready yet", ""),
        ("accepted", live("HTTPRoute", {"parents": [ACCEPTED]}, parentRefs=[{}]), "", ""),
        ("accepted", live("HTTPRoute", {"parents": [ACCEPTED]}, parentRefs=[{}, {}]), "1 of 2", ""),
        ("exists", live("CronJob", {}), "", ""),
    ],
)
def test_health(gate: str, found: dict[str, Any], waiting: str, failed: str) -> None:
    name = f"{found['kind']}/web"
    health = gate_health(Gate(**{gate: (name,)}), {name: found})
    assert (waiting in health.waiting, bool(health.waiting)) == (True, bool(waiting))
    assert (failed in health.failed, bool(health.failed)) == (True, bool(failed))


def test_an_application_must_be_at_the_pushed_revision() -> None:
    status = {"sync": {"status": "Synced", "revision": "abc"}, "health": {"status": "Healthy"}}
    objects = {"Application/web": live("Application", status)}
    gate = Gate(synced=("Application/web",))
    assert gate_health(gate, objects, "abc").waiting == ""
    assert "at abc" in gate_health(gate, objects, "abd").waiting


def test_what_is_not_there_is_waited_for() -> None:
    assert gate_health(Gate(exists=("Service/web",)), {}).waiting == "Service/web: is not there"


def removal(kind: str, name: str, *actions: str) -> dict[str, Any]:
    change = {"actions": list(actions or ("delete",))}
    return {"address": f"{kind}.{name}", "type": kind, "name": name, "mode": "managed", "change": change}


@pytest.mark.parametrize(
    ("resource", "changes", "stays"),
    [
        (removal("aws_db_instance", "orders_main"), (), True),
        (removal("aws_db_instance", "orders_main", "delete", "create"), (), True),
        (removal("aws_db_instance", "orders_main"), (Change("shop.orders", "update"),), True),
        (removal("aws_db_instance", "orders_main"), (Change("shop.orders", "replace"),), False),
        (removal("aws_db_instance", "orders_main"), (Change("blog.orders", "destroy"),), True),
        (removal("aws_db_instance", "orders_eu_main"), (Change("shop.orders_eu", "destroy"),), False),
        (removal("aws_db_instance", "orders_eu_main"), (Change("shop.orders", "destroy"), Change("shop.orders_eu", "update")), False),
        (removal("aws_db_instance", "old_main"), (), True),
        (removal("random_password", "orders_master", "create", "delete"), (), True),
        (removal("aws_lb", "web_main"), (Change("shop.web", "update"),), False),
        (removal("aws_lb", "web_main"), (), True),
        (removal("aws_iam_role_policy", "web_main"), (), False),
        (removal("aws_secretsmanager_secret_version", "orders_outputs", "delete", "create"), (), False),
        (removal("aws_secretsmanager_secret", "orders_outputs"), (), True),
        (removal("aws_db_instance", "orders_main", "update"), (), False),
        (removal("aws_db_instance", "orders_main", "forget"), (), True),
    ],
)  # fmt: skip
def test_the_guard_of_what_terraform_removes(
    resource: dict[str, Any], changes: tuple[Change, ...], stays: bool
) -> None:
    stages = Rollback(none="forward only: holds data (shop.orders, shop.cache)")
    step = Step("shop/terraform", "terraform.apply", "shop", (), Gate(), stages, 1)
    plan = Plan("dev", Target(None, None, None), changes=changes)
    assert bool(refused({"resource_changes": [resource]}, plan, step)) is stays


def ended(name: str, start: float, state: State = State.SUCCEEDED, **more: Any) -> Deployment:
    finish = None if state is State.RUNNING else start + 60
    head = (name, "prod", more.pop("plan", name), "a", "s", "ada", start, state, finish)
    return Deployment(*head, **more)


def test_the_four_metrics() -> None:
    now = 100 * DAY
    history = [
        ended("old", now - 90 * DAY, State.FAILED),
        ended("one", now - 9 * DAY, commit=Commit("c1", now - 9 * DAY - 540)),
        ended("two", now - 8 * DAY, State.FAILED),
        ended("three", now - 8 * DAY + 3600, commit=Commit("c3", now - 8 * DAY + 3600 - 1140)),
        ended("back", now - 7 * DAY, of="one"),
        ended("open", now - 1 * DAY, State.RUNNING),
        ended("left", now - 1 * DAY, State.ABANDONED),
    ]
    found = metrics(history, now, 10)
    assert (found.deployments, found.per_day) == (2, 0.2)
    assert found.lead_time == (600 + 1200) / 2
    assert found.change_failure_rate == 2 / 3
    restored = (3600 + 60, now - 7 * DAY + 60 - (now - 8 * DAY + 3600 + 60))
    assert found.time_to_restore == sum(restored) / 2


def test_no_deployment_has_no_metrics() -> None:
    found = metrics([], 0.0)
    assert (found.deployments, found.lead_time, found.change_failure_rate, found.time_to_restore) == (
        0,
        None,
        None,
        None,
    )


def test_the_deployment_to_go_back_to() -> None:
    one, two, again = ended("one", 1, plan="p1"), ended("two", 2, plan="p2"), ended("again", 3, plan="p2")
    assert earlier([one, two, again]) is one
    assert earlier([one, two], "on") is one
    assert earlier([two, again]) is None
    assert earlier([one, ended("bad", 2, State.FAILED)], "bad") is None


def test_going_back_leaves_infrastructure_data_and_jobs() -> None:
    read = read_release(ROOT / "golden/acme/dev/plan.json").value
    assert read
    steps = [step.id for step in backwards(read).plan.steps]
    assert {"shop/_app", "shop/checkout", "shop/settlement", "shop/checkout/smoke", "shop/prune"} <= set(steps)
    assert not {"shop/namespace", "shop/terraform", "shop/orders", "shop/smoke"} & set(steps)
    known = set(steps)
    assert all(set(step.needs) <= known for step in backwards(read).plan.steps)


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("prod", True),
        ("arn:aws:eks:eu-west-1:123456789012:cluster/prod", True),
        ("gke_acme_europe-west1_prod", True),
        ("kind-prod", True),
        ("not-prod", False),
        ("prod-2", False),
        ("nonprod", False),
    ],
)
def test_the_name_of_a_cluster(name: str, fits: bool) -> None:
    assert _is_name(name, "prod") is fits


def test_the_journal_outlives_its_process(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db")
    new = ended("one", 1, State.RUNNING, approvals=("platform=ada",), steps={"a": StepRecord(Phase.DONE)})
    journal.begin(new, {"plan.json": "d1"})
    log = DeploymentLog(journal, "one")
    log.note("b", Phase.STARTED, created=("/Service/shop/web",))
    log.note("b", Phase.FAILED, "broke")
    log.note("b", Phase.STUCK, "stays")
    journal.close()
    journal = Journal(tmp_path / "journal.db")
    found = journal.history("prod")[0]
    assert found.steps["b"] == StepRecord(Phase.STUCK, ("/Service/shop/web",), "broke", "stays")
    assert (found.approvals, found.steps["a"].phase, journal.files("one")) == (
        ("platform=ada",),
        Phase.DONE,
        {"plan.json": "d1"},
    )
    with journal.alone("prod") as first, journal.alone("prod") as second:
        assert (first, second) == (True, False)


def test_a_damaged_artifact_is_noticed(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    name = blobs.keep(b"content")
    assert blobs.read(name) == b"content"
    next(path for path in tmp_path.rglob("*") if path.is_file()).write_bytes(b"other")
    with pytest.raises(DamagedBlobError):
        blobs.read(name)


def test_differences_are_told_by_their_paths() -> None:
    one = {"metadata": {"uid": "1"}, "spec": {"a": [1, {"b": 2}], "c": 1}, "status": {"x": 1}}
    other = {"metadata": {"uid": "2"}, "spec": {"a": [1, {"b": 3}]}, "status": {"x": 2}}
    assert differing(one, other) == ["spec.a[1].b", "spec.c"]


def owned(kind: str, name: str, **meta: Any) -> dict[str, Any]:
    labels = {"app.kubernetes.io/part-of": "shop", "app.kubernetes.io/instance": name}
    metadata = {"name": name, "namespace": "shop", "labels": labels, "managedFields": [{"manager": "idpc"}], **meta}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata}


def test_only_what_idpc_applied_and_what_holds_nothing_is_pruned() -> None:
    found = [
        owned("Service", "old"),
        owned("Service", "kept"),
        owned("StatefulSet", "orders"),
        owned("Secret", "password"),
        owned("Service", "of-a-controller", ownerReferences=[{}]),
        owned("Service", "by-hand", managedFields=[{"manager": "kubectl"}]),
        owned("StatefulSet", "queue"),
    ]
    plan = Plan("dev", Target(None, None, None), changes=(Change("shop.queue", "destroy"),))
    result = left_over(found, [owned("Service", "kept")], plan)
    assert [each["metadata"]["name"] for each in result.removed] == ["old", "queue"]
    assert [each["metadata"]["name"] for each in result.kept] == ["orders"]
