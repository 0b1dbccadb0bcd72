"""Which instance of before is which of after: by address, and by `@was`."""

from collections.abc import Mapping
from typing import Any

from idpc.changes.model import Document

ALIKE = 0.8
"""The share of equal fields from which two instances may be one that was renamed."""


def formers(before: Mapping[str, Document], after: Mapping[str, Document]) -> dict[str, str]:
    """The address before, by that after, of every instance that there is in both."""
    found = {address: address for address in after if address in before}
    taken = {*found}
    for address, node in after.items():
        if address not in found:
            old = [was for was in node.get("was", ()) if was in before and was not in taken and was not in after]
            if old:
                found[address] = old[-1]
                taken.add(old[-1])
    return found


def likeness(one: Document, other: Document) -> float:
    """How alike two instances are, from 0 for different kinds to 1 for equal fields."""
    if one["kind"] != other["kind"]:
        return 0.0
    first, second = (dict(_leaves(each["fields"])) for each in (one, other))
    paths = first.keys() | second.keys()
    equal = sum(path in first and path in second and first[path] == second[path] for path in paths)
    return equal / len(paths) if paths else 1.0


def twin(node: Document, others: Mapping[str, Document]) -> str:
    """The address of the one that is most alike; empty where none is alike."""
    rated = {address: likeness(node, other) for address, other in others.items()}
    best = max(sorted(rated), key=lambda address: rated[address], default="")
    return best if best and rated[best] >= ALIKE else ""


def _leaves(value: Any, path: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        return [leaf for key, inner in value.items() for leaf in _leaves(inner, f"{path}.{key}")]
    return [(path, value)]
