"""`idpc fmt`: one style, no options."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from msgspec import Struct

from idpc.cli import console, options
from idpc.cli.session import near_path
from idpc.cli.writing import difference, replace_file
from idpc.diagnostics.merge import merge
from idpc.diagnostics.model import Diagnostic
from idpc.diagnostics.renderers import Report, render
from idpc.diagnostics.renderers.report import plural
from idpc.source import SourceFile

_SUFFIX = ".platform"
_APART = {"node_modules"}


class Formatted(Struct, frozen=True):
    """A file before and after; `before` is as on disk, `diagnostics` say what could not be read or parsed."""

    source: SourceFile
    before: bytes
    after: str
    diagnostics: tuple[Diagnostic, ...]

    @property
    def changed(self) -> bool:
        """Whether the file on disk is not what the formatter makes of it."""
        return self.before != self.after.encode()


@click.command(
    cls=options.Command,
    examples=(
        ("idpc fmt", "all files below the current folder"),
        ("idpc fmt --check examples stdlib", "in CI: list what is not formatted, and fail"),
        ("idpc fmt --diff shop.platform", "show what would change"),
        ("idpc fmt - < shop.platform", "from standard input to standard output"),
    ),
)
@click.argument("paths", nargs=-1, type=click.Path(exists=True, allow_dash=True, path_type=Path))
@click.option(
    "--check", "check_only", is_flag=True, help="Write nothing; list the files that would change, and exit with 1."
)
@click.option("--diff", is_flag=True, help="Write nothing; show the changes.")
def command(paths: tuple[Path, ...], *, check_only: bool, diff: bool) -> int:
    """Format files, or all files below folders.

    Comments stay where they are. In a file with syntax errors, what can be parsed is formatted, the rest is left as
    it is, and the command exits with 1. With --check or --diff nothing is written.
    """
    if "-" in map(str, paths):
        return _standard_input(diff=diff, check_only=check_only, alone=len(paths) == 1)
    files = [_formatted(path) for path in sorted(set(_files(paths or (Path(),))))]
    changed = [file for file in files if file.changed and not _unreadable(file)]
    for file in changed:
        _settle(file, check_only=check_only, diff=diff)
    broken = _tell([file for file in files if file.diagnostics])
    if not check_only and not diff:
        console.error(f"{plural(len(changed), 'file')} formatted, {len(files) - len(changed)} unchanged\n")
    return 1 if broken or (check_only and changed) else 0


def _standard_input(*, diff: bool, check_only: bool, alone: bool) -> int:
    if not alone:
        raise click.UsageError("`-` stands alone: standard input cannot be formatted together with files")
    file = _format("<stdin>", sys.stdin.buffer.read())
    if diff:
        console.write(difference(file.source.path, file.source.text, file.after, console.look()))
    elif not check_only:
        console.write(file.after)
    return 1 if _tell([file] if file.diagnostics else []) or (check_only and file.changed) else 0


def _settle(file: Formatted, *, check_only: bool, diff: bool) -> None:
    if diff:
        console.write(difference(file.source.path, _as_on_disk(file), file.after, console.look()))
    elif check_only:
        console.write(f"{file.source.path}\n")
    else:
        replace_file(Path(file.source.path), file.after.encode())


def _as_on_disk(file: Formatted) -> str:
    return file.before.decode("utf-8", "replace")


def _tell(broken: list[Formatted]) -> bool:
    """Print what is wrong with the files, and return whether anything is."""
    report = Report(
        merge((each for file in broken for each in file.diagnostics), ()),
        {file.source.path: file.source for file in broken},
    )
    if broken:
        console.error(render("text", report, console.look(error=True)))
    return bool(broken)


def _unreadable(file: Formatted) -> bool:
    """Whether the text is not all there, so that writing it back would lose something."""
    return file.source.text.encode("utf-8", "replace") != _normal(file.before)


def _normal(content: bytes) -> bytes:
    return content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _formatted(path: Path) -> Formatted:
    from idpc.project.folder import DiskFolder, Refusal
    from idpc.project.gather import FILE_LIMIT

    shown = near_path(path)
    content = DiskFolder(path.resolve().parent).read(path.resolve().name, FILE_LIMIT)
    if isinstance(content, Refusal):
        from idpc.source import Span

        refused = content.code.at(Span(shown, 0, 0), f"`{shown}` {content.clause}")
        return Formatted(SourceFile(shown, ""), b"", "", (refused,))
    return _format(shown, content)


def _format(path: str, content: bytes) -> Formatted:
    from idpc.format import format_module
    from idpc.project.decode import decode
    from idpc.syntax import parse_module

    found: list[Diagnostic] = []
    source = decode(path, content, found)
    parsed = parse_module(source)
    return Formatted(source, content, format_module(source, parsed.value), (*found, *parsed.diagnostics))


def _files(paths: tuple[Path, ...]) -> Iterator[Path]:
    """The files themselves, and every `.platform` file below the folders, hidden ones left out."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for folder, folders, names in os.walk(path):
            folders[:] = [name for name in folders if not name.startswith(".") and name not in _APART]
            yield from (Path(folder, name) for name in names if name.endswith(_SUFFIX) and not name.startswith("."))
