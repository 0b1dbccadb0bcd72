"""Where the cache of this user is, how large it may become, and whether what lies there can be trusted."""

import os
import stat
import sys

from idpc.cache import size

DEFAULT_BOUND = 512 * 1024**2


def user_folder() -> str | None:
    """The folder of the cache, whether it exists or not; None for a user without a home."""
    named = os.environ.get("IDPC_CACHE_DIR")
    if named:
        return os.path.abspath(named)
    shared = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(shared):  # the specification of XDG has any other ignored
        return os.path.join(shared, "idpc")
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return os.path.join(local, "idpc", "cache") if local else None
    home = os.path.expanduser("~")
    if not os.path.isabs(home):
        return None
    return os.path.join(home, *(("Library", "Caches") if sys.platform == "darwin" else (".cache",)), "idpc")


def user_bound() -> int | None:
    """The bytes that the cache may have; None where what the user asks for is no size."""
    asked = os.environ.get("IDPC_CACHE_SIZE")
    return size.parsed(asked) if asked else DEFAULT_BOUND


def reason_to_refuse(folder: str) -> str | None:
    """Why a folder must not be used; None where it may be, or does not exist yet.

    What is kept may be code, in effect, to those who read it: nobody but the user may have written it.
    """
    try:
        status = os.stat(folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        return str(error.strerror)
    if not stat.S_ISDIR(status.st_mode):
        return "it is not a folder"
    if not is_own(status):
        return "it belongs to another user"
    return "others may write to it" if is_open_to_others(status) else None


def is_own(status: os.stat_result) -> bool:
    """Whether a file or folder belongs to this user."""
    return sys.platform == "win32" or status.st_uid == os.geteuid()


def is_open_to_others(status: os.stat_result) -> bool:
    """Whether other users may write; what the modes say, which on Windows is nothing."""
    return sys.platform != "win32" and bool(status.st_mode & (stat.S_IWGRP | stat.S_IWOTH))
