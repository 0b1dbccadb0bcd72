"""Asks a Prometheus server what instances used; the only part of idpc that measures anything."""

import datetime
import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, NamedTuple

from idpc.advice.observed import Observation
from idpc.advice.series import BadAnswerError, Query, observation, queries, samples
from idpc.graph.run import EnvironmentRun

_MOST_STEPS = 10_000
"""Prometheus gives 11,000 points of a series at most."""
_LEAST_STEP = 300


class UnreachableError(Exception):
    """Nothing answers there; the message says why."""


class Server(NamedTuple):
    """A server, the days that are looked at, how many seconds an answer may take, and what signs in, if anything."""

    url: str
    first: datetime.date
    last: datetime.date
    timeout: float
    token: str = ""

    def ask(self, text: str) -> Any:
        """The answer to a range query; raises UnreachableError, and BadAnswerError where it is refused."""
        midnight = datetime.time(tzinfo=datetime.UTC)
        start = datetime.datetime.combine(self.first, midnight).timestamp()
        end = datetime.datetime.combine(self.last, midnight).timestamp() + 86_400
        step = max(_LEAST_STEP, int((end - start) / _MOST_STEPS) + 1)
        asked = urllib.parse.urlencode({"query": text, "start": start, "end": end - 1, "step": step})
        request = urllib.request.Request(  # noqa: S310  # the scheme was checked
            f"{self.url.rstrip('/')}/api/v1/query_range", asked.encode(), {"Accept": "application/json"}
        )
        if self.token:
            request.add_unredirected_header("Authorization", f"Bearer {self.token}")  # for no other host
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as response:  # noqa: S310  # as above
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise BadAnswerError(_refused(error)) from error
        except ValueError as error:
            raise BadAnswerError("it is not JSON") from error
        except (OSError, http.client.HTTPException) as error:
            raise UnreachableError(str(getattr(error, "reason", error)) or type(error).__name__) from error


def _refused(error: urllib.error.HTTPError) -> str:
    """What a server says of a query that it does not answer."""
    try:
        said = json.load(error).get("error", "")
    except (ValueError, OSError, AttributeError):
        said = ""
    return f"HTTP {error.code}{f': {said}' if said else ''}"


def measured(run: EnvironmentRun, server: Server) -> tuple[dict[tuple[str, str], dict[str, Observation]], list[str]]:
    """What a server measured in an environment, with notes of what it did not; raises UnreachableError."""
    found: dict[tuple[str, str], dict[str, Observation]] = {}
    notes = []
    for query in queries(run):
        try:
            made = _observed(query, server)
        except BadAnswerError as error:
            notes.append(f"{query.address} in {run.name}: {query.metric} was not told: {error}")
            continue
        if made is None:
            notes.append(f"{query.address} in {run.name}: there is no {query.metric} in {server.url}")
        else:
            found.setdefault((run.name, query.address), {})[query.metric] = made
    return found, notes


def _observed(query: Query, server: Server) -> Observation | None:
    return observation(samples(server.ask(query.text)), query.unit, server.url)
