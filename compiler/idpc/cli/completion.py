"""`idpc completion`: what a shell evaluates to complete the command line."""

import click

from idpc.cli import console, options

VARIABLE = "_IDPC_COMPLETE"
"""Set by the shell's script when it asks for completions."""


@click.command(
    cls=options.Command,
    examples=(
        ('eval "$(idpc completion bash)"', "for bash, in ~/.bashrc"),
        ('eval "$(idpc completion zsh)"', "for zsh, in ~/.zshrc after compinit"),
        ("idpc completion fish > ~/.config/fish/completions/idpc.fish", "for fish"),
    ),
)
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def command(shell: str) -> int:
    """Print the script that completes commands, options, environments, apps, kinds and addresses in a shell."""
    from click.shell_completion import get_completion_class

    from idpc.cli.application import application

    made = get_completion_class(shell)
    assert made is not None  # noqa: S101  # click has all three
    console.write(made(application, {}, "idpc", VARIABLE).source() + "\n")
    return 0
