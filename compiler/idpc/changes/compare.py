"""Compares two versions of a project: each environment by its instances, and by what a build makes of them."""

from collections.abc import Iterator, Mapping, Sequence

from idpc.changes.instances import changed_app, changed_instance
from idpc.changes.model import Comparison, EnvironmentChanges, InstanceChange, State, Version, Violation
from idpc.changes.parts import Parts, changed_parts
from idpc.changes.setting import Setting

_Violations = tuple[Violation, ...] | None
_Known = Mapping[tuple[str, str], Violation]
_NOTHING = State({}, (), {})


def compare(base: Version, head: Version, wanted: Sequence[str] = ()) -> Comparison:
    """All that is different, in the environments that are wanted, or in all."""
    names = [name for name in sorted({*base.states, *head.states}) if not wanted or name in wanted]
    return Comparison(base.name, head.name, tuple(each for name in names if (each := _environment(name, base, head))))


def _environment(name: str, base: Version, head: Version) -> EnvironmentChanges | None:
    setting = Setting.of(base.states.get(name, _NOTHING), head.states.get(name, _NOTHING))
    changes = tuple(sorted(_changes(setting), key=lambda each: each.address))
    broken, mended = _policies(name, base, head, setting)
    return EnvironmentChanges(name, changes, broken, mended) if changes or broken or mended else None


def _policies(name: str, base: Version, head: Version, setting: Setting) -> tuple[_Violations, _Violations]:
    """The violations that came, and those that went; one is known by its policy and who breaks it."""
    if base.violations is None or head.violations is None:
        return None, None
    before = {(each.policy, setting.now(each.address)): each for each in _of(base.violations, name)}
    after = {(each.policy, each.address): each for each in _of(head.violations, name)}
    return _without(after, before), _without(before, after)


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
