"""The four DORA metrics of an environment, from the history of its deployments."""

from collections.abc import Iterator, Sequence
from statistics import median

from msgspec import Struct

from idpc.deploy.model import Deployment, State

DAY = 86_400.0
_GOOD, _BAD = frozenset({State.SUCCEEDED}), frozenset({State.FAILED, State.ROLLED_BACK})


class Metrics(Struct, frozen=True):
    """Times in seconds, None where nothing tells them; counted over the deployments that ended within the days."""

    days: int
    deployments: int
    per_day: float
    lead_time: float | None
    change_failure_rate: float | None
    time_to_restore: float | None


def metrics(history: Sequence[Deployment], now: float, days: int = 30) -> Metrics:
    """The metrics of the last days. A rollback by hand makes the deployment that it leaves one that failed."""
    recent = [each for each in history if each.finished is not None and each.finished > now - days * DAY]
    changes = [each for each in recent if not each.of]
    good = [each for each in changes if each.state in _GOOD]
    ended = [each for each in changes if each.state in _GOOD | _BAD]
    regretted = set(_left(history))
    bad = [each for each in ended if each.state in _BAD or each.id in regretted]
    return Metrics(
        days,
        len(good),
        len(good) / days,
        _median(_lead_times(good)),
        len(bad) / len(ended) if ended else None,
        _median(_restores(recent)),
    )


def _left(history: Sequence[Deployment]) -> Iterator[str]:
    """The deployments that a rollback by hand left: the last that had succeeded in that environment before it."""
    last: dict[str, str] = {}
    for each in history:
        if each.of and each.state is State.SUCCEEDED and each.environment in last:
            yield last[each.environment]
        if each.state is State.SUCCEEDED:
            last[each.environment] = each.id


def _lead_times(good: Sequence[Deployment]) -> Iterator[float]:
    """From the commit to the end of its deployment."""
    for each in good:
        if each.commit.at is not None and each.finished is not None:
            yield max(0.0, each.finished - each.commit.at)


def _restores(recent: Sequence[Deployment]) -> Iterator[float]:
    """From the first failure to the next success in that environment. Undone by the engine counts as restored then."""
    broken: dict[str, float] = {}
    previous: dict[str, Deployment] = {}
    for each in recent:
        since = previous[each.environment].finished if each.of and each.environment in previous else None
        if since is not None:
            broken.setdefault(each.environment, since)
        if each.state in _BAD:
            broken.setdefault(each.environment, each.started)
        if each.state in {State.SUCCEEDED, State.ROLLED_BACK} and each.environment in broken:
            yield (each.finished or 0.0) - broken.pop(each.environment)
        if each.state is State.SUCCEEDED:
            previous[each.environment] = each


def _median(values: Iterator[float]) -> float | None:
    found = list(values)
    return median(found) if found else None
