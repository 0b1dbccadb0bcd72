"""Schedules and time zones of cron jobs."""

import re
from collections.abc import Iterator
from functools import lru_cache

from idpc.diagnostics.codes.artifacts import SCHEDULE_INVALID
from idpc.emit.checks.finding import Finding
from idpc.emit.reading import text
from idpc.emit.subject import Subject
from idpc.types.scalars import FAULTS

_EVERY = re.compile(r"@every (\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+")
_SUNDAY = re.compile(r"(?<![\d/])0*7(?!\d)")


def invalid_schedules(subject: Subject) -> Iterator[Finding]:
    """A schedule or time zone that the API server rejects."""
    if subject.kind != ("batch", "CronJob"):
        return
    schedule = text(subject.spec.get("schedule"))
    fault = _schedule_fault(schedule)
    if fault:
        yield Finding(SCHEDULE_INVALID, f"the schedule `{schedule}` is not one that the API server takes: {fault}")
    zone = subject.spec.get("timeZone")
    if zone is not None and (zone == "Local" or _zone_fault(text(zone))):
        advice = "a time zone is a name of the tz database, like `Europe/Berlin`"
        yield Finding(SCHEDULE_INVALID, f"the time zone `{zone}` is not one that the API server takes", advice)


@lru_cache(maxsize=64)
def _zone_fault(zone: str) -> str | None:
    return FAULTS["timezone"](zone)


def _schedule_fault(schedule: str) -> str | None:
    if "TZ" in schedule:
        return "the time zone belongs into `timezone`"
    if _EVERY.fullmatch(schedule):
        return None
    if fault := FAULTS["cron"](schedule):
        return fault
    fields = schedule.split()
    return "Sunday is `0`" if len(fields) == 5 and _SUNDAY.search(fields[4]) else None
