"""Deploys among what is around it: accounts, GitOps engines, missing tools, what Terraform hands over, and other apps."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from cluster import Key
from releases import files, manifest, root, stages, terraform_stage, write_build
from test_deploy_command import Place, place
from test_deploy_faults import needs_kubectl
from test_deploy_terraform import needs_terraform

from idpc.deploy.gitops import GitopsPush, GitopsWait
from idpc.deploy.kubectl import Kubectl
from idpc.deploy.model import Deadline, StepFailedError
from idpc.deploy.release import artifacts_digest, read_release
from idpc.deploy.target import target_faults
from idpc.emit.manifest import Manifest, digest, read_manifest
from idpc.plan.model import Gate, Precondition, Rollback, Stage, Step, Target

__all__ = ["place"]

ACCOUNTS = {
    "123456789012": ("aws", "123456789012"),
    "00000000-1111-2222-3333-444444444444": ("az", "00000000-1111-2222-3333-444444444444"),
    "acme-prod": ("gcloud", "acme-prod"),
}


def tool(folder: Path, name: str, script: str) -> None:
    """A program of a name that runs a line of shell."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.mark.parametrize("account", sorted(ACCOUNTS))
@pytest.mark.parametrize(
    ("says", "codes", "words"),
    [
        ("echo {}", [], ""),
        ("echo another", ["IDP7404"], "is signed in to `another`"),
        ("echo not logged in >&2; exit 1", ["IDP7406"], "not logged in"),
        (None, ["IDP7406"], "cannot be checked without"),
    ],
)
def test_the_account_of_a_plan_is_the_one_that_is_signed_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, account: str, says: str | None, codes: list[str], words: str
) -> None:
    name, said = ACCOUNTS[account]
    monkeypatch.setenv("PATH", str(tmp_path))
    if says is not None:
        tool(tmp_path, name, says.format(said))
    found = list(target_faults(Target(None, account, None), None))
    assert [each.code for each in found] == codes
    assert all(words in each.message for each in found)


WAIT = Step(
    "shop/wait",
    "gitops.wait",
    "shop",
    ("gitops/shop.yaml",),
    Gate(synced=("Application/shop",)),
    Rollback(none="goes back with the push"),
    1,
)


@needs_kubectl
@pytest.mark.parametrize(
    ("status", "ends"),
    [
        ({"sync": {"status": "Synced", "revision": "abc"}, "health": {"status": "Healthy"}}, None),
        (
            {"sync": {"status": "Synced", "revision": "old"}, "health": {"status": "Healthy"}},
            "not at abc",
        ),
        ({"sync": {"status": "Synced", "revision": "abc"}, "health": {"status": "Progressing"}}, "not done in time"),
        (None, "not done in time"),
    ],
)
def test_an_engine_is_waited_for_until_it_has_applied_what_was_pushed(
    place: Place, monkeypatch: pytest.MonkeyPatch, status: Any, ends: str | None
) -> None:
    application = {
        **manifest("Application", "shop", "argoproj.io/v1alpha1", spec={}),
        "metadata": {"name": "shop", "namespace": "default"},
    }
    plan = write_build(
        place.folder / "v1", (Stage("application", "application", ((WAIT,),)),), {"gitops/shop.yaml": [application]}
    )
    release = read_release(plan).value
    assert release
    monkeypatch.setattr(GitopsPush, "revision", lambda _self, _deadline: "abc")
    waiting = GitopsWait(Kubectl(), release, GitopsPush(release, place.folder))
    key = Key("argoproj.io/v1alpha1", "Application", "default", "shop")

    def applied() -> None:
        place.cluster.put(application)
        if status is not None:
            place.cluster.objects[key]["status"] = status

    threading.Timer(0.3, applied).start()
    if ends is None:
        waiting.gate(WAIT, Deadline(30, 0.05))
    else:
        with pytest.raises(StepFailedError, match=ends):
            waiting.gate(WAIT, Deadline(3, 0.05))


@needs_kubectl
@needs_terraform
def test_a_check_says_which_tool_or_place_it_could_not_ask(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = write_build(
        place.folder / "v1", terraform_stage(stages("v1", "http://localhost")), {**files("v1"), **root("a")}
    )
    bare = place.folder / "bin"
    bare.mkdir()
    kubectl = shutil.which("kubectl")
    assert kubectl
    (bare / "kubectl").symlink_to(kubectl)
    monkeypatch.setenv("PATH", str(bare))
    told = place.deploy(plan, "--check")
    assert told.returncode == 1
    (row,) = [line for line in told.stdout.splitlines() if line.startswith("shop/terraform")]
    assert "unknown" in row
    assert "`terraform` is not installed, or not on the PATH" in row
    assert "Deployment/web" in told.stdout
    place.cluster.close()
    rows = json.loads(place.deploy(plan, "--check", "--format", "json").stdout)
    assert {each["what"] for each in rows} == {"unknown"}
    assert all("refused" in each["detail"] for each in rows if each["step"] != "shop/terraform")


SECRET = "correct-horse-battery"  # none


@needs_kubectl
@needs_terraform
def test_what_terraform_makes_is_there_before_what_reads_it(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Terraform writes the Secret of its outputs, by kubectl here; pods read that, so that no step is told a value."""
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", os.devnull)
    secret = {**manifest("Secret", "shop-orders-v1"), "stringData": {"url": "${self.output}"}}
    applies = 'echo "$SECRET" | kubectl apply --server-side --validate=false --field-manager=terraform -f -'
    writes = {"command": applies, "environment": {"SECRET": "${jsonencode(" + hcl(secret) + ")}"}}
    resource = {"orders_main": {"input": SECRET, "provisioner": [{"local-exec": writes}]}}
    main = {
        "resource": {"terraform_data": resource},
        "output": {"orders": {"value": "${terraform_data.orders_main.output}", "sensitive": True}},
    }
    texts: dict[str, Any] = {**files("v1"), **root("a"), "shop/terraform/main.tf.json": json.dumps(main)}
    (api, *_) = texts["shop/kubernetes/api.yaml"]
    reads = {"name": "URL", "valueFrom": {"secretKeyRef": {"name": "shop-orders-v1", "key": "url"}}}
    api["spec"]["template"]["spec"]["containers"][0]["env"] = [reads]
    (made, space, *rest) = terraform_stage(stages("v1", f"{place.cluster.url}/version"))
    plan = write_build(place.folder / "v1", (space, made, *rest), texts)
    ended = place.deploy(plan)
    assert ended.returncode == 0, ended.stderr
    order = [name for _, name in place.cluster.changed]
    assert order.index("Namespace/shop") < order.index("Secret/shop-orders-v1") < order.index("Deployment/api")
    assert SECRET not in ended.stdout + ended.stderr
    kept = [path for path in place.folder.rglob("*") if path.is_file() and "terraform" not in path.as_posix()]
    assert not [
        path for path in kept if SECRET.encode() in path.read_bytes() and place.folder / "v1" not in path.parents
    ]
    assert place.deploy(plan).returncode == 0
    assert place.cluster.changes("Secret/shop-orders-v1") == ["create"]


@needs_terraform
def test_a_check_makes_no_state_in_the_cluster_and_takes_no_lock(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", os.devnull)
    kept = {"kubernetes": {"secret_suffix": "acme-dev-shop", "namespace": "shop"}}
    versions = {"terraform": {"required_version": ">= 1.4", "backend": kept}}
    texts = {**root("a"), "shop/terraform/versions.tf.json": json.dumps(versions)}
    asked = (Precondition("state", "kubernetes/shop", ("shop",)),)
    plan = write_build(place.folder / "v1", terraform_stage(()), texts, preconditions=asked)
    gone = place.deploy(plan, "--dry-run")
    assert (gone.returncode, "there is no namespace shop" in gone.stderr) == (1, True)
    place.cluster.put(manifest("Namespace", "shop"))
    before = [*place.cluster.changed]
    assert place.deploy(plan, "--dry-run").returncode == 0
    told = place.deploy(plan, "--check")
    assert "create  all of it: its state is not there yet" in told.stdout, told.stderr
    assert place.cluster.changed == before
    ended = place.deploy(plan)
    assert ended.returncode == 0, ended.stderr
    assert "Secret/tfstate-default-acme-dev-shop" in place.cluster.names()
    before = [*place.cluster.changed]
    told = place.deploy(plan, "--check")
    assert told.returncode == 0, told.stdout + told.stderr
    assert place.cluster.changed == before


def hcl(value: Any) -> str:
    """A value as an expression of Terraform, in which an interpolation stands bare."""
    return re.sub(r'"\$\{(.*?)\}"', r"\1", json.dumps(value))


PAIR = """app {0} {{
  team = t
  postgres db {{ storage = 20Gi }}
  service web {{
    image = "ghcr.io/acme/{0}:1"
    port = 8080
    health {{ path = "/" }}
    env {{
      OWN = db.url
      THEIRS = {1}.db.url
      CALLS = {1}.web.url
    }}
  }}
}}
"""


@needs_kubectl
@needs_terraform
def test_apps_that_read_each_others_data_and_call_each_other_are_deployed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", os.devnull)
    project = place.folder / "pair"
    project.mkdir()
    (project / "project.platform").write_text(
        'project pair { language = "2026.1" }\nteam t { owner = "t@acme.io", on_call = "pagerduty:T" }\n'
        'environment dev { cloud = "kubernetes", cluster = "test", monitoring = "none" }\n'
    )
    for one, other in (("left", "right"), ("right", "left")):
        (project / f"{one}.platform").write_text(PAIR.format(one, other))
    built = subprocess.run(
        [sys.executable, "-m", "idpc.cli", "build", str(project)], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    build = shutil.copytree(project / "build", place.folder / "build")
    ended = place.deploy(with_local_roots(build, "dev"), "--step-timeout", "60")
    assert ended.returncode == 0, ended.stderr
    order = [name for _, name in place.cluster.changed]
    first_pod = min(order.index("StatefulSet/db"), order.index("Deployment/web"))
    assert max(order.index(f"Namespace/{app}") for app in ("left", "right")) < first_pod
    done = [line.split()[0] for line in ended.stderr.splitlines() if " done in" in line]
    for app, other in (("left", "right"), ("right", "left")):
        assert done.index(f"{other}/db") < done.index(f"{app}/web")
        assert done.index(f"{other}/terraform") < done.index(f"{app}/web")


def with_local_roots(build: Path, environment: str) -> Path:
    """The build with resources that need no provider in place of those in its Terraform roots; gives its plan."""
    for main in build.glob(f"{environment}/*/terraform/main.tf.json"):
        resources = json.loads(main.read_text())["resource"]
        labels = {f"{kind}_{label}": {"input": label} for kind, several in resources.items() for label in several}
        main.write_text(json.dumps({"resource": {"terraform_data": labels}}))
        backend = {"backend": {"local": {"path": "local.tfstate"}}}
        main.with_name("versions.tf.json").write_text(json.dumps({"terraform": backend}))
    return signed(build, environment)


def signed(build: Path, environment: str) -> Path:
    """The plan of a build with digests of the files as they are."""
    held = read_manifest(build)
    plan = build / environment / "plan.json"
    document = json.loads(plan.read_text())
    apart = {"plan.json", "plan.md", "graph.json", "cost.json"}
    contents = {path: (build / path).read_bytes() for path in held.files}
    own = {path: each for path, each in contents.items() if path.startswith(f"{environment}/")}
    document["artifacts"] = artifacts_digest(
        {path: each for path, each in own.items() if path.count("/") > 1 or path.rpartition("/")[2] not in apart}
    )
    plan.write_text(json.dumps(document))
    contents[f"{environment}/plan.json"] = plan.read_bytes()
    listed = Manifest({path: digest(each) for path, each in contents.items()}, held.sources)
    (build / "manifest.json").write_text(listed.text())
    return plan
