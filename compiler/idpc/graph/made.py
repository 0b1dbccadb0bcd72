"""What an instance becomes: its resources and objects, and the patches of them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from msgspec import Struct
from msgspec.structs import replace

from idpc.diagnostics.codes import graph as codes
from idpc.graph.faults import Fault
from idpc.graph.frame import Frame
from idpc.graph.layers import Fold, Layer, applies
from idpc.types import core as c
from idpc.types.declared import ResourceInfo
from idpc.values import Value

if TYPE_CHECKING:
    from idpc.graph.run import EnvironmentRun


class Made(Struct, frozen=True):
    """A resource or object of `provision`, evaluated."""

    info: ResourceInfo
    key: str
    body: dict[str, Value]


def patched(
    found: list[Made], layers: Iterable[Layer], run: "EnvironmentRun", owner: str, *, whole: bool
) -> list[Made]:
    """What an instance becomes after the patches of its layers; `whole`: nothing of it is missing after an error."""
    for layer in layers:
        for guarded in run.index(layer.body).get("patch", []):
            patch = guarded.statement
            if isinstance(patch, c.MergeBlock) and applies(guarded, layer.frame):
                run.patches += 1
                changed = [_patched(each, patch, layer.frame) for each in found]
                if whole and not any(changed):
                    raise _reaches_nothing(patch, owner)
                found = [after or before for before, after in zip(found, changed, strict=True)]
    return found


def _reaches_nothing(patch: c.MergeBlock, owner: str) -> Fault:
    what = f"{patch.name} {_name(patch)}".strip()
    return Fault(
        codes.PATCHES_NOTHING.at(
            patch.span, f"`{owner}` has no `{what}` to patch here", hint="no such object in this environment"
        )
    )


def _name(patch: c.MergeBlock) -> str:
    return str(patch.key.value) if isinstance(patch.key, c.Const) else ""


def _patched(made: Made, patch: c.MergeBlock, frame: Frame) -> Made | None:
    """A resource or object after a patch; None where the patch is not of it."""
    name = _name(patch)
    if patch.name == "Pod":
        body = _patched_pod(made.body, patch, frame) if made.info.kubernetes else None
    elif made.info.resource != patch.name or made.info.data or (name and made.info.name != name):
        body = None
    else:
        body = _merged(made.body, patch, frame)
    return None if body is None else replace(made, body=body)


def _merged(body: Value, patch: c.MergeBlock, frame: Frame) -> dict[str, Value]:
    merged = Fold(None).record_block(body, patch, frame, ())
    return cast("dict[str, Value]", frame.run.settled(merged, frame, patch.span))


def _patched_pod(body: dict[str, Value], patch: c.MergeBlock, frame: Frame) -> dict[str, Value] | None:
    spec = body.get("spec")
    if not isinstance(spec, dict):
        return None
    template, jobs = spec.get("template"), spec.get("jobTemplate")
    if isinstance(template, dict):
        return {**body, "spec": {**spec, "template": _patched_template(template, patch, frame)}}
    changed = _patched_pod(jobs, patch, frame) if isinstance(jobs, dict) else None
    return None if changed is None else {**body, "spec": {**spec, "jobTemplate": changed}}


def _patched_template(template: dict[str, Value], patch: c.MergeBlock, frame: Frame) -> dict[str, Value]:
    merged = _merged({**cast("dict[str, Value]", template.get("spec") or {})}, patch, frame)
    metadata = merged.pop("metadata", None)
    changed: dict[str, Value] = {**template, "spec": merged}
    if isinstance(metadata, dict):
        changed["metadata"] = _deep(template.get("metadata"), metadata)
    return changed


def _deep(base: Value, over: dict[str, Value]) -> dict[str, Value]:
    made = dict(base) if isinstance(base, dict) else {}
    for key, value in over.items():
        made[key] = _deep(made.get(key), value) if isinstance(value, dict) else value
    return made
