"""Runs the policies that are written in the language, on instances, on rendered objects and on Terraform resources."""

from collections.abc import Container, Iterator, Mapping
from typing import cast

from msgspec import Struct, field

from idpc.address import Address
from idpc.diagnostics import Diagnostic, Label, Outcome, Severity
from idpc.diagnostics.codes import policy as codes
from idpc.emit.model import Bundle, Place
from idpc.graph.build import Evaluated, traced
from idpc.graph.faults import Fault, Poisoned
from idpc.graph.frame import Frame
from idpc.graph.rules import contexts, looked_at, own_path
from idpc.graph.run import EnvironmentRun
from idpc.graph.state import InstanceState
from idpc.policy.mending import Mending
from idpc.policy.verdicts import PolicyVerdict, Verdicts
from idpc.policy.waivers import Uses, Waiver, Waivers, declared_waivers
from idpc.source import Span
from idpc.types.core import Rule
from idpc.types.declared import PolicyInfo, TypedProgram
from idpc.values import Value


class Subject(Struct, frozen=True):
    """What a policy looks at: an instance, or one of the objects that it becomes."""

    state: InstanceState
    span: Span
    variables: dict[str, Value]


class Checked(Struct, frozen=True):
    """What came of the policies that are written in the language; waivers, and what they were used for by app."""

    verdicts: Verdicts = field(default_factory=Verdicts)
    waivers: Mapping[str, tuple[Waiver, ...]] = field(default_factory=dict)
    uses: Mapping[str, Mapping[str, Uses]] = field(default_factory=dict)


def check_policies(
    typed: TypedProgram, evaluated: Evaluated, bundles: tuple[Bundle, ...], known: Container[str] = ()
) -> Outcome[Checked]:
    """Every policy of the language in every environment.

    `bundles` are empty where nothing could be emitted; `known` are the fingerprints of a baseline.
    """
    verdicts, diagnostics = Verdicts(), list[Diagnostic]()
    waivers: dict[str, tuple[Waiver, ...]] = {}
    uses: dict[str, Mapping[str, Uses]] = {}
    mending = Mending(evaluated.runs)
    by_environment = {bundle.environment: bundle for bundle in bundles}
    for name, run in evaluated.runs.items():
        found = verdicts.policies.setdefault(name, {})
        before = len(run.diagnostics)
        waivers[name] = declared_waivers(run)
        applied = Waivers(waivers[name], run.around.today, known)
        for policy in typed.policies:
            if not policy.rego:
                verdict = found.setdefault(policy.name, PolicyVerdict(policy.name, policy.severity))
                for subject in subjects(policy, run, by_environment.get(name)):
                    diagnostics += _judge(policy, subject, run, verdict, applied, mending)
        uses[name] = applied.uses
        diagnostics += run.diagnostics[before:]
    return Outcome(Checked(verdicts, waivers, uses), tuple(mending.mended(diagnostics)))


def subjects(policy: PolicyInfo, run: EnvironmentRun, bundle: Bundle | None) -> Iterator[Subject]:
    """What a policy of the language looks at."""
    if policy.target == "graph":
        for address in sorted(run.states):
            state = run.states[address]
            if not state.kind.template and (not policy.kinds or state.kind in policy.kinds):
                yield Subject(state, state.info.span, {})
    elif bundle is not None:
        reader = _objects if policy.target == "manifest" else _resources
        for address, span, variables in reader(bundle):
            state_ = run.states.get(address)
            if state_ is not None and (not policy.kinds or state_.kind in policy.kinds):
                yield Subject(state_, span or state_.info.span, variables)


Found = tuple[Address, Span | None, dict[str, Value]]


def _objects(bundle: Bundle) -> Iterator[Found]:
    for path, documents in bundle.files.items():
        owner = bundle.owners[path]
        if owner.what == "kubernetes" and owner.address is not None:
            for document in documents:
                yield owner.address, None, {"object": cast("Value", document)}


def _resources(bundle: Bundle) -> Iterator[Found]:
    for path, documents in bundle.files.items():
        if bundle.owners[path].what != "terraform":
            continue
        resources = documents[0].get("resource")
        for type_, labels in (resources if isinstance(resources, dict) else {}).items():
            for label, body in (labels if isinstance(labels, dict) else {}).items():
                address = bundle.address(Place(path, 0, ("resource", type_, label)))
                if address is not None:
                    resource = {"type": type_, "name": label, "values": body}
                    yield address, None, {"resource": cast("Value", resource)}


def _judge(  # noqa: PLR0913  # a policy, a subject, and who keeps count
    policy: PolicyInfo,
    subject: Subject,
    run: EnvironmentRun,
    verdict: PolicyVerdict,
    waivers: Waivers,
    mending: Mending,
) -> list[Diagnostic]:
    """The violations of one policy by one subject."""
    state = subject.state
    frame = Frame(run, state.app, state, state, {**subject.variables, "today": run.around.today})
    found: list[Diagnostic] = []
    try:
        if policy.when is not None and not run.coder.run(policy.when, frame):
            return []
        for rule in policy.rules:
            if not run.coder.run(rule.condition, frame):
                place = _place(rule, subject, run)
                failure = run.rules.failure(codes.VIOLATED, rule, frame, place, state)
                found.append(waivers.applied(traced(state, _violation(policy, failure, run)), state.team))
    except Fault as fault:
        return [*found, fault.diagnostic.but(environments=(run.name,), policy=policy.name)]
    except Poisoned:
        return found
    failed = any(each.waived is None for each in found)
    if failed:
        mending.note(policy, state, frame, run)
    verdict.of(state.app).count(failed=failed, waived=bool(found))
    return found


def _place(rule: Rule, subject: Subject, run: EnvironmentRun) -> Span:
    """Where a violation stands unless a field that the rule reads is set: where it can be mended, so that it is told once.

    A rule about nothing but the team stands at the team, one about team and environment at the app, one about the kind
    at the word for it.
    """
    state, about = subject.state, {*contexts((rule.condition, rule.message))}
    team = run.typed.teams.get(state.team)
    if about == {"team"} and team is not None:
        return team.span
    if about <= {"team", "environment", "project", "app"} and state.app in run.apps:
        return run.apps[state.app].info.span
    paths = {path for path in map(own_path, looked_at(rule.condition)) if path}
    return state.info.kind_span if paths == {("kind",)} else subject.span


def _violation(policy: PolicyInfo, diagnostic: Diagnostic, run: EnvironmentRun) -> Diagnostic:
    labels = tuple(label for label in diagnostic.labels if label.text != "the rule")
    return diagnostic.but(
        severity=Severity(policy.severity),
        policy=policy.name,
        environments=(run.name,),
        labels=(*labels, Label(policy.span, f"the policy `{policy.name}`")),
        help=diagnostic.help or policy.remedy or policy.title,
    )
