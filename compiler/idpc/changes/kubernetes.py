"""What happens to the objects of a manifest, from its text before and after."""

from collections.abc import Iterator, Mapping
from typing import Any

from idpc.changes.model import PartChange
from idpc.changes.values import differences
from idpc.schema.effects import REPLACE, of_field

_CLAIM = "PersistentVolumeClaim"


def changed_objects(before: str, after: str) -> Iterator[PartChange]:
    """Every object to which something happens; an object is known by its kind, namespace and name."""
    old, new = _objects(before), _objects(after)
    for key, body in new.items():
        if key not in old:
            yield PartChange(_name(body), "create")
        elif old[key] != body:
            yield _changed(old[key], body)
    for key, body in old.items():
        if key not in new:
            yield PartChange(_name(body), "destroy", {}, _holds_data(body), _loses_claims(body))


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> PartChange:
    paths = sorted(path for path, _, _ in differences(old, new))
    effects = {path: of_field(new["kind"], path) for path in paths}
    action = REPLACE if REPLACE in effects.values() else "update"
    return PartChange(_name(new), action, effects, _holds_data(new))


def _holds_data(body: Mapping[str, Any]) -> bool:
    return body["kind"] == _CLAIM or _templates(body)


def _objects(text: str) -> dict[tuple[str, ...], Mapping[str, Any]]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    documents = [each for each in yaml.load_all(text, loader) if isinstance(each, dict)]  # both are safe
    return {_key(each): each for each in documents}


def _key(body: Mapping[str, Any]) -> tuple[str, ...]:
    group = str(body.get("apiVersion", "")).rpartition("/")[0]
    metadata = body.get("metadata", {})
    return group, body["kind"], metadata.get("namespace", ""), metadata.get("name", "")


def _name(body: Mapping[str, Any]) -> str:
    return f"{body['kind']}/{body.get('metadata', {}).get('name', '')}"


def _templates(body: Mapping[str, Any]) -> bool:
    return bool(body.get("spec", {}).get("volumeClaimTemplates")) if isinstance(body.get("spec"), dict) else False


def _loses_claims(body: Mapping[str, Any]) -> bool:
    """Whether volumes go with an object: claims do, those of a set only where its policy says so."""
    if body["kind"] == _CLAIM:
        return True
    policy = body.get("spec", {}).get("persistentVolumeClaimRetentionPolicy", {}) if _templates(body) else {}
    return bool(policy.get("whenDeleted") == "Delete")
