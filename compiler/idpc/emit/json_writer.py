"""Writes trees of plain values as JSON, two spaces deep, every character as itself."""

import json
from json.encoder import encode_basestring as quoted
from typing import Any


def json_document(value: Any, *, sort_keys: bool = False) -> str:
    """One document that ends in a newline; keys stand in the order given unless `sort_keys`."""
    pieces: list[str] = []
    _write(pieces, value, "\n", sort_keys)
    pieces.append("\n")
    return "".join(pieces)


def _write(pieces: list[str], value: Any, newline: str, sort_keys: bool) -> None:
    """Appends a value; `newline` is a line end and the indent of the line on which the value began."""
    if isinstance(value, str):
        pieces.append(quoted(value))
    elif isinstance(value, dict) and value:
        _write_object(pieces, value, newline, sort_keys)
    elif isinstance(value, list | tuple) and value:
        _write_array(pieces, value, newline, sort_keys)
    else:
        pieces.append(json.dumps(value, allow_nan=False))


def _write_object(pieces: list[str], value: dict[str, Any], newline: str, sort_keys: bool) -> None:
    inner = f"{newline}  "
    lead = f"{{{inner}"
    for key, item in sorted(value.items()) if sort_keys else value.items():
        if type(item) is str:
            pieces.append(f"{lead}{quoted(key)}: {quoted(item)}")
        else:
            pieces.append(f"{lead}{quoted(key)}: ")
            _write(pieces, item, inner, sort_keys)
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
