"""`idpc catalog`: the kinds and templates that a project may use."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from idpc.cli import completing, console, options
from idpc.cli.completing import offering

if TYPE_CHECKING:
    from idpc.catalog.model import Entry

_FORMATS = ("text", "json", "markdown")


@click.command(
    cls=options.Command,
    examples=(
        ("idpc catalog list", "all kinds and templates, one line each"),
        ("idpc catalog show postgres", "its fields, outputs, versions and the clouds on which it runs"),
        ("idpc catalog show environment budget", "declarations of an organisation, with their fields"),
        ("idpc catalog search database gdpr", "those in which every word is found"),
        ("idpc catalog show web_app --format markdown", "a chapter of documentation"),
    ),
)
@click.argument("action", type=click.Choice(("list", "show", "search")), default="list")
@click.argument("words", nargs=-1, shell_complete=offering(completing.kinds), metavar="[KIND|TEMPLATE|WORDS]...")
@click.option(
    "--project",
    "path",
    default=".",
    type=click.Path(exists=True, path_type=Path),
    help="The project whose kinds are shown, too.  [default: the one around the current folder]",
)
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True, help="Of the answer.")
@options.today
def command(action: str, words: tuple[str, ...], path: Path, form: str, today: datetime.date) -> int:
    """List, show or search what specifications may declare.

    Shows the standard library, and in a project its packages and its own kinds and templates as well. `show` also knows
    what an organisation declares: `project`, `team`, `environment`, `app`, `budget`, `carbon_budget`, `policy`, `waiver`,
    `workflow`.
    """
    if bool(words) == (action == "list"):
        raise click.UsageError("`list` takes no words" if words else f"what should `{action}` look for?")
    found = _ACTIONS[action](entries_at(path, today, declared=action == "show"), words)
    console.write(_listed(found, form) if action != "show" else _shown(found, form))
    return 0 if found else 1


def entries_at(path: Path, today: datetime.date, *, declared: bool = False) -> "tuple[Entry, ...]":
    """The catalog of the project around a path, or that of the standard library where there is none.

    `declared`: with what an organisation declares, as `environment`; a kind of that name hides it.
    """
    from idpc.catalog.make import catalog, compile_declarations, declarations
    from idpc.pipeline import Options
    from idpc.project import load

    made = compile_declarations(load(path).value, Options(today))
    return (*(declarations(made) if declared else ()), *catalog(made))


def _all(entries: "Sequence[Entry]", words: Sequence[str]) -> "Sequence[Entry]":
    del words
    return entries


def _named(entries: "Sequence[Entry]", words: Sequence[str]) -> "Sequence[Entry]":
    return [entry_named(entries, word) for word in words]


def entry_named(entries: "Sequence[Entry]", name: str, what: str = "kind or template") -> "Entry":
    """The entry of a name; where there is none, says so and ends the command."""
    from idpc.resolve.suggest import did_you_mean

    known = {entry.name: entry for entry in entries}
    if name not in known:
        near = did_you_mean(name, known)
        clause = f"did you mean `{near}`?" if near else "`idpc catalog list` has all of them"
        raise click.UsageError(f"there is no {what} `{name}`; {clause}")
    return known[name]


def _found(entries: "Sequence[Entry]", words: Sequence[str]) -> "Sequence[Entry]":
    from idpc.catalog.search import search

    found = search(entries, words)
    if not found:
        console.error(f"nothing has {' and '.join(f'`{word}`' for word in words)} in it\n")
    return found


def _listed(entries: "Sequence[Entry]", form: str) -> str:
    from idpc.catalog.markdown import list_markdown
    from idpc.catalog.text import list_text

    if form == "json":
        return _json(entries)
    return list_markdown(entries) if form == "markdown" else list_text(entries, console.look())


def _shown(entries: "Sequence[Entry]", form: str) -> str:
    from idpc.catalog.markdown import entries_markdown
    from idpc.catalog.text import entries_text

    if form == "json":
        return _json(entries)
    return entries_markdown(entries) if form == "markdown" else entries_text(entries, console.look())


def _json(entries: "Sequence[Entry]") -> str:
    from idpc.catalog.document import catalog_document
    from idpc.emit.json_writer import json_document

    return json_document(catalog_document(entries))


_ACTIONS: "Mapping[str, Callable[[Sequence[Entry], Sequence[str]], Sequence[Entry]]]" = {
    "list": _all,
    "show": _named,
    "search": _found,
}
