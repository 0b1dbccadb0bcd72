"""The terminal: whether it shows colours, how wide it is, and a line of progress while work takes long."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

TYPE_CHECKING = False  # `typing`'s own costs its import
if TYPE_CHECKING:
    import threading

    from idpc.diagnostics.renderers.report import Look

_PATIENCE = 1.0
_PLAIN_WIDTH = 120
CLOSED_PIPE = 141


def use_utf8() -> None:
    """Write the same bytes in every locale."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def look(*, error: bool = False) -> "Look":
    """How standard output, or standard error, should look."""
    from idpc.diagnostics.renderers.report import Look

    stream = sys.stderr if error else sys.stdout
    if not stream.isatty():
        return Look(colour=False, width=_PLAIN_WIDTH)
    from shutil import get_terminal_size

    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return Look(colour=not plain, width=get_terminal_size((_PLAIN_WIDTH, 40)).columns)


def write(text: str, next_time: str | None = None) -> None:
    """Write to standard output; `next_time` is what the same command says when nothing has changed since."""
    _listen(0, text if next_time is None else next_time)
    sys.stdout.write(text)


def error(text: str) -> None:
    """Write to standard error, behind all that standard output was given."""
    _listen(1, text)
    sys.stdout.flush()
    sys.stderr.write(text)
    sys.stderr.flush()


def flush() -> None:
    """Show what was written so far."""
    sys.stdout.flush()


_heard: ContextVar[tuple[list[str], list[str]] | None] = ContextVar("heard", default=None)


def _listen(stream: int, text: str) -> None:
    heard = _heard.get()
    if heard is not None:
        heard[stream].append(text)


@contextmanager
def listening() -> Iterator[tuple[list[str], list[str]]]:
    """Gather what is written to standard output and to standard error meanwhile."""
    heard: tuple[list[str], list[str]] = ([], [])
    token = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(token)


def repeat(output: str, errors: str, code: int) -> int:
    """Write what was written before; the exit code is the one that was given then."""
    use_utf8()
    try:
        write(output)
        if errors:
            error(errors)
        sys.stdout.flush()
    except BrokenPipeError:
        return closed_pipe()
    return code


def closed_pipe() -> int:
    """The exit code where nobody reads what is written; Python's own attempt to flush it goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return CLOSED_PIPE


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Say on the terminal what is going on and for how long, once it has taken a second."""
    if not sys.stderr.isatty():
        yield
        return
    import threading

    done = threading.Event()
    teller = threading.Thread(target=_tell, args=(what, done), daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


def _tell(what: str, done: "threading.Event") -> None:
    began, told = monotonic(), False
    while not done.wait(_PATIENCE):
        sys.stderr.write(f"\r{what} … {monotonic() - began:.0f} s")
        sys.stderr.flush()
        told = True
    if told:
        sys.stderr.write("\r\x1b[2K")
        sys.stderr.flush()
