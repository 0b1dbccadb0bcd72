"""The stages as the pipeline calls them: each the public function of its package, given just what it needs."""

import datetime
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from idpc import profile
from idpc.cost import CostSheet
from idpc.diagnostics import Diagnostic, Outcome
from idpc.emit import Bundle
from idpc.graph.build import Evaluated
from idpc.graph.model import Graph
from idpc.plan.model import PartPlan
from idpc.policy.check import Checked
from idpc.policy.verdicts import Verdicts
from idpc.project import Sources
from idpc.resolve import Program, resolve
from idpc.schema.custom_resources import CustomSchemas
from idpc.source import SourceFile
from idpc.syntax.nodes import Module
from idpc.types.declared import TypedProgram
from idpc.types.library import Library

if TYPE_CHECKING:
    from idpc.cost import Usage
    from idpc.policy.judge import Judge, Terms
    from idpc.policy.rego.words import Kinds
    from idpc.policy.share import PolicyShare, Sharing


def parse_all(sources: Sources) -> Outcome[tuple[Module, ...]]:
    """Every file of the project and its packages to nodes."""
    modules, diagnostics = list[Module](), list[Diagnostic]()
    for file in (*sources.files, *(file for package in sources.packages for file in package.files)):
        outcome = parsed(file)
        modules.append(outcome.value)
        diagnostics += outcome.diagnostics
    return Outcome(tuple(modules), tuple(diagnostics))


@lru_cache(maxsize=1 << 14)
def parsed(file: SourceFile) -> Outcome[Module]:
    """One file to nodes, kept as long as the process runs: what is compiled in parts is looked at more than once."""
    from idpc.syntax import parse_module

    with profile.stage("syntax") as made:
        made(1, "files")
        return parse_module(file)


def packages_of(sources: Sources) -> dict[str, str]:
    """For each file of a package, whose it is."""
    return {file.path: package.name for package in sources.packages for file in package.files}


def resolve_names(modules: tuple[Module, ...], sources: Sources, library: Library) -> Outcome[Program]:
    """All declarations by name."""
    return resolve(modules, packages_of(sources), sources.root_name, library.table)


def check(program: Program, sources: Sources, library: Library) -> Outcome[TypedProgram]:
    """Types of everything."""
    from idpc.types.check import check_types

    crds, faults = custom_schemas(sources)
    outcome = check_types(program, packages_of(sources), library, crds)
    return Outcome(outcome.value, (*faults, *outcome.diagnostics))


def custom_schemas(sources: Sources) -> tuple[CustomSchemas | None, tuple[Diagnostic, ...]]:
    """The project's own custom resources, from the texts below `crds/`."""
    return _custom_schemas(sources.crds) if sources.crds else (None, ())


@lru_cache(maxsize=8)
def _custom_schemas(files: tuple[SourceFile, ...]) -> tuple[CustomSchemas, tuple[Diagnostic, ...]]:
    from idpc.diagnostics.codes import types as codes
    from idpc.schema import kubernetes
    from idpc.source import Span

    found = [kubernetes.user_crds(file.text) for file in files]
    faults = [
        codes.UNREADABLE.at(Span(file.path, 0, 0), f"`{file.path}` is no CustomResourceDefinition: {fault}")
        for file, schemas in zip(files, found, strict=True)
        for fault in schemas.faults
    ]
    return kubernetes.combine(found), tuple(faults)


def build(
    typed: TypedProgram, sources: Sources, files: Mapping[str, SourceFile], today: datetime.date
) -> Outcome[Evaluated]:
    """The graph of every environment."""
    from idpc.graph.build import build_graph
    from idpc.graph.run import Surroundings

    return build_graph(typed, Surroundings(files, sources.read_text, today))


def emit_bundles(graph: Graph, sources: Sources) -> Outcome[tuple[Bundle, ...]]:
    """What every environment becomes."""
    from idpc.emit import emit

    return emit(graph, custom_schemas(sources)[0])


def enforce(
    typed: TypedProgram, evaluated: Evaluated, bundles: tuple[Bundle, ...], known: Container[str]
) -> Outcome[Checked]:
    """What came of the policies that are written in the language."""
    from idpc.policy.check import check_policies

    return check_policies(typed, evaluated, bundles, known)


def admission(
    evaluated: Evaluated, bundles: tuple[Bundle, ...], checked: Checked, sources: Sources
) -> tuple[Bundle, ...]:
    """The bundles with what has clusters check policies themselves, where environments ask for it."""
    graphs = evaluated.graph.environments.values()
    if all(graph.environment.get("admission", "none") == "none" for graph in graphs):
        return bundles
    from idpc.policy.admission.files import with_admission
    from idpc.policy.judge import rego_sources

    rego = rego_sources(sources.rego, (package.folder for package in sources.packages))
    return with_admission(evaluated, bundles, checked, rego)


def sharing(evaluated: Evaluated, bundle: Bundle, sheet: CostSheet, files: Mapping[str, SourceFile]) -> "Sharing":
    """What makes the shares of apps in the policies that are judged on all of an environment."""
    from idpc.artifacts import location
    from idpc.policy.share import Sharing

    run, graph = evaluated.runs[bundle.environment], evaluated.graph.environments[bundle.environment]
    return Sharing(run, graph, bundle, sheet, lambda span: location(span, files))


@contextmanager
def judging(
    shares: "Mapping[str, Sequence[PolicyShare]]", sources: Sources, terms: "Terms", kinds: "Callable[[], Kinds]"
) -> "Iterator[Judge]":
    """A judge of what the units of a project give, with an engine for Rego as long as there is something to run.

    `kinds` gives those of the standard library with their fields, where Rego has a word that resembles one.
    """
    from idpc.policy.engine import opened
    from idpc.policy.judge import Judge, rego_sources

    needed = any(share.policies for several in shares.values() for share in several)
    rego = rego_sources(sources.rego, (package.folder for package in sources.packages))
    with opened(terms.engine if needed else "none", terms.timeout) as engine:
        yield Judge(shares, rego, terms, engine, kinds)


def estimate_costs(evaluated: Evaluated, usage: "Mapping[str, Usage]") -> Outcome[Mapping[str, CostSheet]]:
    """What every environment costs in a month, with what was measured there."""
    from idpc.cost import estimate

    found = {name: estimate(run, usage.get(name)) for name, run in evaluated.runs.items()}
    diagnostics = tuple(each for outcome in found.values() for each in outcome.diagnostics)
    return Outcome({name: outcome.value for name, outcome in found.items()}, diagnostics)


def judge_budgets(evaluated: Evaluated, sheets: Mapping[str, CostSheet]) -> Outcome[None]:
    """All budgets of a project, which only all of its apps can keep or exceed."""
    from idpc.cost import budgets, judge, spent

    declared = {name: budgets(run) for name, run in evaluated.runs.items()}
    return Outcome(None, judge(declared, {name: spent(sheet.instances) for name, sheet in sheets.items()}))


def part_plans(graph: Graph, bundles: tuple[Bundle, ...], verdicts: Verdicts) -> Outcome[Mapping[str, PartPlan]]:
    """The plan of every environment, which nothing has joined yet and which does not say what it was made from."""
    from idpc.plan import PolicyCounts, part_plan, plan_inputs

    plans, diagnostics = {}, []
    for bundle in bundles:
        environment = graph.environments[bundle.environment]
        found = verdicts.count(bundle.environment)
        counts = PolicyCounts(found.passed, found.warned, found.waived)
        outcome = part_plan(environment, plan_inputs(environment, bundle, policy=counts))
        plans[bundle.environment] = outcome.value
        diagnostics += [each.but(environments=(bundle.environment,)) for each in outcome.diagnostics]
    return Outcome(plans, tuple(diagnostics))
