"""A plan as a pipeline of GitLab CI: a stage for each wave, manual jobs as gates, resource groups as locks.

Stages order the jobs, not `needs`, of which a job may have 50.
"""

from collections.abc import Iterator, Sequence

from idpc.emit.yaml_writer import Tree
from idpc.plan.engines import commands
from idpc.plan.engines.pipeline import Gate, Pipeline, Shard, Wave

Job = dict[str, Tree]
_BASE = ".idpc"
_APPROVALS = "idpc-approvals"
_DEPLOYMENTS = "$CI_API_V4_URL/projects/$CI_PROJECT_ID/deployments"
_LATEST = "status=success&order_by=id&sort=desc&per_page=1"
_FIRST_SHA = "import json, sys; print(''.join(each['sha'] for each in json.load(sys.stdin)))"
_WITH_ITS_IDENTITY = 'umask 077 && printf %s "$IDPC_TOKEN" > "$CI_BUILDS_DIR/idpc-token"'


def gitlab_pipeline(pipeline: Pipeline) -> Tree:
    """The pipeline; a merge or a push starts none, since gates are opened by people."""
    jobs = dict(_jobs(pipeline))
    stages = list(dict.fromkeys(str(job["stage"]) for job in jobs.values()))
    document: dict[str, Tree] = {
        "workflow": {"rules": [{"if": '$CI_PIPELINE_SOURCE == "push"', "when": "never"}, {"when": "always"}]},
        "stages": list[Tree](stages),
        _BASE: _base(pipeline),
    }
    return document | jobs


def _jobs(pipeline: Pipeline) -> Iterator[tuple[str, Job]]:
    if pipeline.requires:
        yield "promotion", _promotion(pipeline)
    done: dict[str, list[str]] = {shard.name: [] for shard in pipeline.shards}
    for number, wave in enumerate(pipeline.waves, 1):
        for gate in wave.gates:
            yield gate.name, _gate(pipeline, gate, wave)
        for shard in wave.shards:
            name = _name(pipeline, wave.name, shard)
            yield name, _wave(pipeline, wave, shard, number, done[shard.name][-1:])
            done[shard.name].append(name)
    if pipeline.goes_back:
        for shard in pipeline.shards:
            yield _name(pipeline, "rollback", shard), _rollback(pipeline, shard, done[shard.name])
    yield "deployed", _deployed(pipeline)


def _name(pipeline: Pipeline, wave: str, shard: Shard) -> str:
    return wave if pipeline.is_whole(shard) else f"{wave} {shard.name}"


def _base(pipeline: Pipeline) -> Job:
    """What all jobs that deploy share. `$IDPC_IMAGE` has idpc, terraform, kubectl, git, and the cloud's program."""
    script: list[Tree] = [commands.check_plan(pipeline), *_signed_in(pipeline)]
    if pipeline.pushes:
        script.append('git clone --quiet "$GITOPS_URL" gitops')
    cloud = pipeline.plan.target.cloud in {"aws", "gcp", "azure"}
    token: Job = {"id_tokens": {"IDPC_TOKEN": {"aud": "$IDPC_AUDIENCE"}}} if cloud else {}
    return {
        "image": "$IDPC_IMAGE",
        **token,
        "environment": {"name": pipeline.environment, "action": "access"},
        "before_script": script,
        "interruptible": False,
    }


def _signed_in(pipeline: Pipeline) -> Iterator[Tree]:
    """Sign in with the job's token; on a plain cluster the variable KUBECONFIG, of type file, says all."""
    token = "$CI_BUILDS_DIR/idpc-token"  # noqa: S105  # the name of a file
    match pipeline.plan.target.cloud:
        case "aws":
            yield f'{_WITH_ITS_IDENTITY} && export AWS_WEB_IDENTITY_WITH_ITS_IDENTITY="{token}" AWS_ROLE_SESSION_NAME="idpc-$CI_JOB_ID"'
        case "gcp":
            yield (
                f'{_WITH_ITS_IDENTITY} && export GOOGLE_APPLICATION_CREDENTIALS="$CI_BUILDS_DIR/idpc-credentials.json"'
                ' && gcloud iam workload-identity-pools create-cred-config "$GCP_IDENTITY_PROVIDER"'
                f' --service-account "$GCP_SERVICE_ACCOUNT" --credential-source-file "{token}"'
                ' --output-file "$GOOGLE_APPLICATION_CREDENTIALS"'
                ' && gcloud auth login --cred-file "$GOOGLE_APPLICATION_CREDENTIALS"'
            )
        case "azure":
            yield (
                'export ARM_USE_OIDC=true ARM_OIDC_TOKEN="$IDPC_TOKEN" ARM_CLIENT_ID="$AZURE_CLIENT_ID"'
                ' ARM_TENANT_ID="$AZURE_TENANT_ID" ARM_SUBSCRIPTION_ID="$AZURE_SUBSCRIPTION_ID"'
                ' && az login --service-principal --username "$AZURE_CLIENT_ID" --tenant "$AZURE_TENANT_ID"'
                ' --federated-token "$IDPC_TOKEN"'
            )
    if kubeconfig := commands.kubeconfig(pipeline):
        yield kubeconfig


def _promotion(pipeline: Pipeline) -> Job:
    """The same revision, and so the same sources, must have reached the environments before."""
    script: list[Tree] = [
        f'test "$({_deployed_revision(name)})" = "$CI_COMMIT_SHA"'
        f" || {{ echo 'the last deployment to {name} is not of this revision'; exit 1; }}"
        for name in pipeline.requires
    ]
    return {"stage": "promotion", "image": "$IDPC_IMAGE", "timeout": "5 minutes", "script": script}


def _deployed_revision(environment: str) -> str:
    """Print the revision that was deployed last, nothing where none was."""
    asked = f"{_DEPLOYMENTS}?environment={environment}&{_LATEST}"
    return f'curl --fail --silent --header "JOB-TOKEN: $CI_JOB_TOKEN" "{asked}" | python3 -c "{_FIRST_SHA}"'


def _gate(pipeline: Pipeline, gate: Gate, wave: Wave) -> Job:
    """A job that somebody starts by hand; whom its protected environment lets start it, and who did, is noted."""
    path = f"{_APPROVALS}/{gate.name}"
    return {
        "stage": f"approve-{wave.name}",
        "image": "$IDPC_IMAGE",
        "environment": {"name": f"{pipeline.environment}-{gate.name}", "action": "verify"},
        "when": "manual",
        "allow_failure": False,
        "script": [f"mkdir -p {_APPROVALS}", f'echo "{gate.team}=$GITLAB_USER_LOGIN" > {path}'],
        "artifacts": {"paths": [path], "expire_in": "30 days"},
    }


def _wave(pipeline: Pipeline, wave: Wave, shard: Shard, number: int, before: Sequence[str]) -> Job:
    journal = f"{commands.JOURNAL}/{number:03}"
    more = (f"$(cat {_APPROVALS}/* | sed 's/^/--approve /')",) if wave.opened else ()
    return {
        "extends": _BASE,
        "stage": wave.name,
        "timeout": f"{wave.minutes} minutes",
        **_locked(pipeline, shard),
        "dependencies": [*before, *(gate.name for gate in wave.opened)],
        "script": [
            _take_over(journal),
            commands.deploy(pipeline, wave, shard, *more, journal=f"{journal}/journal.db"),
        ],
        **_kept(journal),
    }


def _take_over(journal: str) -> str:
    """Go on with the journal of the last wave that ran; every wave leaves one of its own."""
    newest = f"ls -d {commands.JOURNAL}/* 2>/dev/null | sort | tail -n 1"
    return f'last="$({newest})"; mkdir -p {journal} && if [ -n "$last" ]; then cp -R "$last"/. {journal}; fi'


def _locked(pipeline: Pipeline, shard: Shard) -> Job:
    return {"resource_group": f"idpc-{pipeline.environment}-{shard.name}"}


def _kept(journal: str) -> Job:
    paths: list[Tree] = [f"{journal}/journal.db*", f"{journal}/journal.artifacts"]
    return {"artifacts": {"when": "always", "paths": paths, "expire_in": "30 days"}}


def _rollback(pipeline: Pipeline, shard: Shard, done: Sequence[str]) -> Job:
    journal = f"{commands.JOURNAL}/back"
    find = f'sha="$({_deployed_revision(pipeline.environment)})"'
    fetch = f'git fetch --depth 1 origin "$sha" && git worktree add {commands.PREVIOUS} "$sha"'
    return {
        "extends": _BASE,
        "stage": "rollback",
        "timeout": f"{pipeline.back_minutes} minutes",
        "when": "on_failure",
        **_locked(pipeline, shard),
        "dependencies": list[Tree](done),
        "script": [
            _take_over(journal),
            f'{find}; if [ -n "$sha" ]; then {fetch} && export PREVIOUS={commands.PREVIOUS}; fi',
            commands.undo(pipeline, shard, journal=f"{journal}/journal.db"),
        ],
        **_kept(journal),
    }


def _deployed(pipeline: Pipeline) -> Job:
    """Notes the revision as the one that the environment has, for promotions and for going back."""
    return {
        "stage": "deployed",
        "image": "$IDPC_IMAGE",
        "environment": {"name": pipeline.environment},
        "dependencies": [],
        "script": ["true"],
    }
