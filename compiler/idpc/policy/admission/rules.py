"""Policies that the cluster can check, in the parts of which both its own objects and those of Gatekeeper are made."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from idpc.address import kebab
from idpc.graph.frame import Frame
from idpc.graph.run import EnvironmentRun
from idpc.policy.admission.cel import Translation, UnfitError, literal
from idpc.policy.waivers import Waiver
from idpc.source import Span
from idpc.types import core as c
from idpc.types.declared import PolicyInfo

_WANTED = {"graph": "reads the graph, which no object of the cluster holds", "terraform": "reads Terraform resources"}
_OWNED = "has(object.metadata.labels)"
_APP, _NAME = '"app.kubernetes.io/part-of"', '"app.kubernetes.io/name"'


class Validation(Struct, frozen=True):
    """What must hold, and what is said where it does not: always the same, or with values of the object."""

    expression: str
    message: str
    message_expression: str = ""


class Condition(Struct, frozen=True):
    """What an object must be for a policy to look at it."""

    name: str
    expression: str


class AdmissionRule(Struct, frozen=True):
    """A policy of one environment in the Common Expression Language.

    `components` are the kinds that it looks at, as the label of their objects has them; all objects where empty.
    """

    policy: str
    title: str
    is_error: bool
    components: tuple[str, ...]
    conditions: tuple[Condition, ...]
    variables: tuple[tuple[str, str], ...]
    validations: tuple[Validation, ...]
    waived: tuple[str, ...]
    span: Span


def admission_rule(policy: PolicyInfo, run: EnvironmentRun, waivers: Iterable[Waiver]) -> AdmissionRule:
    """A policy as the cluster can check it; raises UnfitError where it cannot."""
    if policy.target != "manifest":
        raise UnfitError(policy.span, _WANTED.get(policy.target, "reads the plan"))
    made = Translation(lambda core: run.coder.run(core, Frame(run)))
    when = made.of(policy.when) if policy.when is not None else "true"
    if when == "false":
        raise UnfitError(policy.span, "never applies in this environment")
    alone = not made.variables
    validations = tuple(_validations(policy, made, "" if alone else when))
    own = tuple(each for each in waivers if each.policy == policy.name)
    return AdmissionRule(
        policy.name,
        policy.title or f"the policy `{policy.name}` is violated",
        policy.severity == "error",
        tuple(sorted(kebab(kind.name) for kind in policy.kinds)),
        tuple(_conditions(when if alone else "true", own)),
        tuple(made.variables.items()),
        validations,
        tuple(f"{each.name} until {each.expires.isoformat()}" for each in own),
        policy.span,
    )


def _validations(policy: PolicyInfo, made: Translation, when: str) -> Iterator[Validation]:
    """What must hold; a `when` with variables, which conditions of a match do not have, is a part of it."""
    for rule in policy.rules:
        holds = made.of(rule.condition)
        expression = f"!({when}) || {holds}" if when else _bare(holds)
        yield Validation(
            expression, policy.title or f"the policy `{policy.name}` is violated", _message(rule.message, made)
        )


def _message(message: c.Core | None, made: Translation) -> str:
    """What is said of an object; nothing that has values of it where the cluster could not put it together."""
    try:
        return _bare(made.of(message)) if message is not None else ""
    except UnfitError:
        return ""


def _bare(expression: str) -> str:
    """An expression without brackets around all of it."""
    if not (expression.startswith("(") and expression.endswith(")")) or '"' in expression:
        return expression
    depth = 0
    for position, each in enumerate(expression):
        depth += (each == "(") - (each == ")")
        if depth == 0 and position < len(expression) - 1:
            return expression
    return expression[1:-1]


def _conditions(when: str, waivers: Iterable[Waiver]) -> Iterator[Condition]:
    if when != "true":
        yield Condition("when", _bare(when))
    for each in waivers:
        yield Condition(f"not-{kebab(each.name)}", f"!({_waived(each)})")


def _waived(waiver: Waiver) -> str:
    """Whether an object belongs to what a waiver is about, by its labels, which say less of it than its address."""
    app, _, instance = waiver.target.partition(".")
    asked = [_OWNED, *_labelled(_APP, app, exact=True)]
    return " && ".join([*asked, *(_labelled(_NAME, instance.replace(".", "-"), exact=False) if instance else ())])


def _labelled(label: str, pattern: str, *, exact: bool) -> Iterator[str]:
    """That a label fits a pattern of addresses; unless `exact`, also that of what is inside."""
    value, wanted = f"object.metadata.labels[{label}]", kebab(pattern)
    if wanted == "*":
        return
    yield f"{label} in object.metadata.labels"
    if "*" in wanted:
        yield f"{value}.matches({literal('^' + wanted.replace('*', '.*') + ('$' if exact else '(-.*)?$'))})"
    elif exact:
        yield f"{value} == {literal(wanted)}"
    else:
        yield f"({value} == {literal(wanted)} || {value}.startsWith({literal(wanted + '-')}))"
