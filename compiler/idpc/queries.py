"""Questions about a compiled project: the value of an expression, and whether its tests hold."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from idpc.diagnostics import Diagnostic, Outcome
from idpc.diagnostics.codes import types as codes
from idpc.graph.convert import show
from idpc.graph.faults import Fault, Poisoned
from idpc.graph.frame import Frame
from idpc.library import library_for
from idpc.pipeline import Compilation
from idpc.source import SourceFile
from idpc.stages import packages_of
from idpc.types.declared import KindInfo, TestInfo

if TYPE_CHECKING:
    from idpc.graph.run import EnvironmentRun


class TestResult(Struct, frozen=True):
    """What came of one test."""

    name: str
    passed: bool
    diagnostics: tuple[Diagnostic, ...]


def evaluate_expression(compilation: Compilation, text: str, environment: str) -> Outcome[str]:
    """The value of an expression, as a top-level `let` of the project would have it, in the language's own form."""
    from idpc.syntax import parse_expression
    from idpc.types.check import expression_checker
    from idpc.types.expressions import elaborate

    assert compilation.program is not None  # noqa: S101  # compiled that far
    assert compilation.evaluated is not None  # noqa: S101  # as above
    parsed = parse_expression(SourceFile("<expression>", text))
    if parsed.diagnostics:
        return Outcome("", parsed.diagnostics)
    checker = expression_checker(
        compilation.program,
        packages_of(compilation.sources),
        library_for(compilation.modules, compilation.sources),
    )
    before = len(checker.diagnostics)
    core = elaborate(parsed.value, None, checker.scope(compilation.program.project))
    if len(checker.diagnostics) > before:
        return Outcome("", tuple(checker.diagnostics[before:]))
    run = compilation.evaluated.runs[environment]
    found = len(run.diagnostics)
    try:
        frame = Frame(run)
        return Outcome(show(run.finished(run.coder.run(core, frame), frame), whole=True))
    except Fault as fault:
        return Outcome("", (fault.diagnostic,))
    except Poisoned:
        return Outcome("", tuple(run.diagnostics[found:]))


def check_value(compilation: Compilation, text: str, kind: KindInfo, name: str) -> tuple[Diagnostic, ...]:
    """What is wrong with an expression as the value of a field in an app; its file is called `<name>`."""
    from idpc.syntax import parse_expression
    from idpc.types.check import expression_checker
    from idpc.types.expressions import expect

    assert compilation.program is not None  # noqa: S101  # compiled that far
    parsed = parse_expression(SourceFile(f"<{name}>", text))
    if parsed.diagnostics:
        return parsed.diagnostics
    sources = compilation.sources
    library = library_for(compilation.modules, sources)
    checker = expression_checker(compilation.program, packages_of(sources), library)
    before = len(checker.diagnostics)
    scope = checker.scope(compilation.program.project).but(names=checker.place_names())
    expect(parsed.value, kind.fields[name].type, f"`{name}`", scope)
    return tuple(checker.diagnostics[before:])


def run_tests(compilation: Compilation) -> tuple[TestResult, ...]:
    """Every `test` of the project, in the environments that it names, else in all."""
    assert compilation.typed is not None  # noqa: S101  # compiled that far
    assert compilation.evaluated is not None  # noqa: S101  # as above
    return tuple(_run(test, compilation.evaluated.runs) for test in compilation.typed.tests)


def _run(test: TestInfo, runs: Mapping[str, "EnvironmentRun"]) -> TestResult:
    found: list[Diagnostic] = []
    for places, rule in test.rules:
        for name in places or tuple(runs):
            run = runs[name]
            try:
                frame = Frame(run)
                if not run.coder.run(rule.condition, frame):
                    failure = run.rules.failure(codes.REQUIRE_FAILED, rule, frame, rule.condition.span, None)
                    labels = tuple(label for label in failure.labels if label.span != rule.span)
                    found.append(failure.but(environments=(name,), labels=labels))
            except Fault as fault:
                found.append(fault.diagnostic.but(environments=(name,)))
            except Poisoned:
                continue
    return TestResult(test.name, not found, tuple(found))
