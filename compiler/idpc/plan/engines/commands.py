"""The commands that jobs run, the same ones for every engine. Names that come from a project stand in quotes."""

from collections.abc import Sequence
from shlex import quote

from idpc.plan.engines.pipeline import Pipeline, Shard, Wave

JOURNAL = "idpc-journal"
PREVIOUS = "previous"


def check_plan(pipeline: Pipeline) -> str:
    """See that the plan in the repository is the one that this pipeline was made from."""
    hexadecimal = pipeline.digest.removeprefix("sha256:")
    return f"echo {quote(f'{hexadecimal}  {pipeline.path}')} | sha256sum --check"


def deploy(pipeline: Pipeline, wave: Wave, shard: Shard | None, *more: str, journal: str) -> str:
    """Run the steps of a wave; `shard` is None where the engine fills in `$APPS`."""
    words = ["idpc deploy", quote(pipeline.path), "--until", quote(wave.until)]
    return " ".join(
        [*words, *apps(pipeline, shard), *assumed(pipeline), *gitops(pipeline), *more, "--journal", journal]
    )


def undo(pipeline: Pipeline, shard: Shard | None, *, journal: str) -> str:
    """Take back what a failed run left; `$PREVIOUS` is the folder of the revision before, if there is one."""
    words = ["idpc deploy", quote(pipeline.path), "--undo"]
    previous = f'${{PREVIOUS:+--previous "$PREVIOUS"/{quote(pipeline.path)}}}'
    return " ".join([*words, *apps(pipeline, shard), *gitops(pipeline), previous, "--journal", journal])


def apps(pipeline: Pipeline, shard: Shard | None) -> Sequence[str]:
    """The apps of a shard, where it has not all."""
    if shard is None:
        return ("--apps", '"$APPS"')
    return () if pipeline.is_whole(shard) else ("--apps", ",".join(shard.apps))


def assumed(pipeline: Pipeline) -> Sequence[str]:
    """The environments whose deployment a job before has looked for, since this job's journal does not know of them."""
    return tuple(word for name in pipeline.requires for word in ("--assume", quote(f"environment/{name}")))


def gitops(pipeline: Pipeline) -> Sequence[str]:
    """The clone of the repository that a GitOps engine reads."""
    return ("--gitops", '"gitops/$GITOPS_PATH"') if pipeline.pushes else ()


def kubeconfig(pipeline: Pipeline) -> str:
    """Point kubectl to the cluster, with the program of its cloud, signed in before; empty where nothing is to be done."""
    target = pipeline.plan.target
    cluster = quote(target.cluster) if target.cluster else '"$CLUSTER"'
    region = quote(target.region) if target.region else '"$REGION"'
    return {
        "aws": f"aws eks update-kubeconfig --name {cluster} --region {region}",
        "gcp": f"gcloud container clusters get-credentials {cluster} --location {region}",
        "azure": f'az aks get-credentials --name {cluster} --resource-group "$RESOURCE_GROUP"'
        " && kubelogin convert-kubeconfig --login azurecli",
    }.get(target.cloud, "")
