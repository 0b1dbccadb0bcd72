"""What policies say of a version: violations, those in Rego included, which look at all of an environment."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from idpc.changes import Violation
from idpc.diagnostics import Diagnostic
from idpc.diagnostics.codes.policy import VIOLATED
from idpc.library import kind_fields
from idpc.project import Sources
from idpc.stages import judging
from idpc.units.part import Part

if TYPE_CHECKING:
    from idpc.pipeline import Options


def violations(found: Iterable[Diagnostic], names: Sequence[str]) -> frozenset[Violation]:
    """The violations of policies among diagnostics; one without environments holds in all, which `names` are."""
    return frozenset(
        Violation(each.policy, each.address, environment, each.message, _waiver(each))
        for each in found
        if each.policy and each.code == VIOLATED.id
        for environment in each.environments or names
    )


def _waiver(each: Diagnostic) -> str:
    return "" if each.waived is None else each.waived.waiver or "the baseline"


def told_by_rego(sources: Sources, parts: Sequence[Part], options: "Options") -> tuple[Diagnostic, ...]:
    """What policies in Rego say of all units of a version; those that look at the plan are not asked."""
    if not sources.rego or not parts:
        return ()
    names = [environment.name for environment in parts[0].environments]
    shares = {name: [part.environments[number].policies for part in parts] for number, name in enumerate(names)}
    with judging(shares, sources, options.terms, kind_fields) as judge:
        return judge.judge().diagnostics
