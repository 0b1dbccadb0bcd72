"""What is said when idpc itself fails: that it is not the user's doing, and what to report."""

import platform
import traceback
from collections.abc import Sequence

from idpc import __version__
from idpc.cli import console
from idpc.diagnostics.codes.faults import INTERNAL_FAULT
from idpc.diagnostics.renderers import Report, render
from idpc.source import Span


def describe(fault: Exception, arguments: Sequence[str], *, traced: bool) -> str:
    """The diagnostic of a fault; its message may quote the sources, so only the traceback shows it."""
    frames = traceback.extract_tb(fault.__traceback__)
    ours = [frame for frame in frames if "idpc" in frame.filename] or list(frames)
    place = f"{ours[-1].filename.rpartition('idpc')[2].lstrip('/')}:{ours[-1].lineno}" if ours else "unknown"
    command = next((argument for argument in arguments if not argument.startswith("-")), "idpc")
    diagnostic = INTERNAL_FAULT.at(
        Span("", 0, 0),
        f"idpc failed in `{command}` with {type(fault).__name__} at {place}",
        notes=(
            "this is a fault of idpc, not of your specification",
            f"report it with this line: {', '.join((*_versions(), command, type(fault).__name__, place))}",
        ),
        help="" if traced else "`--traceback` shows the whole way there; it may quote your sources",
    )
    text = render("text", Report((diagnostic,)), console.look(error=True))
    return "".join(traceback.format_exception(fault)) + text if traced else text


def _versions() -> tuple[str, ...]:
    return f"idpc {__version__}", f"Python {platform.python_version()}", platform.system()
