"""Makes a policy ready to be evaluated: its files are found, read and looked through, before anything is judged."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from idpc.diagnostics import Diagnostic
from idpc.policy.engine import Failure, Module, PolicyEngine
from idpc.policy.rego import faults
from idpc.policy.rego.gatekeeper import Constraint, Template, constraint_faults, declared_in, enforced, with_defaults
from idpc.policy.rego.lint import Ground, calls, input_and_data, lint, unknown_calls
from idpc.policy.rego.module import RegoFile, Rule
from idpc.policy.rego.shapes import CONFTEST, GATEKEEPER, Shape, combined, shape_of
from idpc.policy.rego.sources import RegoSources, merged, result_rules
from idpc.policy.rego.tokens import separated
from idpc.policy.rego.words import Vocabulary, misspelt_paths, misspelt_words
from idpc.policy.share import MANIFEST, RegoPolicy
from idpc.source import SourceFile, Span

_PARAMETERS = (("data", "params"), ("input", "parameters"))
GATEKEEPERS, COMBINED = "gatekeeper", "combined"


class Prepared(Struct, frozen=True):
    """A policy with its files, the rules whose values are violations, and the data beside them.

    `template` is that of Gatekeeper which they come from, `constraint` what has them enforced there.
    """

    policy: RegoPolicy
    files: tuple[RegoFile, ...]
    rules: tuple[tuple[RegoFile, Rule], ...]
    data: Mapping[str, Any]
    gatekeeper: bool
    template: Template | None = None
    constraint: Constraint | None = None

    @property
    def modules(self) -> tuple[Module, ...]:
        """The files as an engine takes them."""
        return modules(self.files)

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of the rules, each once."""
        return tuple(dict.fromkeys(path_of(file, rule) for file, rule in self.rules))

    def under(self, policy: RegoPolicy) -> "Prepared":
        """The same with the fields that a policy has in another environment."""
        return (
            _constrained(replace(self, policy=_spoken(policy, self.template)), self.template, self.constraint)
            if self.template
            else replace(self, policy=policy)
        )

    @property
    def combined(self) -> bool:
        """Whether it looks at all documents at once, as Conftest has it with `--combine`."""
        return is_combined(self.policy, self.files)

    def mentions(self, word: str) -> bool:
        """Whether the word stands in one of the files."""
        return any(word in file.source.text for file in self.files)

    def reads(self, parameter: str) -> bool:
        """Whether the files mention a parameter, or walk over all of them."""
        words = (word for file in self.files for word in file.words)
        return any(parameter in (word.text, word.sort == "string" and word.value) for word in words) or any(
            steps[:2] in _PARAMETERS and (len(steps) == 2 or steps[2] is None)
            for file in self.files
            for steps in (each.steps for each in input_and_data(file))
        )

    def failed(self, failure: Failure) -> Diagnostic:
        """What is said of an engine that gave up."""
        return _failed(failure, self.policy, self.rules[0][1].span, self.files)


class Setting(Struct, frozen=True):
    """What a policy finds: the shape of an input that is no manifest or module, that of its parameters, kinds by name."""

    shape: Shape = None
    params: Shape = None
    vocabulary: Vocabulary | None = None


def prepare(
    policy: RegoPolicy, sources: RegoSources, engine: PolicyEngine, setting: Setting | None = None
) -> tuple[Prepared, ...] | list[Diagnostic]:
    """The policy, or all that keeps it from being evaluated: once, and once for each constraint of Gatekeeper."""
    setting = setting or Setting()
    own = sources.named(policy.pattern, policy.span.file)
    theirs = sources.gatekeepers(policy.pattern, policy.span.file)
    if not own and not theirs:
        return [faults.missing_files(policy.name, policy.place, policy.pattern, sources.known())]
    made = [_prepared(policy, own, sources.with_libraries(own), sources, engine, setting)] if own else []
    several = _of_gatekeeper(policy, theirs, sources, engine) if theirs else ()
    wrong = [fault for each in (*made, several) if isinstance(each, list) for fault in each]
    found = (
        *(each for each in made if isinstance(each, Prepared)),
        *(each for each in several if isinstance(each, Prepared)),
    )
    return wrong or [*_unread(policy, found)] or found


def _unread(policy: RegoPolicy, several: Sequence[Prepared]) -> Iterator[Diagnostic]:
    """The parameters, of the policy or a constraint, that none of the files in question mentions."""
    for name in msgspec.json.decode(policy.params):
        if not any(each.reads(name) for each in several):
            yield faults.unread_parameter(name, policy.span, policy.name)
    for each in several:
        for name in each.constraint.parameters if each.constraint else ():
            if each.constraint and not each.reads(name):
                yield faults.unread_parameter(name, each.constraint.span, policy.name)


def _prepared(  # noqa: PLR0913  # what a policy is made from
    policy: RegoPolicy,
    own: Sequence[RegoFile],
    files: Sequence[RegoFile],
    sources: RegoSources,
    engine: PolicyEngine,
    setting: Setting,
) -> Prepared | list[Diagnostic]:
    rules = tuple(result_rules(own))
    failure = engine.parse(policy.language, modules(files))
    if failure is not None:
        return [_failed(failure, policy, Span(files[0].source.path, 0, 0), files)]
    if not rules:
        return [faults.no_results(policy.name, policy.place, own)]
    data, wrong = merged(sources.data_beside(files) if not own[0].name else (), policy.name)
    prepared = Prepared(policy, tuple(files), rules, data, is_gatekeeper(policy, files))
    return wrong or _faults(prepared, engine, setting) or prepared


def _of_gatekeeper(
    policy: RegoPolicy, files: Sequence[SourceFile], sources: RegoSources, engine: PolicyEngine
) -> tuple[Prepared, ...] | list[Diagnostic]:
    """The policy once for each constraint of the templates in some files, and for templates that have none."""
    found = [declared_in(file) for file in files]
    templates = [one for each in found for one in each.templates]
    constraints = [one for each in found for one in each.constraints]
    wrong = [one for each in found for one in each.wrong]
    wrong = wrong or [*constraint_faults(templates, constraints)]
    if policy.target != MANIFEST:
        wrong.append(faults.not_of_objects(policy.name, policy.place))
    if wrong:
        return [each.but(policy=policy.name) for each in wrong]
    made = {
        each.kind: _prepared(_spoken(policy, each), each.files[:1], each.files, sources, engine, Setting())
        for each in templates
    }
    wrong = [fault for each in made.values() if isinstance(each, list) for fault in each]
    return wrong or tuple(
        _constrained(found_, template, constraint)
        for template, constraint in enforced(templates, constraints)
        if isinstance(found_ := made[template.kind], Prepared)
    )


def _spoken(policy: RegoPolicy, template: Template) -> RegoPolicy:
    return replace(policy, language=template.language, form=GATEKEEPERS)


def _constrained(prepared: Prepared, template: Template, constraint: Constraint | None) -> Prepared:
    """A template with the parameters of a constraint; what that leaves out is the policy's, else the template's default."""
    given = {**msgspec.json.decode(prepared.policy.params), **(constraint.parameters if constraint else {})}
    params = msgspec.json.encode(with_defaults(given, template.schema)).decode()
    severity = (constraint.severity if constraint else "") or prepared.policy.severity
    policy = replace(prepared.policy, params=params, severity=severity)
    return replace(prepared, policy=policy, template=template, constraint=constraint)


def is_gatekeeper(policy: RegoPolicy, files: Sequence[RegoFile]) -> bool:
    """Whether a policy reads objects as Gatekeeper gives them: it says so, or it reads what only Gatekeeper has."""
    if policy.form or policy.target != MANIFEST:
        return policy.form == GATEKEEPERS
    steps = (file.resolved(each).steps for file in files for each in file.references)
    return any(each[:2] in {("input", "review"), ("input", "parameters"), ("data", "inventory")} for each in steps)


def is_combined(policy: RegoPolicy, files: Sequence[RegoFile]) -> bool:
    """Whether a policy reads a list of documents with their paths: it says so, or it reads what only such a list has."""
    if policy.form or policy.target not in CONFTEST:
        return policy.form == COMBINED
    read = (each.steps for file in files for each in input_and_data(file))
    return any(steps[:2] == ("input", None) and steps[2:3] in (("contents",), ("path",)) for steps in read)


def modules(files: Sequence[RegoFile]) -> tuple[Module, ...]:
    """Files as an engine takes them."""
    return tuple((each.module, separated(each.source.text)) for each in files)


def path_of(file: RegoFile, rule: Rule) -> str:
    """The path of a rule below `data`."""
    steps = (*file.package.split("."), rule.name)
    return "data" + "".join(f".{step}" if step.isidentifier() else f'["{step}"]' for step in steps)


def _faults(prepared: Prepared, engine: PolicyEngine, setting: Setting) -> list[Diagnostic]:
    policy, called = prepared.policy, calls(prepared.files)
    data = {key: shape_of(value) for key, value in prepared.data.items()} | {"params": setting.params}
    data |= {"inventory": None} if prepared.gatekeeper else {}
    of_objects = GATEKEEPER if prepared.gatekeeper else CONFTEST.get(policy.target, setting.shape)
    of_objects = combined(of_objects) if prepared.combined else of_objects
    ground = Ground(policy.name, policy.language, of_objects, data, engine.verbs)
    unknown = unknown_calls(called, engine.unknown(called), policy.name)
    words = misspelt_words(prepared.files, setting.vocabulary, policy.name) if setting.vocabulary else ()
    found = [*lint(prepared.files, ground), *unknown, *words]
    return found or [*misspelt_paths(prepared.files, policy.name)] if policy.target == MANIFEST else found


def _failed(failure: Failure, policy: RegoPolicy, rule: Span, files: Sequence[RegoFile]) -> Diagnostic:
    sources = {each.module: each.source for each in files}
    return faults.failed(failure, policy, rule, sources)
