"""Finds the Kubernetes objects of a step in its files."""

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from idpc.deploy.release import Release
from idpc.plan.model import Gate, Step

Object = Mapping[str, Any]
_KUSTOMIZATION = "kustomization.yaml"


def objects(release: Release, step: Step) -> list[Object]:
    """The objects that a step applies, in order."""
    found = in_files(release.of(step))
    return [each for each in found if not step.objects or short(each) in step.objects]


def in_files(files: Mapping[str, bytes]) -> list[Object]:
    """The objects of manifests, in order."""
    from yaml import CSafeLoader, load_all

    manifests = [content for path, content in files.items() if _is_manifest(path)]
    return [each for content in manifests for each in load_all(content, CSafeLoader) if each]  # it is safe


def of_app(release: Release, folder: str) -> list[Object]:
    """All objects of an app."""
    return in_files(release.below(f"{folder}/kubernetes"))


def namespace(release: Release, folder: str) -> str:
    """The namespace of an app; empty where it has none."""
    spaces = [each["metadata"]["name"] for each in of_app(release, folder) if each["kind"] == "Namespace"]
    return spaces[0] if spaces else ""


def folders(release: Release) -> tuple[str, ...]:
    """The folders of the apps that the steps of a plan are for, in order."""
    steps = release.plan.steps
    named = [artifact.partition("/")[0] for step in steps for artifact in step.artifacts]
    return tuple(dict.fromkeys(folder for folder in named if namespace(release, folder)))


def short(each: Object) -> str:
    """`Kind/name`, as plans name objects."""
    return f"{each['kind']}/{each['metadata']['name']}"


def key(each: Object) -> str:
    """What tells an object from all others in a cluster, whatever its version is."""
    group = each["apiVersion"].rpartition("/")[0]
    return f"{group}/{each['kind']}/{each['metadata'].get('namespace', '')}/{each['metadata']['name']}"


def reference(each: Object) -> Object:
    """An object without anything but its name, to ask for it or to remove it."""
    metadata = {name: each["metadata"][name] for name in ("name", "namespace") if name in each["metadata"]}
    return {"apiVersion": each["apiVersion"], "kind": each["kind"], "metadata": metadata}


def gated(gate: Gate, found: Iterable[Object]) -> list[Object]:
    """The objects that a gate waits for."""
    names = {*gate.rollout, *gate.complete, *gate.ready, *gate.accepted, *gate.exists, *gate.synced}
    return [each for each in found if short(each) in names]


def _is_manifest(path: str) -> bool:
    return path.endswith(".yaml") and PurePosixPath(path).name != _KUSTOMIZATION
