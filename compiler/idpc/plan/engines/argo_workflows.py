"""A plan as a workflow template of Argo Workflows: a task for each wave, suspended ones as gates, a mutex as lock.

The journal lies in a volume that all tasks of a run share; what was deployed last is kept in a ConfigMap.
"""

from collections.abc import Iterator, Sequence
from shlex import quote

from idpc.emit.yaml_writer import Tree
from idpc.plan.engines import commands
from idpc.plan.engines.pipeline import Gate, Pipeline, Wave

Object = dict[str, Tree]
_SOURCE, _JOURNAL = "/work/source", f"/work/{commands.JOURNAL}"
_DAYS_TO_AGREE = 7
_ITEM_APPS, _ITEM_SHARD = "{{item.apps}}", "{{item.shard}}"


def argo_workflow(pipeline: Pipeline) -> Tree:
    """The template; `argo submit --from` runs it, one run at a time."""
    name = f"idpc-{pipeline.environment}"
    many = len(pipeline.shards) > 1
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "WorkflowTemplate",
        "metadata": {"name": name, "labels": {"app.kubernetes.io/managed-by": "idpc"}},
        "spec": {
            "entrypoint": "deploy",
            "onExit": "ended",
            "serviceAccountName": name,
            "synchronization": {"mutexes": [{"name": name}]},
            "arguments": {"parameters": list(_parameters(pipeline))},
            "podGC": {"strategy": "OnPodSuccess"},
            **_kubeconfig(pipeline, name),
            "volumeClaimTemplates": [
                {
                    "metadata": {"name": "journal"},
                    "spec": {
                        "accessModes": ["ReadWriteMany" if many else "ReadWriteOnce"],
                        "resources": {"requests": {"storage": "1Gi"}},
                    },
                }
            ],
            "templates": [
                {"name": "deploy", "dag": {"tasks": list(_tasks(pipeline))}},
                *(_gate(gate) for wave in pipeline.waves for gate in wave.gates),
                *_promotions(pipeline),
                *(_wave(pipeline, wave) for wave in pipeline.waves),
                _ended(pipeline),
                *([_rollback(pipeline)] if pipeline.goes_back else ()),
                _record(pipeline),
            ],
        },
    }


def _kubeconfig(pipeline: Pipeline, name: str) -> Object:
    """The Secret that leads to the cluster, where no cloud's program does."""
    if commands.kubeconfig(pipeline):
        return {}
    return {"volumes": [{"name": "kubeconfig", "secret": {"secretName": f"{name}-kubeconfig"}}]}


def _parameters(pipeline: Pipeline) -> Iterator[Tree]:
    """What a run is told, and what it finds out about earlier ones."""
    yield {"name": "repository", "description": "The Git repository with the sources and their build."}
    yield {"name": "revision", "description": "The revision that is deployed, in full."}
    yield {"name": "image", "description": "An image with idpc, terraform, kubectl, git, and the cloud's program."}
    yield _kept("previous", pipeline.plan.environment, "revision")
    yield from (_kept(f"sources-{name}", name, "sources") for name in pipeline.requires)


def _kept(name: str, environment: str, key: str) -> Tree:
    kept: Object = {"name": _config_map(environment), "key": key, "optional": True}
    return {"name": name, "valueFrom": {"configMapKeyRef": kept, "default": ""}}


def _config_map(environment: str) -> str:
    return f"idpc-deployed-{environment.replace('_', '-')}"


def _tasks(pipeline: Pipeline) -> Iterator[Tree]:
    before = list[str]()
    for name in pipeline.requires:
        yield {"name": _promotion_name(name), "template": _promotion_name(name)}
        before.append(_promotion_name(name))
    for wave in pipeline.waves:
        for gate in wave.gates:
            yield {"name": gate.name, "template": gate.name, **_after(before)}
        before = [gate.name for gate in wave.gates] or before
        yield {"name": wave.name, "template": wave.name, **_after(before), **_arguments(pipeline, wave)}
        before = [wave.name]


def _after(before: Sequence[str]) -> Object:
    return {"depends": " && ".join(f"{name}.Succeeded" for name in before)} if before else {}


def _arguments(pipeline: Pipeline, wave: Wave) -> Object:
    """The shards of a wave, and who opened the gates before it."""
    given: list[Tree] = [
        {"name": gate.name, "value": f"{{{{tasks.{gate.name}.outputs.parameters.person}}}}"} for gate in wave.opened
    ]
    if len(pipeline.shards) > 1:
        items: list[Tree] = [{"shard": shard.name, "apps": ",".join(shard.apps)} for shard in wave.shards]
        shard: list[Tree] = [{"name": "shard", "value": _ITEM_SHARD}, {"name": "apps", "value": _ITEM_APPS}]
        return {"withItems": items, "arguments": {"parameters": [*shard, *given]}}
    return {"arguments": {"parameters": given}} if given else {}


def _gate(gate: Gate) -> Tree:
    """Waits until somebody says who they are and goes on: `argo node set --output-parameter person=…`, `argo resume`."""
    person: Object = {"name": "person", "valueFrom": {"supplied": {}}}
    annotation = f"{gate.team} approves ({gate.why})"
    return {
        "name": gate.name,
        "metadata": {"annotations": {"idpc.dev/approval": annotation}},
        "suspend": {"duration": f"{_DAYS_TO_AGREE * 24}h"},
        "inputs": {"parameters": [{"name": "person", "default": "", "description": annotation}]},
        "outputs": {"parameters": [person]},
    }


def _promotion_name(environment: str) -> str:
    return f"promotion-{environment.replace('_', '-')}"


def _promotions(pipeline: Pipeline) -> Iterator[Tree]:
    """The same sources must have reached the environments before."""
    for name in pipeline.requires:
        found = f"{{{{workflow.parameters.sources-{name}}}}}"
        missing = f"the last deployment to {name} was of other sources"
        check = f'test "$FOUND" = {quote(pipeline.plan.sources)} || {{ echo {quote(missing)}; exit 1; }}'
        container: Object = {**_container(check), "env": [{"name": "FOUND", "value": found}]}
        yield {"name": _promotion_name(name), "container": container}


def _wave(pipeline: Pipeline, wave: Wave) -> Tree:
    many = len(pipeline.shards) > 1
    people = [word for gate in wave.opened for word in ("--approve", f'"{gate.team}=${_variable(gate)}"')]
    run = commands.deploy(pipeline, wave, None if many else wave.shards[0], *people, journal=_journal(many=many))
    given = [(gate.name, _variable(gate)) for gate in wave.opened]
    return {**_pod(pipeline, wave.name, wave.minutes, run), **_inputs(given, many=many)}


def _variable(gate: Gate) -> str:
    return f"PERSON_{gate.name.upper().replace('-', '_')}"


def _journal(*, many: bool) -> str:
    return f"{_JOURNAL}/{'$SHARD' if many else '1'}/journal.db"


def _inputs(given: Sequence[tuple[str, str]], *, many: bool) -> Object:
    """The sources, and the parameters by which tasks of one template differ."""
    names = [*(("shard", "apps") if many else ()), *(name for name, _ in given)]
    return {
        "inputs": {
            **({"parameters": [{"name": name} for name in names]} if names else {}),
            "artifacts": [
                {
                    "name": "source",
                    "path": _SOURCE,
                    "git": {
                        "repo": "{{workflow.parameters.repository}}",
                        "revision": "{{workflow.parameters.revision}}",
                    },
                }
            ],
        }
    }


def _pod(pipeline: Pipeline, name: str, minutes: int, run: str) -> Object:
    many = len(pipeline.shards) > 1
    gates = [gate for wave in pipeline.waves if wave.name == name for gate in wave.opened]
    values = [
        *((("SHARD", "shard"), ("APPS", "apps")) if many else ()),
        *((_variable(gate), gate.name) for gate in gates),
    ]
    env: list[Tree] = [{"name": key, "value": f"{{{{inputs.parameters.{value}}}}}"} for key, value in values]
    clone = 'git clone --quiet "$GITOPS_URL" gitops' if pipeline.pushes else ""
    sign_in = commands.kubeconfig(pipeline)
    command = "".join(f"{line}\n" for line in (commands.check_plan(pipeline), sign_in, clone, run) if line)
    mounts: list[Tree] = [{"name": "journal", "mountPath": _JOURNAL}]
    if not sign_in:
        env.append({"name": "KUBECONFIG", "value": "/work/kubeconfig/config"})
        mounts.append({"name": "kubeconfig", "mountPath": "/work/kubeconfig", "readOnly": True})
    container: Object = {**_container(command), "workingDir": _SOURCE, "env": env, "volumeMounts": mounts}
    variables: Object = {
        "envFrom": [{"secretRef": {"name": f"idpc-{pipeline.environment}-variables", "optional": True}}]
    }
    return {"name": name, "activeDeadlineSeconds": minutes * 60, "container": container | variables}


def _container(command: str) -> Object:
    return {"name": "main", "image": "{{workflow.parameters.image}}", "command": ["sh", "-euc"], "args": [command]}


def _ended(pipeline: Pipeline) -> Tree:
    """What follows a run: note what is deployed now, or go back."""
    well: Object = {"name": "record", "template": "record", "when": "{{workflow.status}} == Succeeded"}
    tasks: list[Tree] = [well]
    if pipeline.goes_back:
        failed: Object = {"name": "rollback", "template": "rollback", "when": "{{workflow.status}} != Succeeded"}
        if len(pipeline.shards) > 1:
            items: list[Tree] = [{"shard": shard.name, "apps": ",".join(shard.apps)} for shard in pipeline.shards]
            given: list[Tree] = [{"name": "shard", "value": _ITEM_SHARD}, {"name": "apps", "value": _ITEM_APPS}]
            failed |= {"withItems": items, "arguments": {"parameters": given}}
        tasks.append(failed)
    return {"name": "ended", "steps": [tasks]}


def _rollback(pipeline: Pipeline) -> Tree:
    many = len(pipeline.shards) > 1
    run = commands.undo(pipeline, None if many else pipeline.shards[0], journal=_journal(many=many))
    revision, folder = '"{{workflow.parameters.previous}}"', f"/work/{commands.PREVIOUS}"
    find = f"PREVIOUS=\nif [ -n {revision} ]; then\n  git worktree add {folder} {revision}\n  PREVIOUS={folder}\nfi"
    command = f"{find}\n{run}"
    return {**_pod(pipeline, "rollback", pipeline.back_minutes, command), **_inputs((), many=many)}


def _record(pipeline: Pipeline) -> Tree:
    """Argo reads parameters only from a ConfigMap that says it holds some."""
    revision = "{{workflow.parameters.revision}}"
    text = _config_text(pipeline, revision)
    return {
        "name": "record",
        "resource": {"action": "apply", "manifest": text},
    }


def _config_text(pipeline: Pipeline, revision: str) -> str:
    from idpc.emit.yaml_writer import yaml_document

    return yaml_document(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": _config_map(pipeline.plan.environment),
                "labels": {"workflows.argoproj.io/configmap-type": "Parameter"},
            },
            "data": {"revision": revision, "sources": pipeline.plan.sources},
        }
    )
