"""The words of stage 3: what is said when a value does not fit its place."""

from idpc.diagnostics import Diagnostic, Edit, Fix, Label
from idpc.diagnostics.codes import types as codes
from idpc.resolve import did_you_mean
from idpc.source import Span
from idpc.types.core import Const, Core
from idpc.types.model import (
    IS_SECRET,
    NOWHERE,
    NULL,
    QUANTITIES,
    LiteralType,
    RangeType,
    RecordType,
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
from idpc.types.quantities import suffixes, suggest
from idpc.types.scalars import FAULTS
from idpc.values import Quantity


def mismatch(core: Core, target: Type, place: str) -> Diagnostic:
    """A value that does not fit: the most helpful of the ways to say it. `place` names where it should go."""
    wanted = without_null(target)
    if core.type == NULL:
        return codes.MAY_BE_NULL.at(core.span, f"{place} cannot be null", hint=f"expected {wanted}")
    if mark_of(core.type) > mark_of(wanted) and not _differs_otherwise(core.type, wanted):
        return leak(core.span, core.type, place)
    if is_optional(core.type) and not is_optional(target) and _fits_without_null(core.type, wanted):
        return codes.MAY_BE_NULL.at(
            core.span,
            f"this may be null, and {place} needs a value",
            hint=f"{core.type}",
            help="test it against null, or give an alternative with `??`",
        )
    if isinstance(core, Const):
        return _constant(core, wanted, place)
    return _plain(core.span, core.type, wanted, place)


def _plain(span: Span, found: Type, wanted: Type, place: str) -> Diagnostic:
    return codes.MISMATCH.at(span, f"{place} takes {_a(wanted)}, not {_a(found)}", hint=f"this is {_a(found)}")


def _differs_otherwise(found: Type, wanted: Type) -> bool:
    from idpc.types.fit import fits

    return fits(unmarked(found), wanted) is None


def _fits_without_null(found: Type, wanted: Type) -> bool:
    from idpc.types.fit import fits

    return fits(without_null(found), wanted) is not None


def _constant(core: Const, wanted: Type, place: str) -> Diagnostic:
    options = [member for member in members(wanted) if isinstance(member, LiteralType)]
    if found := _wrong_amount(core, wanted, options, place):
        return found
    if options and len(options) == len(members(wanted)):
        return not_in_union(core, options, place)
    if found := _wrong_scalar(core, wanted, place):
        return found
    if isinstance(core.value, str) and len(members(wanted)) == 1 and base_name(wanted) in QUANTITIES:
        return _quoted(core, wanted, place)
    return not_in_union(core, options, place) if options else _plain(core.span, core.type, wanted, place)


def _wrong_amount(core: Const, wanted: Type, options: list[LiteralType], place: str) -> Diagnostic | None:
    """A bare number where a text or a quantity belongs, or a sum of money without its time."""
    value, bases = core.value, [_base_of(member) for member in members(wanted)]
    if isinstance(value, Quantity) and value.unit == "sum" and "money" in bases:
        return money_without_period(core.span, literal_text(value))
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    if (options and all(isinstance(each.value, str) for each in options)) or "version" in bases:
        return _number_for_text(core, wanted, place)
    unit = next((base for base in bases if base in QUANTITIES), None)
    if unit is None:
        return None
    return codes.UNKNOWN_UNIT.at(core.span, f"{place} needs a unit", hint=f"units: {suffixes(unit)}")


def _wrong_scalar(core: Const, wanted: Type, place: str) -> Diagnostic | None:
    """A scalar of the right base type that its refinement or its syntax refuses."""
    for member in members(wanted):
        base = _base_of(member)
        if base and base == base_name(core.type) and isinstance(member, Refined):
            return refinement(core, member, place)
        fault = FAULTS[base](core.value) if isinstance(core.value, str) and base in FAULTS else None
        if fault:
            return codes.BAD_SCALAR.at(core.span, f"`{core.value}` is no {_word(base)}: {fault}", hint=f"{place}")
    return None


def _base_of(member: Type) -> str:
    """The base of a member of a union; of a range, that of its ends."""
    return base_name(member.item if isinstance(member, RangeType) else member)


def _quoted(core: Const, wanted: Type, place: str) -> Diagnostic:
    from idpc.types.quantities import parse_quantity

    text = str(core.value)
    fixes: tuple[Fix, ...] = ()
    if parse_quantity(text, base_name(wanted)):
        fixes = (Fix(f"write `{text}` without quotes", (Edit(core.span, text),), safe=True),)
    return codes.MISMATCH.at(
        core.span, f"{place} takes {_a(wanted)}, not a string", hint="quantities stand without quotes", fixes=fixes
    )


def _number_for_text(core: Const, wanted: Type, place: str) -> Diagnostic:
    text = f'"{core.value}"'
    options = [member.value for member in members(wanted) if isinstance(member, LiteralType)]
    safe = not options or str(core.value) in options
    return codes.MISMATCH.at(
        core.span,
        f"{place} takes {_a(wanted)}, not a number",
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
    near = did_you_mean(str(core.value), known)
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
        return codes.PATTERN.at(core.span, f"{value} does not match /{wanted.pattern}/", hint=f"{place}")
    what = "length" if isinstance(core.value, str) else "value"
    low = "" if wanted.low is None else f"at least {literal_text(wanted.low)}"
    high = "" if wanted.high is None else f"at most {literal_text(wanted.high)}"
    return codes.OUT_OF_RANGE.at(
        core.span, f"{place} is out of range: {value}", hint=f"{what} {' and '.join(filter(None, (low, high)))}"
    )


def leak(span: Span, found: Type, place: str) -> Diagnostic:
    """A secret or deferred value in a place that does not take it."""
    word = "secret" if mark_of(found) == IS_SECRET else "deferred"
    reason = (
        "secrets may stand in env, args and files of workloads, and in Terraform of the same app"
        if word == "secret"
        else "its value is known only after provisioning"
    )
    return codes.LEAK.at(span, f"a {word} value cannot go into {place}", hint=f"this is {word}", help=reason)


def decides_on_mark(core: Core, what: str) -> Diagnostic:
    """A comparison, branch, loop, index or name made of what is not known at compile time."""
    word = "secret" if mark_of(core.type) == IS_SECRET else "deferred"
    return codes.DECIDES_ON_MARK.at(
        core.span,
        f"{what} a {word} value is not possible",
        hint=f"this is {core.type}",
        help="it is known only after provisioning, and everything here is decided before",
    )


def unknown_unit(text: str, unit: str, span: Span) -> Diagnostic:
    """A suffix that the unit of the place does not have."""
    better = suggest(text, unit)
    fixes = (Fix(f"write `{better}`", (Edit(span, better),), safe=True),) if better else ()
    hint = f"did you mean `{better}`?" if better else f"units of {unit}: {suffixes(unit)}"
    return codes.UNKNOWN_UNIT.at(span, f"`{text}` is no amount of {unit}", hint=hint, fixes=fixes)


def unknown_field(owner: str, name: str, span: Span, known: tuple[str, ...], place: Span = NOWHERE) -> Diagnostic:
    """A field that the record or kind does not have; `owner` is how it is called, with its article or quotes."""
    near = did_you_mean(name, known)
    fixes = (Fix(f"rename to `{near}`", (Edit(span, near),), safe=True),) if near else ()
    labels = (Label(place, f"defined here with {len(known)} fields"),) if place.file else ()
    hint = f"did you mean `{near}`?" if near else "not a field"
    note = "" if near or len(known) > 24 or not known else f"fields: {', '.join(known)}"
    return codes.UNKNOWN_FIELD.at(
        span, f"{owner} has no field `{name}`", hint=hint, labels=labels, help=note, fixes=fixes
    )


def missing_field(owner: str, names: list[str], span: Span, labels: tuple[Label, ...] = ()) -> Diagnostic:
    """Required fields that nobody sets."""
    listed = ", ".join(f"`{name}`" for name in names)
    word = "fields" if len(names) > 1 else "field"
    return codes.MISSING_FIELD.at(span, f"{owner} needs the {word} {listed}", hint=f"{listed} missing", labels=labels)


def unknown_member(base: Type, name: str, span: Span, known: list[str]) -> Diagnostic:
    """A member that a value does not have."""
    near = did_you_mean(name, known)
    fixes = (Fix(f"write `{near}`", (Edit(span, near),), safe=True),) if near else ()
    hint = f"did you mean `{near}`?" if near else (f"members: {', '.join(sorted(known)[:20])}" if known else "")
    return codes.UNKNOWN_MEMBER.at(span, f"{_a(base)} has no member `{name}`", hint=hint, fixes=fixes)


def _word(base: str) -> str:
    return {"image": "image", "cron": "schedule", "timezone": "time zone", "cidr": "CIDR", "dns_name": "DNS name"}.get(
        base, base
    )


def _a(type_: Type) -> str:
    """A type with its article."""
    if isinstance(type_, RecordType) and type_.anonymous:
        return "a map"
    text = f"{type_}"
    if isinstance(type_, LiteralType):
        return f"the {base_name(type_)} `{text}`" if isinstance(type_.value, str) else f"`{text}`"
    return f"{'an' if text[:1] in 'aeiou' else 'a'} `{text}`"


def describe(type_: Type) -> str:
    """A type with its article, for other modules' sentences."""
    return _a(type_)
