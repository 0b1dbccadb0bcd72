"""What a change of an attribute does to a Terraform resource or Kubernetes object, and which resources hold data."""

import csv
from collections.abc import Mapping
from functools import cache
from typing import Any

from idpc.resources import resource

REPLACE, IN_PLACE, UNKNOWN = "replace", "in place", "unknown"
_IF_SMALLER = "replace if smaller"


def of_attribute(type: str, path: str, before: Any = None, after: Any = None) -> str:  # noqa: A002  # Terraform's own word
    """`replace`, `in place`, or `unknown` where the facts say neither of the attribute or of a block around it."""
    effect = _nearest(_facts("terraform").get(type, {}), path, UNKNOWN)
    return _by_size(before, after) if effect == _IF_SMALLER else effect


def _by_size(before: Any, after: Any) -> str:
    """What becomes of a size or version, which may be raised."""
    sizes = [_size(each) for each in (before, after)]
    if sizes[0] is None or sizes[1] is None:
        return UNKNOWN
    return IN_PLACE if sizes[0] <= sizes[1] else REPLACE


def _size(value: Any) -> tuple[int, ...] | None:
    words = str(value).rpartition("_")[2].split(".")
    return tuple(map(int, words)) if all(word.isdecimal() for word in words) else None


def of_field(kind: str, path: str) -> str:
    """`replace` for a field that the API server does not let change, else `in place`."""
    return _nearest(_facts("kubernetes").get(kind, {}), path, IN_PLACE)


def holds_data(type: str) -> bool:  # noqa: A002  # Terraform's own word
    """Whether what is in a resource of a type is lost with it."""
    return type in _holding()


@cache
def kept_kinds() -> frozenset[str]:
    """The kinds of Kubernetes objects that hold data, and of those that make them: what removes others leaves these."""
    return frozenset(row["kind"] for row in _rows("kubernetes", "data.csv"))


def _nearest(facts: Mapping[str, str], path: str, default: str) -> str:
    while path:
        if path in facts:
            return facts[path]
        path = path.rpartition(".")[0]
    return default


@cache
def _facts(folder: str) -> Mapping[str, Mapping[str, str]]:
    facts: dict[str, dict[str, str]] = {}
    for row in _rows(folder, "replace.csv"):
        facts.setdefault(row["resource"], {})[row["attribute"]] = row["effect"]
    return facts


@cache
def _holding() -> frozenset[str]:
    return frozenset(row["resource"] for row in _rows("terraform", "data.csv"))


def _rows(*path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(resource("schemas", *path).read_text(encoding="utf-8").splitlines()))
