"""The differences of two values as documents have them: by dotted path, lists as a whole."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_PLAIN = re.compile(r"[\w-]+")


def differences(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """The paths at which two values differ, with what stands there; None where nothing does."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in (*before, *(key for key in after if key not in before)):
            yield from differences(before.get(key), after.get(key), _below(path, key))
    elif before != after or type(before) is not type(after):
        yield path, before, after


def _below(path: str, key: str) -> str:
    if not _PLAIN.fullmatch(key):
        return f'{path}["{key}"]'
    return f"{path}.{key}" if path else key
