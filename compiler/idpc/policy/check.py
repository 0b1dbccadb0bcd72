"""Runs the policies that are written in the language, on instances, on rendered objects and on Terraform resources."""

from collections.abc import Collection, Iterator
from typing import cast

from msgspec import Struct, field

from idpc.address import Address
from idpc.diagnostics import Diagnostic, Label, Outcome, Severity
from idpc.diagnostics.codes import policy as codes
from idpc.emit.model import Bundle, Place
from idpc.graph.build import Evaluated, traced
from idpc.graph.faults import Fault, Poisoned
from idpc.graph.frame import Frame
from idpc.graph.rules import looked_at, root
from idpc.graph.run import EnvironmentRun
from idpc.graph.state import InstanceState
from idpc.source import Span
from idpc.types.core import Rule
from idpc.types.declared import PolicyInfo, TypedProgram
from idpc.values import Value


class Tally(Struct):
    """How often something was looked at, and what came of it."""

    looked_at: int = 0
    passed: int = 0
    failed: int = 0


class PolicyVerdict(Struct):
    """What came of a policy, by app."""

    name: str
    severity: str
    apps: dict[str, Tally] = field(default_factory=dict)

    def of(self, app: str) -> Tally:
        """The tally of an app, to be counted up."""
        return self.apps.setdefault(app, Tally())

    def among(self, apps: Collection[str] | None = None) -> Tally:
        """The sum over some apps, or all."""
        tallies = [tally for app, tally in self.apps.items() if apps is None or app in apps]
        return Tally(
            sum(each.looked_at for each in tallies),
            sum(each.passed for each in tallies),
            sum(each.failed for each in tallies),
        )


class Verdicts(Struct, frozen=True):
    """The verdict of each policy by environment and name."""

    policies: dict[str, dict[str, PolicyVerdict]] = field(default_factory=dict)

    def count(self, environment: str, apps: Collection[str] | None = None) -> tuple[int, int]:
        """Checks that passed, and violations that are warnings, of some apps or all."""
        found = [(each.severity, each.among(apps)) for each in self.policies.get(environment, {}).values()]
        passed = sum(tally.passed for _, tally in found)
        return passed, sum(tally.failed for severity, tally in found if severity != "error")


class Subject(Struct, frozen=True):
    """What a policy looks at: an instance, or one of the objects that it becomes."""

    state: InstanceState
    span: Span
    variables: dict[str, Value]


def check_policies(typed: TypedProgram, evaluated: Evaluated, bundles: tuple[Bundle, ...]) -> Outcome[Verdicts]:
    """Every policy in every environment; `bundles` are empty where nothing could be emitted."""
    verdicts, diagnostics = Verdicts(), []
    by_environment = {bundle.environment: bundle for bundle in bundles}
    diagnostics += [_no_rego(policy) for policy in typed.policies if policy.rego]
    for name, run in evaluated.runs.items():
        found = verdicts.policies.setdefault(name, {})
        before = len(run.diagnostics)
        for policy in typed.policies:
            if not policy.rego:
                verdict = found.setdefault(policy.name, PolicyVerdict(policy.name, policy.severity))
                for subject in _subjects(policy, run, by_environment.get(name)):
                    diagnostics += _judge(policy, subject, run, verdict)
        diagnostics += run.diagnostics[before:]
    return Outcome(verdicts, tuple(diagnostics))


def _no_rego(policy: PolicyInfo) -> Diagnostic:
    return codes.NO_REGO.at(
        policy.span,
        f"the policy `{policy.name}` is written in Rego, which this version of idpc does not run",
        hint="not checked",
        help="write it in the language: `on`, `when`, `require`",
    )


def _subjects(policy: PolicyInfo, run: EnvironmentRun, bundle: Bundle | None) -> Iterator[Subject]:
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


def _judge(policy: PolicyInfo, subject: Subject, run: EnvironmentRun, verdict: PolicyVerdict) -> Iterator[Diagnostic]:
    """The violations of one policy by one subject."""
    frame = Frame(
        run, subject.state.app, subject.state, subject.state, {**subject.variables, "today": run.around.today}
    )
    try:
        if policy.when is not None and not run.coder.run(policy.when, frame):
            return
        tally = verdict.of(subject.state.app)
        tally.looked_at += 1
        broken = [rule for rule in policy.rules if not run.coder.run(rule.condition, frame)]
        for rule in broken:
            place = _team_place(rule, subject, run) or subject.span
            yield traced(
                subject.state,
                _violation(policy, run.rules.failure(codes.VIOLATED, rule, frame, place, subject.state), run),
            )
    except Fault as fault:
        yield fault.diagnostic.but(environments=(run.name,), policy=policy.name)
        return
    except Poisoned:
        return
    tally.failed += bool(broken)
    tally.passed += not broken


def _team_place(rule: Rule, subject: Subject, run: EnvironmentRun) -> Span | None:
    """The team of an instance, for a rule that looks at nothing but the team: told once, where it can be mended."""
    roots = {root(core) for core in looked_at(rule.condition)}
    team = run.typed.teams.get(subject.state.team)
    return team.span if team is not None and roots == {"team"} else None


def _violation(policy: PolicyInfo, diagnostic: Diagnostic, run: EnvironmentRun) -> Diagnostic:
    labels = tuple(label for label in diagnostic.labels if label.text != "the rule")
    return diagnostic.but(
        severity=Severity(policy.severity),
        policy=policy.name,
        environments=(run.name,),
        labels=(*labels, Label(policy.span, f"the policy `{policy.name}`")),
        help=diagnostic.help or policy.doc.split("\n\n")[0].replace("\n", " "),
    )
