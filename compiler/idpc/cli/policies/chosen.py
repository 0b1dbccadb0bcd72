"""The policy that a command line names."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from idpc.pipeline import Compilation
    from idpc.types.declared import PolicyInfo


def policy_of(compilation: "Compilation", name: str) -> "PolicyInfo":
    """The policy of a name; where there is none, ends the command with a suggestion."""
    from idpc.resolve.suggest import did_you_mean

    known = {policy.name: policy for policy in compilation.typed.policies} if compilation.typed else {}
    if name not in known:
        near = did_you_mean(name, known)
        clause = f"did you mean `{near}`?" if near else "`idpc policy list` shows all"
        raise click.UsageError(f"there is no policy `{name}`; {clause}")
    return known[name]
