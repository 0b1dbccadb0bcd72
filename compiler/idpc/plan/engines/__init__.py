"""A plan as a pipeline of another engine, which runs `idpc deploy` for one wave of some apps in each of its jobs."""

from collections.abc import Callable, Mapping

from idpc.emit.yaml_writer import Tree, yaml_stream
from idpc.plan.engines.argo_workflows import argo_workflow
from idpc.plan.engines.github_actions import github_workflow
from idpc.plan.engines.gitlab_ci import gitlab_pipeline
from idpc.plan.engines.pipeline import Pipeline

ENGINES: Mapping[str, Callable[[Pipeline], Tree]] = {
    "argo-workflows": argo_workflow,
    "github-actions": github_workflow,
    "gitlab-ci": gitlab_pipeline,
}
"""What makes the document of each engine."""


def pipeline_text(pipeline: Pipeline, engine: str) -> str:
    """The file that an engine reads."""
    return yaml_stream([ENGINES[engine](pipeline)])
