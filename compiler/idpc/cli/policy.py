"""`idpc policy`: the policies of a project, what came of them, their tests and their reasons."""

from importlib import import_module

import click

from idpc.cli import options

_COMMANDS = ("list", "show", "test", "explain", "new")


class Policies(options.Command, click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of the help."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, None where there is none."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        command = import_module(f"idpc.cli.policies.{cmd_name}").command
        return command if isinstance(command, click.Command) else None


@click.group(
    cls=Policies,
    examples=(
        ("idpc policy list", "what each looked at, and what came of it"),
        ("idpc policy explain no_mutable_tags shop.checkout", "why one holds or does not"),
        ("idpc policy test --coverage", "their tests, and what these reach"),
    ),
)
def command() -> None:
    """List, explain, test and add policies.

    Policies are written in the language, or in Rego: `policy NAME { rego = "policies/*.rego" }`. Those of the standard
    library are on by default; a project's own of the same name replaces one.
    """
