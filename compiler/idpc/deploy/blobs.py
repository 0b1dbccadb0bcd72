"""Keeps the artifacts of deployments by their digest, beside the journal, so that a deployment can go back to them."""

import hashlib
import os
import tempfile
from pathlib import Path

from msgspec import Struct


class DamagedBlobError(Exception):
    """A kept file that is gone, or not what its name says."""


class Blobs(Struct, frozen=True):
    """A folder of files, each under its SHA-256."""

    folder: Path

    def keep(self, content: bytes) -> str:
        """The digest under which a content is found from now on."""
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(digest)
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=path.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        return digest

    def read(self, digest: str) -> bytes:
        """The content of a digest."""
        try:
            content = self._path(digest).read_bytes()
        except OSError as error:
            raise DamagedBlobError(f"{digest} is gone") from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise DamagedBlobError(f"{digest} was changed")
        return content

    def _path(self, digest: str) -> Path:
        return self.folder / digest[:2] / digest[2:]
