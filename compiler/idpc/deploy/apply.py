"""Applies Kubernetes objects, waits until their gate holds, and goes back to those of the previous release."""

from msgspec import Struct

from idpc.deploy.health import gate_health
from idpc.deploy.kubectl import Kubectl, by_name
from idpc.deploy.model import Deadline, StepFailedError, TookTooLongError
from idpc.deploy.objects import Object, folders, gated, key, objects, of_app, short
from idpc.deploy.release import Release
from idpc.plan.model import Gate, Step
from idpc.schema.effects import kept_kinds


class KubernetesApply(Struct, frozen=True):
    """The action of `kubernetes.apply`; `previous` is the last release that reached its end, where it is known."""

    kubectl: Kubectl
    release: Release
    previous: Release | None = None

    def prepare(self, step: Step, deadline: Deadline) -> tuple[str, ...]:
        """The objects that are not there yet."""
        wanted = objects(self.release, step)
        there = {key(each) for each in self.kubectl.get(wanted, deadline)}
        return tuple(key(each) for each in wanted if key(each) not in there)

    def apply(self, step: Step, deadline: Deadline) -> None:
        """Apply the objects of the step."""
        self.kubectl.apply(objects(self.release, step), deadline)

    def gate(self, step: Step, deadline: Deadline) -> None:
        """Wait until the objects are well."""
        wait_until_well(self.kubectl, step.gate, objects(self.release, step), deadline)

    def undo(self, step: Step, created: tuple[str, ...], deadline: Deadline) -> tuple[str, ...]:
        """Apply what was there before and remove what was not; gives what is neither known nor new."""
        now, before = objects(self.release, step), self._before(step)
        restored = {key(each) for each in before}
        self.kubectl.apply(before, deadline)
        new = [each for each in now if key(each) in created and key(each) not in restored]
        removable = [
            each for each in new if each["kind"] not in kept_kinds() and short(each) not in step.rollback.keeps
        ]
        self.kubectl.delete(list(reversed(removable)), deadline)
        wait_until_well(self.kubectl, self._gate_before(step), before, deadline)
        unknown = [each for each in now if key(each) not in {*created, *restored} and each["kind"] not in kept_kinds()]
        return tuple(f"what {short(each)} was before is not known here" for each in unknown)

    def _before(self, step: Step) -> list[Object]:
        """The objects of the previous release that the step had there, or that it has now."""
        if self.previous is None:
            return []
        own = [each for found in self._steps_before(step) for each in objects(self.previous, found)]
        wanted = {key(each) for each in (*own, *objects(self.release, step))}
        apps = folders(self.previous)
        return [each for app in apps for each in of_app(self.previous, app) if key(each) in wanted]

    def _gate_before(self, step: Step) -> Gate:
        return next((found.gate for found in self._steps_before(step)), Gate())

    def _steps_before(self, step: Step) -> list[Step]:
        return [found for found in self.previous.plan.steps if found.id == step.id] if self.previous else []


def wait_until_well(
    kubectl: Kubectl, gate: Gate, applied: list[Object], deadline: Deadline, revision: str = ""
) -> None:
    """Look at the objects of a gate until it holds, or can hold no more, or time is over."""
    watched, waiting = gated(gate, applied), "nothing was seen of it"
    try:
        while watched and waiting:
            found = gate_health(gate, by_name(kubectl.get(watched, deadline)), revision)
            if found.failed:
                raise StepFailedError(found.failed)
            waiting = found.waiting or _missing_secret(kubectl, watched, deadline)
            if waiting:
                deadline.pause()
    except TookTooLongError:
        raise TookTooLongError(f"was not done in time: {waiting}") from None


def _missing_secret(kubectl: Kubectl, watched: list[Object], deadline: Deadline) -> str:
    """The Secret of an ExternalSecret that is not there yet; only its name is asked for."""
    for each in watched:
        if each["kind"] == "ExternalSecret":
            name = each["spec"].get("target", {}).get("name") or each["metadata"]["name"]
            space = each["metadata"]["namespace"]
            asked = ("get", "secret", name, "-n", space, "-o", "name", "--ignore-not-found")
            if not kubectl.call(*asked, deadline=deadline).strip():
                return f"the Secret {name} is not there yet"
    return ""
