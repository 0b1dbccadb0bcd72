"""The arguments and options that several commands have, each said once, and how their help is laid out."""

import datetime
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from idpc.cli import completing, console
from idpc.cli.completing import offering
from idpc.diagnostics.renderers import FORMATS
from idpc.policy.engine import DEFAULT_TIMEOUT, ENGINES

Function = TypeVar("Function", bound=Callable[..., Any])


class Command(click.Command):
    """A command whose help ends with examples: pairs of a command line and what it does."""

    def __init__(self, *arguments: Any, examples: Sequence[tuple[str, str]] = (), **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.examples = examples

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        if self.examples:
            with formatter.section("Examples"):
                formatter.write_dl(list(self.examples))
        super().format_epilog(ctx, formatter)


def project_path(function: Function) -> Function:
    """`[PATH]`: a project's folder, or a file or folder inside it."""
    return click.argument("path", required=False, default=".", type=click.Path(exists=True, path_type=Path))(function)


def environments(function: Function) -> Function:
    """`--env E`, any number of times."""
    option = click.option(
        "--env",
        "environments",
        multiple=True,
        metavar="ENV",
        shell_complete=offering(completing.environments),
        help="Only this environment; may be given several times.",
    )
    return option(function)


def environment(function: Function) -> Function:
    """`--env E`, once."""
    return click.option(
        "--env",
        "environment",
        metavar="ENV",
        shell_complete=offering(completing.environments),
        help="The environment in which to look.",
    )(function)


def output_format(function: Function) -> Function:
    """`--format F` for diagnostics."""
    choice = click.Choice(FORMATS)
    option = click.option(
        "--format", "form", type=choice, default="text", show_default=True, help="Of the diagnostics."
    )
    return option(function)


def today(function: Function) -> Function:
    """`--today D`; without it the date is that of the clock, which only the command line reads."""
    return click.option(
        "--today",
        type=click.DateTime(["%Y-%m-%d"]),
        callback=lambda _context, _option, value: value.date() if value else datetime.datetime.now(datetime.UTC).date(),
        metavar="DATE",
        help="The date on which waivers and versions expire, for example 2027-01-31.  [default: today, UTC]",
    )(function)


def strict(function: Function) -> Function:
    """`--strict`: warnings fail."""
    return click.option("--strict", is_flag=True, help="Fail on warnings, too.")(function)


class Judging(NamedTuple):
    """How policies are judged: what runs Rego, how long one may take, and what was known before."""

    engine: str = "regorus"
    timeout: float = DEFAULT_TIMEOUT
    baseline: frozenset[str] = frozenset()


def judged(function: Callable[..., int]) -> Callable[..., int]:
    """`--policy-engine E`, `--policy-timeout S` and `--baseline FILE`, as one argument `judging`."""

    @wraps(function)
    def command(
        *arguments: Any, policy_engine: str, policy_timeout: float, baseline: frozenset[str] | None, **named: Any
    ) -> int:
        if policy_engine == "none":
            console.error("warning: policies in Rego are not judged; a project that has some fails\n")
        return function(*arguments, judging=Judging(policy_engine, policy_timeout, baseline or frozenset()), **named)

    engine = click.option(
        "--policy-engine",
        type=click.Choice(ENGINES),
        default=ENGINES[0],
        show_default=True,
        help="What runs Rego: the engine that idpc brings, the `opa` on PATH, or nothing.",
    )
    timeout = click.option(
        "--policy-timeout",
        type=click.FloatRange(0, min_open=True),
        default=DEFAULT_TIMEOUT,
        show_default=True,
        metavar="SECONDS",
        help="How long a policy in Rego may take.",
    )
    known = click.option(
        "--baseline",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        callback=_baseline,
        metavar="FILE",
        help="Only note violations and warnings that are in FILE, which `--format json` has printed.",
    )
    return engine(timeout(known(command)))


def _baseline(context: click.Context, option: click.Parameter, value: Path | None) -> frozenset[str]:
    from idpc.diagnostics.baseline import fingerprints

    try:
        return fingerprints(value.read_text(encoding="utf-8")) if value else frozenset()
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"`{value}` holds no diagnostics in JSON", context, option) from error


def cached(function: Function) -> Function:
    """`--no-cache`: nothing of the project is taken from earlier runs, or kept for later ones."""
    return click.option("--no-cache", is_flag=True, help="Take over nothing from earlier runs, and keep nothing.")(
        function
    )


def workers(function: Function) -> Function:
    """`--jobs N` and `--executor dask=ADDRESS`: where the work is done."""
    jobs = click.option(
        "--jobs", type=click.IntRange(1), metavar="N", help="Processes for large projects.  [default: one a processor]"
    )
    executor = click.option(
        "--executor",
        metavar="dask=ADDRESS",
        callback=_executor,
        help="Compile on a Dask cluster, by the address of its scheduler; needs `idpc[dask]`.",
    )
    return jobs(executor(function))


def _executor(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """The address of a scheduler."""
    name, _, address = (value or "").partition("=")
    if value is not None and (name != "dask" or not address):
        raise click.BadParameter(f"`{value}` is none; write `dask=tcp://HOST:8786`", context, option)
    return address or None


def profiled(function: Callable[..., int]) -> Callable[..., int]:
    """`--profile`: tell on standard error where the time went; then all is done in this process."""

    @wraps(function)
    def measured(*arguments: Any, show_profile: bool, **named: Any) -> int:
        if not show_profile:
            return function(*arguments, **named)
        from time import perf_counter

        from idpc import profile

        began = perf_counter()
        with profile.profiling() as found:
            code = function(*arguments, **named | {"jobs": 1})
        console.error(profile.table(found, perf_counter() - began))
        return code

    helps = "Tell where the time went, by stage, and what was made; implies --jobs 1."
    return click.option("--profile", "show_profile", is_flag=True, help=helps)(measured)
