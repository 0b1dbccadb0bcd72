"""Compares two versions of a project: each environment by its instances, and by what a build makes of them."""

from collections.abc import Iterator, Sequence

from idpc.changes.instances import changed_app, changed_instance
from idpc.changes.model import Comparison, EnvironmentChanges, InstanceChange, State, Version, Violation
from idpc.changes.parts import Parts, changed_parts
from idpc.changes.setting import Setting

_NOTHING = State({}, (), {})


def compare(base: Version, head: Version, wanted: Sequence[str] = ()) -> Comparison:
    """All that is different, in the environments that are wanted, or in all."""
    names = [name for name in sorted({*base.states, *head.states}) if not wanted or name in wanted]
    return Comparison(base.name, head.name, tuple(each for name in names if (each := _environment(name, base, head))))


def _environment(name: str, base: Version, head: Version) -> EnvironmentChanges | None:
    before, after = base.states.get(name, _NOTHING), head.states.get(name, _NOTHING)
    changes = tuple(sorted(_changes(Setting.of(before, after)), key=lambda each: each.address))
    broken, mended = _difference(name, head, base), _difference(name, base, head)
    return EnvironmentChanges(name, changes, broken, mended) if changes or broken or mended else None


def _difference(name: str, of: Version, without: Version) -> tuple[Violation, ...] | None:
    """The violations of one version that the other does not have; None where one does not tell."""
    if of.violations is None or without.violations is None:
        return None
    return tuple(sorted(each for each in of.violations - without.violations if each.environment == name))


def _changes(setting: Setting) -> Iterator[InstanceChange]:
    parts = changed_parts(setting)
    instances = (*setting.after.nodes, *setting.gone)
    for address in instances:
        change = changed_instance(address, setting, parts.get(address, Parts()))
        if change is not None:
            yield change
    for app in sorted({*parts} - {*instances}):
        yield changed_app(app, setting, parts[app])
