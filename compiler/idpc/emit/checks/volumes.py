"""Volumes that are mounted and missing, or there twice."""

from collections import Counter
from collections.abc import Iterator

from idpc.diagnostics.codes.artifacts import VOLUME_MISSING
from idpc.emit.checks.finding import Finding
from idpc.emit.model import Document
from idpc.emit.reading import at, entries, text
from idpc.emit.subject import Subject


def invalid_volumes(subject: Subject) -> Iterator[Finding]:
    """The volumes of pods and what mounts them."""
    pod = subject.pod
    if pod is None:
        return
    volumes = Counter(text(volume.get("name")) for volume in entries(pod.spec.get("volumes")))
    claims = {text(at(claim, "metadata", "name")) for claim in entries(subject.spec.get("volumeClaimTemplates"))}
    for name, count in volumes.items():
        if count > 1:
            yield Finding(VOLUME_MISSING, f"there are {count} volumes called `{name}`")
    for whose, container in pod.containers:
        yield from _mounts(whose, container, volumes.keys() | claims)


def _mounts(whose: str, container: Document, volumes: set[str]) -> Iterator[Finding]:
    paths: Counter[str] = Counter()
    for mount in entries(container.get("volumeMounts")):
        name, path = text(mount.get("name")), text(mount.get("mountPath"))
        paths[path] += 1
        if name not in volumes:
            yield Finding(VOLUME_MISSING, f"{whose} mounts the volume `{name}`, which the pod does not have")
        if ":" in path or not path:
            yield Finding(VOLUME_MISSING, f"{whose} mounts `{name}` at `{path}`, which is no path without `:`")
    for path, count in paths.items():
        if count > 1:
            yield Finding(VOLUME_MISSING, f"{whose} mounts {count} volumes at `{path}`")
