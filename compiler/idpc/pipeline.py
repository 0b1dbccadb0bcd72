"""The whole compiler: each stage takes what the ones before it made, and says what it found wrong."""

import datetime
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from idpc import profile
from idpc.cost import CostSheet, Usage
from idpc.diagnostics import Code, Diagnostic, Outcome, Severity
from idpc.diagnostics.codes.graph import UNREAD
from idpc.diagnostics.merge import merge
from idpc.echoes import without_echoes
from idpc.emit import Bundle
from idpc.graph.build import Evaluated
from idpc.graph.model import Graph
from idpc.library import kind_fields, library_for
from idpc.plan.model import Compared, PartPlan, Plan
from idpc.policy.check import Checked
from idpc.policy.engine import DEFAULT_TIMEOUT
from idpc.policy.verdicts import Verdicts
from idpc.project import Sources
from idpc.resolve import Program
from idpc.source import SourceFile, Span
from idpc.stages import (
    admission,
    build,
    check,
    emit_bundles,
    enforce,
    estimate_costs,
    judge_budgets,
    judging,
    parse_all,
    part_plans,
    resolve_names,
    sharing,
)
from idpc.syntax.nodes import Module
from idpc.types.declared import TypedProgram

if TYPE_CHECKING:
    from idpc.graph.run import Surroundings
    from idpc.policy.judge import Terms
    from idpc.policy.share import PolicyShare, Sharing

P = ParamSpec("P")
T = TypeVar("T")
RECURSION = 20_000
"""Python frames that a chain of values at the limits of nesting and depth needs, with room to spare."""
_NAMES = {
    "resolve_names": "names",
    "check": "types",
    "build": "graph",
    "emit_bundles": "emit",
    "enforce": "policy",
    "estimate_costs": "cost",
    "judge_budgets": "budgets",
    "part_plans": "plan",
}
"""What stages are called in a profile, where it is not what their functions are."""
STAGES = ("syntax", "types", "graph", "policy", "plan")


class Options(Struct, frozen=True):
    """What the caller decides: the day, the environments to write, whether warnings fail, and what runs Rego how long.

    `baseline` are fingerprints of violations that are only noted; `changes` is what the plan of each environment tells of a
    comparison; `usage` is what was measured in each, for what it costs.
    """

    today: datetime.date
    environments: tuple[str, ...] = ()
    strict: bool = False
    policy_engine: str = "regorus"
    policy_timeout: float = DEFAULT_TIMEOUT
    baseline: frozenset[str] = frozenset()
    changes: Mapping[str, Compared] = field(default_factory=dict)
    usage: Mapping[str, Usage] = field(default_factory=dict)

    @property
    def terms(self) -> "Terms":
        """On what policies are judged."""
        from idpc.policy.judge import Terms

        return Terms(self.today, self.policy_engine, self.policy_timeout, self.baseline)


class Compilation(Struct, frozen=True, dict=True):  # printed whole, it is the program many times over
    """Everything that became of the sources. What a stage did not reach is None or empty.

    `found` is what the stages told, in their order; `diagnostics` are those that a user is told, each once. `unjudged` is
    the compilation without what only the whole can tell, where there is such.
    """

    sources: Sources
    options: Options
    modules: tuple[Module, ...]
    program: Program | None
    typed: TypedProgram | None
    evaluated: Evaluated | None
    bundles: tuple[Bundle, ...]
    verdicts: Verdicts
    part_plans: Mapping[str, PartPlan]
    diagnostics: tuple[Diagnostic, ...]
    files_by_path: Mapping[str, SourceFile]
    graph: Graph | None = None
    found: tuple[Diagnostic, ...] = ()
    checked: Checked = field(default_factory=Checked)
    sheets: Mapping[str, CostSheet] = {}
    unjudged: "Compilation | None" = None

    def __repr__(self) -> str:
        """Not all of it, which is the program many times over."""
        return f"<compilation of {self.sources.root_name}>"

    @property
    def ok(self) -> bool:
        """Whether no error was found."""
        return not any(each.severity is Severity.ERROR for each in self.diagnostics)

    @cached_property
    def plans(self) -> Mapping[str, Plan]:
        """The plan of each environment, which says what it was made from."""
        from idpc.artifacts import digest_of, plan_cost
        from idpc.plan import compared, joined

        sources, bundles = self.sources.digest(), {bundle.environment: bundle for bundle in self.bundles}
        return {
            name: compared(
                replace(
                    joined([part]),
                    sources=sources,
                    artifacts=digest_of(bundles[name]),
                    cost=plan_cost(self.sheets[name].total, len(tuple(self.sheets[name].unpriced))),
                ),
                self.options.changes.get(name, Compared()),
            )
            for name, part in self.part_plans.items()
        }

    def sharing(self, environment: str) -> "Sharing":
        """What makes the shares of apps in the policies that are judged on all of an environment."""
        assert self.evaluated is not None  # noqa: S101  # compiled that far
        bundle = next(each for each in self.bundles if each.environment == environment)
        return sharing(self.evaluated, bundle, self.sheets[environment], self.files_by_path)

    @property
    def shares(self) -> Mapping[str, Sequence["PolicyShare"]]:
        """What all apps give to these policies, by environment."""
        found = {}
        for bundle in self.bundles:
            name, of_all = bundle.environment, self.sharing(bundle.environment)
            waivers, uses = self.checked.waivers.get(name, ()), self.checked.uses.get(name, {})
            found[name] = (of_all.of(tuple(of_all.graph.apps), waivers, uses),)
        return found

    @property
    def is_to_judge(self) -> bool:
        """Whether there is something that only the whole project can tell: policies in Rego, or waivers."""
        in_rego = self.typed is not None and any(policy.rego for policy in self.typed.policies)
        return bool(self.bundles) and (in_rego or any(self.checked.waivers.values()))

    @property
    def environments(self) -> tuple[str, ...]:
        """The names of the declared environments."""
        return self.program.environments() if self.program else ()

    def location(self, span: Span) -> dict[str, str | int]:
        """A place as published documents have it."""
        from idpc.artifacts import location

        return location(span, self.files_by_path)


class Run(Struct):
    """Keeps what the stages find, in order."""

    found: list[Diagnostic] = field(default_factory=list)

    def __call__(self, stage: Callable[P, Outcome[T]], *inputs: P.args, **named: P.kwargs) -> T:
        """The value of a stage; its diagnostics are kept."""
        with profile.stage(_NAMES.get(stage.__name__, stage.__name__)):
            outcome = stage(*inputs, **named)
        self.found += outcome.diagnostics
        return outcome.value

    def forget(self, code: Code) -> None:
        """Drop what follows from an error: what is broken may be what would have used it."""
        self.found = [each for each in self.found if each.code != code.id]

    @property
    def ok(self) -> bool:
        """Whether no stage has found an error so far."""
        return not any(each.severity is Severity.ERROR for each in self.found)


def compile_project(sources: Sources, options: Options, until: str = "plan") -> Compilation:
    """The sources through all stages up to `until` (syntax, types, graph, policy, plan), and judged as a whole."""
    return judged(compile_whole(sources, options, until))


def compile_whole(sources: Sources, options: Options, until: str = "plan") -> Compilation:
    """The sources through all stages, not judged as a whole yet."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), RECURSION))
    return compile_modules(sources, parse_all(sources), options, until)


def compile_modules(
    sources: Sources, parsed: Outcome[tuple[Module, ...]], options: Options, until: str = "plan", *, whole: bool = True
) -> Compilation:
    """What was parsed of the sources, or if not `whole` of a part of them, through the stages after that."""
    run, last = Run(list(parsed.diagnostics)), STAGES.index(until)
    files = {file.path: file for file in all_files(sources)}
    modules = parsed.value
    with profile.stage("library"):
        library = library_for(modules, sources) if last >= 1 else None
    program = run(resolve_names, modules, sources, library) if library else None
    typed = run(check, program, sources, library) if program and library else None
    evaluated = run(build, typed, sources, files, options.today) if typed and last >= 2 else None
    if not run.ok:
        run.forget(UNREAD)
    known = last >= 3 and run.ok
    bundles = run(emit_bundles, evaluated.graph, sources) if evaluated and known else ()
    sheets = run(estimate_costs, evaluated, options.usage) if evaluated and known else {}
    checked = (
        run(enforce, typed, evaluated, bundles, options.baseline) if typed and evaluated and last >= 3 else Checked()
    )
    bundles = admission(evaluated, bundles, checked, sources) if evaluated else bundles
    if evaluated and sheets and whole:
        run(judge_budgets, evaluated, sheets)
    plans = run(part_plans, evaluated.graph, bundles, checked.verdicts) if evaluated and last >= 4 and run.ok else {}
    names = program.environments() if program else ()
    return Compilation(
        sources,
        options,
        modules,
        program,
        typed,
        evaluated,
        bundles,
        checked.verdicts,
        plans,
        without_echoes(merge(run.found, names), modules, files),
        files,
        evaluated.graph if evaluated else None,
        tuple(run.found),
        checked,
        sheets,
    )


def judged(compilation: Compilation) -> Compilation:
    """A compilation of all of a project with what only the whole can tell: policies in Rego, waivers that waive nothing."""
    if not compilation.is_to_judge:
        return compilation
    run = Run(list(compilation.found))
    from idpc.artifacts import plan_text

    with judging(compilation.shares, compilation.sources, compilation.options.terms, kind_fields) as judge:
        found = run(judge.judge)
        counted = replace(compilation, part_plans=_counted(compilation.part_plans, found))
        texts = {name: plan_text(plan) for name, plan in counted.plans.items()} if judge.looks_at_plans else {}
        of_plans = run(judge.judge_plans, texts) if texts else Verdicts()
        run.found += judge.settled(complete=bool(compilation.bundles))
    told = without_echoes(merge(run.found, compilation.environments), compilation.modules, compilation.files_by_path)
    verdicts = compilation.verdicts.beside(found.policies).beside(of_plans.policies)
    return replace(counted, verdicts=verdicts, diagnostics=told, found=tuple(run.found), unjudged=compilation)


def _counted(plans: Mapping[str, PartPlan], verdicts: Verdicts) -> Mapping[str, PartPlan]:
    """Plans that count these verdicts, too."""
    from idpc.plan import counting

    return {name: replace(part, plan=counting(part.plan, verdicts)) for name, part in plans.items()}


def all_files(sources: Sources) -> tuple[SourceFile, ...]:
    """Every file that is compiled: the project's, its packages' and the standard library's."""
    from idpc.project import standard_library

    of_packages = (file for package in sources.packages for file in package.files)
    return (*standard_library(), *sources.files, *sources.rego, *of_packages)


def artifacts(compilation: Compilation) -> Mapping[str, str]:
    """Every file that a build writes, by its path below the build folder; of the asked environments, if any."""
    from idpc.artifacts import texts

    made: dict[str, str] = {}
    wanted, graphs = compilation.options.environments, compilation.graph.environments if compilation.graph else {}
    for bundle in compilation.bundles:
        name = bundle.environment
        if not wanted or name in wanted:
            sheet, plan = compilation.sheets[name], compilation.plans[name]
            made |= texts(bundle, graphs[name], plan, sheet, compilation.files_by_path)
    return made


def around(compilation: Compilation, *, tracing: bool = False) -> "Surroundings":
    """What an evaluation of the same sources may know of the outside."""
    from idpc.graph.run import Surroundings

    sources = compilation.sources
    return Surroundings(compilation.files_by_path, sources.read_text, compilation.options.today, tracing)
