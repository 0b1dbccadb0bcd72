"""Says which approvals of a plan are missing."""

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from idpc.deploy.release import Release
from idpc.diagnostics import Diagnostic
from idpc.diagnostics.codes.deploy import NOT_APPROVED
from idpc.source import Span


class Given(NamedTuple):
    """An approval: a person speaks for a team."""

    team: str
    person: str

    def __str__(self) -> str:
        return f"{self.team}={self.person}"


class UnreadableApprovalsError(Exception):
    """A file that records no approvals; the message is a clause."""


def recorded(path: Path, plan: str) -> tuple[Given, ...]:
    """The approvals of a plan that a file records: `{"plan": "sha256:…", "approvals": [{"team", "person"}]}`."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["plan"] != plan:
            raise UnreadableApprovalsError("is of another plan")
        return tuple(Given(str(each["team"]), str(each["person"])) for each in found["approvals"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableApprovalsError(f"records no approvals: {error}") from error


def missing(release: Release, given: Collection[Given]) -> Iterator[Diagnostic]:
    """A diagnostic for each approval that the plan asks for and that too few people have given."""
    for asked in release.plan.approvals:
        people = {each.person for each in given if each.team == asked.team}
        if len(people) < asked.count:
            yield NOT_APPROVED.at(
                Span("plan.json", 0, 0),
                f"{asked.count - len(people)} of {asked.count} approvals of the team `{asked.team}` are missing"
                f" before the stage `{asked.before}`",
                notes=(f"asked for by {asked.why}", f"the plan is {release.digest}"),
                help=f"give them with `--approve {asked.team}=PERSON`, or with `--approvals FILE`",
            )
