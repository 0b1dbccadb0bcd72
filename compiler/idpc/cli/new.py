"""`idpc new`: an app made from a template, with what the template needs to know."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct
from msgspec.structs import replace

from idpc.cli import options
from idpc.cli.catalog import entry_named
from idpc.cli.init import declared_name, scaffold, write_new
from idpc.cli.questions import Question, ask, ask_team
from idpc.cli.session import Session
from idpc.diagnostics.merge import merge
from idpc.diagnostics.model import Outcome
from idpc.diagnostics.renderers import Report
from idpc.project.folder import PROJECT_FILE
from idpc.source import SourceFile

if TYPE_CHECKING:
    from idpc.catalog.model import Entry
    from idpc.diagnostics import Diagnostic
    from idpc.pipeline import Compilation
    from idpc.project import Sources
    from idpc.types.declared import KindInfo

_OWN = ("", "std")


class _Start(Struct, frozen=True):
    """Where the specification goes: a folder, and the files of the project there, `fresh` ones not yet written."""

    folder: Path
    loaded: "Outcome[Sources]"
    fresh: Mapping[str, str]


@click.command(
    cls=options.Command,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    examples=(
        ("idpc new web_app shop", "ask for each parameter, then write shop.platform and build"),
        ("idpc new web_app shop --image ghcr.io/acme/shop:1.0 --language node --yes", "ask for nothing"),
        ("idpc new api_service rates --param database=null", "one that is given, the others are asked for"),
        ("idpc catalog show web_app", "what there is to be given"),
    ),
)
@click.argument("template")
@click.argument("name")
@click.option("--param", "given", multiple=True, metavar="NAME=VALUE", help="A parameter; `--NAME VALUE` is the same.")
@click.option("--team", help="The team that answers for it.  [default: the only one]")
@click.option("--yes", is_flag=True, help="Ask for nothing: what is not given is what it is by default.")
@options.today
@click.pass_context
def command(  # noqa: PLR0913  # one parameter an option
    context: click.Context,
    template: str,
    name: str,
    given: tuple[str, ...],
    team: str | None,
    today: datetime.date,
    *,
    yes: bool,
) -> int:
    """Make an app from a template of the standard library or of the project.

    Asks for the template's parameters, writes NAME.platform into the project around the current folder, or a new
    project in the folder NAME, and builds it. Values are checked as they are given. When anything is wrong, nothing
    is written.
    """
    declared = declared_name(name, "an app")
    start = _start(Path(name), declared)
    compilation = _declarations(start, today)
    entry, kind = _template(compilation, template)
    asked = Question(compilation, kind)
    values = dict(_given(entry, (*_parameters(given), *_options(context.args))))
    wrong = [each for field in entry.fields if field.name in values for each in asked.check(field, values[field.name])]
    if wrong:
        return _refused(asked, values, wrong)
    values |= _defaults(entry, values) if yes else ask(entry, asked, values)
    owner = team or ask_team(_teams(compilation), asking=not yes)
    return _write(start, entry, declared, values, owner, today)


def _start(folder: Path, name: str) -> _Start:
    """The project around the current folder, or else a new one."""
    from idpc.project import Sources, load

    loaded = load(Path())
    if loaded.value.files:
        return _Start(loaded.value.root or Path(), loaded, {})
    fresh = {PROJECT_FILE: scaffold(PROJECT_FILE, name)}
    return _Start(folder, Outcome(replace(Sources.of(fresh), root=folder.absolute())), fresh)


def _declarations(start: _Start, today: datetime.date) -> "Compilation":
    from idpc.catalog.make import compile_declarations
    from idpc.pipeline import Options

    return compile_declarations(start.loaded.value, Options(today))


def _template(compilation: "Compilation", name: str) -> "tuple[Entry, KindInfo]":
    """A template by name. Those of packages are imported under names that only the importing file has."""
    from idpc.catalog.make import catalog

    assert compilation.typed is not None  # noqa: S101  # compiled that far
    templates = [each for each in catalog(compilation) if each.sort == "template" and each.package in _OWN]
    entry = entry_named(templates, name, "template")
    kinds = compilation.typed.kinds.values()
    return entry, next(each for each in kinds if (each.package, each.name) == (entry.package, entry.name))


def _teams(compilation: "Compilation") -> tuple[str, ...]:
    return tuple(compilation.typed.teams) if compilation.typed else ()


# ----------------------------------------------------------------- what is given


def _parameters(given: Sequence[str]) -> Iterator[tuple[str, str]]:
    for each in given:
        name, equals, value = each.partition("=")
        if not equals:
            raise click.UsageError(f"`--param {each}` has no value; write `--param {each}=VALUE`")
        yield name, value


def _options(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """`--image VALUE` and `--image=VALUE`."""
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        name, equals, value = word.removeprefix("--").partition("=")
        if not word.startswith("--"):
            raise click.UsageError(f"`{word}` belongs to no option")
        if not equals and not waiting:
            raise click.UsageError(f"`{word}` needs a value")
        yield name.replace("-", "_"), value if equals else waiting.pop(0)


def _given(entry: "Entry", pairs: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The parameters that are given, as expressions; refuses those that the template has not, or has twice."""
    from idpc.catalog.use import expression
    from idpc.resolve.suggest import did_you_mean

    fields, seen = {each.name: each for each in entry.fields}, set[str]()
    for name, value in pairs:
        if name not in fields:
            near = did_you_mean(name, fields)
            clause = f"did you mean `{near}`?" if near else f"it has {', '.join(f'`{each}`' for each in fields)}"
            raise click.UsageError(f"`{entry.name}` has no parameter `{name}`; {clause}")
        if name in seen:
            raise click.UsageError(f"the parameter `{name}` is given twice")
        seen.add(name)
        yield name, expression(fields[name], value)


def _defaults(entry: "Entry", values: Mapping[str, str]) -> dict[str, str]:
    """Nothing, where the template says what else it needs."""
    missing = [each.name for each in entry.fields if each.required and each.name not in values]
    if missing:
        names = ", ".join(f"`{each}`" for each in missing)
        raise click.UsageError(f"`{entry.name}` needs {names}; give `--{missing[0]} VALUE`, or leave out `--yes`")
    return {}


def _refused(asked: Question, values: Mapping[str, str], wrong: "Sequence[Diagnostic]") -> int:
    files = {f"<{name}>": SourceFile(f"<{name}>", text) for name, text in values.items()}
    _session(asked.compilation.options.today).print(Report(merge(wrong, ()), files))
    return 1


# ------------------------------------------------------------------- what is written


def _write(  # noqa: PLR0913  # what a specification is made from
    start: _Start, entry: "Entry", name: str, values: Mapping[str, str], team: str, today: datetime.date
) -> int:
    """Write the specification if the project holds with it, and build."""
    from idpc.catalog.use import specification
    from idpc.cli import build

    path = f"{name}.platform"
    text = specification(entry, name, values, team)
    if not _holds(start, SourceFile(path, text), today):
        return 1
    write_new(start.folder, {**start.fresh, path: text}, "idpc new")
    return int(click.get_current_context().invoke(build.command, path=start.folder, today=today))


def _holds(start: _Start, file: SourceFile, today: datetime.date) -> bool:
    """Whether the project with the new file has no errors; tells them where it has."""
    if any(each.path == file.path for each in start.loaded.value.files):
        raise click.UsageError(f"`{file.path}` exists; `idpc new` overwrites nothing")
    session, sources = _session(today), start.loaded.value
    files = tuple(sorted((*sources.files, file), key=lambda each: each.path))
    loaded = Outcome(replace(sources, files=files, shown=None), start.loaded.diagnostics)
    built = session.build(loaded, session.memory(sources), None)
    return session.passes(built) or session.tell(built)


def _session(today: datetime.date) -> Session:
    return Session(Path(), today, product=True)
