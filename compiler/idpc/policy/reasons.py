"""Why a policy holds for something, or does not: what its rules looked at, and how far they came."""

import json
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from idpc.diagnostics.codes import policy as codes
from idpc.emit.model import Bundle
from idpc.graph.faults import Fault, Poisoned
from idpc.graph.frame import Frame
from idpc.graph.run import EnvironmentRun
from idpc.policy.check import Subject, subjects
from idpc.policy.engine import Evaluation, Failure, PolicyEngine
from idpc.policy.inputs import Inputs
from idpc.policy.rego.module import RegoFile, Rule
from idpc.policy.rego.prepare import Prepared, path_of
from idpc.policy.rego.tokens import separated
from idpc.policy.results import violations
from idpc.policy.share import GRAPH
from idpc.types.core import Rule as Requirement
from idpc.types.declared import PolicyInfo

_BINDINGS = "idpc_bindings"
_MOST = 10


def of_language(policy: PolicyInfo, address: str, run: EnvironmentRun, bundle: Bundle) -> Iterator[str]:
    """What a policy of the language says of an address, line by line; nothing where it does not look at it."""
    for subject in subjects(policy, run, bundle):
        if str(subject.state.address) == address:
            yield from _named(subject)
            yield from _judged(policy, subject, run)


def _named(subject: Subject) -> Iterator[str]:
    """Which of the objects or resources of an instance it is."""
    match subject.variables:
        case {"object": {"kind": kind, "metadata": {"name": name}}}:
            yield f"{kind} {name}:"
        case {"resource": {"type": kind, "name": name}}:
            yield f"{kind}.{name}:"


def _judged(policy: PolicyInfo, subject: Subject, run: EnvironmentRun) -> Iterator[str]:
    state = subject.state
    frame = Frame(run, state.app, state, state, {**subject.variables, "today": run.around.today})
    try:
        if policy.when is not None:
            holds = bool(run.coder.run(policy.when, frame))
            yield f"when `{run.text(policy.when.span)}`: {'yes' if holds else 'no, so nothing is asked'}"
            if not holds:
                return
        for rule in policy.rules:
            yield from _required(rule, frame, subject, run)
    except Fault as fault:
        yield f"it cannot be told: {fault.diagnostic.message}"
    except Poisoned:
        yield "it cannot be told: something that it reads is at fault"


def _required(rule: Requirement, frame: Frame, subject: Subject, run: EnvironmentRun) -> Iterator[str]:
    holds = bool(run.coder.run(rule.condition, frame))
    yield f"`{run.text(rule.condition.span)}` {'holds' if holds else 'does not hold'}"
    looked = run.rules.failure(codes.VIOLATED, rule, frame, subject.span, subject.state)
    labels = (label.text for label in looked.labels if label.text != "the rule")
    yield from (f"  {text}" for text in (looked.hint, *labels, *looked.notes) if text)


def of_rego(  # what one policy is judged with
    prepared: Prepared, address: str, inputs: Inputs, engine: PolicyEngine, now: int
) -> Iterator[str]:
    """What each rule of a policy in Rego says of an address, or the line that it did not get past."""
    looked = inputs.looked_at(prepared.policy)
    near = looked if prepared.policy.target == GRAPH else [each for each in looked if _is_of(address, each.address)]
    if not any(_is_of(address, each.address) for each in near):
        return
    documents = tuple(text for _, text in inputs.documents(prepared, near))
    if not documents:
        return
    asked = Evaluation(
        prepared.policy.language, prepared.modules, inputs.data(prepared), documents, prepared.paths, now
    )
    for file, rule in prepared.rules:
        alone = replace(asked, modules=_alone(prepared, file, rule), rules=(path_of(file, rule),))
        line = file.source.position(rule.span.start).line
        yield f"`{rule.name}` at {file.source.path}:{line}"
        yield from (f"  {text}" for text in _rule(prepared, file, rule, alone, address, engine))


def _is_of(address: str, other: str) -> bool:
    return address == other or other.startswith(f"{address}.")


def _alone(prepared: Prepared, file: RegoFile, rule: Rule) -> tuple[tuple[str, str], ...]:
    """The files with no other rule of the same name."""
    path = path_of(file, rule)
    others = [(of, each) for of, each in prepared.rules if path_of(of, each) == path and each is not rule]
    return tuple(
        (each.module, separated(each.without([one for of, one in others if of is each]))) for each in prepared.files
    )


def _rule(  # noqa: PLR0913  # as above
    prepared: Prepared, file: RegoFile, rule: Rule, asked: Evaluation, address: str, engine: PolicyEngine
) -> Iterator[str]:
    found, wrong = violations(replace(prepared, rules=((file, rule),)), asked, engine)
    yield from (each.message for each in wrong)
    graph = prepared.policy.target == GRAPH
    told = [each for each in found if not graph or not each.where or _is_of(address, each.where)]
    for each in told:
        yield f"fired: {each.message}"
    if told:
        yield from _bindings(file, rule, asked, address if graph else "", engine)
    elif not wrong:
        yield from _stopped(file, rule, asked, engine)


def _bindings(file: RegoFile, rule: Rule, asked: Evaluation, address: str, engine: PolicyEngine) -> Iterator[str]:
    """The values of its variables each time that a rule fired; for an address only where it is among them."""
    body, names = file.body(rule), file.variables(rule)
    if not body or not names:
        return
    pairs = ", ".join(f'"{name}": {name}' for name in names)
    head = f"{_BINDINGS} contains {{{pairs}}} if" if asked.language == "v1" else f"{_BINDINGS}[{{{pairs}}}]"
    path = file.module
    modules = tuple((each, f"{text}\n{head} {{{body}}}\n" if each == path else text) for each, text in asked.modules)
    at = path_of(file, replace(rule, name=_BINDINGS))
    results = engine.evaluate(replace(asked, modules=modules, rules=(at,)))
    values = [] if isinstance(results, Failure) else [each for result in results for each in result.get(at, ())]
    for value in [each for each in values if address in json.dumps(each)][:_MOST]:
        yield "with " + ", ".join(f"{name} = {_short(value[name])}" for name in names)


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _stopped(file: RegoFile, rule: Rule, asked: Evaluation, engine: PolicyEngine) -> Iterator[str]:
    """The first line of a rule that was never reached: the one before it did not hold."""
    report = engine.cover(asked)
    if isinstance(report, Failure):
        yield f"it cannot be told: {report.message}"
        return
    first = file.source.position(file.words[rule.words[0]].start).line
    last = file.source.position(file.words[rule.words[1] - 1].start).line
    lines = next((each for each in report if each.file == file.module), None)
    reached = [line for line in (lines.covered if lines else ()) if first <= line <= last]
    yield from _last(file, first, reached)


def _last(file: RegoFile, first: int, reached: Sequence[int]) -> Iterator[str]:
    line = max(reached, default=first)
    yield f"did not fire: line {line} never held: `{file.source.line(line).strip()}`"
