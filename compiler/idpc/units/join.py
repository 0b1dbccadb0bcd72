"""Puts the parts of all units together: the documents that hold something of every app, and what was found wrong."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from idpc.artifacts import CostPart, cost_text, plan_cost, step_part
from idpc.cost import Spent, together
from idpc.cost import judge as judge_budgets
from idpc.cost.model import Total, total
from idpc.cost.pool import Pool, pooled
from idpc.diagnostics.merge import merge
from idpc.diagnostics.model import Diagnostic, Outcome
from idpc.emit.json_writer import Written, json_document
from idpc.graph.document import head
from idpc.library import kind_fields
from idpc.plan import Plan, compared, counting, joined
from idpc.plan.document import plan_document
from idpc.plan.join import UnlikeStagesError
from idpc.plan.model import Compared
from idpc.plan.page import plan_page
from idpc.policy.verdicts import Verdicts
from idpc.project import Sources
from idpc.stages import judging
from idpc.units.make import NotApartError
from idpc.units.part import AppPart, EnvironmentPart, FilePart, Part

if TYPE_CHECKING:
    from idpc.policy.judge import Terms

Changes = Mapping[str, Compared]


class Joined(Struct, frozen=True):
    """A build but for the texts of the files of apps, which are known by their digests."""

    environments: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]
    files: tuple[FilePart, ...]
    texts: Mapping[str, str]


def join(  # noqa: PLR0913  # all that a build is made from
    parts: Sequence[Part],
    digest: str,
    sources: Sources,
    terms: "Terms",
    wanted: Sequence[str] = (),
    changes: Changes = MappingProxyType({}),
) -> Joined:
    """The parts as one; `digest` is that of all sources, `wanted` the environments to write, all where there is none.

    Policies in Rego are judged here, on `terms`: they look at all of an environment, of which a unit knows its share.

    `changes` are what the plan of each environment tells of a comparison.

    Raises NotApartError where units are in each other's way, which only a compilation of the whole project explains.
    """
    names = tuple(environment.name for environment in parts[0].environments)
    shares = {name: [part.environments[number] for part in parts] for number, name in enumerate(names)}
    for several in shares.values():
        check_apart(several)
    files = {name: sorted(file for share in several for file in share.files) for name, several in shares.items()}
    written = tuple(name for name in names if not wanted or name in wanted)
    policies = {name: [share.policies for share in several] for name, several in shares.items()}
    found = [*(each for part in parts for each in part.diagnostics), *_over_budget(shares)]
    with judging(policies, sources, terms, kind_fields) as judge:
        verdicts = _kept(judge.judge(), found)
        made = names if judge.looks_at_plans else written
        texts = {
            name: _texts(name, shares[name], files[name], digest, verdicts, changes.get(name, Compared()))
            for name in made
        }
        if judge.looks_at_plans:
            _kept(judge.judge_plans({name: texts[name][f"{name}/plan.json"] for name in names}), found)
        found += judge.settled(complete=True)
    return Joined(
        names,
        merge(found, names),
        tuple(file for name in written for file in files[name]),
        {path: text for name in written for path, text in texts[name].items()},
    )


def _kept(outcome: Outcome[Verdicts], found: list[Diagnostic]) -> Verdicts:
    found += outcome.diagnostics
    return outcome.value


def _over_budget(shares: Mapping[str, Sequence[EnvironmentPart]]) -> tuple[Diagnostic, ...]:
    """What the budgets, which are in the first part, say of all."""
    declared = {name: several[0].budgets for name, several in shares.items()}
    if not any(declared.values()):
        return ()
    return judge_budgets(declared, {name: all_spent(several) for name, several in shares.items()})


def all_spent(shares: Sequence[EnvironmentPart]) -> list[Spent]:
    """What all instances cost and emit, with what is idle of machines."""
    return together([*(each for share in shares for each in share.spent), *_pool(shares).spent()])


def _unpriced(shares: Sequence[EnvironmentPart]) -> int:
    return sum(len(app.unpriced) for share in shares for app in share.apps)


def _pool(shares: Sequence[EnvironmentPart]) -> Pool:
    return pooled(share.pool for share in shares)


def check_apart(shares: Iterable[EnvironmentPart]) -> None:
    """Refuse units whose objects would bear the same names in the cluster."""
    namespaces: set[str] = set()
    claims: set[tuple[str, str, str, str]] = set()
    count = 0
    for share in shares:
        count += len(share.namespaces) + len({*share.claims})
        namespaces.update(share.namespaces)
        claims.update(share.claims)
    if len(namespaces) + len(claims) < count or any(space in namespaces for _, _, space, _ in claims):
        raise NotApartError


def _texts(  # noqa: PLR0913  # all that the documents of an environment are made from
    name: str,
    shares: Sequence[EnvironmentPart],
    files: Sequence[FilePart],
    digest: str,
    verdicts: Verdicts,
    changes: Compared,
) -> dict[str, str]:
    try:
        plan = counting(joined([share.plan for share in shares]), verdicts)
    except UnlikeStagesError as error:
        raise NotApartError from error
    amount = total(each.amount for each in all_spent(shares))
    plan = replace(plan, sources=digest, artifacts=_digest(files), cost=plan_cost(amount, _unpriced(shares)))
    plan = compared(plan, changes)
    written = {step: texts for share in shares for step, texts in share.steps.items()}
    apps = sorted(app for share in shares for app in share.apps)
    return {
        f"{name}/graph.json": _graph(name, apps),
        f"{name}/cost.json": _cost(name, apps, _pool(shares), amount, total(each.carbon for each in all_spent(shares))),
        f"{name}/plan.json": _plan(plan, {step: document for step, (document, _) in written.items()}),
        f"{name}/plan.md": plan_page(plan, {step: row for step, (_, row) in written.items()}),
    }


def _digest(files: Iterable[FilePart]) -> str:
    """`sha256:…` of all files of apps; see `artifacts.digest_of`."""
    lines = "".join(f"{file.path}\0{file.digest}\n" for file in files)
    return f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"


def _graph(name: str, apps: Sequence[AppPart]) -> str:
    nodes = [Written(text) for app in apps for text in app.nodes]
    edges = [Written(text) for app in apps for text in app.edges]
    return json_document({**head(name), "nodes": nodes, "edges": edges})


def _cost(name: str, apps: Sequence[AppPart], pool: Pool, amount: Total, emitted: Total) -> str:
    parts = (CostPart(app.factors, *map(_written, app.of_costs)) for app in apps)
    return cost_text(name, parts, pool, amount, emitted)


def _written(texts: Sequence[str]) -> tuple[Written, ...]:
    return tuple(map(Written, texts))


def _plan(plan: Plan, documents: Mapping[str, str]) -> str:
    def document(step: str) -> Written | None:
        text = documents.get(step)
        return None if text is None else Written(text)

    return json_document(plan_document(plan, lambda step: document(step.id) or step_part(step)))
