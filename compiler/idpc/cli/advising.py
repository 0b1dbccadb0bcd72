"""What `idpc cost` and `idpc fix` share of advice: what was measured, which advice is asked for, and how it is printed."""

import datetime
import os
import re
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import click
from msgspec.structs import replace

from idpc.advice.model import CONFIDENCES, Aim
from idpc.cli import console
from idpc.cli.session import Session, prefix
from idpc.diagnostics.renderers import Report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idpc.advice import Advised, Observation, Observations
    from idpc.advice.advise import Wanted
    from idpc.pipeline import Compilation
    from idpc.source import SourceFile

_VARIABLE = "IDPC_PROMETHEUS_TOKEN"
"""Where the token stands that signs in to Prometheus: an option would show in lists of processes."""


class Advising(NamedTuple):
    """Whether advice is asked for, which, and what was measured."""

    advice: bool
    only: tuple[str, ...]
    confidence: str
    usage: Path | None
    prometheus: str | None
    window: int
    timeout: float


def advising(least: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """`--advice` with what belongs to it, as one argument `advising`; `least` is the confidence that is asked for unless said."""

    def decorate(function: Callable[..., int]) -> Callable[..., int]:
        @wraps(function)
        def command(*arguments: Any, **named: Any) -> int:
            asked = Advising(*(named.pop(name) for name in Advising._fields))
            if not asked.advice and (asked.only or asked.prometheus):
                raise click.UsageError("`--only` and `--prometheus` are for advice: add `--advice`")
            return function(*arguments, advising=asked, **named)

        found: Callable[..., int] = command
        for option in reversed(_options(least)):
            found = option(found)
        return found

    return decorate


def _options(least: str) -> list[Callable[[Callable[..., int]], Callable[..., int]]]:
    return [
        click.option("--advice", is_flag=True, help="What would cost less and break nothing."),
        click.option(
            "--only", multiple=True, metavar="ADDRESS", help="Advice on this instance or field; several times."
        ),
        click.option(
            "--confidence",
            type=click.Choice(CONFIDENCES),
            default=least,
            show_default=True,
            help="Advice that is at least as sure to be as good.",
        ),
        click.option(
            "--usage",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            metavar="FILE",
            help="What was measured, as a table.",
        ),
        click.option(
            "--prometheus",
            callback=_address,
            metavar="URL",
            help=f"Ask this server what was measured, with the bearer token in {_VARIABLE} if there is one.",
        ),
        click.option(
            "--window",
            type=click.IntRange(1, 365),
            default=14,
            show_default=True,
            metavar="DAYS",
            help="How far back Prometheus is asked.",
        ),
        click.option(
            "--timeout",
            type=click.FloatRange(0, min_open=True),
            default=30.0,
            show_default=True,
            metavar="SECONDS",
            help="How long an answer of it may take.",
        ),
    ]


def _address(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    if value is not None and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).netloc):
        raise click.BadParameter(f"`{value}` is no address: write `http://HOST:9090`", context, option)
    return value


def measured(
    session: Session, compilation: "Compilation", asked: Advising
) -> "tuple[Compilation, Observations, list[str]]":
    """The compilation with the usage that was measured, what was measured besides, and notes."""
    found: dict[tuple[str, str], Mapping[str, Observation]] = {}
    notes: list[str] = []
    if asked.prometheus:
        found, notes = _asked(session, compilation, asked, asked.prometheus)
    if asked.usage:
        compilation, told = _read(session, compilation, asked.usage)
        for key, several in told.items():
            found[key] = {**found.get(key, {}), **several}
    return compilation, found, notes


def _asked(session: Session, compilation: "Compilation", asked: Advising, url: str) -> "tuple[Any, list[str]]":
    """What a server tells of the one environment that it measures."""
    from idpc.cli.prometheus import Server, UnreachableError, measured

    assert compilation.evaluated is not None  # noqa: S101  # there are sheets
    runs, names = compilation.evaluated.runs, session.environments or tuple(compilation.environments)
    if len(names) != 1:
        raise click.UsageError(f"which environment does it measure? use --env with one of {', '.join(runs)}")
    last = session.today - datetime.timedelta(days=1)
    server = Server(url, session.today - datetime.timedelta(days=asked.window), last, asked.timeout, _token())
    try:
        with console.progress(f"asking {url}"):
            return measured(runs[names[0]], server)
    except UnreachableError as error:
        raise click.ClickException(f"{url} does not answer: {error}") from error


def _token() -> str:
    """What signs in to the server; empty where nothing does."""
    token = os.environ.get(_VARIABLE, "").strip()
    if not re.fullmatch(r"[\x21-\x7e]*", token):
        raise click.UsageError(f"`{_VARIABLE}` is no bearer token: it has spaces, or characters that are not ASCII")
    return token


def _read(session: Session, compilation: "Compilation", path: Path) -> "tuple[Compilation, Observations]":
    """What a table tells; ends the command where it cannot be read."""
    from idpc.advice.table import measurements
    from idpc.pipeline import compile_project

    assert compilation.evaluated is not None  # noqa: S101  # there are sheets
    file = _file(path)
    outcome = measurements(file, compilation.evaluated.runs)
    if outcome.diagnostics:
        session.print(Report(outcome.diagnostics, {file.path: file}))
        raise click.exceptions.Exit(1)
    if outcome.value.usage:
        options = replace(compilation.options, usage=outcome.value.usage)
        compilation = compile_project(compilation.sources, options, "policy")
    return compilation, outcome.value.observations


def _file(path: Path) -> "SourceFile":
    from idpc.source import SourceFile

    try:
        return SourceFile(str(path), path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise click.UsageError(f"`{path}` is no text in UTF-8") from error


def wanted(session: Session, compilation: "Compilation", asked: Advising, *, carbon: bool = False) -> "Wanted":
    """Which advice is asked for; refuses addresses that do not exist."""
    from idpc.advice.advise import Wanted, unknown
    from idpc.resolve import did_you_mean

    assert compilation.evaluated is not None  # noqa: S101  # there are sheets
    missing, known = unknown(compilation.evaluated.runs, asked.only)
    if missing:
        near = did_you_mean(missing, known)
        raise click.UsageError(f"there is no `{missing}`" + (f"; did you mean `{near}`?" if near else ""))
    aim = Aim.CARBON if carbon else Aim.MONEY
    return Wanted(session.environments, compilation.sources.shown, asked.only, asked.confidence, aim)


def advised_text(form: str, advised: "Advised", compilation: "Compilation") -> str:
    """Advice in one of the formats that it has."""
    from idpc.advice.document import advice_document
    from idpc.advice.text import advice_markdown, advice_text
    from idpc.emit.json_writer import json_document

    report = Report((), compilation.files_by_path, prefix(compilation.sources))
    if form == "json":
        return json_document(advice_document(advised, report))
    if form == "markdown":
        return advice_markdown(advised, report.place)
    if form != "table":
        raise click.UsageError(f"advice has no format `{form}`: use table, json or markdown")
    return advice_text(advised, console.look(), report.place)
