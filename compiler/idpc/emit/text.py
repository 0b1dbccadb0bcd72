"""The text of a bundle's files."""

from idpc.emit.json_writer import json_document
from idpc.emit.model import Bundle
from idpc.emit.yaml_writer import yaml_stream


def render(bundle: Bundle) -> dict[str, str]:
    """The text of every file by its path."""
    return {
        path: json_document(documents[0]) if path.endswith(".json") else yaml_stream(documents)
        for path, documents in bundle.files.items()
    }
