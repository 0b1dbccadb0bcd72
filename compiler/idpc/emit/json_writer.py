"""Writes trees of plain values as JSON, two spaces deep, every character as itself."""

import json
from json.encoder import encode_basestring as quoted
from typing import Any

from msgspec import Struct

_NESTING = (dict, list, tuple)
_EMPTY: dict[type, str] = {dict: "{}", list: "[]"}
_WORDS: dict[Any, str] = {None: "null", True: "true", False: "false"}


class Written(Struct, frozen=True):
    """A value that is text already, with the indent of the place at which it stands."""

    text: str


def json_document(value: Any, *, sort_keys: bool = False) -> str:
    """One document that ends in a newline; keys stand in the order given unless `sort_keys`."""
    return f"{_text(value, 0, sort_keys=sort_keys)}\n"


def json_part(value: Any, depth: int) -> Written:
    """A value as it stands `depth` levels deep in a document, for one that is put together from parts."""
    return Written(_text(value, depth))


def _text(value: Any, depth: int, *, sort_keys: bool = False) -> str:
    pieces: list[str] = []
    _write(pieces, value, "\n" + "  " * depth, sort_keys)
    return "".join(pieces)


def _write(pieces: list[str], value: Any, newline: str, sort_keys: bool) -> None:
    """Appends a value; `newline` is a line end and the indent of the line on which the value began."""
    if not value or not isinstance(value, _NESTING):
        pieces.append(_atom(value))
    elif isinstance(value, dict):
        _write_object(pieces, value, newline, sort_keys)
    else:
        _write_array(pieces, value, newline, sort_keys)


def _write_object(pieces: list[str], value: dict[str, Any], newline: str, sort_keys: bool) -> None:
    inner = f"{newline}  "
    lead = f"{{{inner}"
    for key, item in sorted(value.items()) if sort_keys else value.items():
        if isinstance(item, str):
            pieces.append(f"{lead}{quoted(key)}: {quoted(item)}")
        elif item and isinstance(item, _NESTING):
            pieces.append(f"{lead}{quoted(key)}: ")
            _write(pieces, item, inner, sort_keys)
        else:
            pieces.append(f"{lead}{quoted(key)}: {_atom(item)}")
        lead = f",{inner}"
    pieces.append(f"{newline}}}")


def _write_array(pieces: list[str], value: list[Any] | tuple[Any, ...], newline: str, sort_keys: bool) -> None:
    inner = f"{newline}  "
    lead = f"[{inner}"
    for item in value:
        pieces.append(lead)
        _write(pieces, item, inner, sort_keys)
        lead = f",{inner}"
    pieces.append(f"{newline}]")


def _atom(value: Any) -> str:
    """A value that has nothing in it; what JSON has no word for is refused."""
    if isinstance(value, str):
        return quoted(value)
    if type(value) is int:
        return str(value)
    if isinstance(value, Written):
        return value.text
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    return _EMPTY.get(type(value)) or json.dumps(value, allow_nan=False)
