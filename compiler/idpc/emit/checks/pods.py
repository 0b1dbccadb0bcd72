"""What the API server asks of pods beyond their schema."""

from collections.abc import Iterator

from idpc.diagnostics.codes.artifacts import BOUNDS_REVERSED, RESTART_POLICY
from idpc.emit.checks.finding import Finding
from idpc.emit.model import Document
from idpc.emit.reading import at, mapping, text
from idpc.emit.subject import Subject

_ALWAYS = frozenset(
    {
        ("apps", "Deployment"),
        ("apps", "StatefulSet"),
        ("apps", "DaemonSet"),
        ("apps", "ReplicaSet"),
        ("argoproj.io", "Rollout"),
    }
)
_ENDING = frozenset({("batch", "Job"), ("batch", "CronJob")})
_PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
_ONCE = frozenset({"startupProbe", "livenessProbe"})
_AT_LEAST_ONE = ("periodSeconds", "timeoutSeconds", "successThreshold", "failureThreshold")


def invalid_pods(subject: Subject) -> Iterator[Finding]:
    """A restart policy that the kind does not allow, and probes that the API server rejects."""
    pod, kind = subject.pod, subject.kind
    if pod is None:
        return
    policy = text(pod.spec.get("restartPolicy")) or "Always"
    if kind in _ALWAYS and policy != "Always":
        yield Finding(
            RESTART_POLICY, f"a {kind[1]} restarts its pods always, not `{policy}`", "leave `restartPolicy` out"
        )
    if kind in _ENDING and policy == "Always":
        yield Finding(RESTART_POLICY, f"the pods of a {kind[1]} end", 'set `restartPolicy` to "Never" or "OnFailure"')
    for whose, container in pod.containers:
        for probe in _PROBES:
            if probe in container:
                yield from _probe(f"{probe} of {whose}", probe, mapping(container.get(probe)))


def _probe(which: str, probe: str, settings: Document) -> Iterator[Finding]:
    for name in _AT_LEAST_ONE:
        value = settings.get(name)
        if isinstance(value, int) and value < 1:
            yield Finding(BOUNDS_REVERSED, f"`{name}` in the {which} is {value}, and must be at least 1")
    if probe in _ONCE and settings.get("successThreshold", 1) != 1:
        yield Finding(BOUNDS_REVERSED, f"`successThreshold` in the {which} must be 1")
    scheme = at(settings, "httpGet", "scheme")
    if scheme not in {None, "HTTP", "HTTPS"}:
        yield Finding(BOUNDS_REVERSED, f"the scheme `{scheme}` in the {which} is neither `HTTP` nor `HTTPS`")
