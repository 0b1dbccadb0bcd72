"""Splits a project: apps that may name each other, by themselves or through others, are one unit."""

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from idpc.address import kebab
from idpc.units.facts import AppFacts, FileFacts

FEWEST_APPS = 8
"""A project with fewer is one unit: to compile what all apps share once more would cost more than it saves."""


class Unit(Struct, frozen=True):
    """Apps that are compiled together, with the files that hold them.

    `reads`: they may read further files; `common`: what belongs to no app is made with them.
    """

    apps: tuple[str, ...]
    files: tuple[str, ...]
    reads: bool = False
    common: bool = False

    @property
    def name(self) -> str:
        """What a unit is called: its first app."""
        return self.apps[0] if self.apps else ""


BASE = Unit((), (), common=True)
"""What all apps share, compiled by itself: it says what is wrong there, and what every environment needs."""


def split(files: Iterable[FileFacts], project: str) -> tuple[Unit, ...] | None:
    """The units in order of their names; None where what is shared names apps, or names of apps are not their own."""
    files = tuple(files)
    apps = _apps(files, project)
    if len(apps) < FEWEST_APPS:
        return (replace(_unit(sorted(apps), apps), common=True),)
    declared = [name for name, several in apps.items() for _ in several[: 1 if name == project else None]]
    if len({kebab(name) for name in declared}) < len(declared) or any(file.words & apps.keys() for file in files):
        return None
    made = (_unit(sorted(group), apps) for group in _linked(apps))
    return tuple(sorted(made, key=lambda unit: unit.name))


def _apps(files: Iterable[FileFacts], project: str) -> dict[str, list[tuple[AppFacts, str]]]:
    """The facts of each app with the file of each; what stands in no app is the project's."""
    apps: dict[str, list[tuple[AppFacts, str]]] = {}
    for file in files:
        for app in file.apps:
            apps.setdefault(app.name or project, []).append((app, file.path))
    return apps


def _unit(names: list[str], apps: Mapping[str, list[tuple[AppFacts, str]]]) -> Unit:
    facts = [each for name in names for each in apps[name]]
    return Unit(tuple(names), tuple(sorted({path for _, path in facts})), any(app.reads for app, _ in facts))


def _linked(apps: Mapping[str, list[tuple[AppFacts, str]]]) -> list[set[str]]:
    """Sets of apps such that none mentions one of another set."""
    group = {name: {name} for name in apps}
    for name, several in apps.items():
        for other in {word for app, _ in several for word in app.words & apps.keys()}:
            mine, theirs = group[name], group[other]
            if mine is not theirs:
                small, large = sorted((mine, theirs), key=len)
                large |= small
                group.update(dict.fromkeys(small, large))
    return list({id(each): each for each in group.values()}.values())
