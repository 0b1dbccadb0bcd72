"""Writes what a peer returns: one JSON object of texts by path. The same for all, so that it weighs alike."""

import json
from collections.abc import Mapping
from pathlib import Path


def write_all(texts: Mapping[str, str], folder: Path) -> None:
    """Write each text to its path below a folder."""
    for path, text in texts.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


def write_json(answer: str, folder: Path) -> None:
    """Write the texts of a JSON object."""
    write_all(json.loads(answer), folder)
