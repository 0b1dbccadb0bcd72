"""The words of stage 3: what is said when a value does not fit its place."""

import re

from idpc.diagnostics import Diagnostic, Edit, Fix, Label
from idpc.diagnostics.codes import names as name_codes
from idpc.diagnostics.codes import types as codes
from idpc.resolve import did_you_mean
from idpc.source import Span
from idpc.syntax import nodes
from idpc.syntax.nodes import Name
from idpc.types.core import Const, Core
from idpc.types.fit import fits
from idpc.types.model import (
    IS_SECRET,
    NOWHERE,
    NULL,
    QUANTITIES,
    TEXTS,
    ListType,
    LiteralType,
    RangeType,
    RecordType,
    ReferenceType,
    Refined,
    Type,
    base_name,
    is_optional,
    literal_text,
    mark_of,
    members,
    unmarked,
    without_null,
)
from idpc.types.quantities import parse_quantity, suffixes, suggest
from idpc.types.scalars import FAULTS, date_fault, mended
from idpc.types.wording import NOUNS, found_noun, noun, subject
from idpc.values import Quantity

_INT = re.compile(r"-?[0-9]+")
_FLOAT = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def mismatch(core: Core, target: Type, place: str) -> Diagnostic:
    """A value that does not fit: the most helpful of the ways to say it. `place` names where it should go."""
    wanted = without_null(target)
    if core.type == NULL:
        return codes.MAY_BE_NULL.at(core.span, f"{place} cannot be null", hint=f"expected {noun(wanted)}")
    if mark_of(core.type) > mark_of(wanted) and not _differs_otherwise(core.type, wanted):
        return leak(core, place)
    if is_optional(core.type) and not is_optional(target) and _fits_without_null(core.type, wanted):
        return may_be_null(core, place)
    if isinstance(core, Const):
        return _constant(core, wanted, place)
    return _plain(core, wanted, place)


def may_be_null(core: Core, place: str) -> Diagnostic:
    """A value that may be null where one is needed; `place` is what needs it."""
    return codes.MAY_BE_NULL.at(
        core.span,
        f"{subject(core)} may be null, and {place} needs a value",
        hint="test it against null, or give an alternative with `??`",
    )


def _plain(core: Core, wanted: Type, place: str) -> Diagnostic:
    fix = _mended(core, wanted)
    return codes.MISMATCH.at(
        core.span,
        f"{place} takes {noun(wanted)}, not {found_noun(core.type)}",
        hint=fix.title if fix else _remedy(core, wanted),
        fixes=(fix,) if fix else (),
    )


def _differs_otherwise(found: Type, wanted: Type) -> bool:
    return fits(unmarked(found), wanted) is None


def _fits_without_null(found: Type, wanted: Type) -> bool:
    return fits(without_null(found), wanted) is not None


def _mended(core: Core, wanted: Type) -> Fix | None:
    """The edit that makes a literal what its place takes, where there is only one way to mean it."""
    value = core.value if isinstance(core, Const) else None
    bases = {base_name(part) for part in _targets(wanted)}
    text = ""
    if isinstance(value, str) and (_is_bare(value, bases) or _is_bare_range(value, wanted)):
        return Fix(f"write `{value}` without quotes", (Edit(core.span, value),), safe=True)
    if (
        isinstance(value, str)
        and value.isidentifier()
        and all(isinstance(part, ReferenceType) for part in members(wanted))
    ):
        return Fix(f"write `{value}` without quotes", (Edit(core.span, value),))
    if isinstance(value, bool | int | float) and any(base in TEXTS for base in bases):
        text = f'"{literal_text(value)}"'
    if text:
        return Fix(f"write {text}", (Edit(core.span, text),), safe=True)
    if isinstance(value, str) and _takes_item(value, wanted):
        return Fix("put it in brackets", (Edit(core.span.at_start, "["), Edit(core.span.at_end, "]")), safe=True)
    return None


def _targets(wanted: Type) -> list[Type]:
    """The members of a type, the bounds of ranges in place of the ranges."""
    return [member.item if isinstance(member, RangeType) else member for member in members(unmarked(wanted))]


def _is_bare(text: str, bases: set[str]) -> bool:
    """Whether a string holds what a type of another base spells without quotes."""
    if any(base in QUANTITIES and parse_quantity(text, base) for base in bases):
        return True
    if "bool" in bases and text in ("true", "false"):
        return True
    if "date" in bases and _DATE.fullmatch(text) and date_fault(text) is None:
        return True
    return bool(("int" in bases and _INT.fullmatch(text)) or ("float" in bases and _FLOAT.fullmatch(text)))


def _is_bare_range(text: str, wanted: Type) -> bool:
    bases = {base_name(member.item) for member in members(wanted) if isinstance(member, RangeType)}
    low, dots, high = text.partition("..")
    return bool(bases and dots) and _is_bare(low, bases) and _is_bare(high, bases)


def _takes_item(value: str, wanted: Type) -> bool:
    lists = [member for member in members(unmarked(wanted)) if isinstance(member, ListType)]
    return any(fits(LiteralType(value), each.item) is not None for each in lists)


def _remedy(core: Core, wanted: Type) -> str:
    """What to write in place of a value that cannot be mended by itself."""
    if isinstance(core.type, LiteralType) and any(isinstance(member, RecordType) for member in members(wanted)):
        return "a block has its fields in braces"
    return ""


def _constant(core: Const, wanted: Type, place: str) -> Diagnostic:
    value, options = core.value, [member for member in members(wanted) if isinstance(member, LiteralType)]
    targets = _targets(wanted)
    if isinstance(value, int | float) and not isinstance(value, bool):
        found = _number(core, wanted, place)
        if found is not None:
            return found
    if isinstance(value, Quantity) and value.unit == "sum" and any(base_name(each) == "money" for each in targets):
        return money_without_period(core.span, literal_text(value))
    if options and len(options) == len(members(wanted)):
        return not_in_union(core, options, place)
    for member in targets:
        base = base_name(member)
        if base and base == base_name(core.type) and isinstance(member, Refined):
            return refinement(core, member, place)
        if isinstance(value, str) and base in FAULTS:
            fault = FAULTS[base](value)
            if fault:
                return _unparsed(core, value, base, fault)
    if options and _mended(core, wanted) is None:
        return not_in_union(core, options, place)
    return _plain(core, wanted, place)


def _number(core: Const, wanted: Type, place: str) -> Diagnostic | None:
    """A bare number where text or a quantity is meant."""
    options = [member for member in members(wanted) if isinstance(member, LiteralType)]
    bases = [base_name(member) for member in _targets(wanted)]
    if "version" in bases or (options and all(isinstance(each.value, str) for each in options)):
        return _number_for_text(core, wanted, place)
    unit = next((base for base in bases if base in QUANTITIES), None)
    return None if unit is None else _without_unit(core, unit, place)


def _without_unit(core: Const, unit: str, place: str) -> Diagnostic:
    if unit == "money":
        return codes.UNKNOWN_UNIT.at(core.span, f"{place} needs a currency and a period", hint="as in `$80/month`")
    return codes.UNKNOWN_UNIT.at(core.span, f"{place} needs a unit", hint=f"units: {suffixes(unit)}")


def _unparsed(core: Const, value: str, base: str, fault: str) -> Diagnostic:
    """A string that is not of the form of its type, with the form it should have where that is plain to see."""
    better = mended(base, value)
    fixes = (Fix(f'write "{better}"', (Edit(core.span, f'"{better}"'),), safe=True),) if better else ()
    return codes.BAD_SCALAR.at(
        core.span,
        f"`{value}` is no {_word(base)}: {fault}",
        hint=f'did you mean "{better}"?' if better else "",
        fixes=fixes,
    )


def _number_for_text(core: Const, wanted: Type, place: str) -> Diagnostic:
    text = f'"{core.value}"'
    options = [member.value for member in members(wanted) if isinstance(member, LiteralType)]
    safe = not options or str(core.value) in options
    return codes.MISMATCH.at(
        core.span,
        f"{place} takes {noun(wanted)}, not a number",
        hint="put it in quotes",
        fixes=(Fix(f"write {text}", (Edit(core.span, text),), safe=safe),),
    )


def money_without_period(span: Span, text: str) -> Diagnostic:
    """A sum of money where an amount per time is meant."""
    return codes.MONEY_PERIOD.at(
        span,
        f"`{text}` does not say per what time",
        hint="per hour, day, month or year?",
        fixes=(Fix(f"write `{text}/month`", (Edit(span.at_end, "/month"),)),),
    )


def not_in_union(core: Const, options: list[LiteralType], place: str) -> Diagnostic:
    """A literal that is none of the alternatives."""
    known = [str(option.value) for option in options]
    written = str(core.value)
    near = None if written.isdigit() else did_you_mean(written, known)
    listed = ", ".join(str(option) for option in options)
    fixes: tuple[Fix, ...] = ()
    if near is not None:
        fixes = (Fix(f'replace by "{near}"', (Edit(core.span, f'"{near}"'),), safe=True),)
    return codes.NOT_IN_UNION.at(
        core.span,
        f"`{core.value}` is not one of the values of {place}",
        hint=f'did you mean "{near}"?' if near is not None else f"one of {listed}",
        help=f"one of {listed}" if near is not None else "",
        fixes=fixes,
    )


def refinement(core: Const, wanted: Refined, place: str) -> Diagnostic:
    """A scalar outside its refinement."""
    value = literal_text(core.value)
    if wanted.pattern:
        return codes.PATTERN.at(core.span, f"{place} is {value}, which does not match /{wanted.pattern}/")
    low = "" if wanted.low is None else f"at least {literal_text(wanted.low)}"
    high = "" if wanted.high is None else f"at most {literal_text(wanted.high)}"
    limits = " and ".join(filter(None, (low, high)))
    if isinstance(core.value, str):
        many = f"{len(core.value)} character{'s' * (len(core.value) != 1)}"
        return codes.OUT_OF_RANGE.at(core.span, f"{place} has {many}", hint=f"it takes {limits}")
    return codes.OUT_OF_RANGE.at(core.span, f"{place} is out of range: {value}", hint=limits)


def leak(core: Core, place: str) -> Diagnostic:
    """A secret or deferred value in a place that does not take it."""
    word = _mark_word(core)
    reason = (
        "secrets may stand in env, args and files of workloads, and in Terraform of the same app"
        if word == "secret"
        else "its value is known only after provisioning"
    )
    return codes.LEAK.at(
        core.span, f"a {word} value cannot go into {place}", hint=f"{subject(core)} is {word}", help=reason
    )


def secret_literal(span: Span) -> Diagnostic:
    """A secret in plain text."""
    return codes.SECRET_LITERAL.at(
        span,
        "a secret is not written into a specification",
        hint="name an entry of the store",
        help='`secret("team/name")` names an entry that people keep; change this one, since it has been written down',
    )


def decides_on_mark(core: Core, what: str) -> Diagnostic:
    """A comparison, branch, loop, index or name made of what is not known at compile time."""
    word = _mark_word(core)
    return codes.DECIDES_ON_MARK.at(
        core.span,
        f"{what} a {word} value is not possible",
        hint=f"{subject(core)} is {word}",
        help="it is known only after provisioning, and everything here is decided before"
        if word == "deferred"
        else "a secret is never known here: it goes from its store to where it is used",
    )


def _mark_word(core: Core) -> str:
    return "secret" if mark_of(core.type) == IS_SECRET else "deferred"


def unknown_unit(text: str, unit: str, span: Span) -> Diagnostic:
    """A suffix that the unit of the place does not have."""
    better = suggest(text, unit)
    fixes = (Fix(f"write `{better}`", (Edit(span, better),), safe=True),) if better else ()
    listed = "periods: hour, day, month, year" if unit == "money" else f"units: {suffixes(unit)}"
    hint = f"did you mean `{better}`?" if better else listed
    return codes.UNKNOWN_UNIT.at(span, f"`{text}` is no {_word(unit)}", hint=hint, fixes=fixes)


def foreign_money(span: Span, amount: str, period: str) -> Diagnostic:
    """An amount of money in another currency than that of the price lists."""
    dollars = f"${amount[:-3]}/{period}"
    return codes.UNKNOWN_UNIT.at(
        span,
        f"`{amount}/{period}` is no amount of money",
        hint=f"amounts are in US dollars, as in `{dollars}`",
        fixes=(Fix(f"write `{dollars}`", (Edit(span, dollars),)),),
    )


def unknown_field(owner: str, name: str, span: Span, known: tuple[str, ...], place: Span = NOWHERE) -> Diagnostic:
    """A field that the record or kind does not have; `owner` is how it is called, with its article or quotes."""
    near = did_you_mean(name, known)
    fixes = (Fix(f"rename to `{near}`", (Edit(span, near),), safe=True),) if near else ()
    labels = (Label(place, f"defined here with {len(known)} fields"),) if place.file else ()
    hint = f"did you mean `{near}`?" if near else ""
    note = "" if near or not known else _fields_of(owner, known)
    return codes.UNKNOWN_FIELD.at(
        span, f"{owner} has no field `{name}`", hint=hint, labels=labels, help=note, fixes=fixes
    )


def _fields_of(owner: str, known: tuple[str, ...]) -> str:
    kind = re.fullmatch(r"`([a-z_]+)`", owner)
    if len(known) > 24:
        return f"`idpc catalog show {kind[1]}` lists its fields" if kind else ""
    return f"fields: {', '.join(known)}"


def missing_field(owner: str, names: list[str], span: Span, labels: tuple[Label, ...] = ()) -> Diagnostic:
    """Required fields that nobody sets."""
    listed = ", ".join(f"`{name}`" for name in names)
    word = "fields" if len(names) > 1 else "field"
    added = ", ".join(f"`{name} = …`" for name in names)
    return codes.MISSING_FIELD.at(span, f"{owner} needs the {word} {listed}", hint=f"add {added}", labels=labels)


def unknown_member(base: Type, name: str, span: Span, known: list[str]) -> Diagnostic:
    """A member that a value does not have."""
    near = did_you_mean(name, known)
    fixes = (Fix(f"write `{near}`", (Edit(span, near),), safe=True),) if near else ()
    hint = f"did you mean `{near}`?" if near else (f"members: {', '.join(sorted(known)[:20])}" if known else "")
    owner = f"`{base.name}`" if isinstance(base, RecordType) and not base.anonymous else found_noun(base)
    return codes.UNKNOWN_MEMBER.at(span, f"{owner} has no member `{name}`", hint=hint, fixes=fixes)


def no_such_key(key: Name, known: list[str]) -> Diagnostic:
    """A key that is none of those that the map's type lists."""
    near = did_you_mean(key.text, known)
    return codes.NOT_IN_UNION.at(
        key.span,
        f"`{key.text}` is not one of the keys here",
        hint=f"did you mean `{near}`?" if near else f"keys: {', '.join(known)}",
        fixes=(Fix(f"write `{near}`", (Edit(key.span, near),), safe=True),) if near else (),
    )


def unknown_key(name: str, span: Span, known: list[str]) -> Diagnostic:
    """A key in brackets that a map, all of whose keys are known, does not have."""
    near = did_you_mean(name, known)
    fixes = (Fix(f'write "{near}"', (Edit(span, f'"{near}"'),), safe=True),) if near else ()
    hint = f'did you mean "{near}"?' if near else f"keys: {', '.join(sorted(known)[:20])}"
    return codes.UNKNOWN_MEMBER.at(span, f'the map has no key "{name}"', hint=hint, fixes=fixes)


def misplaced_rule(node: nodes.Require, owner: str) -> Diagnostic:
    """A `require` where nothing would ever check it."""
    word = Span(node.span.file, node.span.start, node.span.start + len("require"))
    return name_codes.MISPLACED.at(
        word,
        f"a rule cannot stand inside {owner}",
        hint="not here",
        help="`require` stands in types, kinds, templates, instances, policies and tests",
    )


def _word(base: str) -> str:
    return NOUNS[base][0].split(" ", 1)[1]


def describe(type_: Type) -> str:
    """What is given, with its article, for other modules' sentences."""
    return found_noun(type_)


def private_inner(template: str, name: str, span: Span, place: Span) -> Diagnostic:
    """An instance of a template that only the template itself may name."""
    return name_codes.PRIVATE_NAME.at(
        span,
        f"`{name}` is private to `{template}`",
        hint="only the template itself may name it",
        labels=(Label(place, "marked `@private` here"),),
    )
