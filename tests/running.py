"""Runs `idpc` as its users do, in a process of its own, and measures what it took."""

import os
import subprocess
import sys
import tempfile
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


def idpc(*arguments: str, cwd: Path | None = None, env: Mapping[str, str] | None = None, stdin: bytes = b"") -> Ended:
    """Run a command to its end."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as given:
        given.write(stdin)
        given.seek(0)
        process = subprocess.Popen(
            [sys.executable, "-m", "idpc.cli", *arguments],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=given,
            stdout=out,
            stderr=err,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
        seconds = usage.ru_utime + usage.ru_stime
        return Ended(process.returncode, texts[0], texts[1], seconds, usage.ru_maxrss / 1024)


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
