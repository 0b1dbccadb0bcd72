"""Where deployments are written down: the journal of a project in the user's state folder."""

import os
import re
import sys
from pathlib import Path

import click

from idpc.deploy.journal import Journal
from idpc.project.folder import PROJECT_FILE

_HEADER = re.compile(r"^project\s+(\w+)", re.MULTILINE)


def open_journal(path: Path | None, project: str | None, near: Path) -> Journal:
    """The journal at a path, else that of a project, else that of the project around a file or folder."""
    found = path or _state_folder() / "idpc" / (project or project_name(near)) / "journal.db"
    try:
        return Journal(found.absolute())
    except OSError as error:
        raise click.ClickException(f"the journal `{found}` cannot be opened: {error.strerror}") from error


def project_name(near: Path) -> str:
    """The name of the project around a path."""
    folder = project_folder(near)
    if folder is None:
        raise click.UsageError(f"there is no project around `{near}`; name it with --project, or give --journal")
    header = _HEADER.search((folder / PROJECT_FILE).read_text(encoding="utf-8", errors="replace"))
    return header[1] if header else folder.name


def project_folder(near: Path) -> Path | None:
    """The nearest folder with a project, upwards."""
    above = near.resolve()
    return next((folder for folder in (above, *above.parents) if (folder / PROJECT_FILE).is_file()), None)


def _state_folder() -> Path:
    named = os.environ.get("IDPC_STATE_DIR") or os.environ.get("XDG_STATE_HOME", "")
    if os.path.isabs(named):  # noqa: PTH117  # the specification of XDG has any other ignored
        return Path(named)
    return Path.home() / ("Library/Application Support" if sys.platform == "darwin" else ".local/state")
