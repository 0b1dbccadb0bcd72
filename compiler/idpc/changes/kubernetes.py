"""What happens to the objects of a manifest, from its text before and after."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from idpc.changes.model import PartChange
from idpc.changes.values import differences
from idpc.schema.effects import REPLACE, of_field

_CLAIM = "PersistentVolumeClaim"
_BETWEEN = re.compile(r"^---\n", re.MULTILINE)


def changed_objects(before: str, after: str) -> Iterator[PartChange]:
    """Every object to which something happens; an object is known by its kind, namespace and name."""
    one, other = _documents(before), _documents(after)
    old, new = _objects(one, {*other}), _objects(other, {*one})
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


def _documents(text: str) -> list[str]:
    """The texts of the documents: to take them apart costs far less than to read them."""
    return _BETWEEN.split(text)


def _objects(documents: Sequence[str], same: Collection[str]) -> dict[tuple[str, ...], Mapping[str, Any]]:
    """The objects of documents, without those that are the same in the other manifest."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = (yaml.load(each, loader) for each in documents if each not in same)  # noqa: S506  # both are safe
    return {_key(each): each for each in found if isinstance(each, dict)}


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
