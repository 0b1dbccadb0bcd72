"""Judges policies in Rego on all of an environment, once the shares of its units are together."""

import datetime
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct

from idpc import profile
from idpc.diagnostics import Diagnostic, Label, Outcome, Severity
from idpc.diagnostics.codes import policy as codes
from idpc.policy.engine import DEFAULT_TIMEOUT, Evaluation, PolicyEngine
from idpc.policy.inputs import Inputs, path_of
from idpc.policy.rego.prepare import Prepared, Setting, prepare
from idpc.policy.rego.shapes import Shape, graph_shape, merged, shape_of
from idpc.policy.rego.sources import RegoSources
from idpc.policy.rego.words import Kinds, Vocabulary
from idpc.policy.results import Violation, violations
from idpc.policy.share import GRAPH, MADE, PLAN, TERRAFORM, PolicyShare, RegoPolicy, Subject
from idpc.policy.verdicts import PolicyVerdict, Verdicts
from idpc.policy.waivers import Waivers, settle
from idpc.source import SourceFile, Span

Shares = Mapping[str, Sequence[PolicyShare]]
"""By environment the shares of all units."""


class Terms(Struct, frozen=True):
    """On what a run is judged: the day, the engine, the time for one policy, and the fingerprints of a baseline."""

    today: datetime.date
    engine: str = "regorus"
    timeout: float = DEFAULT_TIMEOUT
    known: frozenset[str] = frozenset()

    @property
    def now(self) -> int:
        """The beginning of the day in UTC, in nanoseconds since 1970."""
        return (self.today - datetime.date(1970, 1, 1)).days * 86_400_000_000_000


class Judge:
    """Judges one build: everything but the plan first, then the plan; last it tells what is wrong with waivers."""

    def __init__(
        self, shares: Shares, sources: RegoSources, terms: Terms, engine: PolicyEngine, kinds: Callable[[], Kinds]
    ) -> None:
        self.inputs = {name: Inputs(name, tuple(several)) for name, several in shares.items() if several}
        self.sources, self.terms, self.engine, self.kinds = sources, terms, engine, kinds
        self.waivers = {
            name: Waivers(each.head.waivers, terms.today, terms.known) for name, each in self.inputs.items()
        }
        self._prepared: dict[str, tuple[Prepared, ...]] = {}

    def judge(self) -> Outcome[Verdicts]:
        """The verdicts of the policies that look at the graph, at objects and at Terraform."""
        return self._judged({})

    def judge_plans(self, plans: Mapping[str, str]) -> Outcome[Verdicts]:
        """The verdicts of the policies that look at plans, which are given as JSON."""
        return self._judged(plans)

    def settled(self, *, complete: bool) -> tuple[Diagnostic, ...]:
        """What is wrong with waivers; `complete`: everything that they may be about was looked at."""
        declared = [waiver for each in self.inputs.values() for waiver in each.head.waivers]
        shares = [share.uses for each in self.inputs.values() for share in each.shares]
        uses = (*shares, *(one for each in self.waivers.values() for one in each.uses.values()))
        return tuple(settle(declared, uses, self.terms.today, complete=complete))

    @property
    def looks_at_plans(self) -> bool:
        """Whether a policy looks at plans."""
        return any(policy.target == PLAN for each in self.inputs.values() for policy in each.head.policies)

    def prepared(self, name: str, environment: str) -> tuple[Prepared, ...]:
        """A policy as it is judged in an environment, once or by constraint; nothing where it cannot be."""
        inputs = self.inputs[environment]
        policy = next(each for each in inputs.head.policies if each.name == name)
        return self._ready(policy, inputs, "")[0]

    def _ready(self, policy: RegoPolicy, inputs: Inputs, plan: str) -> tuple[tuple[Prepared, ...], list[Diagnostic]]:
        """A policy made ready once; its parameters are those of the environment."""
        wrong: list[Diagnostic] = []
        if policy.name not in self._prepared:
            made = prepare(policy, self.sources, self.engine, self._setting(policy, inputs, plan))
            self._prepared[policy.name] = made if isinstance(made, tuple) else ()
            wrong = made if isinstance(made, list) else []
        return tuple(each.under(policy) for each in self._prepared[policy.name]), wrong

    def _setting(self, policy: RegoPolicy, inputs: Inputs, plan: str) -> Setting:
        """What a policy finds; its parameters are those of any environment."""
        of_all = (each for one in self.inputs.values() for each in one.head.policies if each.name == policy.name)
        params = [shape_of(msgspec.json.decode(each.params)) for each in of_all]
        words = Vocabulary(inputs.kinds, self.kinds) if policy.target == GRAPH else None
        return Setting(_shape(inputs, plan), merged(params), words)

    def _judged(self, plans: Mapping[str, str]) -> Outcome[Verdicts]:
        verdicts, found = Verdicts(), list[Diagnostic]()
        for name, inputs in self.inputs.items():
            for policy in inputs.head.policies:
                if (policy.target == PLAN) is (name in plans):
                    verdict = PolicyVerdict(policy.name, policy.severity)
                    verdicts.policies.setdefault(name, {})[policy.name] = verdict
                    with profile.stage("rego"):
                        found += self._of_policy(policy, inputs, plans.get(name, ""), verdict)
        return Outcome(verdicts, tuple(found))

    def _of_policy(self, policy: RegoPolicy, inputs: Inputs, plan: str, verdict: PolicyVerdict) -> Iterator[Diagnostic]:
        several, wrong = self._ready(policy, inputs, plan)
        yield from wrong
        subjects = inputs.looked_at(policy)
        found: list[tuple[Prepared, Violation]] = []
        looked_at = set(range(len(subjects))) if several and not all(each.constraint for each in several) else set()
        for prepared in several:
            documents = ((0, plan),) if plan else inputs.documents(prepared, subjects)
            numbers = [number for number, _ in documents]
            looked_at.update(numbers if prepared.constraint else ())
            told, wrong = self._violations(prepared, inputs, [text for _, text in documents])
            yield from wrong
            found += [(prepared, msgspec.structs.replace(each, number=numbers[each.number])) for each in told]
        yield from self._told(found, policy, inputs, subjects, looked_at, verdict)

    def _violations(
        self, prepared: Prepared, inputs: Inputs, documents: Sequence[str]
    ) -> tuple[list[Violation], list[Diagnostic]]:
        data, now, language = inputs.data(prepared), self.terms.now, prepared.policy.language
        asked = Evaluation(language, prepared.modules, data, tuple(documents), prepared.paths, now)
        return violations(prepared, asked, self.engine) if documents else ([], [])

    def _told(  # noqa: PLR0913  # what was found, where, and who keeps count
        self,
        found: Iterable[tuple[Prepared, Violation]],
        policy: RegoPolicy,
        inputs: Inputs,
        subjects: Sequence[Subject],
        looked_at: Container[int],
        verdict: PolicyVerdict,
    ) -> Iterator[Diagnostic]:
        """The violations as diagnostics; each subject is counted once."""
        failed: dict[int, bool] = {}
        numbers = {each.address: number for number, each in enumerate(subjects)}
        for prepared, each in found:
            number, span, address, team = _place(each, policy, inputs, subjects, numbers)
            made = subjects[number].parts.get(MADE) if number >= 0 else None
            told = _diagnostic(each, prepared, span, address, made[0] if made else None)
            told = self.waivers[inputs.environment].applied(told.but(environments=(inputs.environment,)), team)
            failed[number] = failed.get(number, False) or told.waived is None
            yield told
        for number, subject in enumerate(subjects):
            if number not in looked_at:
                continue
            waived = number in failed
            verdict.of(subject.app).count(failed=failed.pop(number, False), waived=waived)
        if failed or policy.target == PLAN:
            verdict.of("").count(failed=any(failed.values()), waived=bool(failed))


def _shape(inputs: Inputs, plan: str) -> Shape:
    """What the input of a policy on the graph, or on the plan, looks like."""
    if plan:
        return shape_of(msgspec.json.decode(plan))
    decode = msgspec.json.decode
    return graph_shape(decode(inputs.head.environment), decode(inputs.head.project))


def _place(
    violation: Violation,
    policy: RegoPolicy,
    inputs: Inputs,
    subjects: Sequence[Subject],
    numbers: Mapping[str, int],
) -> tuple[int, Span, str, str]:
    """The number of the subject that a violation is about (-1: of none), where it stands, the address and the team."""
    if policy.target in {GRAPH, PLAN}:
        number = numbers.get(violation.where, -1)
        subject = subjects[number] if number >= 0 else inputs.instances.get(violation.where)
        if subject is None:
            span, team = inputs.apps.get(violation.where, (policy.span, ""))
            return number, span, violation.where if violation.where in inputs.apps else "", team
        return number, _part(subject, violation.path), subject.address, subject.team
    if violation.number < 0:
        found = [number for number, each in enumerate(subjects) if violation.where in (path_of(each), each.address)]
        if not found:
            return -1, policy.span, "", ""
        violation = msgspec.structs.replace(violation, number=found[0])
    subject = subjects[violation.number]
    part = subject.parts.get(violation.where) if policy.target == TERRAFORM else None
    span, address = part or (subject.span, subject.address)
    return violation.number, span, address, subject.team


def _part(subject: Subject, path: str) -> Span:
    """Where a field was set, by its JSON pointer in the document, or the smallest one around it."""
    keys = [key for key in path.replace("~1", "/").replace("~0", "~").split("/") if key]
    keys = keys[1:] if keys[:1] == ["fields"] else keys
    lengths = range(len(keys), 0, -1)
    found = (subject.parts.get(".".join(keys[:length])) for length in lengths)
    return next((part[0] for part in found if part and not part[0].file.startswith("std/")), subject.span)


def _diagnostic(violation: Violation, prepared: Prepared, span: Span, address: str, made: Span | None) -> Diagnostic:
    said, policy, constraint = violation.rule.annotation, prepared.policy, prepared.constraint
    severity = violation.severity or (said.severity if said else "")
    severity = severity or ("warning" if violation.rule.name.startswith("warn") else policy.severity)
    details = {key: value for key, value in violation.details.items() if key not in _SAID}
    helps = violation.fix or (said.remediation or said.description if said else "") or policy.doc
    labels = [Label(violation.rule.span, "the rule"), Label(policy.span, f"the policy `{policy.name}`")]
    labels += [Label(constraint.span, f"the constraint `{constraint.name}`")] if constraint else []
    labels += [Label(made, "what makes the object")] if made else []
    told = codes.VIOLATED.at(
        span,
        violation.message,
        hint=said.title if said else "",
        labels=tuple(label for label in labels if label.span != span),
        notes=(msgspec.json.encode(details).decode(),) if details else (),
        help=helps or policy.docs,
        address=address,
    )
    return told.but(severity=Severity(severity), policy=policy.name)


_SAID = frozenset(("severity", "resource", "address", "path", "fix", "remediation"))


def rego_sources(files: Iterable[SourceFile], packages: Iterable[str]) -> RegoSources:
    """The Rego of a project; `packages` are the folders of its packages."""
    return RegoSources({file.path: file for file in files}, tuple(packages))
