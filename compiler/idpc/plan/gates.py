"""Says when applied objects count as done, how long that may take, and what a rollback never removes."""

import re
from collections.abc import Iterable, Iterator, Sequence

from idpc.emit.model import Json
from idpc.emit.reading import at, entries, mapping
from idpc.plan.model import Gate, PlannedObject
from idpc.schema.effects import kept_kinds

_GATES = {
    "rollout": frozenset({"Deployment", "StatefulSet", "DaemonSet", "Rollout"}),
    "complete": frozenset({"Job"}),
    "ready": frozenset({"ExternalSecret", "VaultStaticSecret", "Certificate", "ScaledObject"}),
    "accepted": frozenset({"HTTPRoute", "GRPCRoute", "TLSRoute"}),
}
_QUIET = frozenset({"ServiceAccount", "NetworkPolicy", "Role", "RoleBinding", "ConfigMap"})
_GATED = frozenset().union(*_GATES.values())
_DURATION = re.compile(r"(\d+)([smh])")
_SECONDS = {"s": 1, "m": 60, "h": 3600}

SHORT = 2
SECRETS = 5
ROLLOUT = 10
JOB = 30
CANARY = 20
BY_HAND = 24 * 60


def gate(objects: Sequence[PlannedObject]) -> Gate:
    """What must hold of objects after they were applied: that they are there, where none is waited for."""
    named = {name: tuple(str(each) for each in objects if each.kind in kinds) for name, kinds in _GATES.items()}
    telling = [each for each in objects if each.kind not in _QUIET] or objects
    exists = () if any(named.values()) else tuple(str(each) for each in telling)
    return Gate(
        rollout=named["rollout"],
        complete=named["complete"],
        ready=named["ready"],
        accepted=named["accepted"],
        exists=exists,
    )


def timeout(objects: Iterable[PlannedObject]) -> int:
    """The minutes that objects may take until their gate holds: those of the slowest one."""
    return max((_minutes(each) for each in objects if each.kind in _GATED), default=SHORT)


def kept(objects: Iterable[PlannedObject]) -> tuple[str, ...]:
    """The objects that going back never removes: namespaces, volumes, and what makes Secrets."""
    return tuple(str(each) for each in objects if each.kind in kept_kinds())


def _minutes(each: PlannedObject) -> int:
    match each.kind:
        case "Job":
            return _whole(at(each.body, "spec", "activeDeadlineSeconds"), JOB)
        case "Rollout":
            return CANARY + pauses(each)
        case "StatefulSet":
            replicas = at(each.body, "spec", "replicas")
            return max(ROLLOUT, 5 * replicas) if isinstance(replicas, int) else ROLLOUT
        case "Deployment" | "DaemonSet":
            return _whole(at(each.body, "spec", "progressDeadlineSeconds"), ROLLOUT)
        case _:
            return SECRETS


def _whole(seconds: Json, default: int) -> int:
    """Minutes of seconds, with one more for what comes around them."""
    return -(-seconds // 60) + 1 if isinstance(seconds, int) else default


def pauses(each: PlannedObject) -> int:
    """The minutes for which a Rollout waits between its steps; 0 for any other object."""
    return sum(_pauses(each)) if each.kind == "Rollout" else 0


def _pauses(rollout: PlannedObject) -> Iterator[int]:
    for step in entries(at(rollout.body, "spec", "strategy", "canary", "steps")):
        if "pause" in step:
            yield _pause(mapping(step["pause"]).get("duration"))


def _pause(duration: Json) -> int:
    """Minutes of a pause; one without a duration waits for a person."""
    if isinstance(duration, int):
        return -(-duration // 60)
    found = _DURATION.findall(duration) if isinstance(duration, str) else []
    return -(-sum(int(count) * _SECONDS[unit] for count, unit in found) // 60) if found else BY_HAND
