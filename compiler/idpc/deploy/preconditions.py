"""Checks what must be there before a plan may run, and says what it cannot check."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from idpc.deploy import wording
from idpc.deploy.kubectl import Kubectl, items
from idpc.deploy.model import Deadline, Deployment, State, StepFailedError
from idpc.deploy.objects import folders, in_files, key, namespace, short
from idpc.deploy.release import Release
from idpc.deploy.states import awaited
from idpc.deploy.terraform import TerraformApply
from idpc.diagnostics import Diagnostic
from idpc.diagnostics.codes.deploy import NOT_CHECKED, PRECONDITION_FAILED
from idpc.plan.model import Precondition

_PATIENCE = 20.0
_STATE = 300.0


class Checked(Struct, frozen=True):
    """What is wrong, if anything; `known` is False where nobody can tell before it is tried."""

    wrong: str = ""
    known: bool = True


class Surroundings(Struct, frozen=True):
    """What preconditions are checked against."""

    release: Release
    kubectl: Kubectl
    terraform: TerraformApply
    history: Sequence[Deployment]
    assumed: frozenset[str] = frozenset()
    poll: float = 2.0

    def deadline(self, seconds: float = _PATIENCE) -> Deadline:
        """The time for one check."""
        return Deadline(seconds, self.poll)


def check_all(around: Surroundings) -> Iterator[tuple[Precondition, Checked]]:
    """Every precondition, in the order of the plan. Where the cluster cannot be asked, what is in it is not known."""
    tools_there = True
    for each in around.release.plan.preconditions:
        if f"{each.what}/{each.name}" in around.assumed:
            yield each, Checked()
        elif each.what == "tool" or tools_there:
            checked = _CHECKS.get(each.what, _unheard_of)(each, around)
            tools_there = tools_there and not (checked.wrong and each.what in {"tool", "cluster"})
            yield each, checked
        else:
            yield each, Checked("not looked at, since a tool or the cluster is missing", known=False)


def told(each: Precondition, checked: Checked) -> Diagnostic | None:
    """The diagnostic of a precondition, None where it holds."""
    if not checked.wrong:
        return None
    used = f"used by {', '.join(each.used_by)}" if each.used_by else ""
    notes = (used,) if used else ()
    if not checked.known:
        return wording.told(NOT_CHECKED, f"{_named(each)} cannot be checked", checked.wrong, notes)
    helps = f"mend it, or take it as given with `--assume '{each.what}/{each.name}'`"
    return wording.told(PRECONDITION_FAILED, _named(each), checked.wrong, notes, helps=helps)


def _named(each: Precondition) -> str:
    return f"the {each.what.replace('_', ' ')} `{each.name}`"


def _tool(each: Precondition, around: Surroundings) -> Checked:
    del around
    return Checked() if shutil.which(each.name) else Checked("is not installed, or not on the PATH")


def _cluster(each: Precondition, around: Surroundings) -> Checked:
    def asked() -> Checked:
        around.kubectl.raw("/version", around.deadline())
        app = each.name.removeprefix("namespace of ")
        if app == each.name:
            return Checked()
        spaces = [namespace(around.release, folder) for folder in folders(around.release) if folder == app] or [app]
        return Checked() if _there(around, "namespace", spaces[0]) else Checked("is not there")

    return _asked(asked)


def _crd(each: Precondition, around: Surroundings) -> Checked:
    version, _, kind = each.name.rpartition("/")

    def asked() -> Checked:
        try:
            listed = around.kubectl.raw(f"/apis/{version}", around.deadline()).get("resources")
        except StepFailedError as failure:
            if "(NotFound)" not in str(failure):
                raise
            listed = []
        kinds = [found["kind"] for found in listed] if isinstance(listed, list) else []
        return Checked() if kind in kinds else Checked("the cluster does not have it")

    return _asked(asked)


def _admission(each: Precondition, around: Surroundings) -> Checked:
    """The objects of a file that an administrator of the cluster applies."""

    def asked() -> Checked:
        name = each.name.removeprefix(f"{around.release.folder}/")
        wanted = in_files(around.release.below(name))
        there = {key(found) for found in around.kubectl.get(wanted, around.deadline())}
        missing = [short(found) for found in wanted if key(found) not in there]
        return Checked(f"{', '.join(missing)} is not there" if missing else "")

    return _asked(asked)


def _gitops(each: Precondition, around: Surroundings) -> Checked:
    """A file that an administrator of the cluster applies for the engine, or how the engine is set up."""
    if around.release.below(each.name):
        return _admission(each, around)
    return Checked("it is a setting of the GitOps engine, which only who runs it can tell", known=False)


def _secret_store(each: Precondition, around: Surroundings) -> Checked:
    kind, _, name = each.name.partition("/")

    def asked() -> Checked:
        found = _get(around, kind, name)
        if not found:
            return Checked("is not there")
        conditions = found[0].get("status", {}).get("conditions", ())
        ready = [condition for condition in conditions if condition.get("type") == "Ready"]
        return Checked() if all(each["status"] == "True" for each in ready) else Checked("is not ready")

    return _asked(asked)


def _secret(each: Precondition, around: Surroundings) -> Checked:
    place, _, property_ = each.name.partition("#")
    space, _, name = place.partition("/")
    own = {namespace(around.release, folder) for folder in folders(around.release)}
    if space not in own or "/" in name:
        return Checked("it is an entry of a store, and the Secret that is made of it will tell", known=False)

    def asked() -> Checked:
        template = '{{range $key, $_ := .data}}{{$key}}{{"\\n"}}{{end}}'
        words = ("get", "secret", name, "-n", space, "--ignore-not-found", "-o", f"go-template={template}")
        keys = around.kubectl.call(*words, deadline=around.deadline()).split()
        missing = f"has no key `{property_}`" if keys and property_ and property_ not in keys else ""
        return Checked(missing or ("" if keys else "is not there"))

    return _asked(asked)


def _listener(each: Precondition, around: Surroundings) -> Checked:
    space, name, *section = each.name.split("/") if each.name.count("/") else ("", each.name)

    def asked() -> Checked:
        found = _get(around, "gateways.gateway.networking.k8s.io", name, space)
        if not found:
            return Checked("there is no such Gateway")
        listeners = [listener["name"] for listener in found[0].get("spec", {}).get("listeners", ())]
        return (
            Checked() if not section or section[0] in listeners else Checked(f"its Gateway has {', '.join(listeners)}")
        )

    return _asked(asked)


def _state(each: Precondition, around: Surroundings) -> Checked:
    """Terraform itself tells whether it reaches its state, but where it would make one that is not there yet."""

    def asked() -> Checked:
        for step in around.release.plan.steps:
            deadline = around.deadline(_STATE)
            mine = step.action == "terraform.apply" and step.address in each.used_by
            if mine and not awaited(around.release, step, around.kubectl, deadline):
                around.terraform.initialise(step, deadline)
        return Checked()

    return _asked(asked)


def _permission(each: Precondition, around: Surroundings) -> Checked:
    del each, around
    return Checked("it is one of an identity in the cloud that only its owner can ask about", known=False)


def _environment(each: Precondition, around: Surroundings) -> Checked:
    """The environment must have got the same sources before, as far as this journal knows of it."""
    known = [found for found in around.history if found.environment == each.name]
    if not known:
        return Checked("this journal has no deployment to it")
    done = [found for found in known if found.state is State.SUCCEEDED]
    if done and done[-1].sources == around.release.plan.sources:
        return Checked()
    return Checked("its last deployment that succeeded was of other sources" if done else "no deployment succeeded yet")


def _unheard_of(each: Precondition, around: Surroundings) -> Checked:
    del around
    return Checked(f"this version of idpc does not know how to look for a {each.what}", known=False)


_CHECKS: Mapping[str, Callable[[Precondition, Surroundings], Checked]] = {
    "tool": _tool,
    "environment": _environment,
    "cluster": _cluster,
    "permission": _permission,
    "state": _state,
    "crd": _crd,
    "admission": _admission,
    "gitops": _gitops,
    "secret_store": _secret_store,
    "secret": _secret,
    "listener": _listener,
}


def _asked(question: Callable[[], Checked]) -> Checked:
    try:
        return question()
    except StepFailedError as failure:
        return Checked(str(failure))


def _there(around: Surroundings, kind: str, name: str) -> bool:
    return bool(_get(around, kind, name))


def _get(around: Surroundings, kind: str, name: str, space: str = "") -> list[Mapping[str, Any]]:
    where = ("-n", space) if space else ()
    words = ("get", kind, name, *where, "-o", "json", "--ignore-not-found")
    return items(around.kubectl.call(*words, deadline=around.deadline()))
