"""Runs other programs: with argument lists, never a shell, and never longer than they may take."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from idpc.deploy.model import StepFailedError, TookTooLongError

_RUNNING: set["subprocess.Popen[str]"] = set()
"""What has to be stopped when the user interrupts: programs of one process, whichever thread started them."""

_GRACE = 20.0
_SHOWN = 12


class Ended(NamedTuple):
    """A program that ended."""

    code: int
    out: str
    err: str

    @property
    def why(self) -> str:
        """The end of what it complained about, from its first error on."""
        lines = [line.lstrip("╷│╵ ").rstrip() for line in (self.err or self.out).splitlines()]
        told = [line for line in lines if line]
        first = next((number for number, line in enumerate(told) if line.lower().startswith("error")), 0)
        return "\n".join(told[first:][-_SHOWN:])


def run(
    arguments: Sequence[str],
    seconds: float,
    *,
    stdin: str = "",
    cwd: str | None = None,
    variables: Mapping[str, str] | None = None,
) -> Ended:
    """Run a program to its end; one that takes too long is asked to stop, then made to."""
    process = _started(arguments, cwd, variables or {})
    _RUNNING.add(process)
    try:
        out, err = process.communicate(stdin, timeout=seconds)
    except subprocess.TimeoutExpired:
        _stop(process)
        raise TookTooLongError(f"`{' '.join(arguments[:2])}` was not done in {seconds:.0f} s") from None
    except BaseException:
        _stop(process)
        raise
    finally:
        _RUNNING.discard(process)
    return Ended(process.returncode, out, err)


def _started(arguments: Sequence[str], cwd: str | None, variables: Mapping[str, str]) -> "subprocess.Popen[str]":
    """The program in a session of its own, so that it can be stopped with all that it starts."""
    try:
        return subprocess.Popen(  # noqa: S603  # a list of arguments, the program by name
            arguments,
            cwd=cwd,
            env={**os.environ, **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise StepFailedError(f"`{arguments[0]}` is not installed, or not on the PATH") from error
    except OSError as error:
        raise StepFailedError(f"`{arguments[0]}` cannot be run: {error.strerror}") from error


def stop_all() -> None:
    """Ask every program that runs to stop; those who wait for one see it end."""
    for process in tuple(_RUNNING):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)


def _stop(process: "subprocess.Popen[str]") -> None:
    """Stop a program with all that it started; Terraform needs the chance to write its state."""
    for number, patience in ((signal.SIGINT, _GRACE), (signal.SIGKILL, None)):
        try:
            os.killpg(process.pid, number)
            process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            process.wait()
        return
