"""Runs `idpc deploy`, `idpc deployments` and `idpc rollback` as their users do: what is refused, told and recorded."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cluster import Cluster
from jsonschema import Draft202012Validator
from releases import files, manifest, root, stages, terraform_stage, write_build
from running import ROOT
from test_deploy_faults import needs_kubectl
from test_deploy_terraform import needs_terraform

from idpc.deploy import leases
from idpc.deploy.kubectl import Kubectl
from idpc.deploy.published import DeploymentsDocument
from idpc.plan.model import Approval, Precondition

pytestmark = needs_kubectl


class Place(NamedTuple):
    """A cluster and a folder with builds and a journal."""

    folder: Path
    cluster: Cluster

    def idpc(self, *arguments: str, journal: str = "journal.db") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "idpc.cli", *arguments, "--journal", str(self.folder / journal)]
        return subprocess.run(command, text=True, capture_output=True, timeout=120, cwd=self.folder, check=False)

    def deploy(self, plan: Path, *more: str, journal: str = "journal.db") -> subprocess.CompletedProcess[str]:
        return self.idpc("deploy", str(plan), "--poll", "0.05", "--step-timeout", "10", *more, journal=journal)

    def build(self, version: str, **settings: object) -> Path:
        made = stages(version, f"{self.cluster.url}/version")
        return write_build(self.folder / version, made, files(version), **settings)  # type: ignore[arg-type]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    cluster = Cluster()
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig(tmp_path, "test")))
    monkeypatch.setenv("KUBECACHEDIR", str(tmp_path / "cache"))
    yield Place(tmp_path, cluster)
    cluster.close()


def code_of(ended: subprocess.CompletedProcess[str]) -> list[str]:
    lines = [line for line in ended.stderr.splitlines() if line.startswith(("error[", "warning["))]
    return [line.partition("[")[2][:7] for line in lines]


def test_a_changed_artifact_plan_or_folder_is_refused(place: Place) -> None:
    plan = place.build("v1")
    artifact = plan.parent / "shop/kubernetes/web.yaml"
    kept = artifact.read_text()
    artifact.write_text(kept.replace("v1", "v0"))
    assert code_of(place.deploy(plan)) == ["IDP7402"]
    artifact.unlink()
    assert "`dev/shop/kubernetes/web.yaml` is gone" in place.deploy(plan).stderr
    artifact.write_text(kept)
    plan.write_text(plan.read_text().replace('"1m"', '"9m"'))
    assert code_of(place.deploy(plan)) == ["IDP7402"]
    plan.write_text("[]")
    assert code_of(place.deploy(plan)) == ["IDP7401"]
    (plan.parent.parent / "manifest.json").unlink()
    assert place.deploy(place.build("v1")).returncode == 0
    assert place.cluster.names(), "and what is whole is deployed"


def test_another_cluster_is_refused(place: Place) -> None:
    ended = place.deploy(place.build("v1", cluster="acme-prod"))
    assert (ended.returncode, code_of(ended)) == (1, ["IDP7404"])
    assert "kubectl is set to `test`" in ended.stderr
    assert place.cluster.names() == []


def test_a_plan_needs_its_approvals_of_different_people(place: Place) -> None:
    plan = place.build("v1", approvals=(Approval("application", "platform", 2, "workflow release"),))
    once = place.deploy(plan, "--approve", "platform=ada", "--approve", "platform=ada", "--approve", "shop=bob")
    assert (once.returncode, code_of(once)) == (1, ["IDP7403"])
    assert place.cluster.names() == []
    digest = json.loads((plan.parent.parent / "manifest.json").read_text())["files"]["dev/plan.json"]
    records = place.folder / "approvals.json"
    records.write_text(json.dumps({"plan": digest, "approvals": [{"team": "platform", "person": "bob"}]}))
    ended = place.deploy(plan, "--approve", "platform=ada", "--approvals", str(records))
    assert ended.returncode == 0, ended.stderr
    records.write_text(json.dumps({"plan": "sha256:other", "approvals": []}))
    assert place.deploy(plan, "--approvals", str(records)).returncode == 2


def test_preconditions_are_checked_first(place: Place) -> None:
    asked = (
        Precondition("tool", "kubectl"),
        Precondition("tool", "no-such-tool"),
        Precondition("environment", "staging"),
        Precondition("cluster", "test"),
        Precondition("permission", "keda-operator: sqs:GetQueueAttributes", ("shop.web",)),
        Precondition("crd", "external-secrets.io/v1/ExternalSecret"),
        Precondition("crd", "acme.io/v1/Widget"),
        Precondition("secret_store", "ClusterSecretStore/idpc"),
        Precondition("secret", "shop/payments-stripe-key#value"),
        Precondition("secret", "prod/payments/stripe-key"),
        Precondition("listener", "gateway/public/https"),
        Precondition("gitops", "argocd/argocd-cm: resource.customizations"),
    )
    plan = place.build("v1", preconditions=asked)
    assumed = ("--assume", "tool/no-such-tool")
    ended = place.deploy(plan, *assumed)
    wrong = [line.split("`")[1] for line in ended.stderr.splitlines() if line.startswith("error[IDP7405]")]
    assert set(wrong) == {
        "gateway/public/https",
        "acme.io/v1/Widget",
        "shop/payments-stripe-key#value",
        "ClusterSecretStore/idpc",
        "staging",
    }
    assert code_of(ended).count("IDP7406") == 3
    assert place.cluster.names() == []
    gateway = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "spec": {"listeners": [{"name": "https"}]},
    }
    place.cluster.put({**gateway, "metadata": {"name": "public", "namespace": "gateway"}})
    place.cluster.put(manifest("Secret", "payments-stripe-key", data={"value": "aGVsbG8="}))
    store = {"apiVersion": "external-secrets.io/v1", "kind": "ClusterSecretStore", "metadata": {"name": "idpc"}}
    place.cluster.put(store)
    ended = place.deploy(plan, *assumed, "--assume", "crd/acme.io/v1/Widget", "--assume", "environment/staging")
    assert ended.returncode == 0, ended.stderr
    assert "aGVsbG8=" not in ended.stdout + ended.stderr
    assert "IDP7405" in place.deploy(plan).stderr, "a tool that is missing is told"


def test_an_environment_is_deployed_after_those_that_it_requires(place: Place) -> None:
    def build(name: str, environment: str, sources: str, *asked: Precondition) -> Path:
        made, texts = stages("v1", f"{place.cluster.url}/version"), files("v1")
        return write_build(
            place.folder / name, made, texts, environment=environment, sources=sources, preconditions=asked
        )

    required = Precondition("environment", "staging")
    prod = build("one", "prod", "sha256:one", required)
    refused = place.deploy(prod)
    assert (refused.returncode, code_of(refused)) == (1, ["IDP7405"])
    assert "no deployment to it" in refused.stderr
    assert place.deploy(build("two", "staging", "sha256:two")).returncode == 0
    other = place.deploy(prod)
    assert (other.returncode, "was of other sources" in other.stderr) == (1, True)
    assert place.deploy(build("three", "staging", "sha256:one")).returncode == 0
    assert place.deploy(prod).returncode == 0
    assert place.deploy(build("four", "prod", "sha256:two", required)).returncode == 1, "staging has moved on"


def test_what_makes_a_gitops_engine_read_is_applied_before(place: Place) -> None:
    own = manifest("Application", "acme-dev", "argoproj.io/v1alpha1")
    asked = (Precondition("gitops", "gitops/_apps.yaml"),)
    texts = {**files("v1"), "gitops/_apps.yaml": [own]}
    made = stages("v1", f"{place.cluster.url}/version")
    plan = write_build(place.folder / "v1", made, texts, preconditions=asked)
    ended = place.deploy(plan)
    assert code_of(ended) == ["IDP7405"]
    assert "Application/acme-dev is not there" in ended.stderr
    place.cluster.put(own)
    ended = place.deploy(plan)
    assert ended.returncode == 0, ended.stderr


def test_a_dry_run_and_a_check_change_nothing(place: Place) -> None:
    plan = place.build("v1")
    rehearsed = place.deploy(plan, "--dry-run")
    assert rehearsed.returncode == 0
    assert [line.split()[3] for line in rehearsed.stdout.splitlines()] == [
        "shop/_app", "shop/api", "shop/web", "shop/smoke", "shop/web/smoke", "shop/prune",
    ]  # fmt: skip
    assert place.deploy(plan, "--check").returncode == 1
    assert place.cluster.names() == []
    assert place.deploy(plan).returncode == 0
    told = place.deploy(plan, "--check")
    assert told.returncode == 0, told.stdout
    place.cluster.spec("Deployment/web")["replicas"] = 7
    rows = [
        row for row in json.loads(place.deploy(plan, "--check", "--format", "json").stdout) if row["what"] != "same"
    ]
    assert rows == [{"step": "shop/web", "thing": "Deployment/web", "what": "update", "detail": "spec.replicas"}]
    assert place.cluster.spec("Deployment/web")["replicas"] == 7


def test_history_rollback_and_metrics(place: Place) -> None:
    assert code_of(place.idpc("rollback", "dev")) == ["IDP7411"]
    first, second = place.build("v1"), place.build("v2")
    assert place.deploy(first).returncode == 0
    old = place.cluster.names("Job")
    assert place.deploy(second).returncode == 0
    assert place.cluster.names("Job") != old
    ended = place.idpc("rollback", "dev", "--poll", "0.05", "--format", "json")
    assert ended.returncode == 0, ended.stderr
    assert place.cluster.names("Job") == old
    assert place.cluster.spec("Deployment/web")["template"]["spec"]["containers"][0]["image"] == "v1"
    assert place.cluster.changes("Job/smoke-v1") == ["create", "delete"], "a job is not run again"
    assert json.loads(ended.stdout)["back_to"]
    told = json.loads(place.idpc("deployments", "--format", "json").stdout)
    schema = json.loads((ROOT / "schemas" / "deployments.schema.json").read_text())
    Draft202012Validator(schema).validate(told)
    assert [each["result"] for each in told["deployments"]] == ["succeeded"] * 3
    metrics = told["metrics"]
    assert metrics["deployments"] == 2
    assert metrics["change_failure_rate"] == 0.5
    assert metrics["time_to_restore"] > 0
    text = place.idpc("deployments").stdout
    assert "change failure rate   50%" in text


def test_another_machine_goes_on_and_two_do_not_deploy_at_once(place: Place) -> None:
    plan = place.build("v1")
    place.cluster.sick = {"Deployment/web"}
    process = subprocess.Popen(
        [sys.executable, "-m", "idpc.cli", "deploy", str(plan), "--poll", "0.05", "--journal", str(place.folder / "one.db")],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr
    while "shop/api " not in (line := process.stderr.readline()) or "done" not in line:
        assert process.poll() is None
    told = place.deploy(plan, journal="two.db")
    assert (told.returncode, code_of(told)) == (1, ["IDP7407"])
    process.kill()
    process.communicate()
    place.cluster.sick = set()
    lease = next(each for key, each in place.cluster.objects.items() if key.kind == "Lease")
    assert place.deploy(plan, journal="two.db").returncode == 1, "the lock of the dead holds for a while"
    lease["spec"]["renewTime"] = "2020-01-01T00:00:00.000000Z"
    ended = place.deploy(plan, journal="two.db")
    assert ended.returncode == 0, ended.stderr
    assert "shop/api " not in ended.stderr, "its steps were done by the first machine"
    assert not [key for key in place.cluster.objects if key.kind == "Lease"]


def test_an_unfinished_deployment_of_another_plan_is_in_the_way(place: Place) -> None:
    first, second = place.build("v1"), place.build("v2")
    place.cluster.sick = {"Deployment/web"}
    process = subprocess.Popen(
        [sys.executable, "-m", "idpc.cli", "deploy", str(first), "--poll", "0.05", "--journal", str(place.folder / "journal.db")],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr
    while "applied" not in process.stderr.readline():
        assert process.poll() is None
    process.kill()
    process.communicate()
    place.cluster.sick = set()
    place.cluster.objects = {key: each for key, each in place.cluster.objects.items() if key.kind != "Lease"}
    told = place.deploy(second)
    assert (told.returncode, code_of(told)) == (1, ["IDP7408"])
    assert place.deploy(second, "--abandon").returncode == 0
    told = json.loads(place.idpc("deployments", "--format", "json").stdout)
    DeploymentsDocument.model_validate(told)
    assert [each["result"] for each in told["deployments"]] == ["abandoned", "succeeded"]


def test_a_run_that_is_interrupted_stops_at_once_and_goes_on_later(place: Place) -> None:
    plan = place.build("v1")
    place.cluster.sick = {"Deployment/web"}
    command = [sys.executable, "-m", "idpc.cli", "deploy", str(plan), "--poll", "30"]
    process = subprocess.Popen(
        [*command, "--journal", str(place.folder / "journal.db")], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr
    while "shop/web" not in (line := process.stderr.readline()) or "applied" not in line:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=25) == 130
    place.cluster.sick = set()
    assert not [key for key in place.cluster.objects if key.kind == "Lease"], "the lock is given back"
    ended = place.deploy(plan)
    assert ended.returncode == 0, ended.stderr
    assert "shop/_app" not in ended.stderr, "it was done"
    results = [
        each["result"] for each in json.loads(place.idpc("deployments", "--format", "json").stdout)["deployments"]
    ]
    assert results == ["succeeded"]


def test_sources_that_were_edited_since_the_build_make_a_plan_stale(place: Place) -> None:
    project = place.folder / "shop"
    for command in (["init", "shop"], ["build", "shop"]):
        subprocess.run([sys.executable, "-m", "idpc.cli", *command], cwd=place.folder, check=True, capture_output=True)
    plan = next(project.glob("build/*/plan.json"))
    assert "IDP7402" not in code_of(place.deploy(plan, "--dry-run"))
    file = next(path for path in sorted(project.glob("*.platform")) if path.name != "project.platform")
    file.write_text(file.read_text() + "\n// edited\n")
    ended = place.deploy(plan, "--dry-run")
    assert code_of(ended) == ["IDP7402"]
    assert "the sources were changed after the build" in ended.stderr


def test_what_holds_data_is_not_pruned(place: Place) -> None:
    labelled = manifest("StatefulSet", "orders", "apps/v1", spec={"replicas": 1})
    assert place.deploy(place.build("v1")).returncode == 0
    place.cluster.put(labelled, manager="idpc")
    place.cluster.put(manifest("PersistentVolumeClaim", "data-orders-0"), manager="idpc")
    place.cluster.put(manifest("ConfigMap", "of-somebody-else"))
    place.cluster.put(manifest("ConfigMap", "forgotten"), manager="idpc")
    ended = place.deploy(place.build("v2"))
    assert ended.returncode == 0, ended.stderr
    names = place.cluster.names()
    assert {"StatefulSet/orders", "PersistentVolumeClaim/data-orders-0", "ConfigMap/of-somebody-else"} <= set(names)
    assert "ConfigMap/forgotten" not in names
    assert "StatefulSet/orders stay, as they may hold data" in ended.stderr


def killed_when(process: "subprocess.Popen[str]", line: str) -> bool:
    """Whether a run said a line, and was killed then; else it came to its end."""
    assert process.stderr
    for said in process.stderr:
        if line in " ".join(said.split()):
            process.kill()
            process.communicate()
            return True
    process.communicate()
    return False


@needs_terraform
def test_a_deployment_that_is_killed_at_every_step_comes_to_its_end(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", os.devnull)
    made = terraform_stage(stages("v1", f"{place.cluster.url}/version"))
    plan = write_build(place.folder / "v1", made, {**files("v1"), **root("a", "queue_main")})
    command = [sys.executable, "-m", "idpc.cli", "deploy", str(plan), "--poll", "0.05"]
    outcomes = Counter[bool]()
    for step in (step for stage in made for wave in stage.waves for step in wave):
        for word in ("applying", "applied"):
            process = subprocess.Popen(
                [*command, "--journal", str(place.folder / "journal.db")], stderr=subprocess.PIPE, text=True
            )
            outcomes[killed_when(process, f"{step.id} {word}")] += 1
    ended = place.deploy(plan)
    assert ended.returncode == 0, ended.stderr
    assert outcomes[True] >= 10, outcomes
    told = json.loads(place.idpc("deployments", "--format", "json").stdout)["deployments"]
    assert {each["result"] for each in told} == {"succeeded"}
    wanted = {short for objects in files("v1").values() for short in map(named, objects)}
    assert set(place.cluster.names()) == wanted
    counts = Counter(name for what, name in place.cluster.changed if not name.startswith(("Lease/", "Namespace/")))
    assert set(counts.values()) == {1}, counts
    state = json.loads((place.folder / "journal.terraform/dev/shop/shop.tfstate").read_text())
    assert {each["name"] for each in state["resources"]} == {"orders_main", "queue_main"}


def named(found: dict[str, Any]) -> str:
    return f"{found['kind']}/{found['metadata']['name']}"


def test_a_lease_is_renewed_until_somebody_else_has_it(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "SECONDS", 2)
    held = leases.Leases(Kubectl(), "default", "ada", poll=0.05)
    assert held.acquire(["idpc-dev-shop"]) == ""
    lease = next(each for key, each in place.cluster.objects.items() if key.kind == "Lease")
    first = lease["spec"]["renewTime"]
    waited_for(lambda: key_of(place)["spec"]["renewTime"] > first)
    assert held.lost() == ""
    key_of(place)["spec"]["holderIdentity"] = "bob"
    waited_for(lambda: bool(held.lost()))
    held.release()
    assert key_of(place)["spec"]["holderIdentity"] == "bob", "the lock of another is not given back"


def key_of(place: Place) -> dict[str, Any]:
    return next(each for key, each in place.cluster.objects.items() if key.kind == "Lease")


def waited_for(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_golden_boutique_is_deployed(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Path(__file__).parents[1] / "golden/online-boutique/dev/plan.json"
    monkeypatch.setenv("KUBECONFIG", str(place.cluster.kubeconfig(place.folder, "online-boutique-dev")))
    ended = place.deploy(plan)
    assert ended.returncode == 0, ended.stderr
    assert len([name for name in place.cluster.names() if name.startswith("Deployment/")]) == 12
