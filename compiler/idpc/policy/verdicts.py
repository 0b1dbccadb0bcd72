"""What came of policies: how many checks passed, failed and were waived, by app."""

from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct, field


class Tally(Struct):
    """How often something was looked at, and what came of it."""

    looked_at: int = 0
    passed: int = 0
    failed: int = 0
    waived: int = 0

    def count(self, *, failed: bool, waived: bool) -> None:
        """Count one more that was looked at; what is broken in one way that is not waived has failed."""
        self.looked_at += 1
        self.failed += failed
        self.waived += waived and not failed
        self.passed += not (failed or waived)


class PolicyVerdict(Struct):
    """What came of a policy, by app."""

    name: str
    severity: str
    apps: dict[str, Tally] = field(default_factory=dict)

    def of(self, app: str) -> Tally:
        """The tally of an app, to be counted up."""
        return self.apps.setdefault(app, Tally())

    def among(self, apps: Collection[str] | None = None) -> Tally:
        """The sum over some apps, or all."""
        tallies = [tally for app, tally in self.apps.items() if apps is None or app in apps]
        return Tally(
            sum(each.looked_at for each in tallies),
            sum(each.passed for each in tallies),
            sum(each.failed for each in tallies),
            sum(each.waived for each in tallies),
        )


Found = Mapping[str, PolicyVerdict]
"""Verdicts by the names of policies."""


class Counts(Struct, frozen=True):
    """Checks that passed, violations that are warnings, and what was waived, of what may be deployed."""

    passed: int = 0
    warned: int = 0
    waived: int = 0


class Verdicts(Struct, frozen=True):
    """The verdict of each policy by environment and name."""

    policies: dict[str, dict[str, PolicyVerdict]] = field(default_factory=dict)

    def count(self, environment: str, apps: Collection[str] | None = None) -> Counts:
        """The counts of some apps or all."""
        return counts(self.policies.get(environment, {}).values(), apps)

    def beside(self, others: Mapping[str, Found]) -> "Verdicts":
        """These and others."""
        names = {**self.policies, **others}
        return Verdicts({name: {**self.policies.get(name, {}), **others.get(name, {})} for name in names})


def counts(verdicts: Iterable[PolicyVerdict], apps: Collection[str] | None = None) -> Counts:
    """The counts of some verdicts, over some apps or all: what is counted has no errors, so what failed are warnings."""
    found = [each.among(apps) for each in verdicts]
    return Counts(
        sum(tally.passed for tally in found), sum(tally.failed for tally in found), sum(tally.waived for tally in found)
    )
