"""Writes small builds to deploy, without compiling any: one app with two services, a job, a check and what is pruned."""

import hashlib
import json
from pathlib import Path
from typing import Any

import yaml

from idpc.deploy.release import artifacts_digest
from idpc.emit.manifest import Manifest, digest
from idpc.plan.document import plan_document
from idpc.plan.model import Approval, Change, Gate, Plan, Precondition, Rollback, Stage, Step, Target

LABELS = {"app.kubernetes.io/managed-by": "idpc", "idpc.dev/environment": "dev", "app.kubernetes.io/part-of": "shop"}
PREVIOUS = Rollback(to="previous")


def manifest(kind: str, name: str, version: str = "v1", **fields: Any) -> dict[str, Any]:
    meta = {"name": name, **({} if kind == "Namespace" else {"namespace": "shop"})}
    return {"apiVersion": version, "kind": kind, "metadata": {**meta, "labels": LABELS}, **fields}


def workload(name: str, image: str, kind: str = "Deployment") -> dict[str, Any]:
    pod = {"metadata": {"labels": {"name": name}}, "spec": {"containers": [{"name": name, "image": image}]}}
    spec = {"replicas": 2, "selector": {"matchLabels": {"name": name}}, "template": pod}
    return manifest(kind, name, "apps/v1", spec=spec)


def service(name: str) -> dict[str, Any]:
    return manifest("Service", name, spec={"selector": {"name": name}, "ports": [{"port": 80}]})


def job(image: str) -> dict[str, Any]:
    container = {"name": "smoke", "image": image}
    spec = {"template": {"spec": {"restartPolicy": "Never", "containers": [container]}}}
    return manifest("Job", f"smoke-{image}", "batch/v1", spec=spec)


def files(image: str) -> dict[str, list[dict[str, Any]]]:
    """The manifests of a version; each but the first has an object of its own in a file that all have."""
    return {
        "shop/kubernetes/_app.yaml": [
            manifest("Namespace", "shop"),
            manifest("NetworkPolicy", "default-deny", "networking.k8s.io/v1", spec={"podSelector": {}}),
            manifest("ConfigMap", "settings", data={"version": image}),
        ],
        "shop/kubernetes/api.yaml": [workload("api", image), service("api"), manifest("ConfigMap", f"api-{image}")],
        "shop/kubernetes/web.yaml": [workload("web", image), service("web"), service(f"web-{image}")],
        "shop/kubernetes/smoke.yaml": [job(image)],
    }


def apply_step(name: str, image: str, gate: Gate, needs: tuple[str, ...], rollback: Rollback = PREVIOUS) -> Step:
    del image
    address = "shop" if name == "_app" else f"shop.{name}"
    artifacts = (f"shop/kubernetes/{name}.yaml",)
    return Step(f"shop/{name}", "kubernetes.apply", address, artifacts, gate, rollback, 1, needs=needs)


def stages(image: str, url: str) -> tuple[Stage, ...]:
    """The stages of a version; `url` is what the check asks."""
    app = apply_step(
        "_app",
        image,
        Gate(exists=("NetworkPolicy/default-deny",)),
        (),
        Rollback(to="previous", keeps=("Namespace/shop",)),
    )
    api = apply_step("api", image, Gate(rollout=("Deployment/api",)), ("shop/_app",))
    web = apply_step("web", image, Gate(rollout=("Deployment/web",)), ("shop/_app",))
    once = Rollback(none="what a job did cannot be undone")
    smoke = apply_step("smoke", image, Gate(complete=(f"Job/smoke-{image}",)), ("shop/api", "shop/web"), once)
    quiet = Rollback(none="changes nothing")
    check = Step(
        "shop/web/smoke", "http.check", "shop.web", (), Gate(url=url, status="2xx"), quiet, 1, needs=("shop/web",)
    )
    gone = Gate(gone="every object of the app that no artifact names")
    only = Rollback(none="only what no artifact of this build names is removed")
    prune = Step(
        "shop/prune",
        "kubernetes.prune",
        "shop",
        ("shop/kubernetes",),
        gone,
        only,
        1,
        needs=("shop/smoke", "shop/web/smoke"),
    )
    return (
        Stage("infrastructure", "infrastructure", ((app,),)),
        Stage("application", "application", ((api, web),)),
        Stage("testing", "testing", ((smoke, check), (prune,))),
    )  # fmt: skip


def terraform_stage(stages_: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """The stages with a Terraform root of the app before all others."""
    stays = Rollback(none="forward only: holds data (shop.orders)")
    step = Step(
        "shop/terraform", "terraform.apply", "shop", ("shop/terraform",), Gate(terraform="outputs present"), stays, 2
    )
    return (Stage("roots", "infrastructure", ((step,),)), *stages_)  # fmt: skip


def root(orders: str, *more: str) -> dict[str, str]:
    """A root whose resources need no provider; another value replaces a resource."""
    data = {"orders_main": {"triggers_replace": orders, "input": f"secret of {orders}"}}
    resources = {**data, **{name: {"input": name} for name in more}}
    output = {"orders": {"value": "${terraform_data.orders_main.output}", "sensitive": True}}
    main = {"resource": {"terraform_data": resources}, "output": output}
    versions = {"terraform": {"required_version": ">= 1.4", "backend": {"local": {"path": "shop.tfstate"}}}}
    return {"shop/terraform/main.tf.json": json.dumps(main), "shop/terraform/versions.tf.json": json.dumps(versions)}


def write_build(
    folder: Path,
    made: tuple[Stage, ...],
    texts: dict[str, Any],
    *,
    preconditions: tuple[Precondition, ...] = (),
    approvals: tuple[Approval, ...] = (),
    changes: tuple[Change, ...] = (),
    cluster: str = "test",
    environment: str = "dev",
    sources: str = "",
) -> Path:
    """Write a build with one environment; gives the path of its plan."""
    contents = {f"{environment}/{path}": _text(text).encode() for path, text in texts.items()}
    sources = sources or f"sha256:{hashlib.sha256(repr(sorted(contents.items())).encode()).hexdigest()}"
    plan = Plan(
        environment, Target(cluster, None, None), sources, artifacts_digest(contents), preconditions, made, changes,
        approvals=approvals,
    )  # fmt: skip
    contents[f"{environment}/plan.json"] = json.dumps(plan_document(plan), indent=2).encode()
    for path, content in contents.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    listed = Manifest({path: digest(content) for path, content in contents.items()}, sources)
    (folder / "manifest.json").write_text(listed.text())
    return folder / environment / "plan.json"


def _text(content: Any) -> str:
    return content if isinstance(content, str) else yaml.safe_dump_all(content, sort_keys=False)
