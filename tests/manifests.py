"""The Kubernetes objects and the Terraform of what a project became, in every environment and app."""

import json
from collections.abc import Iterator
from typing import Any

import yaml

TEMPLATED = ("Deployment", "StatefulSet", "DaemonSet", "Job", "Rollout")


def objects_of(made: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """All objects, each with the environment and path of its file."""
    for environment, texts in made.texts.items():
        for path, text in sorted(texts.items()):
            if "/kubernetes/" in path and not path.endswith("kustomization.yaml"):
                yield from ((f"{environment}/{path}", one) for one in yaml.load_all(text, yaml.CSafeLoader) if one)


def pods_of(made: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The specs of all pods, each with the title of what makes it."""
    for path, one in objects_of(made):
        title = f"{path}: {one['kind']}/{one['metadata']['name']}"
        if one["kind"] == "CronJob":
            yield title, one["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        elif one["kind"] in TEMPLATED:
            yield title, one["spec"]["template"]["spec"]


def modules_of(made: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The Terraform of each environment and app."""
    for environment, texts in made.texts.items():
        for path, text in sorted(texts.items()):
            if path.endswith("/terraform/main.tf.json"):
                yield environment, path.split("/")[0], json.loads(text)
