"""Plans as pipelines of other engines: they are as these publish them, hold together, and their commands really run."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from plan_samples import graph, inputs, node
from releases import files, stages, write_build
from running import idpc
from test_deploy_command import Place, place  # noqa: F401  # a fixture
from test_deploy_faults import needs_kubectl

from idpc.deploy.plan_reader import read_plan
from idpc.plan import make_plan
from idpc.plan.engines import ENGINES, pipeline_text
from idpc.plan.engines.pipeline import pipeline
from idpc.plan.model import Approval, Plan
from idpc.schema.validate import kubernetes_faults

ROOT = Path(__file__).parents[1]
SCHEMAS = {"github-actions": "vendor.github-workflows", "gitlab-ci": "vendor.gitlab-ci"}
GOLDEN = sorted(str(path.relative_to(ROOT / "golden")) for path in (ROOT / "golden").glob("*/*/plan.json"))
PATH = "build/prod/plan.json"


def fleet(count: int) -> Plan:
    """A plan of many apps that know nothing of each other, with an approval by two people."""
    of = graph(*(node(f"app{number}.web", terraform=number % 2 == 0) for number in range(count)), cloud="gcp")
    made = make_plan(of, inputs(of, monitoring=True)).value
    return Plan(**{name: getattr(made, name) for name in made.__struct_fields__} | {"approvals": (TWO,)})


TWO = Approval("application", "platform", 2, "workflow release")


def made(plan: Plan, engine: str, jobs: int = 0) -> str:
    return pipeline_text(pipeline(plan, PATH, f"sha256:{'0' * 64}", "0.1.0", jobs), engine)


@pytest.fixture(scope="module")
def plans() -> dict[str, Plan]:
    golden = {name: read_plan((ROOT / "golden" / name).read_bytes()) for name in GOLDEN}
    return {**golden, "one": fleet(1), "fleet": fleet(100)}


@pytest.mark.parametrize("engine", SCHEMAS)
def test_files_are_as_the_engine_publishes(plans: dict[str, Plan], engine: str, tmp_path: Path) -> None:
    written = []
    for number, plan in enumerate(plans.values()):
        written.append(tmp_path / f"{number}.yml")
        written[-1].write_text(made(plan, engine))
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", SCHEMAS[engine], *map(str, written)]
    ended = subprocess.run(command, text=True, capture_output=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_argo_takes_its_object(plans: dict[str, Plan]) -> None:
    for plan in plans.values():
        text = made(plan, "argo-workflows")
        assert kubernetes_faults(yaml.safe_load(text), "1.33") == []
        assert len(text) < 1_000_000, "an object has to fit into etcd"


@pytest.mark.parametrize("engine", ENGINES)
def test_the_same_plan_gives_the_same_bytes(plans: dict[str, Plan], engine: str) -> None:
    assert made(fleet(100), engine) == made(plans["fleet"], engine)


def test_tasks_of_argo_hold_together(plans: dict[str, Plan]) -> None:
    for plan in plans.values():
        spec = yaml.safe_load(made(plan, "argo-workflows"))["spec"]
        templates = {each["name"]: each for each in spec["templates"]}
        tasks = {task["name"]: task for task in templates["deploy"]["dag"]["tasks"]}
        assert {spec["entrypoint"], spec["onExit"]} <= templates.keys()
        for task in (*tasks.values(), *(each for group in templates["ended"]["steps"] for each in group)):
            given = {each["name"] for each in task.get("arguments", {}).get("parameters", ())}
            wanted = templates[task["template"]].get("inputs", {}).get("parameters", ())
            assert {each["name"] for each in wanted if "default" not in each} == given
        for task in tasks.values():
            assert {name.removesuffix(".Succeeded") for name in task.get("depends", "").split(" && ") if name} <= {
                *tasks
            }


def test_a_fleet_is_spread_over_jobs_and_waves_wait_for_each_other(plans: dict[str, Plan]) -> None:
    jobs = yaml.safe_load(made(plans["fleet"], "github-actions"))["jobs"]
    shards = jobs["application-1"]["strategy"]["matrix"]["include"]
    assert 1 < len(shards) <= 256
    assert sorted(app for shard in shards for app in shard["apps"].split(",")) == sorted(f"app{n}" for n in range(100))
    assert jobs["application-platform-1"]["environment"] == "prod-application-platform-1"
    assert jobs["application-1"]["needs"] == ["application-platform-1", "application-platform-2"]
    assert jobs["rollback"]["if"] == "${{ failure() }}"
    assert {*jobs["rollback"]["needs"]} == {*jobs} - {"rollback"}
    pinned = {step["uses"] for job in jobs.values() for step in job["steps"] if "uses" in step}
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", each) for each in pinned)
    pipeline_ = yaml.safe_load(made(plans["fleet"], "gitlab-ci"))
    names = [name for name, job in pipeline_.items() if isinstance(job, dict) and "stage" in job]
    assert all(len(pipeline_[name].get("dependencies", ())) <= 50 for name in names)
    assert len(names) < 500


def test_a_promotion_is_looked_for_first(plans: dict[str, Plan]) -> None:
    plan = plans["acme/prod/plan.json"]
    jobs = yaml.safe_load(made(plan, "github-actions"))["jobs"]
    staging = yaml.safe_load(made(plans["acme/staging/plan.json"], "github-actions"))
    wanted = jobs["promotion"]["steps"][0]["env"]
    assert wanted["WANTED"] == staging["run-name"], "the sources are the same in all environments of a build"
    assert wanted["WORKFLOW"] == staging["name"]
    assert jobs["infrastructure-1"]["needs"] == ["promotion"]
    assert "--assume environment/staging" in jobs["infrastructure-1"]["steps"][-2]["run"]
    argo = yaml.safe_load(made(plan, "argo-workflows"))["spec"]
    assert {"name": "promotion-staging", "template": "promotion-staging"} in argo["templates"][0]["dag"]["tasks"]
    assert yaml.safe_load(made(plan, "gitlab-ci"))["stages"][0] == "promotion"


def test_the_command_makes_a_pipeline_of_a_build(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "golden/acme", tmp_path / "build")
    target = tmp_path / ".github/workflows/deploy-prod.yml"
    ended = idpc("plan", "build/prod/plan.json", "--as", "github-actions", "-o", str(target), cwd=tmp_path)
    assert ended.code == 0, ended.err
    assert "--until application/1" in target.read_text()
    digest = yaml.safe_load(target.read_text())["env"]["DIGEST"]
    assert digest.removeprefix("sha256:") in target.read_text().replace(digest, "", 1)
    assert idpc("plan", "build/manifest.json", cwd=tmp_path).code == 2


@needs_kubectl
def test_the_commands_of_a_pipeline_deploy_and_go_back(place: Place, tmp_path: Path) -> None:  # noqa: F811
    url = f"{place.cluster.url}/version"
    approval = Approval("application", "platform", 1, "workflow release")
    first = write_build(tmp_path / "previous/build", stages("v1", url), files("v1"), approvals=(approval,))
    plan = write_build(tmp_path / "build", stages("v2", url), files("v2"), approvals=(approval,))
    assert place.deploy(first, "--approve", "platform=ada").returncode == 0
    made_ = idpc("plan", "build/dev/plan.json", "--as", "gitlab-ci", cwd=tmp_path)
    assert made_.code == 0, made_.err
    jobs = {name: job for name, job in yaml.safe_load(made_.out).items() if isinstance(job, dict) and "stage" in job}
    before = yaml.safe_load(made_.out)[".idpc"]["before_script"]
    place.cluster.sick = {"Job/smoke-v2"}
    failed = False
    for name, job in jobs.items():
        if name == "deployed" or failed != (job.get("when") == "on_failure"):
            continue
        script = [*(before if "extends" in job else ()), *(line for line in job["script"] if "curl" not in line)]
        ended = run(script, tmp_path, PREVIOUS="previous" if failed else "", GITLAB_USER_LOGIN="ada")
        failed = failed or ended.returncode != 0
        assert ended.returncode == (1 if name == "testing-1" else 0), (name, ended.stdout + ended.stderr)
    assert failed
    image = place.cluster.spec("Deployment/web")["template"]["spec"]["containers"][0]["image"]
    assert image == "v1", "the failed pipeline went back"
    plan.write_text(plan.read_text() + "\n")
    assert run(before, tmp_path).returncode != 0, "another plan than that of the pipeline is refused"


def run(script: list[str], folder: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run the lines of a job with this version as `idpc`."""
    tool = folder / "bin/idpc"
    tool.parent.mkdir(exist_ok=True)
    tool.write_text(f'#!/bin/sh\nexec {sys.executable} -m idpc.cli "$@" --poll 0.05\n')
    tool.chmod(0o755)
    env = {**os.environ, **variables, "PATH": f"{tool.parent}:{os.environ['PATH']}"}
    command = ["bash", "-euc", "\n".join(script)]
    return subprocess.run(command, text=True, capture_output=True, cwd=folder, env=env, check=False)


def test_the_plan_of_a_build_is_printed_as_it_is(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "golden/acme", tmp_path / "build")
    ended = idpc("plan", "build/prod/plan.json", "--format", "json", cwd=tmp_path)
    assert json.loads(ended.out) == json.loads((ROOT / "golden/acme/prod/plan.json").read_text())
