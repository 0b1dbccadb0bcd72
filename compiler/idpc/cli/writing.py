"""Writes files for the commands that do, and turns what the disk refuses into a message."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import unified_diff
from pathlib import Path

import click

from idpc.diagnostics.renderers.report import Look

_STYLES = {"+": "added", "-": "removed", "@": "gutter"}


class Refused(click.ClickException):
    """The disk does not take what is written: neither the specification's fault nor idpc's."""

    exit_code = 2


@contextmanager
def reported() -> Iterator[None]:
    """Turn what the disk refuses into a message."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Refused(f"cannot write `{error.filename}`: {error.strerror}") from error


def replace_file(path: Path, content: bytes) -> None:
    """Put the new content in the place of the old, if any, at once; a link stays one, and the file keeps its mode."""
    target = Path(os.path.realpath(path))
    mode = target.stat().st_mode if target.exists() else 0o644
    with reported():
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).chmod(mode)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def difference(path: str, before: str, after: str, look: Look) -> str:
    """A unified diff of a file; empty where nothing changes."""
    lines = unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), path, path)
    return "".join(look.paint(_STYLES.get(line[:1], ""), line.rstrip("\n")) + "\n" for line in lines)
