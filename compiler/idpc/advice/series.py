"""What Prometheus is asked of each instance, and what follows from its answers."""

import datetime
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple, cast

from idpc.advice.observed import STATISTICS, Observation, metrics
from idpc.advice.table import in_unit
from idpc.graph.faults import Poisoned
from idpc.graph.run import EnvironmentRun
from idpc.graph.state import InstanceState

Samples = Sequence[tuple[float, Decimal]]
"""Times in seconds with values, in no order."""
_RANKS = {"p50": 50, "p95": 95, "p99": 99, "max": 100}
_PER_CORE = 1000


class Query(NamedTuple):
    """A question about one metric of an instance, in PromQL; `unit` is that of the metric."""

    address: str
    metric: str
    unit: str
    text: str


class BadAnswerError(Exception):
    """An answer that is none; the message says why."""


def queries(run: EnvironmentRun) -> Iterator[Query]:
    """What is asked of the instances of an environment: what the `observe` blocks of their kinds say."""
    units = metrics(run.typed)
    for address in sorted(run.states):
        state = run.states[address]
        for metric, text in sorted(_observe(state).items()):
            if metric in units:
                yield Query(str(address), metric, units[metric], text)


def _observe(state: InstanceState) -> dict[str, str]:
    has = tuple(name for block in state.kind.observe for name in block.targets)
    found: dict[str, str] = {}
    for block in state.kind.observe:
        if state.run.is_target(block.targets, has):
            try:
                found |= cast("dict[str, str]", state.run.coder.run(block.value, state.frame))
            except Poisoned:  # what it reads has no value, of which the stages have told
                continue
    return found


def samples(answer: Any) -> Samples:
    """The samples of all series of an answer to a range query; raises BadAnswerError."""
    try:
        if answer["status"] != "success":
            raise BadAnswerError(str(answer.get("error", answer["status"])))
        if answer["data"]["resultType"] != "matrix":
            raise BadAnswerError(f"a {answer['data']['resultType']} in place of a matrix")
        found = [(float(time), Decimal(text)) for each in answer["data"]["result"] for time, text in each["values"]]
    except (KeyError, TypeError, ValueError, InvalidOperation, AttributeError) as error:
        raise BadAnswerError("it is not what the API of Prometheus gives") from error
    return [(time, value) for time, value in found if value.is_finite() and value >= 0]


def observation(found: Samples, unit: str, source: str) -> Observation | None:
    """The percentiles of samples; None where there are none."""
    if not found:
        return None
    values, scale = sorted(value for _, value in found), Decimal(_PER_CORE if unit == "cpu" else 1)
    times = [time for time, _ in found]
    first, last = (datetime.datetime.fromtimestamp(each, datetime.UTC).date() for each in (min(times), max(times)))
    ranks = {name: in_unit(_at(values, _RANKS[name]) * scale, unit) for name in STATISTICS}
    return Observation(ranks, first, last, source)


def _at(values: Sequence[Decimal], percent: int) -> Decimal:
    """The smallest value that so many percent of all do not exceed."""
    return values[-(-len(values) * percent // 100) - 1]
