"""The text of a bundle's files."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from idpc.emit.json_writer import json_document
from idpc.emit.yaml_writer import yaml_stream

if TYPE_CHECKING:
    from idpc.emit.model import Bundle, Document


class Texts(Mapping[str, str]):
    """The text of every file by its path, each written when it is first asked for; `known` are written already."""

    __slots__ = ("_files", "_known")

    def __init__(self, files: Mapping[str, tuple["Document", ...]], known: Mapping[str, str] | None = None) -> None:
        self._files = files
        self._known = dict(known or {})

    def __getitem__(self, path: str) -> str:
        text = self._known.get(path)
        if text is None:
            text = self._known[path] = file_text(path, self._files[path])
        return text

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def file_text(path: str, documents: tuple["Document", ...]) -> str:
    """The text of one file."""
    return json_document(documents[0]) if path.endswith(".json") else yaml_stream(documents)


def render(bundle: "Bundle") -> dict[str, str]:
    """The text of every file by its path."""
    return dict(bundle.texts)
