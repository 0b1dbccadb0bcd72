"""How far a path leads in objects of Kubernetes of any kind, and what could stand where it ends."""

from collections.abc import Container, Iterator, Sequence

from idpc.schema import kubernetes
from idpc.schema.custom_resources import CustomSchemas
from idpc.schema.model import FieldSchema, ObjectSchema


def reach(steps: Sequence[str], version: str, named: Container[str], crds: CustomSchemas | None = None) -> int:
    """How many steps of a path some object has; what a schema leaves open counts for the kinds that are `named`."""
    kinds = sorted(kubernetes.kinds(version), key=lambda kind: kind not in _USUAL and kind not in named)
    far = 0
    for kind in kinds:
        for schema in kubernetes.find(kind, version, crds=crds):
            if kind in named or "alpha" not in schema.api_version:
                far = max(far, _far(schema, steps, version, crds, open_=kind in named))
        if far == len(steps):
            break
    return far


_USUAL = ("Deployment", "Pod", "Service", "StatefulSet", "CronJob", "Job", "DaemonSet", "Ingress")


def _far(schema: ObjectSchema, steps: Sequence[str], version: str, crds: CustomSchemas | None, *, open_: bool) -> int:
    field, far = FieldSchema("record", definition=schema.definition), 0
    while far < len(steps) and field.type == "record" and field.definition:
        record = kubernetes.definition(field.definition, version, crds)
        inner = record.fields.get(steps[far]) if record else None
        if inner is None:
            return len(steps) if open_ and (record is None or record.preserve_unknown) else far
        field, far = inner, far + 1
    is_open = field.type in ("list", "map") or (field.type == "any" and open_)
    return len(steps) if is_open and far else far


def fields_at(steps: Sequence[str], version: str) -> list[str]:
    """The fields that some object has at the end of a path."""
    found: set[str] = set()
    for kind in kubernetes.kinds(version):
        for schema in kubernetes.find(kind, version):
            found.update(_at(schema.definition, steps, version))
    return sorted(found)


def _at(name: str | None, steps: Sequence[str], version: str) -> Iterator[str]:
    for step in steps:
        record = kubernetes.definition(name, version) if name else None
        field = record.fields.get(step) if record else None
        name = field.definition if field else None
    record = kubernetes.definition(name, version) if name else None
    yield from record.fields if record else ()
