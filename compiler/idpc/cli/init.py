"""`idpc init`: writes a small project that builds."""

import re
from collections.abc import Mapping
from pathlib import Path

import click

from idpc.cli import console, options
from idpc.cli.session import near_path
from idpc.cli.writing import reported
from idpc.project.folder import PROJECT_FILE
from idpc.resources import package

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_PLACEHOLDER = "demo"
_FILES = (PROJECT_FILE, "app.platform")


@click.command(
    cls=options.Command,
    examples=(
        ("idpc init shop", "a new project in the folder shop"),
        ("cd shop && idpc build", "what it becomes"),
    ),
)
@click.argument("name", required=False)
def command(name: str | None) -> int:
    """Write a small project that builds: a team, two environments, a service and its database.

    Writes into the folder NAME, or into the current folder when no name is given. Never overwrites a file.
    """
    folder = Path(name or "")
    declared = declared_name(folder.absolute().name)
    texts = {path: scaffold(path, declared) for path in _FILES}
    write_new(folder, texts, "idpc init")
    here = folder == Path()
    console.write("next: idpc build\n" if here else f"next: cd {folder.as_posix()} && idpc build\n")
    return 0


def write_new(folder: Path, texts: Mapping[str, str], command: str) -> None:
    """Write files into a folder and say so; refuses to overwrite any, and then writes none."""
    for path in texts:
        if (folder / path).exists():
            raise click.UsageError(f"`{near_path(folder / path)}` exists; `{command}` overwrites nothing")
    with reported():
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            with (folder / path).open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
    console.write("".join(f"wrote {near_path(folder / path)}\n" for path in texts))


def declared_name(folder: str, what: str = "a project") -> str:
    """The name to declare: that of the folder, with `_` for `-`."""
    name = folder.lower()
    if not _NAME.fullmatch(name):
        raise click.UsageError(
            f"`{folder}` cannot name {what}: use at most 40 letters, digits and dashes, a letter first"
        )
    return name.replace("-", "_")


def scaffold(path: str, name: str) -> str:
    """A file of a new project of that name."""
    text = package().joinpath("cli", "scaffold", path).read_text(encoding="utf-8")
    return re.sub(rf"\b{_PLACEHOLDER}\b", name, text)
