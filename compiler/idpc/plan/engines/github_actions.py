"""A plan as a workflow of GitHub Actions: a job for each wave, environments as gates, a concurrency group as lock."""

from collections.abc import Iterator

from idpc.emit.yaml_writer import Tree
from idpc.plan.engines import commands
from idpc.plan.engines.pipeline import Gate, Pipeline, Wave

Job = dict[str, Tree]
_RUNNER = "ubuntu-24.04"
_CHECKOUT = "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683"  # v4.2.2
_PYTHON = "actions/setup-python@0b93645e9fea7318ecaed2b359559ac225c90a2b"  # v5.3.0
_TERRAFORM = "hashicorp/setup-terraform@b9cd54a3c349d3f38e8881555d616ced269862dd"  # v3.1.2
_UPLOAD = "actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02"  # v4.6.2
_DOWNLOAD = "actions/download-artifact@d3f86a106a0bac45b974a628896c90dbdf5c8093"  # v4.3.0
_AWS = "aws-actions/configure-aws-credentials@ececac1a45f3b08a01d2dd070d28d111c5fe6722"  # v4.1.0
_GOOGLE = "google-github-actions/auth@6fc4af4b145ae7821d527454aa9bd537d1f2dc5f"  # v2.1.7
_AZURE = "azure/login@a65d910e8af852a8061c627c456678983e180302"  # v2.2.0
_SHARD, _APPS = "${{ matrix.shard }}", "${{ matrix.apps }}"
_TOKEN: dict[str, Tree] = {"GH_TOKEN": "${{ github.token }}"}
_JOURNAL = f"{commands.JOURNAL}/journal.db"
_PREVIOUS_RUN = (
    'sha="$(gh run list --repo "$GITHUB_REPOSITORY" --workflow "$GITHUB_WORKFLOW" --status success --limit 1 --json headSha'
    " --jq '.[0].headSha // empty')\"\n"
    'echo "sha=$sha" >> "$GITHUB_OUTPUT"\n'
)
_APPROVALS = (
    'gh api --paginate --slurp "repos/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID/approvals" > reviews.json\n'
    'jq \'(env.GATES | fromjson) as $gates | {plan: env.DIGEST, approvals: [.[][] | select(.state == "approved")'
    " | .user.login as $person | .environments[].name | select($gates[.]) | {team: $gates[.], person: $person}]}'"
    " reviews.json > approvals.json\n"
)


def github_workflow(pipeline: Pipeline) -> Tree:
    """The workflow; it is started by hand, and one run at a time deploys the environment."""
    jobs: dict[str, Tree] = {}
    before = list[str]()
    if pipeline.requires:
        jobs["promotion"] = _promotion(pipeline)
        before = ["promotion"]
    for wave in pipeline.waves:
        for gate in wave.gates:
            jobs[gate.name] = _gate(pipeline, gate, before)
        before = [gate.name for gate in wave.gates] or before
        jobs[wave.name] = _wave(pipeline, wave, before)
        before = [wave.name]
    if pipeline.goes_back:
        jobs["rollback"] = _rollback(pipeline, list(jobs))
    return {
        "name": _title(pipeline.plan.environment),
        "run-name": f"{_title(pipeline.plan.environment)} {pipeline.plan.sources}",
        "on": {"workflow_dispatch": {}},
        "concurrency": {"group": f"idpc-{pipeline.environment}", "cancel-in-progress": False},
        "permissions": {"contents": "read"},
        "env": {"DIGEST": pipeline.digest},
        "jobs": jobs,
    }


def _title(environment: str) -> str:
    return f"Deploy {environment}"


def _promotion(pipeline: Pipeline) -> Job:
    """The same sources must have reached the environments before; a run's title has their digest."""
    steps: list[Tree] = [
        {
            "name": f"Look for the deployment to {name}",
            "env": {**_TOKEN, "WORKFLOW": _title(name), "WANTED": f"{_title(name)} {pipeline.plan.sources}"},
            "run": 'gh run list --repo "$GITHUB_REPOSITORY" --workflow "$WORKFLOW" --status success --limit 200'
            " --json displayTitle --jq '.[].displayTitle' | grep --line-regexp --fixed-strings --max-count=1 \"$WANTED\"\n",
        }
        for name in pipeline.requires
    ]
    return {"runs-on": _RUNNER, "timeout-minutes": 5, "permissions": {"actions": "read"}, "steps": steps}


def _gate(pipeline: Pipeline, gate: Gate, before: list[str]) -> Job:
    """A job that waits until a reviewer of its environment agrees."""
    job: Job = {"name": f"{gate.name} ({gate.why})", "runs-on": _RUNNER, "timeout-minutes": 5}
    steps: list[Tree] = [{"run": "echo approved"}]
    return {
        **job,
        **_after(before),
        "environment": _gate_environment(pipeline, gate),
        "permissions": {},
        "steps": steps,
    }


def _gate_environment(pipeline: Pipeline, gate: Gate) -> str:
    return f"{pipeline.environment}-{gate.name}"


def _after(before: list[str]) -> Job:
    return {"needs": list[Tree](before)} if before else {}


def _wave(pipeline: Pipeline, wave: Wave, before: list[str]) -> Job:
    many = len(pipeline.shards) > 1
    more = ("--approvals", "approvals.json") if wave.opened else ()
    run = commands.deploy(pipeline, wave, None if many else wave.shards[0], *more, journal=_JOURNAL)
    steps: list[Tree] = [
        *_ready(pipeline),
        *_approvals(pipeline, wave),
        {"name": f"Deploy {wave.until}", **_apps(many=many), "run": f"{run}\n"},
        _keep(pipeline),
    ]
    return {**_job(pipeline, wave.minutes, before), **_matrix(wave, many=many), "steps": steps}


def _job(pipeline: Pipeline, minutes: int, before: list[str]) -> Job:
    variables = dict(_variables(pipeline))
    permissions: dict[str, Tree] = {"actions": "read", "contents": "read"}
    if pipeline.plan.target.cloud in {"aws", "gcp", "azure"}:
        permissions["id-token"] = "write"
    return {
        "runs-on": _RUNNER,
        "timeout-minutes": minutes,
        **_after(before),
        "environment": pipeline.environment,
        "permissions": permissions,
        **({"env": variables} if variables else {}),
    }


def _variables(pipeline: Pipeline) -> Iterator[tuple[str, Tree]]:
    """What the repository or its environment keeps as a variable."""
    for name, wanted in (
        ("CLUSTER", not pipeline.plan.target.cluster),
        ("REGION", not pipeline.plan.target.region),
        ("RESOURCE_GROUP", pipeline.plan.target.cloud == "azure"),
        ("GITOPS_PATH", pipeline.pushes),
    ):
        if wanted:
            yield name, f"${{{{ vars.{name} }}}}"


def _matrix(wave: Wave, *, many: bool) -> Job:
    if not many:
        return {}
    include: list[Tree] = [{"shard": shard.name, "apps": ",".join(shard.apps)} for shard in wave.shards]
    return {"strategy": {"fail-fast": False, "matrix": {"include": include}}}


def _apps(*, many: bool) -> Job:
    return {"env": {"APPS": _APPS}} if many else {}


def _ready(pipeline: Pipeline) -> Iterator[Tree]:
    """The sources, the tools, the identity and the journal of the waves before."""
    yield {"uses": _CHECKOUT, "with": {"persist-credentials": False}}
    yield {"name": "Check the plan", "run": f"{commands.check_plan(pipeline)}\n"}
    yield {"uses": _PYTHON, "with": {"python-version": "3.12"}}
    yield {"name": "Install idpc", "run": f"pip install idpc=={pipeline.version}\n"}
    yield {"uses": _TERRAFORM, "with": {"terraform_wrapper": False}}
    yield from _signed_in(pipeline)
    if pipeline.pushes:
        checkout: dict[str, Tree] = {
            "repository": "${{ vars.GITOPS_REPOSITORY }}",
            "token": "${{ secrets.GITOPS_TOKEN }}",
        }
        yield {"uses": _CHECKOUT, "with": {**checkout, "path": "gitops", "fetch-depth": 0}}
    if len(pipeline.waves) > 1:
        name: dict[str, Tree] = {"pattern": _journal(pipeline), "path": commands.JOURNAL, "merge-multiple": True}
        yield {"name": "Take over the journal", "uses": _DOWNLOAD, "with": name}


def _signed_in(pipeline: Pipeline) -> Iterator[Tree]:
    target = pipeline.plan.target
    match target.cloud:
        case "aws":
            role: dict[str, Tree] = {
                "role-to-assume": "${{ vars.AWS_ROLE }}",
                "aws-region": target.region or "${{ vars.REGION }}",
            }
            yield {"uses": _AWS, "with": role}
        case "gcp":
            provider: dict[str, Tree] = {"workload_identity_provider": "${{ vars.GCP_IDENTITY_PROVIDER }}"}
            yield {"uses": _GOOGLE, "with": {**provider, "service_account": "${{ vars.GCP_SERVICE_ACCOUNT }}"}}
            yield {"run": "sudo apt-get update && sudo apt-get install --yes google-cloud-cli-gke-gcloud-auth-plugin\n"}
        case "azure":
            names = ("client-id", "tenant-id", "subscription-id")
            yield {
                "uses": _AZURE,
                "with": {name: f"${{{{ vars.AZURE_{name.upper().replace('-', '_')} }}}}" for name in names},
            }
            yield {"run": "sudo az aks install-cli\n"}
    run = commands.kubeconfig(pipeline) or 'install -m 600 /dev/stdin ~/.kube/config <<< "$KUBECONFIG_TEXT"'
    secret: Job = {} if commands.kubeconfig(pipeline) else {"env": {"KUBECONFIG_TEXT": "${{ secrets.KUBECONFIG }}"}}
    yield {"name": "Find the cluster", **secret, "run": f"mkdir -p ~/.kube && {run}\n"}


def _journal(pipeline: Pipeline) -> str:
    return f"journal-{_SHARD if len(pipeline.shards) > 1 else '1'}"


def _approvals(pipeline: Pipeline, wave: Wave) -> Iterator[Tree]:
    """Who has agreed, as GitHub tells; `idpc deploy` refuses where an environment has no reviewers."""
    if wave.opened:
        teams = ", ".join(f'"{_gate_environment(pipeline, gate)}": "{gate.team}"' for gate in wave.opened)
        yield {"name": "Ask who approved", "env": {**_TOKEN, "GATES": f"{{{teams}}}"}, "run": _APPROVALS}


def _keep(pipeline: Pipeline) -> Tree:
    kept = f"{commands.JOURNAL}/journal.db*\n{commands.JOURNAL}/journal.artifacts\n"
    upload: dict[str, Tree] = {"name": _journal(pipeline), "path": kept, "overwrite": True}
    return {"name": "Keep the journal", "if": "${{ always() }}", "uses": _UPLOAD, "with": upload}


def _rollback(pipeline: Pipeline, before: list[str]) -> Job:
    """Takes back the applications once a job has failed; the revision before is the one of the last run that succeeded."""
    many = len(pipeline.shards) > 1
    found = "${{ steps.previous.outputs.sha }}"
    env: dict[str, Tree] = {"PREVIOUS": f"${{{{ steps.previous.outputs.sha && '{commands.PREVIOUS}' }}}}"}
    run = commands.undo(pipeline, None if many else pipeline.shards[0], journal=_JOURNAL)
    last: dict[str, Tree] = {"ref": found, "path": commands.PREVIOUS, "persist-credentials": False}
    steps: list[Tree] = [
        *_ready(pipeline),
        {"id": "previous", "name": "Look for the revision before", "env": _TOKEN, "run": _PREVIOUS_RUN},
        {"if": "${{ steps.previous.outputs.sha }}", "uses": _CHECKOUT, "with": last},
        {"name": "Go back", "env": {**env, **({"APPS": _APPS} if many else {})}, "run": f"{run}\n"},
        _keep(pipeline),
    ]
    include: list[Tree] = [{"shard": shard.name, "apps": ",".join(shard.apps)} for shard in pipeline.shards]
    matrix: Job = {"strategy": {"fail-fast": False, "matrix": {"include": include}}} if many else {}
    return {"if": "${{ failure() }}", **_job(pipeline, pipeline.back_minutes, before), **matrix, "steps": steps}
