"""Waivers: leave to break a policy for a while, and what is to be said of those who ask for it."""

import datetime
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import cast

from msgspec import Struct, field

from idpc.diagnostics import Diagnostic, Label, Severity
from idpc.diagnostics.baseline import fingerprint
from idpc.diagnostics.codes import policy as codes
from idpc.diagnostics.model import Waived
from idpc.graph.faults import Poisoned
from idpc.graph.layers import Record, origins
from idpc.graph.run import EnvironmentRun
from idpc.source import Span
from idpc.types.declared import PolicyInfo, RecordInstance
from idpc.values import InstanceRef, NamedRef, Quantity, Value

NOTICE = datetime.timedelta(days=14)
_DAY = 86_400_000


class Waiver(Struct, frozen=True, array_like=True):
    """A waiver as declared, with what its policy says of waivers: the teams that may give one, and for how many days.

    `target` is an address, of an app or instance, or a pattern with `*`. `places` are where its fields are set.
    """

    name: str
    policy: str
    target: str
    reason: str
    owner: str
    expires: datetime.date
    span: Span
    places: dict[str, Span]
    givers: tuple[str, ...]
    days: int

    def covers(self, address: str) -> bool:
        """Whether it is about what has an address: the target itself, or what is in it."""
        if "*" in self.target:
            pattern = "".join(".*" if each == "*" else re.escape(each) for each in self.target)
            return re.fullmatch(pattern, address) is not None
        return address == self.target or address.startswith((f"{self.target}.", f"{self.target}["))


class Uses(Struct):
    """Which waivers were of use: names of those that waive the same violation together, and of those that may not."""

    together: set[tuple[str, ...]] = field(default_factory=set)
    refused: set[tuple[str, str, str]] = field(default_factory=set)


class Waivers:
    """The waivers of an environment on one day, and what they were used for by app; `known` are fingerprints of a baseline."""

    def __init__(self, declared: Sequence[Waiver], today: datetime.date, known: Container[str] = ()) -> None:
        self.uses: dict[str, Uses] = {}
        self._known = known
        self._of_policy: dict[str, list[Waiver]] = {}
        for each in declared:
            if each.expires >= today and not _too_long(each, today):
                self._of_policy.setdefault(each.policy, []).append(each)

    def applied(self, violation: Diagnostic, team: str) -> Diagnostic:
        """A violation of what a team owns, waived where a waiver says so."""
        found = [each for each in self._of_policy.get(violation.policy, ()) if each.covers(violation.address)]
        allowed = [each for each in found if each.owner == team or each.owner in each.givers]
        if not found:
            return self._unless_known(violation)
        uses = self.uses.setdefault(violation.address.partition(".")[0], Uses())
        uses.refused.update((each.name, violation.address, team) for each in found if each not in allowed)
        if not allowed:
            return self._unless_known(violation)
        allowed.sort(key=lambda each: (each.expires, each.name), reverse=True)
        uses.together.add(tuple(each.name for each in allowed))
        first = allowed[0]
        waived = Waived(violation.severity, first.name, first.reason, first.owner, first.expires)
        return violation.but(severity=Severity.INFO, waived=waived)

    def _unless_known(self, violation: Diagnostic) -> Diagnostic:
        """A violation as it is; only noted where the baseline has it."""
        if not self._known or fingerprint(violation) not in self._known:
            return violation
        return violation.but(severity=Severity.INFO, waived=Waived(violation.severity))


def declared_waivers(run: EnvironmentRun) -> tuple[Waiver, ...]:
    """The waivers of a project as they are in one environment; those that cannot be evaluated have been told."""
    policies = {policy.name: policy for policy in run.typed.policies}
    found = (_waiver(each, policies, run) for each in run.typed.rules if each.sort == "waiver")
    return tuple(each for each in found if each is not None)


def _waiver(declared: RecordInstance, policies: Mapping[str, PolicyInfo], run: EnvironmentRun) -> Waiver | None:
    said = Record()
    try:
        fields = run.record(declared, None, said)
        policy = policies.get(cast("NamedRef", fields["policy"]).name)
        if policy is None:
            return None
        rules = run.record(policy.declaration)
        givers = tuple(cast("NamedRef", each).name for each in cast("list[Value]", rules["waivable_by"]))
        days = int(cast("Quantity", rules["waivable_for"]).amount) // _DAY
        return Waiver(
            declared.name,
            policy.name,
            _address(fields["target"]),
            str(fields["reason"]),
            cast("NamedRef", fields["owner"]).name,
            cast("datetime.date", fields["expires"]),
            declared.span,
            dict(origins(said)),
            givers,
            days,
        )
    except Poisoned:
        return None


def _address(target: Value) -> str:
    match target:
        case InstanceRef(address=address):
            return str(address)
        case NamedRef(name=name):
            return name
    return str(target)


def settle(
    waivers: Iterable[Waiver], uses: Iterable[Uses], today: datetime.date, *, complete: bool
) -> Iterator[Diagnostic]:
    """What is wrong with waivers, once all of their uses are known; `complete`: everything was looked at."""
    by_name = {each.name: each for each in waivers}
    together = sorted({names for each in uses for names in each.together})
    refused = sorted({one for each in uses for one in each.refused})
    idle = {*by_name} - {name for names in together for name in names} - {name for name, _, _ in refused}
    for waiver in by_name.values():
        fault = _fault(waiver, today, unused=complete and waiver.name in idle)
        if fault is not None:
            yield fault.but(policy=waiver.policy)
    yield from _overlaps(together, by_name)
    for name, several in _first_of_each(refused).items():
        yield _not_theirs(by_name[name], *several).but(policy=by_name[name].policy)


def _fault(waiver: Waiver, today: datetime.date, *, unused: bool) -> Diagnostic | None:
    left = waiver.expires - today
    place, what = waiver.places.get("expires", waiver.span), f"the waiver `{waiver.name}` of `{waiver.policy}`"
    labels = () if place == waiver.span else (Label(waiver.span, "this waiver"),)
    if left.days < 0:
        helps = "mend what it waived, or agree on another day"
        return codes.WAIVER_EXPIRED.at(place, f"{what} has expired", hint=_ago(left), labels=labels, help=helps)
    if _too_long(waiver, today):
        last = today + datetime.timedelta(days=waiver.days)
        return codes.WAIVER_TOO_LONG.at(
            place,
            f"{what} holds for {left.days} days, more than the {waiver.days} for which the policy can be waived",
            hint=f"at most {last.isoformat()}",
            labels=labels,
        )
    if unused:
        helps = "remove it: its target keeps to the policy, or is not there"
        return codes.WAIVER_UNUSED.at(waiver.span, f"{what} waives nothing", hint="not needed", help=helps)
    if left <= NOTICE:
        return codes.WAIVER_EXPIRES.at(
            place, f"{what} expires soon", hint=f"in {left.days} days" if left else "today", labels=labels
        )
    return None


def _too_long(waiver: Waiver, today: datetime.date) -> bool:
    return (waiver.expires - today).days > waiver.days


def _ago(left: datetime.timedelta) -> str:
    return "yesterday" if left.days == -1 else f"{-left.days} days ago"


def _overlaps(together: Iterable[Sequence[str]], by_name: Mapping[str, Waiver]) -> Iterator[Diagnostic]:
    """Waivers beside the one that holds longest; each is told once."""
    told: set[str] = set()
    for first, *others in together:
        for name in others:
            if name not in told:
                told.add(name)
                waiver, longest = by_name[name], by_name[first]
                yield codes.WAIVER_OVERLAPS.at(
                    waiver.span,
                    f"the waiver `{name}` waives what `{first}` waives as well",
                    hint="one of them is enough",
                    labels=(Label(longest.span, f"holds until {longest.expires.isoformat()}"),),
                ).but(policy=waiver.policy)


def _first_of_each(refused: Iterable[tuple[str, str, str]]) -> Mapping[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for name, address, team in refused:
        found.setdefault(name, (address, team))
    return found


def _not_theirs(waiver: Waiver, address: str, team: str) -> Diagnostic:
    able = ", ".join(f"`{name}`" for name in dict.fromkeys((team, *waiver.givers)) if name)
    return codes.WAIVER_OWNER.at(
        waiver.places.get("owner", waiver.span),
        f"`{waiver.owner}` may not waive `{waiver.policy}` for `{address}`",
        hint=f"may be: {able}" if able else "nobody may",
        help="the target's own team may, and the teams in the policy's `waivable_by`",
    )
