"""Answers a command as it was answered before, while nothing that it depends on has changed; imports next to nothing.

An answer is what was printed and the exit code. It stands for one command line in one folder on one day, and holds as
long as every folder of the sources lists the same names, and every file that was read or written is the same: by its
stamp (times of change, number, size) or, where the file was changed too shortly before it was noted, by its content.
"""

import hashlib
import marshal
import os
import sys
import time
from collections.abc import Iterable, Sequence

from idpc.cache import Store
from idpc.identity import identity

TYPE_CHECKING = False  # `typing`'s own costs its import
if TYPE_CHECKING:
    from typing import TextIO

GRAIN = 50_000_000
"""Nanoseconds in which two changes of a file may bear the same time: kernels stamp files at the ticks of their clock."""
COMMANDS = ("check", "build")
_NEVER = ("--no-cache", "--profile", "--baseline", "--policy-engine", "--traceback", "--help", "-h")


def recall(arguments: Sequence[str]) -> tuple[str, str, int] | None:
    """What a command line printed on standard output and standard error, and its exit code; None where that may differ."""
    if not may_recall(arguments):
        return None
    data = Store.open().get(_key(arguments))
    if data is None:
        return None
    names, absent, files, answer = marshal.loads(data)  # noqa: S302  # sealed, and this user's own
    if any(_names(folder) != listed for folder, listed in names) or any(map(os.path.lexists, absent)):
        return None
    if not all(_is_same(*each) for each in files):
        return None
    output, errors, code = answer
    return output, errors, code


def may_recall(arguments: Sequence[str]) -> bool:
    """Whether a command line is one whose answers are kept."""
    return bool(arguments) and arguments[0] in COMMANDS and not any(each.startswith(_NEVER) for each in arguments)


def keep(
    arguments: Sequence[str],
    answer: tuple[str, str, int],
    folders: Iterable[str],
    files: Iterable[str],
    absent: Iterable[str] = (),
) -> None:
    """Note an answer with the folders and files that it depends on, and the paths at which nothing may come to be."""
    now = time.time_ns()
    try:
        noted = [_noted(path, now) for path in files]
        names = [(folder, _names(folder)) for folder in folders]
    except OSError:
        return  # something is being changed at this moment: there is nothing to hold on to
    Store.open().put(_key(arguments), marshal.dumps((names, list(absent), noted, answer)))


def _key(arguments: Sequence[str]) -> str:
    looks = [_look(stream) for stream in (sys.stdout, sys.stderr)]
    variables = [os.environ.get(name, "") for name in ("NO_COLOR", "TERM", "COLUMNS")]
    day = time.strftime("%Y-%m-%d", time.gmtime())
    facts = "\0".join((identity(), os.getcwd(), day, *looks, *variables, *arguments))
    return f"answer-{hashlib.sha256(facts.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}"


def _look(stream: "TextIO") -> str:
    """What printing depends on: nothing for a file or pipe, the size of a terminal."""
    try:
        return str(os.get_terminal_size(stream.fileno())) if stream.isatty() else ""
    except (OSError, ValueError):
        return ""


def _names(folder: str) -> str:
    """The names in a folder, as a digest; hidden ones are nobody's sources."""
    try:
        names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
    except OSError:
        return ""
    return hashlib.sha256("\0".join(names).encode("utf-8", "surrogateescape")).hexdigest()


def _noted(path: str, now: int) -> tuple[str, tuple[int, ...], str]:
    """A file with its stamp, and with its digest where the stamp may be that of a later content, too."""
    stamp = _stamp(path)
    settled = max(stamp[:2]) < now - GRAIN
    return path, stamp, "" if settled else _digest(path)


def _is_same(path: str, stamp: tuple[int, ...], digest: str) -> bool:
    try:
        return _stamp(path) == stamp and (not digest or _digest(path) == digest)
    except OSError:
        return False


def _stamp(path: str) -> tuple[int, ...]:
    status = os.stat(path)
    return status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_size, status.st_mode


def _digest(path: str) -> str:
    with open(path, "rb", buffering=0) as file:
        return hashlib.sha256(file.readall()).hexdigest()
