"""Tells from an object, as the cluster has it, whether what a gate asks of it holds."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from idpc.plan.model import Gate

Object = Mapping[str, Any]


class Health(Struct, frozen=True):
    """`waiting` says for what, `failed` why it will never hold; both are empty where it holds."""

    waiting: str = ""
    failed: str = ""


_WELL = Health()


def gate_health(gate: Gate, live: Mapping[str, Object], revision: str = "") -> Health:
    """The health of all objects of a gate, by their `Kind/name` in the cluster; what has failed comes first."""
    waiting = ""
    for name, each in _each(gate, live, revision):
        if each.failed:
            return Health(failed=f"{name}: {each.failed}")
        waiting = waiting or (f"{name}: {each.waiting}" if each.waiting else "")
    return Health(waiting)


def _each(gate: Gate, live: Mapping[str, Object], revision: str) -> Iterator[tuple[str, Health]]:
    checks: tuple[tuple[tuple[str, ...], Callable[[Object], Health]], ...] = (
        (gate.exists, lambda _: _WELL),
        (gate.rollout, _rolled_out),
        (gate.complete, _complete),
        (gate.ready, lambda each: _condition(each, "Ready")),
        (gate.accepted, _accepted),
        (gate.synced, lambda each: _synced(each, revision)),
    )
    for names, check in checks:
        for name in names:
            yield name, check(live[name]) if name in live else Health("is not there")


def _rolled_out(each: Object) -> Health:
    status, generation = _status(each), each["metadata"].get("generation", 0)
    if each["kind"] == "Rollout":
        return _canary(status, generation)
    if status.get("observedGeneration", 0) < generation:
        return Health("not looked at yet")
    check = {"StatefulSet": _stateful, "DaemonSet": _daemons}.get(each["kind"], _deployment)
    return check(each, status)


def _canary(status: Object, generation: int) -> Health:
    if str(status.get("observedGeneration", "")) != str(generation):
        return Health("not looked at yet")
    phase = status.get("phase", "Progressing")
    if phase == "Degraded":
        return Health(failed=f"is degraded: {status.get('message', 'no reason given')}")
    return _WELL if phase == "Healthy" else Health(f"is {phase.lower()}")


def _deployment(each: Object, status: Object) -> Health:
    for condition in status.get("conditions", ()):
        if condition.get("reason") == "ProgressDeadlineExceeded":
            return Health(failed=f"did not progress: {condition.get('message', '')}".rstrip(": "))
    wanted = each.get("spec", {}).get("replicas", 1)
    updated, available = status.get("updatedReplicas", 0), status.get("availableReplicas", 0)
    if updated < wanted or available < updated or status.get("replicas", 0) > updated:
        return Health(f"{min(updated, available)} of {wanted} replicas are updated and available")
    return _WELL


def _stateful(each: Object, status: Object) -> Health:
    wanted, ready = each.get("spec", {}).get("replicas", 1), status.get("readyReplicas", 0)
    if ready < wanted or status.get("updatedReplicas", wanted) < wanted:
        return Health(f"{ready} of {wanted} replicas are ready")
    same = status.get("currentRevision") == status.get("updateRevision")
    return _WELL if same else Health("some replicas are of the earlier revision")


def _daemons(each: Object, status: Object) -> Health:
    del each
    wanted = status.get("desiredNumberScheduled", 0)
    ready = min(status.get("updatedNumberScheduled", 0), status.get("numberAvailable", 0))
    return _WELL if ready >= wanted else Health(f"{ready} of {wanted} are updated and available")


def _complete(each: Object) -> Health:
    conditions = {
        found["type"]: found for found in _status(each).get("conditions", ()) if found.get("status") == "True"
    }
    if "Failed" in conditions:
        return Health(failed=f"failed: {conditions['Failed'].get('message', 'no reason given')}")
    return _WELL if "Complete" in conditions else Health("has not completed")


def _condition(each: Object, wanted: str) -> Health:
    for condition in _status(each).get("conditions", ()):
        if condition.get("type") == wanted and _is_current(each, condition):
            if condition.get("status") == "True":
                return _WELL
            return Health(f"is not {wanted.lower()}: {condition.get('message') or condition.get('reason', '')}")
    return Health(f"is not {wanted.lower()} yet")


def _is_current(each: Object, condition: Object) -> bool:
    return bool(
        condition.get("observedGeneration", each["metadata"].get("generation", 0))
        >= each["metadata"].get("generation", 0)
    )


def _accepted(each: Object) -> Health:
    parents = _status(each).get("parents", ())
    wanted = len(each.get("spec", {}).get("parentRefs", ()))
    accepted = [parent for parent in parents if not _condition({**each, "status": parent}, "Accepted").waiting]
    return _WELL if wanted and len(accepted) >= wanted else Health(f"{len(accepted)} of {wanted} parents accept it")


def _synced(each: Object, revision: str) -> Health:
    status = _status(each)
    if each["kind"] != "Application":
        applied = str(status.get("lastAppliedRevision", ""))
        return _condition(each, "Ready") if revision in applied else Health(f"is at {applied or 'no revision'}")
    sync, health = status.get("sync", {}), status.get("health", {}).get("status", "Unknown")
    if health == "Degraded" and sync.get("revision") == revision:
        return Health(failed="is degraded")
    there = sync.get("revision") == revision
    if there and sync.get("status") == "Synced" and health == "Healthy":
        return _WELL
    wanted = "" if there else f", not at {revision}"
    return Health(f"is {sync.get('status', 'unknown')} and {health} at {sync.get('revision') or 'no revision'}{wanted}")


def _status(each: Object) -> Mapping[str, Any]:
    found = each.get("status")
    return found if isinstance(found, Mapping) else {}
