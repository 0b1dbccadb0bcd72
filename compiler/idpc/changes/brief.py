"""Values of fields as a reader is shown them: short, and where two differ."""

import json
from collections.abc import Mapping
from typing import Any

_NAMING = frozenset({"secret", "store", "instance"})
"""References that one name stands for."""
_LIMIT = 60
_BREAKS = "/ ,"


def brief(value: Any) -> str:
    """A value, cut where it is long."""
    return _cut(_text(value))


def both(before: Any, after: Any) -> tuple[str, str]:
    """Two values; of long ones that begin alike only what begins where they part. None is `-`."""
    texts = ["-" if value is None else _text(value) for value in (before, after)]
    start = _parting(*texts) if max(map(len, texts)) > _LIMIT else 0
    one, two = ("-" if text == "-" else _cut(f"…{text[start:]}" if start else text) for text in texts)
    return one, two


def _parting(one: str, two: str) -> int:
    """Where the word begins in which two texts differ."""
    pairs = enumerate(zip(one, two, strict=False))
    end = next((number for number, (mine, other) in pairs if mine != other), min(len(one), len(two)))
    return max(one.rfind(each, 0, end) for each in _BREAKS) + 1


def _cut(text: str) -> str:
    return f"`{text}`" if len(text) <= _LIMIT else f"`{text[:_LIMIT]}…`"


def _text(value: Any) -> str:
    if isinstance(value, Mapping) and value.keys() == {"min", "max"}:
        least, most = _text(value["min"]), _text(value["max"])
        return least if least == most else f"{least}..{most}"
    if isinstance(value, Mapping) and len(value) == 1 and value.keys() <= _NAMING:
        return str(next(iter(value.values())))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
