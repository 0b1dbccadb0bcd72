"""The commands of `idpc`, how they are found, and what exit code the process ends with."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from idpc.cli import console
from idpc.cli.grounds import Grounds
from idpc.recall import keep, may_recall

SECTIONS = (
    ("Start", ("init", "new")),
    ("Check and build", ("check", "build", "watch", "merge", "test")),
    ("Deploy", ("plan", "deploy", "rollback", "deployments")),
    ("Edit", ("fmt", "fix")),
    ("Look inside", ("diff", "catalog", "owners", "cost", "prices", "explain", "graph", "show", "eval", "policy")),
    ("Keep house", ("cache", "completion")),
)
WRONG_USE, FAULT, INTERRUPTED = 2, 3, 130


class Application(click.Group):
    """A group whose commands are imported when they are called; each is `command` in the module of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of the help."""
        del ctx
        return [name for _, names in SECTIONS for name in names]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, None where there is none."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command = import_module(f"idpc.cli.{cmd_name}").command
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments name, with a suggestion for a misspelt one."""
        known = self.list_commands(ctx)
        if args[0] in known or args[0].startswith("-"):
            return super().resolve_command(ctx, args)
        from idpc.resolve.suggest import did_you_mean

        near = did_you_mean(args[0], known)
        clause = f"; did you mean `{near}`?" if near else f"; the commands are {', '.join(known)}"
        raise click.UsageError(f"there is no command `{args[0]}`{clause}", ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands by section."""
        for section, names in SECTIONS:
            with formatter.section(section):
                commands = ((name, self.get_command(ctx, name)) for name in names)
                formatter.write_dl([(name, command.get_short_help_str(100)) for name, command in commands if command])


@click.command(
    cls=Application,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="`idpc COMMAND --help` tells more about a command, `idpc explain IDP3001` about a diagnostic.",
)
@click.version_option(None, "-V", "--version", package_name="idpc", message="idpc %(version)s")
@click.option("--traceback", is_flag=True, help="Show where idpc itself failed, should it do so.")
def application(traceback: bool) -> None:
    """The platform compiler: one specification in; checked Kubernetes, Terraform and a deployment plan out."""
    del traceback  # taken out of the arguments by `run`, so that it may stand anywhere


def run(arguments: Sequence[str]) -> int:
    """Run a command line; a user's mistake, a closed pipe and a fault of idpc have exit codes of their own."""
    console.use_utf8()
    if asked := os.environ.get("_IDPC_COMPLETE"):
        from click.shell_completion import shell_complete

        return shell_complete(application, {}, "idpc", "_IDPC_COMPLETE", asked)
    arguments, traced = _without_traceback(arguments)
    try:
        code = _invoke(list(arguments) or ["--help"])
        sys.stdout.flush()
    except click.ClickException as mistake:
        console.error(_told(mistake))
        return mistake.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        return console.closed_pipe()
    except Exception as fault:  # noqa: BLE001  # whatever it is, the user is told what to report
        from idpc.cli.fault import describe

        console.error(describe(fault, arguments, traced=traced))
        return FAULT
    return code if arguments else WRONG_USE


def _invoke(arguments: list[str]) -> int:
    """The exit code of a command; click's own `main` would end the process where a pipe is closed."""
    grounds = Grounds()
    try:
        with console.listening() as heard, application.make_context("idpc", [*arguments], obj=grounds) as context:
            code = application.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    if grounds.folders and may_recall(arguments):
        output, errors = map("".join, heard)
        keep(arguments, (output, errors, code or 0), grounds.folders, grounds.files, grounds.absent)
    return code if isinstance(code, int) else 0


def _told(mistake: click.ClickException) -> str:
    """What was wrong with the command line, in the words of the other messages."""
    message = mistake.format_message().rstrip(".")
    lines = [f"error: {message[:1].lower()}{message[1:]}"]
    if isinstance(mistake, click.UsageError) and mistake.ctx:
        lines.append(f"  `{mistake.ctx.command_path} --help` tells how it is used")
    return "".join(f"{line}\n" for line in lines)


def _without_traceback(arguments: Sequence[str]) -> tuple[Sequence[str], bool]:
    """The arguments without `--traceback`, and whether it was among them; behind `--` all is data."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    options = [argument for argument in arguments[:end] if argument != "--traceback"]
    return [*options, *arguments[end:]], len(options) < end
