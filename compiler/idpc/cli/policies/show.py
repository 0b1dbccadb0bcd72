"""`idpc policy show`: one policy, where it stands, what it is made of, and who has leave to break it."""

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from idpc.cli import console, options
from idpc.cli.policies.chosen import policy_of
from idpc.cli.session import Session, prefix
from idpc.diagnostics.renderers import Report

if TYPE_CHECKING:
    from idpc.pipeline import Compilation
    from idpc.types.declared import PolicyInfo


@click.command(
    cls=options.Command,
    examples=(("idpc policy show no_mutable_tags", "what it asks for, and what came of it"),),
)
@click.argument("name")
@options.project_path
@options.today
@options.judged
def command(name: str, path: Path, today: datetime.date, judging: options.Judging) -> int:
    """Show a policy: its rules, its verdicts in each environment, and its waivers."""
    session = Session(path, today, judging=judging, product=True)
    compilation = session.compile("plan")
    policy = policy_of(compilation, name)
    console.write("".join(f"{line}\n" for line in _lines(policy, compilation)))
    return 0


def _lines(policy: "PolicyInfo", compilation: "Compilation") -> Iterator[str]:
    report = Report((), compilation.files_by_path, prefix(compilation.sources))
    yield f"{policy.name} ({policy.severity}, looks at {_looks_at(policy)})"
    yield from (f"  {line}" for line in policy.doc.split("\n") if line)
    yield f"  declared at {report.place(policy.span)}"
    if policy.rego:
        yield from _rego(policy, compilation, report)
    for rule in policy.rules:
        yield f"  requires at {report.place(rule.span)}"
    if policy.fix:
        yield "  has a fix, which `idpc fix` applies"
    for environment, verdicts in compilation.verdicts.policies.items():
        found = verdicts[policy.name].among() if policy.name in verdicts else None
        if found:
            counts = f"looked at {found.looked_at}, passed {found.passed}, failed {found.failed}, waived {found.waived}"
            yield f"  {environment}: {counts}"
    yield from dict.fromkeys(_waivers(policy, compilation))


def _looks_at(policy: "PolicyInfo") -> str:
    kinds = ", ".join(kind.name for kind in policy.kinds)
    return f"{policy.target} of {kinds}" if kinds else policy.target


def _rego(policy: "PolicyInfo", compilation: "Compilation", report: Report) -> Iterator[str]:
    from idpc.policy.judge import rego_sources
    from idpc.policy.rego.gatekeeper import declared_in
    from idpc.policy.rego.sources import result_rules

    sources = rego_sources(compilation.sources.rego, (each.folder for each in compilation.sources.packages))
    for _, rule in result_rules(sources.named(policy.rego, policy.span.file)):
        title = f": {rule.annotation.title}" if rule.annotation and rule.annotation.title else ""
        yield f"  `{rule.name}` at {report.place(rule.span)}{title}"
    for found in map(declared_in, sources.gatekeepers(policy.rego, policy.span.file)):
        yield from (f"  the template `{each.kind}` at {report.place(each.span)}" for each in found.templates)
        yield from (
            f"  the constraint `{each.name}` of `{each.kind}` at {report.place(each.span)}"
            for each in found.constraints
        )


def _waivers(policy: "PolicyInfo", compilation: "Compilation") -> Iterator[str]:
    for declared in compilation.checked.waivers.values():
        for each in declared:
            if each.policy == policy.name:
                ended = each.expires < compilation.options.today
                until = f"{'until' if not ended else 'no more since'} {each.expires.isoformat()}, by {each.owner}"
                yield f"  waived for {each.target} {until}: {each.reason}"
