"""The store: gets and puts bytes by key, and takes whatever goes wrong with them for a miss."""

import os
import time
from collections.abc import Sequence

from idpc.cache import size
from idpc.cache.entry import HOUR, SEAL_SIZE, file_name, private, remove, seal, write
from idpc.cache.place import DEFAULT_BOUND, is_open_to_others, is_own, reason_to_refuse, user_bound, user_folder

_TAG = b"""Signature: 8a477f597d28d172789f06886806bc55
# This folder is a cache of idpc: `idpc cache clear` empties it, and backups may leave it out.
# See https://bford.info/cachedir/
"""
_TALLY = ".idpc-written"
_TALLY_UNIT = 4096


class Store:
    """The cache of one user, as `open` finds it; `trouble` says, if anything, why it is not used or took nothing."""

    __slots__ = ("_prepared", "_reads", "_writes", "bound", "folder", "trouble")

    def __init__(self, folder: str | None, bound: int, trouble: str | None = None, *, enabled: bool = True) -> None:
        self.folder = folder
        self.bound = bound
        self.trouble = trouble
        self._reads = self._writes = enabled and folder is not None and bound > 0 and trouble is None
        self._prepared = False

    @staticmethod
    def open(*, enabled: bool = True) -> "Store":
        """The cache that the environment names, which need not exist yet; a disabled one is empty and stays so."""
        folder, bound = user_folder(), user_bound()
        if not enabled:
            return Store(folder, bound or DEFAULT_BOUND, enabled=False)
        if bound is None:
            return Store(folder, DEFAULT_BOUND, "no cache is used: IDPC_CACHE_SIZE is no size like `1GiB`")
        if folder is None:
            return Store(folder, bound, "no cache is used: this user has no home folder; IDPC_CACHE_DIR can name one")
        reason = reason_to_refuse(folder)
        return Store(folder, bound, reason and _unusable(folder, reason))

    def get(self, key: str) -> bytes | None:
        """What was put under a key; None where that is nothing, is damaged, or cannot be read."""
        if not self._reads:
            return None
        path = f"{self.folder}/{file_name(key)}"
        try:
            with open(path, "rb", buffering=0) as file:
                status = os.fstat(file.fileno())
                if not is_own(status) or is_open_to_others(status):
                    return None
                found, data = file.read(SEAL_SIZE), file.readall()
        except OSError:
            return None
        if found != seal(key, (data,)):
            remove(path)
            return None
        _note_use(path, status)
        return data

    def put(self, key: str, data: bytes | Sequence[bytes]) -> None:
        """Keep data under a key, and make room for it; after a failure, which `trouble` tells, no more is tried."""
        if not self._writes or self.folder is None:
            return
        pieces = (data,) if isinstance(data, bytes) else data
        length = SEAL_SIZE + sum(map(len, pieces))
        if length > self._kept:
            self.trouble = (
                f"the cache is bounded to {size.printed(self.bound)}, too small for an entry of {size.printed(length)};"
                " IDPC_CACHE_SIZE sets the bound"
            )
            return
        name = file_name(key)
        try:
            self._prepare(self.folder)
            write(self.folder, name, (seal(key, pieces), *pieces))
            self._make_room(self.folder, length)
        except OSError as error:
            self._writes = False
            self.trouble = _unusable(self.folder, str(error.strerror))

    @property
    def _kept(self) -> int:
        """How much eviction leaves; the rest of the bound is what may be written before it looks again."""
        return self.bound - self.bound // 16

    def _prepare(self, folder: str) -> None:
        if self._prepared:
            return
        os.makedirs(folder, mode=0o700, exist_ok=True)
        reason = reason_to_refuse(folder)
        if reason:
            raise OSError(None, reason)
        with os.scandir(folder) as content:
            is_empty = next(content, None) is None
        if is_empty:  # a folder with something in it may be the user's, and backups must not leave that out
            write(folder, "CACHEDIR.TAG", (_TAG,))
        self._prepared = True

    def _make_room(self, folder: str, length: int) -> None:
        """Evict, but look at the folder only when a sixteenth of the bound was written since the last look.

        How much that is, all processes tell each other without locks by the length of a file to which each appends.
        """
        with open(f"{folder}/{_TALLY}", "ab", buffering=0, opener=private) as tally:
            tally.write(b"." * (1 + length // _TALLY_UNIT))
            if tally.tell() * _TALLY_UNIT > self.bound - self._kept:
                from idpc.cache.content import evict

                evict(folder, self._kept)
                tally.truncate(0)


def _unusable(folder: str, reason: str) -> str:
    return f"the cache `{folder}` cannot be used: {reason}"


def _note_use(path: str, status: os.stat_result) -> None:
    """Keep the time of the last use, to the hour: eviction needs no more, and reading should not cost a write."""
    if abs(time.time() - status.st_mtime) > HOUR:
        try:
            os.utime(path)
        except OSError:
            return  # the entry was good; one that cannot be marked is evicted sooner
