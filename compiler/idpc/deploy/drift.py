"""Compares what a plan would apply with what is there: in the cluster object by object, and in Terraform's state."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from idpc.deploy.apply import KubernetesApply
from idpc.deploy.model import Deadline, StepFailedError
from idpc.deploy.objects import Object, key, objects, short
from idpc.deploy.prune import KubernetesPrune
from idpc.deploy.states import awaited
from idpc.deploy.terraform import TerraformApply
from idpc.plan.model import Step

_OWN_OF_THE_SERVER = frozenset(
    {"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"}
)
_SHOWN = 4
_NOT_THERE = {
    "namespace": "all of it: its state has no namespace yet",
    "state": "all of it: its state is not there yet",
}


class Difference(Struct, frozen=True):
    """A row: `what` is create, update, replace, delete, same or unknown."""

    step: str
    thing: str
    what: str
    detail: str = ""


class Comparison(Struct, frozen=True):
    """What a plan is compared with."""

    applying: KubernetesApply
    pruning: KubernetesPrune
    terraform: TerraformApply
    poll: float = 2.0

    def rows(self, steps: Sequence[Step]) -> Iterator[Difference]:
        """The differences of all steps, in their order; a step that cannot be compared says why."""
        compare = {
            "terraform.apply": self._root,
            "kubernetes.apply": self._objects,
            "kubernetes.prune": self._left_over,
        }
        for step in steps:
            if step.action in compare:
                try:
                    yield from compare[step.action](step, Deadline(step.timeout * 60, self.poll))
                except StepFailedError as failure:
                    yield Difference(step.id, step.address, "unknown", str(failure))

    def _root(self, step: Step, deadline: Deadline) -> Iterator[Difference]:
        missing = awaited(self.applying.release, step, self.applying.kubectl, deadline)
        if missing:
            yield Difference(step.id, "terraform", "create", _NOT_THERE[missing])
            return
        found = {what: count for what, count in self.terraform.drift(step, deadline).items() if count}
        for what, count in (found or {"same": 0}).items():
            yield Difference(step.id, "terraform", what, f"{count} resources" if count else "")

    def _objects(self, step: Step, deadline: Deadline) -> Iterator[Difference]:
        wanted, kubectl = objects(self.applying.release, step), self.applying.kubectl
        live = {key(each): each for each in kubectl.get(wanted, deadline)}
        known = [each for each in wanted if key(each) in live]
        after = {key(each): each for each in kubectl.applied(known, deadline)} if known else {}
        for each in wanted:
            if key(each) not in live:
                yield Difference(step.id, short(each), "create")
            else:
                fields = differing(live[key(each)], after.get(key(each), live[key(each)]))
                yield Difference(step.id, short(each), "update" if fields else "same", _listed(fields))

    def _left_over(self, step: Step, deadline: Deadline) -> Iterator[Difference]:
        found = self.pruning.left_over(step, deadline)
        yield from (Difference(step.id, short(each), "delete") for each in found.removed)
        yield from (Difference(step.id, short(each), "same", "stays, as it may hold data") for each in found.kept)


def differing(live: Object, after: Object) -> list[str]:
    """The fields, by their paths, that are not the same; what the server keeps for itself is left out."""
    return list(_paths(_plain(live), _plain(after), ""))


def _plain(each: Object) -> dict[str, Any]:
    metadata = {name: value for name, value in each["metadata"].items() if name not in _OWN_OF_THE_SERVER}
    return {**{name: value for name, value in each.items() if name != "status"}, "metadata": metadata}


def _paths(live: Any, after: Any, path: str) -> Iterator[str]:
    if isinstance(live, Mapping) and isinstance(after, Mapping):
        for name in sorted({*live, *after}):
            yield from _paths(live.get(name), after.get(name), f"{path}.{name}" if path else name)
    elif isinstance(live, list) and isinstance(after, list) and len(live) == len(after):
        for index, (one, other) in enumerate(zip(live, after, strict=True)):
            yield from _paths(one, other, f"{path}[{index}]")
    elif live != after:
        yield path


def _listed(fields: Sequence[str]) -> str:
    more = len(fields) - _SHOWN
    return ", ".join(fields[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
