"""Makes a policy ready to be evaluated: its files are found, read and looked through, before anything is judged."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from idpc.diagnostics import Diagnostic
from idpc.policy.engine import Failure, Module, PolicyEngine
from idpc.policy.rego import faults
from idpc.policy.rego.lint import Ground, calls, lint, unknown_calls
from idpc.policy.rego.module import RegoFile, Rule
from idpc.policy.rego.shapes import CONFTEST, GATEKEEPER, Shape
from idpc.policy.rego.sources import RegoSources, merged, result_rules
from idpc.policy.rego.tokens import separated
from idpc.policy.share import MANIFEST, RegoPolicy
from idpc.source import Span

GATEKEEPERS = "gatekeeper"


class Prepared(Struct, frozen=True):
    """A policy with its files, the rules whose values are violations, and the data beside them."""

    policy: RegoPolicy
    files: tuple[RegoFile, ...]
    rules: tuple[tuple[RegoFile, Rule], ...]
    data: Mapping[str, Any]
    gatekeeper: bool

    @property
    def modules(self) -> tuple[Module, ...]:
        """The files as an engine takes them."""
        return modules(self.files)

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of the rules, each once."""
        return tuple(dict.fromkeys(path_of(file, rule) for file, rule in self.rules))

    def mentions(self, word: str) -> bool:
        """Whether the word stands in one of the files."""
        return any(word in file.source.text for file in self.files)

    def failed(self, failure: Failure) -> Diagnostic:
        """What is said of an engine that gave up."""
        return _failed(failure, self.policy, self.rules[0][1].span, self.files)


def prepare(
    policy: RegoPolicy, sources: RegoSources, engine: PolicyEngine, shape: Shape
) -> Prepared | list[Diagnostic]:
    """The policy, or all that keeps it from being evaluated. `shape` is that of an input which is no manifest or module."""
    own = sources.named(policy.pattern, policy.span.file)
    if not own:
        return [faults.missing_files(policy.name, policy.place, policy.pattern, sources.rego())]
    rules = tuple(result_rules(own))
    files = sources.with_libraries(own)
    failure = engine.parse(policy.language, modules(files))
    if failure is not None:
        return [_failed(failure, policy, Span(files[0].source.path, 0, 0), files)]
    if not rules:
        return [faults.no_results(policy.name, policy.place, own)]
    data, wrong = merged(sources.data_beside(files), policy.name)
    prepared = Prepared(policy, tuple(files), rules, data, is_gatekeeper(policy, files))
    return wrong or _faults(prepared, engine, shape) or prepared


def is_gatekeeper(policy: RegoPolicy, files: Sequence[RegoFile]) -> bool:
    """Whether a policy reads objects as Gatekeeper gives them: it says so, or it reads what only Gatekeeper has."""
    if policy.form or policy.target != MANIFEST:
        return policy.form == GATEKEEPERS
    steps = (file.resolved(each).steps for file in files for each in file.references)
    return any(each[:2] in {("input", "review"), ("input", "parameters"), ("data", "inventory")} for each in steps)


def modules(files: Sequence[RegoFile]) -> tuple[Module, ...]:
    """Files as an engine takes them."""
    return tuple((each.source.path, separated(each.source.text)) for each in files)


def path_of(file: RegoFile, rule: Rule) -> str:
    """The path of a rule below `data`."""
    steps = (*file.package.split("."), rule.name)
    return "data" + "".join(f".{step}" if step.isidentifier() else f'["{step}"]' for step in steps)


def _faults(prepared: Prepared, engine: PolicyEngine, shape: Shape) -> list[Diagnostic]:
    policy, called = prepared.policy, calls(prepared.files)
    given = {"params", "inventory"} if prepared.gatekeeper else {"params"}
    of_objects = GATEKEEPER if prepared.gatekeeper else CONFTEST.get(policy.target, shape)
    ground = Ground(policy.name, policy.language, of_objects, {*prepared.data, *given}, engine.verbs)
    unknown = unknown_calls(called, engine.unknown(called), policy.name)
    return [*lint(prepared.files, ground), *unknown]


def _failed(failure: Failure, policy: RegoPolicy, rule: Span, files: Sequence[RegoFile]) -> Diagnostic:
    sources = {each.source.path: each.source for each in files}
    return faults.failed(failure, policy, rule, sources)
