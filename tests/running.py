"""Runs `idpc` as its users do, in a process of its own, and measures what it took."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
EXAMPLES = tuple(sorted(path.parent.name for path in ROOT.glob("examples/*/project.platform")))
TODAY = "2026-11-01"


class Ended(NamedTuple):
    """A process that ended: exit code, output, seconds on the processor, and the most memory in MiB."""

    code: int
    out: str
    err: str
    seconds: float
    mebibytes: float

    @property
    def said(self) -> str:
        return self.out + self.err


_LAUNCHER = """import os, sys
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(child, 0)
seconds = usage.ru_utime + usage.ru_stime
os.write(int(sys.argv[1]), f"{os.waitstatus_to_exitcode(status)} {seconds} {usage.ru_maxrss}".encode())
"""
"""Starts the command from a small process: what a child has used counts the memory of the one that it is forked from."""


def idpc(*arguments: str, cwd: Path | None = None, env: Mapping[str, str] | None = None, stdin: bytes = b"") -> Ended:
    """Run a command to its end."""
    used, told = os.pipe()
    with os.fdopen(used, "rb") as usage:
        command = [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(told), sys.executable, "-m", "idpc.cli", *arguments]
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(told,),
        )
        os.close(told)
        out, err = process.communicate(stdin)
        code, seconds, kibibytes = usage.read().split()
    return Ended(int(code), out.decode(), err.decode(), float(seconds), float(kibibytes) / 1024)


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
