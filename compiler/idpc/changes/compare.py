"""Compares two versions of a project: each environment by its instances, and by what a build makes of them."""

from collections.abc import Iterator, Mapping, Sequence

from idpc.changes.costs import of_environment
from idpc.changes.instances import changed_app, changed_instance
from idpc.changes.model import Comparison, EnvironmentChanges, InstanceChange, PolicyChanges, State, Version, Violation
from idpc.changes.parts import Parts, changed_parts
from idpc.changes.setting import Setting

_Known = Mapping[tuple[str, str], Violation]
_NOTHING = State({}, (), {})


def compare(base: Version, head: Version, wanted: Sequence[str] = ()) -> Comparison:
    """All that is different, in the environments that are wanted, or in all."""
    names = [name for name in sorted({*base.states, *head.states}) if not wanted or name in wanted]
    return Comparison(base.name, head.name, tuple(each for name in names if (each := _environment(name, base, head))))


def _environment(name: str, base: Version, head: Version) -> EnvironmentChanges | None:
    setting = Setting.of(base.states.get(name, _NOTHING), head.states.get(name, _NOTHING))
    changes = tuple(sorted(_changes(setting), key=lambda each: each.address))
    made = EnvironmentChanges(name, changes, _policies(name, base, head, setting), of_environment(setting))
    return made if made.any else None


def _policies(name: str, base: Version, head: Version, setting: Setting) -> PolicyChanges | None:
    """What became of violations; one is known by its policy and who breaks it."""
    if base.violations is None or head.violations is None:
        return None
    before = {(each.policy, setting.now(each.address)): each for each in _of(base.violations, name)}
    after = {(each.policy, each.address): each for each in _of(head.violations, name)}
    was, now = ({key: each for key, each in several.items() if not each.waived} for several in (before, after))
    waived = tuple(each for key, each in after.items() if each.waived and each.waived != _waiver(before.get(key)))
    return PolicyChanges(_without(now, was), _without(was, after), waived)


def _waiver(violation: Violation | None) -> str:
    return violation.waived if violation else ""


def _of(violations: frozenset[Violation], environment: str) -> list[Violation]:
    return sorted(each for each in violations if each.environment == environment)


def _without(ones: _Known, others: _Known) -> tuple[Violation, ...]:
    return tuple(violation for key, violation in ones.items() if key not in others)


def _changes(setting: Setting) -> Iterator[InstanceChange]:
    parts = changed_parts(setting)
    instances = (*setting.after.nodes, *setting.gone)
    for address in instances:
        change = changed_instance(address, setting, parts.get(address, Parts()))
        if change is not None:
            yield change
    for app in sorted({*parts} - {*instances}):
        yield changed_app(app, setting, parts[app])
