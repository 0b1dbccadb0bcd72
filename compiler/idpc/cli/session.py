"""What all commands that compile share: loading the project, compiling it, and telling what was found."""

import datetime
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct
from msgspec.structs import replace

from idpc import profile
from idpc.cli import console
from idpc.diagnostics.merge import merge
from idpc.diagnostics.model import Diagnostic, Severity
from idpc.diagnostics.renderers import WITH_WAIVED, Report, render
from idpc.diagnostics.renderers.report import count_waived, plural

if TYPE_CHECKING:
    from idpc.cli.options import Judging
    from idpc.diagnostics import Outcome
    from idpc.graph.model import EnvironmentGraph, Graph
    from idpc.pipeline import Compilation, Options
    from idpc.project import Sources
    from idpc.source import SourceFile
    from idpc.units.build import Built
    from idpc.units.memory import Memory
    from idpc.units.runners import Runner


class Session(Struct, frozen=True):
    """One run over a project, as the command line asks for it."""

    path: Path
    today: datetime.date
    environments: tuple[str, ...] = ()
    strict: bool = False
    form: str = "text"
    product: bool = False  # whether standard output belongs to what the command makes
    cache: bool = True
    jobs: int | None = None
    cluster: str | None = None  # the address of a Dask scheduler
    judging: "Judging | None" = None

    @property
    def options(self) -> "Options":
        """What the pipeline is asked for."""
        from idpc.pipeline import Options

        options = Options(today=self.today, environments=self.environments, strict=self.strict)
        judging = self.judging
        if judging is None:
            return options
        engine, timeout = judging.engine, judging.timeout
        return replace(options, policy_engine=engine, policy_timeout=timeout, baseline=judging.baseline)

    def compile(self, until: str) -> "Compilation":
        """The project compiled up to a stage; where there is none, says so and ends the command."""
        loaded = self.load()
        from idpc.pipeline import compile_project

        with console.progress(f"compiling {loaded.value.root_name}"):
            compilation = compile_project(loaded.value, self.options, until)
        if compilation.program:
            self.check_environments(compilation.environments)
        return with_diagnostics(compilation, loaded.diagnostics)

    def load(self) -> "Outcome[Sources]":
        """The project's sources; where there are none, says so and ends the command."""
        from idpc.project import load

        with profile.stage("load") as made:
            loaded = load(self.path)
            made(len(loaded.value.files), "files")
        if not loaded.value.files:
            self.print(Report(merge(loaded.diagnostics, ())))
            raise click.exceptions.Exit(1)
        return loaded

    def check_environments(self, known: Sequence[str]) -> None:
        """Refuse an environment that was asked for and is not there."""
        unknown = [name for name in self.environments if name not in known]
        if unknown:
            raise click.UsageError(f"there is no environment `{unknown[0]}`; use --env with one of {', '.join(known)}")

    def concerns(self, diagnostic: Diagnostic) -> bool:
        """Whether it is of an environment that was asked for."""
        return not self.environments or any(name in self.environments for name in diagnostic.environments)

    def build(self, loaded: "Outcome[Sources]", memory: "Memory", target: Path | None) -> "Built":
        """The project built for a folder, or without one only checked; what earlier runs left is used."""
        from idpc.units.build import build

        with console.progress(f"compiling {loaded.value.root_name}"), _away():
            built = build(loaded.value, self.options, memory.known(target), self.runner(), texts=target is not None)
        self.check_environments(built.environments)
        return replace(built, diagnostics=merge((*loaded.diagnostics, *built.diagnostics), built.environments))

    def memory(self, sources: "Sources") -> "Memory":
        """What earlier runs have left of the project."""
        from idpc.cache import Store
        from idpc.units.memory import Memory

        return Memory(Store.open(enabled=self.cache), sources.root)

    def runner(self) -> "Runner":
        """Where the work is done."""
        from idpc.units.runners import default_workers, on_dask, pooled

        return on_dask(self.cluster) if self.cluster else pooled(self.jobs or default_workers())

    def tell(self, told: "Compilation | Built") -> bool:
        """Print what was found, of the files that were asked for, and return whether it lets the command succeed."""
        files = _files(told) if told.diagnostics else {}
        shown = [each for each in told.diagnostics if self._is_shown(each, told.sources, files)]
        self.print(Report(tuple(shown), files, prefix(told.sources), count_waived(told.diagnostics)))
        hidden = sum(map(self._fails, told.diagnostics)) - sum(map(self._fails, shown))
        if hidden and self.form == "text":
            console.error(f"{plural(hidden, 'error')} in other files of the project; check its folder to see them\n")
        return self.passes(told)

    def passes(self, told: "Compilation | Built") -> bool:
        """Whether what was found lets the command succeed."""
        return not any(map(self._fails, told.diagnostics))

    def _fails(self, diagnostic: Diagnostic) -> bool:
        warning = self.strict and diagnostic.severity is Severity.WARNING and not self._is_known(diagnostic)
        return diagnostic.severity is Severity.ERROR or warning

    def _is_known(self, diagnostic: Diagnostic) -> bool:
        """Whether it is a warning that was told before."""
        from idpc.diagnostics.baseline import fingerprint

        known = self.judging.baseline if self.judging else ()
        return bool(known) and diagnostic.severity is Severity.WARNING and fingerprint(diagnostic) in known

    def _is_shown(self, each: Diagnostic, sources: "Sources", files: Mapping[str, "SourceFile"]) -> bool:
        """Whether it is in the files that were asked for, or in none of the sources; what is waived is for machines."""
        inside = sources.shown is None or each.span.file in sources.shown or each.span.file not in files
        wanted = each.waived is None or self.form in WITH_WAIVED
        return inside and wanted and not self._is_known(each)

    def print(self, report: Report) -> None:
        """Print diagnostics where they belong: on standard error where the command has a product."""
        if self.product:
            if report.diagnostics:
                console.error(render(self.form, report, console.look(error=True)))
        else:
            console.write(render(self.form, report, console.look()))


@contextmanager
def _away() -> Iterator[None]:
    """Turn what goes wrong on a cluster into a message."""
    from idpc.units.runners import OtherCompilerError

    try:
        yield
    except OtherCompilerError as error:
        raise click.UsageError("the workers of the cluster have another version of idpc than this machine") from error
    except ModuleNotFoundError as error:
        if error.name != "distributed":
            raise
        raise click.UsageError("`--executor dask=…` needs Dask: install `idpc[dask]`") from error
    except OSError as error:
        raise click.UsageError(f"the cluster cannot be reached: {error}") from error


def _files(told: "Compilation | Built") -> Mapping[str, "SourceFile"]:
    from idpc.pipeline import all_files

    return {file.path: file for file in all_files(told.sources)}


def with_diagnostics(compilation: "Compilation", more: Sequence[Diagnostic]) -> "Compilation":
    """The compilation with what was found before or behind it: in reading files and in writing them."""
    if not more:
        return compilation
    names = tuple(compilation.graph.environments) if compilation.graph else ()
    return replace(compilation, diagnostics=merge((*more, *compilation.diagnostics), names))


def environment_of(graph: "Graph", asked: str | None) -> str:
    """The environment that was asked for, or the only one there is."""
    known = tuple(graph.environments)
    if asked is None and len(known) == 1:
        return known[0]
    if asked is not None and asked in known:
        return asked
    found = "which environment?" if asked is None else f"there is no environment `{asked}`;"
    raise click.UsageError(f"{found} use --env with one of {', '.join(known)}")


def check_app(graph: "EnvironmentGraph", asked: str | None) -> None:
    """Refuse an app that the environment does not have."""
    if asked is not None and asked not in graph.apps:
        raise click.UsageError(f"there is no app `{asked}`; use --app with one of {', '.join(graph.apps)}")


def prefix(sources: "Sources") -> str:
    """What leads from the current folder to the project's files: a relative path where one folder holds the other."""
    if sources.root is None:
        return ""
    path = near_path(sources.root)
    return "" if path == "." else f"{path}/"


def near_path(path: Path) -> str:
    """A path as seen from the current folder where one lies inside the other, else from the root."""
    here, whole = Path.cwd(), Path(os.path.abspath(path))  # noqa: PTH100  # links are the user's names
    near = whole.is_relative_to(here) or here.is_relative_to(whole)
    return Path(os.path.relpath(whole, here) if near else whole).as_posix()
