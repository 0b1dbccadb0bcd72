"""The differences of two values as documents have them: by dotted path, lists, ranges and references as a whole."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_REFERENCES = frozenset({"secret", "store", "resource", "of", "text", "json", "base64", "instance"})
"""How `graph.json` writes what is no plain value: such a map is one value."""
_PLAIN = re.compile(r"[\w-]+")


def differences(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """The paths at which two values differ, with what stands there; None where nothing does."""
    if isinstance(before, Mapping) and isinstance(after, Mapping) and not (_is_whole(before) or _is_whole(after)):
        for key in (*before, *(key for key in after if key not in before)):
            yield from differences(before.get(key), after.get(key), _below(path, key))
    elif before != after or type(before) is not type(after):
        yield path, before, after


def _is_whole(value: Mapping[str, Any]) -> bool:
    return bool(value) and (value.keys() == {"min", "max"} or value.keys() <= _REFERENCES)


def _below(path: str, key: str) -> str:
    if not _PLAIN.fullmatch(key):
        return f'{path}["{key}"]'
    return f"{path}.{key}" if path else key
