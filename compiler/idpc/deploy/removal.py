"""The order in which objects are removed: the reverse of the order in which the release before made them."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby
from math import inf
from typing import NamedTuple

from idpc.deploy.objects import Object, key, objects
from idpc.deploy.release import Release
from idpc.emit.kubernetes.names import install_order
from idpc.plan.model import Plan
from idpc.plan.waves import app_folder, numbered

_SERVICE = install_order({"kind": "Service"})[0]


class _Made(NamedTuple):
    """An object with the step that made it and the number of its wave."""

    wave: int
    step: str
    object: Object


def groups(found: Iterable[Object], waves: Mapping[str, int]) -> list[list[Object]]:
    """What may go at once, group after group: the last waves first, and of a wave what was installed last.

    What is in no wave goes by its kind: what runs or routes may need anything, what it runs with may be needed by
    anything.
    """

    def place(each: Object) -> tuple[float, int]:
        rank = install_order(dict(each))[0]
        return waves.get(key(each), inf if rank > _SERVICE else -1), rank

    return [list(several) for _, several in groupby(sorted(found, key=place, reverse=True), key=place)]


def waves_of(release: Release, folders: Collection[str]) -> dict[str, int]:
    """The number of the wave in which a release made each object of the apps of some folders, by its key."""
    return {key(each.object): each.wave for each in _made(release, folders)}


def users_of(release: Release, keys: Collection[str], folder: str) -> dict[str, list[Object]]:
    """By folder, the objects of other apps that need some of an app's objects, directly or through others."""
    makers = {each.step for each in _made(release, {folder}) if key(each.object) in keys}
    later = _waiting_for(release.plan, makers)
    users: dict[str, list[Object]] = {}
    for each in _made(release, {step.partition("/")[0] for step in later} - {folder}):
        if each.step in later:
            users.setdefault(each.step.partition("/")[0], []).append(each.object)
    return users


def _waiting_for(plan: Plan, makers: Collection[str]) -> set[str]:
    """The steps that come after some others because they need them; a plan has what is needed first."""
    found = set(makers)
    for step in plan.steps:
        if not found.isdisjoint(step.needs):
            found.add(step.id)
    return found - {*makers}


def _made(release: Release, folders: Collection[str]) -> Iterator[_Made]:
    """What a release made of the apps of some folders."""
    for number, (_, _, wave) in enumerate(numbered(release.plan)):
        for step in wave:
            if step.action == "kubernetes.apply" and app_folder(step) in folders:
                yield from (_Made(number, step.id, each) for each in objects(release, step))
