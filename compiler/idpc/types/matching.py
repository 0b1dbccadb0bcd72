"""Matches: every case covered once, and what an arm shows of what is matched."""

from msgspec import Struct, field

from idpc.diagnostics import Diagnostic, Edit, Fix, Label
from idpc.diagnostics.codes import names as name_codes
from idpc.diagnostics.codes import types as codes
from idpc.resolve import did_you_mean
from idpc.source import Span
from idpc.syntax import nodes
from idpc.types import core as c
from idpc.types import messages, wording
from idpc.types.declared_types import visible_type
from idpc.types.expressions import broken, elaborate, is_broken, plain, widened
from idpc.types.fit import fits
from idpc.types.model import (
    BOOL,
    NULL,
    UNKNOWN,
    ListType,
    LiteralType,
    MapType,
    NullType,
    RangeType,
    RecordType,
    Type,
    base_name,
    literal_text,
    members,
    union,
)
from idpc.types.operators import is_environment
from idpc.types.scope import Path, Scope, path_of

Case = Type | str
"""A member of the subject's type, or the name of an environment."""
Pattern = tuple[c.Core | None, Type | None, list[Case]]
"""What a pattern tests, a value or a type, and the cases that it covers."""


def match_expression(node: nodes.Match, expected: Type | None, scope: Scope) -> c.Core:
    """`match x { patterns => value, … }`, which must cover every case."""
    subject = elaborate(node.subject, None, scope.but(tolerant=True))
    if not all(isinstance(pattern, nodes.Ref) for arm in node.arms for pattern in arm.patterns):
        subject = plain(subject, "branching on", scope)  # by type alone, a marked value may be told from a plain one
    if is_broken(subject):
        for arm in node.arms:
            elaborate(arm.value, expected, scope)
        return broken(node.span)
    cases = _cases(subject, scope)
    cover, path = Cover(cases, list(cases)), path_of(node.subject)
    arms = [_arm(arm, cover, path, expected, scope) for arm in node.arms]
    if (
        cover.left
        and not cover.broken
        and not any(_is_wildcard(pattern) for arm in node.arms for pattern in arm.patterns)
    ):
        scope.report(_not_exhaustive(node, cover.left, cases))
        arms.append(c.Arm((), (), broken(node.span)))
    type_ = union(*(arm.result.type for arm in arms)) if arms else NULL
    return c.Match(subject, tuple(arms), type_, node.span)


class Cover(Struct):
    """How far the arms of a match cover its cases.

    `left` are those that no arm has taken yet, `tested` the literals that were asked for. Where a pattern is wrong,
    nothing is known of what it was meant to take.
    """

    cases: list[Case]
    left: list[Case]
    tested: list[Type] = field(default_factory=list)
    wildcard: Span | None = None
    broken: bool = False


def _cases(subject: c.Core, scope: Scope) -> list[Case]:
    """The cases of a subject: the members of its type, true and false, or the names of the environments."""
    if is_environment(subject) and isinstance(subject, c.Context) and subject.name == "environment":
        return list(scope.checker.program.environments())
    cases: list[Case] = []
    for member in members(widened(subject)):
        cases += [LiteralType(True), LiteralType(False)] if member == BOOL else [member]
    return cases


def _is_wildcard(pattern: nodes.Expr) -> bool:
    return isinstance(pattern, nodes.Ref) and pattern.name == "_"


def _arm(arm: nodes.Arm, cover: Cover, path: Path | None, expected: Type | None, scope: Scope) -> c.Arm:
    values, types, narrowed = [], [], []
    for pattern in arm.patterns:
        if _is_wildcard(pattern):
            narrowed += [case for case in cover.left if not isinstance(case, str)]
            cover.left.clear()
            cover.wildcard = pattern.span
            continue
        found = _pattern(pattern, cover.cases, scope)
        if found is None:
            cover.broken = True
            values.append(broken(pattern.span))
            narrowed.append(UNKNOWN)
            continue
        value, type_, covered = found
        if value is not None:
            values.append(value)
        elif type_ is not None:
            types.append(type_)
        _tell_dead(pattern, value, covered, cover, scope)
        narrowed += [case for case in covered if not isinstance(case, str)]
        cover.left[:] = [case for case in cover.left if case not in covered]
    inner = scope.with_facts({path: union(*narrowed)}) if path and narrowed else scope
    return c.Arm(tuple(values), tuple(types), elaborate(arm.value, expected, inner))


def _tell_dead(pattern: nodes.Expr, value: c.Core | None, covered: list[Case], cover: Cover, scope: Scope) -> None:
    """Say so when earlier arms have taken all that a pattern matches."""
    taken = bool(covered) and not any(case in cover.left for case in covered)
    if isinstance(value, c.Const) and not covered:
        taken = value.type in cover.tested
        cover.tested.append(value.type)
    if cover.wildcard is not None:
        labels = (Label(cover.wildcard, "this takes every case"),)
        scope.report(codes.BAD_PATTERN.at(pattern.span, "this arm is never reached", hint="move it up", labels=labels))
    elif taken:
        scope.report(codes.BAD_PATTERN.at(pattern.span, "an earlier arm takes this case", hint="never reached"))


def _pattern(pattern: nodes.Expr, cases: list[Case], scope: Scope) -> Pattern | None:
    """What a pattern tests (a value or a type) and which cases it covers; None after a diagnostic."""
    if isinstance(pattern, nodes.Ref):
        return _name_pattern(pattern, cases, scope)
    wanted = union(*(case for case in cases if not isinstance(case, str))) if cases else None
    value = elaborate(pattern, wanted, scope)
    if is_broken(value):
        return None
    covered = [case for case in cases if case == value.type]
    matching = [case for case in cases if not isinstance(case, str) and fits(value.type, case) is not None]
    if not covered and not matching:
        scope.report(_never(value, cases, pattern.span))
        return None
    return value, None, covered


def _name_pattern(pattern: nodes.Ref, cases: list[Case], scope: Scope) -> Pattern | None:
    if pattern.name in cases:
        ref = scope.checker.named("environment", pattern.name, pattern.span)
        return ref, None, [pattern.name]
    called = [case for case in cases if not isinstance(case, str) and _called(case, pattern.name)]
    if called:
        return None, union(*called), [*called]
    named = visible_type(pattern.name, pattern.span, scope)
    covered = [case for case in cases if named is not None and case in members(named)]
    if covered:
        return None, named, covered
    scope.report(_no_case(pattern, cases))
    return None


def _no_case(pattern: nodes.Ref, cases: list[Case]) -> Diagnostic:
    quoted = next((case for case in cases if isinstance(case, LiteralType) and case.value == pattern.name), None)
    names = [case if isinstance(case, str) else _type_word(case) for case in cases]
    near = str(quoted) if quoted else did_you_mean(pattern.name, names)
    fixes = (Fix(f"write `{near}`", (Edit(pattern.span, near),), safe=True),) if near else ()
    environments = all(isinstance(case, str) for case in cases)
    code = name_codes.UNKNOWN_ENVIRONMENT if environments else codes.BAD_PATTERN
    return code.at(
        pattern.span,
        f"there is no environment `{pattern.name}`" if environments else f"`{pattern.name}` is no case of this match",
        hint=f"did you mean `{near}`?" if near else f"cases: {', '.join(names)}",
        fixes=fixes,
    )


def _called(type_: Type, name: str) -> bool:
    return _type_word(type_) == name or (base_name(type_) == name and not isinstance(type_, LiteralType))


def _type_word(type_: Type) -> str:
    match type_:
        case RangeType():
            return "range"
        case ListType():
            return "list"
        case MapType():
            return "map"
        case RecordType():
            return type_.name
    return str(type_)


def _never(value: c.Core, cases: list[Case], span: Span) -> Diagnostic:
    options = [case for case in cases if isinstance(case, LiteralType)]
    if isinstance(value, c.Const) and options:
        found = messages.not_in_union(value, options, "this match")
        text = f"{literal_text(value.value)} is no case of this match"
        return codes.BAD_PATTERN.at(span, text, hint=found.hint, help=found.help, fixes=found.fixes)
    given = wording.noun(union(*(case for case in cases if not isinstance(case, str))))
    return codes.BAD_PATTERN.at(span, "this pattern never matches", hint=f"what is matched is {given}")


def _not_exhaustive(node: nodes.Match, left: list[Case], cases: list[Case]) -> Diagnostic:
    head = Span(node.span.file, node.span.start, node.subject.span.end)
    listed = ", ".join(f"`{case}`" for case in left)
    open_ended = all(not isinstance(case, str | LiteralType | NullType) for case in left) and len(cases) == 1
    hint = "add `_ => …`" if open_ended else f"not covered: {listed}"
    return codes.NOT_EXHAUSTIVE.at(
        head, "this match does not cover every case", hint=hint, help="`_ => …` covers the rest"
    )
