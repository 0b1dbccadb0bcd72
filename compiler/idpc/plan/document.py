"""The plan as the document `plan.json`."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import asdict

from idpc.plan import durations
from idpc.plan.model import Approval, Change, Gate, Plan, Rollback, Stage, Step
from idpc.schema.durations import Duration

Document = dict[str, Any]
_GATE_LISTS = ("rollout", "complete", "ready", "accepted", "exists", "synced")
_GATE_WORDS = ("terraform", "pushed", "gone", "url", "status")


def plan_document(plan: Plan, step_as: Callable[[Step], Any] | None = None) -> Document:
    """`plan.json`, in the published form; `step_as` says what stands for a step, its document if it is not given."""
    step_as = step_as or step_document
    return {
        "version": 1,
        "environment": plan.environment,
        "sources": plan.sources,
        "artifacts": plan.artifacts,
        "target": asdict(plan.target),
        "preconditions": [
            {"what": each.what, "name": each.name, "used_by": list(each.used_by)} for each in plan.preconditions
        ],
        "duration": _range(durations.total(plan)) | {"critical_path": list(durations.critical_path(plan))},
        "stages": [_stage(stage, step_as) for stage in plan.stages],
        "changes": [_change(change) for change in plan.changes],
        "cost": asdict(plan.cost),
        "policy": asdict(plan.policy),
        "approvals": [_approval(approval) for approval in plan.approvals],
    }


def _stage(stage: Stage, step_as: Callable[[Step], Any]) -> Document:
    document: Document = {"name": stage.name, "type": stage.type}
    if stage.timeout:
        document["timeout"] = f"{stage.timeout}m"
    return document | {"waves": [[step_as(step) for step in wave] for wave in stage.waves]}


def step_document(step: Step) -> Document:
    """A step of `plan.json`; it depends on nothing but the step."""
    document: Document = {
        "id": step.id,
        "action": step.action,
        "address": step.address,
        "artifacts": list(step.artifacts),
    }
    if step.objects:
        document["objects"] = list(step.objects)
    return document | {
        "needs": list(step.needs),
        "provides": list(step.provides),
        "timeout": f"{step.timeout}m",
        "takes": _range(step.takes),
        "gate": gate_document(step.gate),
        "rollback": _rollback(step.rollback),
    }


def _range(duration: Duration) -> Document:
    return {"low": f"{duration.low}s", "high": f"{duration.high}s"}


def gate_document(gate: Gate) -> Mapping[str, str | list[str]]:
    """The conditions of a gate, without the ones that it does not have."""
    words = {name: getattr(gate, name) for name in _GATE_WORDS if getattr(gate, name)}
    return words | {name: list(getattr(gate, name)) for name in _GATE_LISTS if getattr(gate, name)}


def _rollback(rollback: Rollback) -> Document:
    if rollback.none:
        return {"none": rollback.none}
    return {"to": rollback.to} | ({"keeps": list(rollback.keeps)} if rollback.keeps else {})


def _change(change: Change) -> Document:
    return {
        "address": change.address,
        "action": change.action,
        "fields": list(change.fields),
        "why": change.why,
        "data_loss": change.data_loss,
    }


def _approval(approval: Approval) -> Document:
    return {"before": approval.before, "team": approval.team, "count": approval.count, "why": approval.why}
