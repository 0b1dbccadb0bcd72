"""`idpc policy explain`: why a policy holds for something, or does not."""

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from idpc.cli import console, options
from idpc.cli.policies.chosen import policy_of
from idpc.cli.session import Session

if TYPE_CHECKING:
    from idpc.pipeline import Compilation
    from idpc.types.declared import PolicyInfo


@click.command(
    cls=options.Command,
    examples=(
        ("idpc policy explain critical_is_redundant shop.checkout", "in every environment"),
        ("idpc policy explain ports shop.web --env prod", "in one"),
    ),
)
@click.argument("name")
@click.argument("address")
@options.project_path
@options.environments
@options.today
@options.judged
def command(  # noqa: PLR0913  # one parameter an option
    name: str,
    address: str,
    path: Path,
    environments: tuple[str, ...],
    today: datetime.date,
    judging: options.Judging,
) -> int:
    """Show with which values a policy was violated, or which condition kept it from that.

    ADDRESS is an instance, such as `shop.checkout`, or an app.
    """
    session = Session(path, today, environments, judging=judging, product=True)
    compilation = session.compile("plan")
    policy = policy_of(compilation, name)
    if not compilation.bundles:
        session.tell(compilation)
        return 1
    lines = list(_lines(policy, address, compilation))
    if not lines:
        raise click.UsageError(f"`{name}` does not look at `{address}`: it is not there, or of another kind")
    console.write("".join(f"{line}\n" for line in lines))
    return 0


def _lines(policy: "PolicyInfo", address: str, compilation: "Compilation") -> Iterator[str]:
    for bundle in compilation.bundles:
        environment = bundle.environment
        if not compilation.options.environments or environment in compilation.options.environments:
            found = list(_reasons(policy, address, environment, compilation))
            found += _waived(policy, address, environment, compilation) if found else ()
            yield from (f"{environment}:", *(f"  {line}" for line in found)) if found else ()


def _waived(policy: "PolicyInfo", address: str, environment: str, compilation: "Compilation") -> Iterator[str]:
    """Who gave leave to break the policy there."""
    for each in compilation.diagnostics:
        here = not each.environments or environment in each.environments
        if here and each.waived and (each.policy, each.address) == (policy.name, address):
            yield f"waived: {each.waived.why}"


def _reasons(policy: "PolicyInfo", address: str, environment: str, compilation: "Compilation") -> Iterator[str]:
    from idpc.policy.reasons import of_language

    if policy.rego:
        yield from _in_rego(policy, address, environment, compilation)
    elif compilation.evaluated is not None:
        bundle = next(each for each in compilation.bundles if each.environment == environment)
        yield from of_language(policy, address, compilation.evaluated.runs[environment], bundle)


def _in_rego(policy: "PolicyInfo", address: str, environment: str, compilation: "Compilation") -> Iterator[str]:
    from idpc.library import kind_fields
    from idpc.policy.reasons import of_rego
    from idpc.stages import judging

    terms = compilation.options.terms
    with judging(compilation.shares, compilation.sources, terms, kind_fields) as judge:
        several = judge.prepared(policy.name, environment)
        if not several:
            yield "its Rego cannot be judged: see `idpc check`"
        for prepared in several:
            yield from of_rego(prepared, address, judge.inputs[environment], judge.engine, judge.terms.now)
