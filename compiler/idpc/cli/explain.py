"""`idpc explain`: what a diagnostic means, which layer set a field, or where a line of an artifact comes from."""

import datetime
import re
from pathlib import Path

import click

from idpc.cli import completing, console, options
from idpc.cli.completing import offering
from idpc.cli.session import Session, environment_of
from idpc.diagnostics.manual import page

_CODE = re.compile(r"(IDP\d*|\d{4})", re.IGNORECASE)
_LINE = re.compile(r"(?P<file>.+?\.(?:yaml|json|md)):(?P<line>\d+)(?::(?P<column>\d+))?")
_HEADING = re.compile(r"#+ ")


@click.command(
    cls=options.Command,
    examples=(
        ("idpc explain IDP3001", "what the diagnostic means, with an example and its fix"),
        ("idpc explain shop.checkout.replicas --env prod", "each layer that set the field, and which won"),
        ("idpc explain build/prod/shop/kubernetes/checkout.yaml:23", "what in the specification made that line"),
    ),
)
@click.argument("subject", shell_complete=offering(completing.subjects), metavar="CODE|ADDRESS.FIELD|FILE:LINE")
@options.project_path
@options.environment
@options.today
def command(subject: str, path: Path, environment: str | None, today: datetime.date) -> int:
    """Explain a diagnostic by its code, the value of a field by its address, or a line of a build by its file.

    For a field, shows every layer that set it, from the weakest to the strongest, with file and line. For a line of an
    artifact, shows the instance, the line of its kind, and the fields behind it in the same way.
    """
    code = _CODE.fullmatch(subject)
    if code:
        return _explain_code(f"IDP{code[1].upper().removeprefix('IDP')}")
    line = _LINE.fullmatch(subject)
    if line:
        return _explain_line(Path(line["file"]), int(line["line"]), int(line["column"] or 0), path, today)
    from idpc.explain import UnknownSubject, explain_field

    session = Session(path, today, product=True)
    compilation = session.compile("graph")
    session.tell(compilation)
    if compilation.graph is None:
        return 1
    try:
        console.write(explain_field(compilation, subject, environment_of(compilation.graph, environment)))
    except UnknownSubject as unknown:
        raise click.UsageError(str(unknown)) from unknown
    return 0


def _explain_code(code: str) -> int:
    text = page(code)
    if text is None:
        raise click.UsageError(f"there is no diagnostic `{code}`")
    look = console.look()
    lines = (look.paint("title", line) if _HEADING.match(line) else line for line in text.splitlines())
    console.write("\n".join(lines) + "\n")
    return 0


def _explain_line(file: Path, number: int, column: int, path: Path, today: datetime.date) -> int:
    """Explain a line of a file of a build, by the sources of the project around it, or at the given path."""
    from idpc.cli.places import project_folder
    from idpc.explain import UnknownSubject
    from idpc.provenance import Line, explain_line

    below, text = _in_build(file)
    if not 0 < number <= text.count("\n") + 1:
        raise click.UsageError(f"`{file}` has {text.count(chr(10))} lines, and no line {number}")
    given = path if path != Path() else project_folder(file.parent) or path
    session = Session(given, today, product=True)
    compilation = session.compile("graph")
    session.tell(compilation)
    if compilation.graph is None:
        return 1
    try:
        console.write(explain_line(compilation, Line(below, text, number, column)))
    except UnknownSubject as unknown:
        raise click.UsageError(str(unknown)) from unknown
    return 0


def _in_build(file: Path) -> tuple[str, str]:
    """The path of a file below its build folder, and its text; refuses what no build has written."""
    from idpc.emit.manifest import MANIFEST, DamagedManifestError, digest, read_manifest

    if not file.is_file():
        raise click.UsageError(f"there is no file `{file}`")
    root = next((folder for folder in file.absolute().parents if (folder / MANIFEST).is_file()), None)
    try:
        listed = read_manifest(root).files if root else {}
    except DamagedManifestError as error:
        raise click.UsageError(f"the manifest of the build around `{file}` {error}") from error
    below = file.absolute().relative_to(root).as_posix() if root else ""
    if below not in listed:
        raise click.UsageError(f"`{file}` is not of a build: no manifest.json above it lists it")
    content = file.read_bytes()
    if digest(content) != listed[below]:
        console.error(f"warning: `{file}` was changed after the build that wrote it\n")
    return below, content.decode(errors="replace")
