"""Puts the parts of all units together: the documents that hold something of every app, and what was found wrong."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from idpc.artifacts import CostPart, cost_text, plan_cost, step_part
from idpc.cost import judge
from idpc.cost.model import Total, total
from idpc.diagnostics.merge import merge
from idpc.diagnostics.model import Diagnostic
from idpc.emit.json_writer import Written, json_document
from idpc.graph.document import head
from idpc.plan import Plan, joined
from idpc.plan.document import plan_document
from idpc.plan.join import UnlikeStagesError
from idpc.plan.page import plan_page
from idpc.units.make import NotApartError
from idpc.units.part import AppPart, EnvironmentPart, FilePart, Part


class Joined(Struct, frozen=True):
    """A build but for the texts of the files of apps, which are known by their digests."""

    environments: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]
    files: tuple[FilePart, ...]
    texts: Mapping[str, str]


def join(parts: Sequence[Part], sources: str, wanted: Sequence[str] = ()) -> Joined:
    """The parts as one; `sources` is the digest of all, `wanted` the environments to write, all where there is none.

    Raises NotApartError where units are in each other's way, which only a compilation of the whole project explains.
    """
    names = tuple(environment.name for environment in parts[0].environments)
    files: list[FilePart] = []
    texts: dict[str, str] = {}
    for number, name in enumerate(names):
        shares = [part.environments[number] for part in parts]
        check_apart(shares)
        if not wanted or name in wanted:
            own = sorted(file for share in shares for file in share.files)
            files += own
            texts |= _texts(name, shares, own, sources)
    found = (each for part in parts for each in part.diagnostics)
    return Joined(names, merge((*found, *_over_budget(parts)), names), tuple(files), texts)


def _over_budget(parts: Sequence[Part]) -> tuple[Diagnostic, ...]:
    """What the budgets, which are in the first part, say of all."""
    declared = {environment.name: environment.budgets for environment in parts[0].environments}
    if not any(declared.values()):
        return ()
    spent = {
        name: [each for part in parts for each in part.environments[number].spent]
        for number, name in enumerate(declared)
    }
    return judge(declared, spent)


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


def _texts(name: str, shares: Sequence[EnvironmentPart], files: Sequence[FilePart], sources: str) -> dict[str, str]:
    try:
        plan = joined([share.plan for share in shares])
    except UnlikeStagesError as error:
        raise NotApartError from error
    amount = total(each.amount for share in shares for each in share.spent)
    plan = replace(plan, sources=sources, artifacts=_digest(files), cost=plan_cost(amount))
    written = {step: texts for share in shares for step, texts in share.steps.items()}
    apps = sorted(app for share in shares for app in share.apps)
    return {
        f"{name}/graph.json": _graph(name, apps),
        f"{name}/cost.json": _cost(name, apps, amount),
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


def _cost(name: str, apps: Sequence[AppPart], amount: Total) -> str:
    parts = (CostPart(tuple(map(Written, app.costs)), tuple(map(Written, app.unpriced))) for app in apps)
    return cost_text(name, parts, amount)


def _plan(plan: Plan, documents: Mapping[str, str]) -> str:
    def document(step: str) -> Written | None:
        text = documents.get(step)
        return None if text is None else Written(text)

    return json_document(plan_document(plan, lambda step: document(step.id) or step_part(step)))
