"""The order in which objects are removed: the reverse of the order in which the release before made them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from math import inf
from typing import NamedTuple

from msgspec import Struct, field

from idpc.deploy.objects import Object, key, objects
from idpc.deploy.release import Release
from idpc.emit.kubernetes.names import install_order
from idpc.plan.model import Plan
from idpc.plan.waves import app_folder, numbered

_SERVICE = install_order({"kind": "Service"})[0]


class Made(NamedTuple):
    """An object with the step that made it and the number of its wave."""

    wave: int
    step: str
    object: Object


class Former(Struct, frozen=True):
    """What was deployed before, None where that is not known; what the steps of each app made is read once."""

    release: Release | None = None
    read: dict[str, Sequence[Made]] = field(default_factory=dict)

    def made(self, folder: str) -> Sequence[Made]:
        """What was made for an app."""
        if folder not in self.read:
            self.read[folder] = tuple(_made(self.release, folder)) if self.release else ()
        return self.read[folder]

    def waves(self, folders: Iterable[str]) -> dict[str, int]:
        """The number of the wave in which each object of some apps was made, by its key."""
        return {key(each.object): each.wave for folder in folders for each in self.made(folder)}

    def users(self, keys: Collection[str], folder: str) -> dict[str, list[Object]]:
        """By folder, the objects of other apps that need some of an app's objects, directly or through others."""
        makers = {each.step for each in self.made(folder) if key(each.object) in keys}
        if self.release is None or not makers:
            return {}
        later = _waiting_for(self.release.plan, makers)
        others = sorted({step.partition("/")[0] for step in later} - {folder})
        users = {other: [each.object for each in self.made(other) if each.step in later] for other in others}
        return {other: found for other, found in users.items() if found}


def groups(found: Iterable[Object], waves: Mapping[str, int]) -> list[list[Object]]:
    """What may go at once, group after group: the last waves first, and of a wave what was installed last.

    What is in no wave goes by its kind: what runs or routes may need anything, what it runs with may be needed by
    anything.
    """

    def place(each: Object) -> tuple[float, int]:
        rank = install_order(dict(each))[0]
        return waves.get(key(each), inf if rank > _SERVICE else -1), rank

    return [list(several) for _, several in groupby(sorted(found, key=place, reverse=True), key=place)]


def _waiting_for(plan: Plan, makers: Collection[str]) -> set[str]:
    """The steps that come after some others because they need them; a plan has what is needed first."""
    found = set(makers)
    for step in plan.steps:
        if not found.isdisjoint(step.needs):
            found.add(step.id)
    return found - {*makers}


def _made(release: Release, folder: str) -> Iterator[Made]:
    for number, (_, _, wave) in enumerate(numbered(release.plan)):
        for step in wave:
            if step.action == "kubernetes.apply" and app_folder(step) == folder:
                yield from (Made(number, step.id, each) for each in objects(release, step))
