"""Removes the objects of an app that its artifacts no longer name, but nothing that may hold data."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from idpc.address import Address, kebab
from idpc.deploy.kubectl import Kubectl, items
from idpc.deploy.model import MANAGER, Deadline, StepFailedError
from idpc.deploy.objects import Object, key, namespace, of_app, reference, short
from idpc.deploy.release import Release
from idpc.deploy.removal import Former, groups
from idpc.plan.model import Plan, Step
from idpc.plan.waves import app_folder
from idpc.schema.effects import kept_kinds

_LABEL = "app.kubernetes.io"
_HOLD_NOTHING = frozenset(
    "ConfigMap CronJob DaemonSet Deployment GRPCRoute HTTPRoute HorizontalPodAutoscaler Ingress Job NetworkPolicy"
    " PodDisruptionBudget PodMonitor PrometheusRule Role RoleBinding Rollout ScaledJob ScaledObject Service"
    " ServiceAccount ServiceMonitor TLSRoute TriggerAuthentication".split()
)
_GOING = frozenset({"destroy", "replace"})


class Found(Struct, frozen=True):
    """Objects that no artifact names: those that go, and those that stay since they may hold data."""

    removed: tuple[Object, ...] = ()
    kept: tuple[Object, ...] = ()


class KubernetesPrune(Struct, frozen=True):
    """The action of `kubernetes.prune`; `kept` gathers what it left, by app."""

    kubectl: Kubectl
    release: Release
    former: Former = Former()
    kept: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def prepare(self, step: Step, deadline: Deadline) -> tuple[str, ...]:
        """It creates nothing."""
        del step, deadline
        return ()

    def apply(self, step: Step, deadline: Deadline) -> None:
        """Remove what no artifact names, each group once the one that may need it is gone."""
        found = self.left_over(step, deadline)
        self.kept[step.address] = tuple(short(each) for each in found.kept)
        for group in self._in_order(step, found.removed, deadline):
            self.kubectl.delete([reference(each) for each in group], deadline)

    def gate(self, step: Step, deadline: Deadline) -> None:
        """Wait until it is gone."""
        self.kubectl.wait_until_gone(self.left_over(step, deadline).removed, deadline)

    def undo(self, step: Step, created: tuple[str, ...], deadline: Deadline) -> tuple[str, ...]:
        """What was removed was in no artifact."""
        del created, deadline
        raise StepFailedError(f"{step.id} cannot go back")

    def left_over(self, step: Step, deadline: Deadline) -> Found:
        """The objects in the app's namespace that idpc applied and that no artifact names."""
        folder = app_folder(step)
        space = namespace(self.release, folder)
        types = list(self._types(folder, deadline)) if space else []
        if not types:
            return Found()
        labels = f"{_LABEL}/managed-by={MANAGER},idpc.dev/environment={self.release.folder}"
        asked = ("get", ",".join(types), "-n", space, "-l", labels, "-o", "json", "--show-managed-fields")
        live = items(self.kubectl.call(*asked, deadline=deadline))
        return left_over(live, of_app(self.release, folder), self.release.plan)

    def _in_order(self, step: Step, removed: Sequence[Object], deadline: Deadline) -> list[list[Object]]:
        """What goes, in groups; what other apps had that needed it, and that goes too, is before it."""
        folder = app_folder(step)
        users = self.former.users({key(each) for each in removed}, folder)
        going = [each for other in self._pruned(users) for each in self._gone_from(other, users[other], deadline)]
        return groups([*going, *removed], self.former.waves([folder, *users]))

    def _pruned(self, folders: Iterable[str]) -> list[str]:
        """Those of the apps that this plan removes objects of, and has locked."""
        pruned = {app_folder(step) for step in self.release.plan.steps if step.action == "kubernetes.prune"}
        return [folder for folder in folders if folder in pruned]

    def _gone_from(self, folder: str, before: Sequence[Object], deadline: Deadline) -> tuple[Object, ...]:
        """Of the objects that an app had, those that go."""
        live = self.kubectl.get([reference(each) for each in before], deadline)
        return left_over(live, of_app(self.release, folder), self.release.plan).removed

    def _types(self, folder: str, deadline: Deadline) -> Iterator[str]:
        """The types in the cluster that this release or the previous one has objects of, and the usual ones."""
        before = self.former.release
        ours = [*of_app(self.release, folder), *(of_app(before, folder) if before else ())]
        kinds = {each["kind"] for each in ours} | _HOLD_NOTHING | {"StatefulSet"}
        asked = ("api-resources", "--namespaced=true", "--verbs=list,delete", "--no-headers")
        for line in self.kubectl.call(*asked, deadline=deadline).splitlines():
            name, *_, version, _, kind = line.split()
            if kind in kinds and kind not in kept_kinds():
                yield f"{name}.{group}" if (group := version.rpartition("/")[0]) else name


def left_over(live: Iterable[Object], wanted: Iterable[Object], plan: Plan) -> Found:
    """Of objects in the cluster, those that idpc applied itself and that are not wanted any more."""
    named = {key(each) for each in wanted}
    found = [each for each in live if key(each) not in named and _is_own(each)]
    going = set(_going(plan))
    removed = [each for each in found if each["kind"] in _HOLD_NOTHING or _instance(each) in going]
    return Found(tuple(removed), tuple(each for each in found if each not in removed))


def _is_own(each: Object) -> bool:
    """Whether idpc applied an object: what controllers make of it carries its labels, too."""
    metadata: Mapping[str, list[Mapping[str, str]]] = each["metadata"]
    managers = {found.get("manager") for found in metadata.get("managedFields", ())}
    return MANAGER in managers and not metadata.get("ownerReferences") and each["kind"] not in kept_kinds()


def _going(plan: Plan) -> Iterator[tuple[str, str]]:
    """The instances whose removal the plan lists, as their objects' labels name them."""
    for change in plan.changes:
        address = Address.parse(change.address) if change.action in _GOING else None
        if address:
            yield kebab(address.app), address.below_app


def _instance(each: Object) -> tuple[str, str]:
    labels = each["metadata"].get("labels", {})
    return labels.get(f"{_LABEL}/part-of", ""), labels.get(f"{_LABEL}/instance", "")
