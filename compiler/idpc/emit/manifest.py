"""`manifest.json`: which files of a build folder are idpc's own, and what they were made from."""

import hashlib
import json
import posixpath
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from idpc import __version__
from idpc.emit.json_writer import json_document

MANIFEST = "manifest.json"


class Manifest(Struct, frozen=True):
    """The owned files with their digests, and the digest of the sources."""

    files: Mapping[str, str]
    sources: str = ""

    def text(self) -> str:
        """The manifest as it is written."""
        head = {"version": 1, "compiler": f"idpc {__version__}", "sources": self.sources}
        return json_document({**head, "files": dict(sorted(self.files.items()))})


class DamagedManifestError(Exception):
    """A `manifest.json` that idpc did not write or that was changed since; the message is a clause."""


def read_manifest(root: Path) -> Manifest:
    """The manifest of a build folder, one without files where there is none."""
    try:
        found = json.loads((root / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return Manifest({})
    except (ValueError, RecursionError) as error:
        raise DamagedManifestError("is not valid JSON") from error
    if not isinstance(found, dict) or not str(found.get("compiler", "")).startswith("idpc "):
        raise DamagedManifestError("was not written by idpc")
    files = found.get("files")
    if not isinstance(files, dict) or not all(stays_inside(path) for path in files):
        raise DamagedManifestError("lists files that a build cannot have written")
    return Manifest(files, str(found.get("sources", "")))


def digest(content: bytes) -> str:
    """The digest by which a manifest knows a content."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def stays_inside(path: str) -> bool:
    """Whether a relative path, in its one spelling, names a file below the folder and none that idpc reserves."""
    first = path.partition("/")[0]
    clean = bool(path) and posixpath.normpath(path) == path and not posixpath.isabs(path)
    return clean and first not in {"..", ".", ".idpc"} and path != MANIFEST and "\0" not in path and "\\" not in path
