"""What the cache's folder holds: its entries by their last use, the eviction of the oldest, and clearing."""

import os
import time
from contextlib import suppress

from msgspec import Struct

from idpc.cache.entry import HOUR, is_entry, is_unfinished, remove

_Files = list[tuple[str, os.stat_result]]


class Entry(Struct, frozen=True, order=True):
    """An entry of the folder, ordered by the time of its last use."""

    used: float
    name: str
    size: int


def entries(folder: str) -> list[Entry]:
    """All entries, the one that was used last at the end; a folder that does not exist has none."""
    return _entries(_files(folder))


def evict(folder: str, kept: int) -> None:
    """Remove the entries that were not used for longest until the others have at most `kept` bytes."""
    files = _files(folder)
    _remove_unfinished(folder, files)
    present = _entries(files)
    excess = sum(entry.size for entry in present) - kept
    for entry in present:
        if excess <= 0:
            return
        if remove(f"{folder}/{entry.name}"):
            excess -= entry.size


def clear(folder: str) -> list[Entry]:
    """Remove all entries, and return them; foreign files stay. Raises `OSError` where the folder refuses."""
    files = _files(folder)
    _remove_unfinished(folder, files)
    present = _entries(files)
    for entry in present:
        with suppress(FileNotFoundError):  # another process was faster
            os.unlink(f"{folder}/{entry.name}")
    return present


def _entries(files: _Files) -> list[Entry]:
    return sorted(Entry(status.st_mtime, name, status.st_size) for name, status in files if is_entry(name))


def _remove_unfinished(folder: str, files: _Files) -> None:
    """Remove what writers left that died: nobody writes an entry for an hour."""
    for name, status in files:
        if is_unfinished(name) and abs(time.time() - status.st_mtime) > HOUR:
            remove(f"{folder}/{name}")


def _files(folder: str) -> _Files:
    """The regular files of a folder; what vanishes meanwhile was another process's to remove."""
    found = []
    try:
        with os.scandir(folder) as content:
            for file in content:
                try:
                    if file.is_file(follow_symlinks=False):
                        found.append((file.name, file.stat(follow_symlinks=False)))
                except FileNotFoundError:
                    continue
    except (FileNotFoundError, NotADirectoryError):
        return []
    return found
