"""Bounds that exclude each other: of autoscalers, disruption budgets and updates."""

from collections.abc import Callable, Iterator

from idpc.diagnostics.codes.artifacts import BOUNDS_REVERSED
from idpc.emit.checks.finding import Finding
from idpc.emit.model import Document, Json
from idpc.emit.reading import at, mapping
from idpc.emit.subject import Subject


def reversed_bounds(subject: Subject) -> Iterator[Finding]:
    """Pairs of settings that cannot both hold."""
    check = _CHECKS.get(subject.kind)
    if check is not None:
        yield from check(subject.spec)


def _minimum_above_maximum(low: str, high: str, default: int) -> Callable[[Document], Iterator[Finding]]:
    def check(spec: Document) -> Iterator[Finding]:
        least, most = spec.get(low, default), spec.get(high)
        if isinstance(least, int) and isinstance(most, int) and least > most:
            yield Finding(BOUNDS_REVERSED, f"`{low}` is {least}, more than `{high}`, which is {most}")
        if isinstance(most, int) and most < 1:
            yield Finding(BOUNDS_REVERSED, f"`{high}` is {most}, and must be at least 1")

    return check


def _disruption(spec: Document) -> Iterator[Finding]:
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        yield Finding(BOUNDS_REVERSED, "`minAvailable` and `maxUnavailable` exclude each other", "keep one of them")


def _deployment(spec: Document) -> Iterator[Finding]:
    strategy = mapping(spec.get("strategy"))
    rolling = mapping(strategy.get("rollingUpdate"))
    if strategy.get("type") == "Recreate" and rolling:
        yield Finding(BOUNDS_REVERSED, "the strategy `Recreate` has no `rollingUpdate`", "leave one of them out")
    yield from _standstill(rolling)
    deadline, ready = spec.get("progressDeadlineSeconds", 600), spec.get("minReadySeconds", 0)
    if isinstance(deadline, int) and isinstance(ready, int) and deadline <= ready:
        yield Finding(
            BOUNDS_REVERSED, f"`progressDeadlineSeconds` is {deadline}, and `minReadySeconds` {ready} or more"
        )


def _rollout(spec: Document) -> Iterator[Finding]:
    strategy = mapping(spec.get("strategy"))
    if "canary" in strategy and "blueGreen" in strategy:
        yield Finding(BOUNDS_REVERSED, "`canary` and `blueGreen` exclude each other", "keep one of them")
    yield from _standstill(mapping(strategy.get("canary")))


def _standstill(rolling: Document) -> Iterator[Finding]:
    """An update that may neither add nor take away a pod never moves."""
    if _is_zero(rolling.get("maxSurge")) and _is_zero(rolling.get("maxUnavailable")):
        yield Finding(BOUNDS_REVERSED, "`maxSurge` and `maxUnavailable` cannot both be 0")


def _is_zero(value: Json) -> bool:
    return value in (0, "0", "0%") and value is not False


def _job(spec: Document) -> Iterator[Finding]:
    deadline = spec.get("activeDeadlineSeconds")
    if isinstance(deadline, int) and deadline < 1:
        yield Finding(BOUNDS_REVERSED, f"`activeDeadlineSeconds` is {deadline}, and must be at least 1")
    for name in ("parallelism", "completions", "backoffLimit"):
        value = spec.get(name)
        if isinstance(value, int) and value < 0:
            yield Finding(BOUNDS_REVERSED, f"`{name}` is {value}, and must not be negative")


def _cron_job(spec: Document) -> Iterator[Finding]:
    yield from _job(mapping(at(spec, "jobTemplate", "spec")))


_CHECKS: dict[tuple[str, str], Callable[[Document], Iterator[Finding]]] = {
    ("apps", "Deployment"): _deployment,
    ("argoproj.io", "Rollout"): _rollout,
    ("autoscaling", "HorizontalPodAutoscaler"): _minimum_above_maximum("minReplicas", "maxReplicas", 1),
    ("batch", "CronJob"): _cron_job,
    ("batch", "Job"): _job,
    ("keda.sh", "ScaledObject"): _minimum_above_maximum("minReplicaCount", "maxReplicaCount", 0),
    ("policy", "PodDisruptionBudget"): _disruption,
}
