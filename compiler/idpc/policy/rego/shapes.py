"""What the inputs of policies look like, as far as that is fixed, and where a path leads in them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

Shape = dict[str, "Shape"] | tuple["Shape", ...] | None
"""A map by key (`*` for any), a list as the one shape of its elements, or None for what may be anything."""

_LOCATION: Shape = {"file": None, "line": None, "column": None}
_USE: Shape = {"address": None, "kind": None, "access": None, "order": None, "why": None}
_AMOUNT = dict.fromkeys(("low", "expected", "high"))
_COST: dict[str, Shape] = {**_AMOUNT, "unpriced": None}
_CARBON: dict[str, Shape] = {**_AMOUNT, **dict.fromkeys("energy operational embodied unmeasured".split())}
RESOURCE: Shape = {
    "address": None,
    "kind": None,
    "app": None,
    "team": None,
    "tier": None,
    "environment": None,
    "fields": None,
    "outputs": None,
    "location": _LOCATION,
    "uses": (_USE,),
    "used_by": (_USE,),
    "cost": _COST,
    "carbon": _CARBON,
}
_EDGE: Shape = {
    "from": None,
    "to": None,
    "why": None,
    "access": None,
    "order": None,
    "location": _LOCATION,
    "enforced": None,
}
_METADATA: Shape = dict.fromkeys("name namespace labels annotations generateName finalizers ownerReferences".split())
_OBJECT: dict[str, Shape] = dict.fromkeys(
    """apiVersion kind metadata spec status data stringData binaryData immutable type rules roleRef subjects webhooks
    aggregationRule provisioner parameters reclaimPolicy allowVolumeExpansion volumeBindingMode mountOptions
    allowedTopologies value globalDefault preemptionPolicy description secrets imagePullSecrets endpoints subsets
    automountServiceAccountToken addressType ports handler overhead scheduling items""".split()
)
_OBJECT["metadata"] = _METADATA
"""Any object of Kubernetes: what its types have at top level, in https://kubernetes.io/docs/reference/kubernetes-api/."""
_KIND: Shape = {"group": None, "version": None, "kind": None}
GATEKEEPER: Shape = {
    "parameters": None,
    "review": {
        "object": _OBJECT,
        "kind": _KIND,
        **dict.fromkeys("name namespace operation oldObject uid userInfo options dryRun namespaceObject".split()),
        **dict.fromkeys("resource requestResource requestKind subResource requestSubResource _unstable".split()),
    },
}
"""See https://open-policy-agent.github.io/gatekeeper/website/docs/input/."""
CONFTEST: Mapping[str, Shape] = {
    "manifest": _OBJECT,
    "terraform": {
        **dict.fromkeys("terraform provider resource data locals variable output module".split()),
        **dict.fromkeys("moved removed import check ephemeral".split()),
        "planned_values": {
            "root_module": {
                "resources": (dict.fromkeys("address mode type name provider_name values".split()),),
                "child_modules": None,
            },
            "outputs": None,
        },
    },
}


def combined(shape: Shape) -> Shape:
    """That of a list of documents with their paths, see https://www.conftest.dev/options/#-combine."""
    return ({"path": None, "contents": shape},)


def graph_shape(environment: Mapping[str, object], project: Mapping[str, object]) -> Shape:
    """The graph's, with the fields that an environment and the project have. What a stage adds to it is named here."""
    return {
        "resources": (RESOURCE,),
        "by_kind": {"*": (RESOURCE,)},
        "edges": (_EDGE,),
        "environment": dict.fromkeys(environment),
        "project": dict.fromkeys(project),
        "cost": {**_COST, "currency": None, "by_app": {"*": _COST}, "by_team": {"*": _COST}},
        "carbon": {**_CARBON, "unit": None, "by_app": {"*": _CARBON}, "by_team": {"*": _CARBON}},
    }


def shape_of(document: object) -> Shape:
    """That of a document whose maps have fixed keys; what its lists hold may be anything."""
    return {key: shape_of(value) for key, value in document.items()} if isinstance(document, dict) else None


def merged(shapes: Sequence[Shape]) -> Shape:
    """The shape of what has any of several shapes."""
    maps = [each for each in shapes if isinstance(each, dict)]
    if not maps or len(maps) < len(shapes):
        return None
    keys = {key for each in maps for key in each}
    return {key: merged([each[key] for each in maps if key in each]) for key in sorted(keys)}


class Nowhere(NamedTuple):
    """The number of the step that leads nowhere, and what could stand there instead."""

    step: int
    known: tuple[str, ...]


def follow(shape: Shape, steps: Sequence[str | None]) -> Shape | Nowhere:
    """What stands at the end of a path, or where it leaves the shape."""
    for number, step in enumerate(steps):
        if shape is None:
            return None
        known = shape if isinstance(shape, dict) else {}
        if isinstance(shape, tuple):
            if step is not None and not step.isdigit():
                return Nowhere(number, ())
            shape = shape[0]
        elif step in known or "*" in known:
            shape = known.get(step or "*", known.get("*"))
        elif step is None:
            return None
        else:
            return Nowhere(number, tuple(known))
    return shape
