"""The packs are tested to the last rule: whatever is taken out of a policy of the standard library, a case tells."""

import datetime

from casefile import cases
from msgspec.structs import replace

from idpc.library import library_for
from idpc.pipeline import Options, compile_project
from idpc.policy.check import check_policies
from idpc.project import Sources

TODAY = datetime.date(2026, 11, 1)


def test_whatever_is_taken_out_of_a_policy_of_the_packs_is_missed_by_a_case():
    compiled = [each for each in map(_compiled, _cases()) if each.bundles]
    survivors = [
        f"{policy.name} {what}"
        for policy in library_for((), Sources.of({})).policies
        for what, mutant in _mutants(policy)
        if not any(_tells(each, policy.name, mutant) for each in compiled)
    ]
    assert survivors == []


def _cases():
    return (case for case in cases() if case.stage == "policy" and ".rego" not in "".join(case.files))


def _compiled(case):
    return compile_project(Sources.of(case.files), Options(today=TODAY), "policy")


def _mutants(policy):
    """A policy without each of its rules in turn, and without its condition."""
    for number, rule in enumerate(policy.rules):
        rest = tuple(each for each in policy.rules if each is not rule)
        yield f"without `require` {number + 1}", (rest, policy.when)
    if policy.when is not None:
        yield "without `when`", (policy.rules, None)


def _tells(compilation, name, mutant):
    """Whether a case would fail with a mutant in place of the policy: a case claims all that is said, and nothing else."""
    policy = next((each for each in compilation.typed.policies if each.name == name and _is_std(each)), None)
    rules, when = mutant
    return policy is not None and _said(compilation, policy) != _said(
        compilation, replace(policy, rules=rules, when=when)
    )


def _is_std(policy):
    return policy.span.file.startswith("std/")


def _said(compilation, policy):
    typed = replace(compilation.typed, policies=(policy,))
    return check_policies(typed, compilation.evaluated, compilation.bundles).diagnostics
