"""Types in words: how what a place takes, and what is given, are called in a sentence."""

from collections.abc import Mapping

from idpc.types import core as c
from idpc.types.model import (
    PORT,
    InstanceType,
    ListType,
    LiteralType,
    MapType,
    NullType,
    RangeType,
    RecordType,
    ReferenceType,
    Type,
    UnionType,
    base_name,
    members,
    unmarked,
)

NOUNS: Mapping[str, tuple[str, str]] = {
    "string": ("a string", "strings"),
    "int": ("a whole number", "whole numbers"),
    "float": ("a number", "numbers"),
    "bool": ("`true` or `false`", "booleans"),
    "date": ("a date", "dates"),
    "cpu": ("an amount of cpu", "amounts of cpu"),
    "bytes": ("an amount of bytes", "amounts of bytes"),
    "duration": ("a duration", "durations"),
    "percent": ("a percentage", "percentages"),
    "carbon": ("an amount of carbon", "amounts of carbon"),
    "money": ("an amount of money", "amounts of money"),
    "version": ("a version", "versions"),
    "image": ("an image", "images"),
    "cron": ("a schedule", "schedules"),
    "timezone": ("a time zone", "time zones"),
    "cidr": ("a CIDR", "CIDRs"),
    "dns_name": ("a DNS name", "DNS names"),
}
"""Each primitive type with its article, and in the plural."""


def noun(type_: Type) -> str:
    """What a place takes, with its article: `a string`, `one of "small", "large"`, `a list of images or null`."""
    return _joined(_parts(type_), plural=False)


def found_noun(type_: Type) -> str:
    """What is given, with its article: the type, not the value."""
    if isinstance(type_, RangeType):
        return "a range" + _of(type_.item)
    if isinstance(type_, LiteralType) or base_name(type_) in ("bool", "float"):
        name = base_name(type_)
        return {"bool": "a boolean", "float": "a decimal number"}.get(name, NOUNS[name][0])
    if isinstance(type_, UnionType):
        return " or ".join(dict.fromkeys(map(found_noun, _parts(type_))))
    return noun(type_)


def _parts(type_: Type) -> list[Type]:
    """The members of a type under all marks, each once."""
    parts: list[Type] = []
    for member in members(unmarked(type_)):
        bare = unmarked(member)
        for part in _parts(bare) if isinstance(bare, UnionType) else [bare]:
            if part not in parts:
                parts.append(part)
    return parts


def _joined(parts: list[Type], *, plural: bool) -> str:
    literals = [part for part in parts if isinstance(part, LiteralType)]
    words = ["one of " + ", ".join(map(str, literals))] if len(literals) > 1 else []
    names = {base_name(part) for part in parts}
    ends = {noun(part.item) for part in parts if isinstance(part, RangeType)}
    for part in parts:
        swallowed = (base_name(part) == "int" and "float" in names) or (bool(ends) and _singular(part) in ends)
        if not swallowed and not (isinstance(part, LiteralType) and len(literals) > 1):
            words.append(_plural(part) if plural else _singular(part))
    words = list(dict.fromkeys(words))
    if len(words) > 1:
        words = ["a boolean" if word == NOUNS["bool"][0] else word for word in words]
    return " or ".join([*([", ".join(words[:-1])] if words[1:] else []), *words[-1:]])


def _singular(type_: Type) -> str:  # one shape a line
    match type_:
        case LiteralType():
            return f"{type_}" if isinstance(type_.value, str) else f"`{type_}`"
        case NullType():
            return "null"
        case ListType(item):
            return "a list" + _of(item)
        case MapType(_, value):
            return "a map" + _of(value)
        case RangeType(item):
            return f"{noun(item)} or a range of them"
        case RecordType():
            return "a map" if type_.anonymous else _article(f"`{type_.name}` block")
        case InstanceType():
            return " or ".join(_article(f"`{kind.name}`") for kind in type_.kinds) or "an instance"
        case ReferenceType(sort):
            return _article(sort)
    if type_ == PORT:
        return "a port number"
    name = base_name(type_)
    return NOUNS[name][0] if name else "any value"


def _plural(type_: Type) -> str:
    match type_:
        case ListType():
            return "lists"
        case MapType():
            return "maps"
        case RangeType():
            return "ranges"
        case RecordType():
            return "maps" if type_.anonymous else f"`{type_.name}` blocks"
        case InstanceType():
            return " or ".join(f"`{kind.name}`" for kind in type_.kinds) or "instances"
        case ReferenceType(sort):
            return f"{sort}s"
    if type_ == PORT:
        return "port numbers"
    name = base_name(type_)
    return "" if not name else str(type_) if isinstance(type_, LiteralType) else NOUNS[name][1]


def _of(item: Type) -> str:
    text = _joined(_parts(item), plural=True)
    return f" of {text}" if text else ""


def _article(text: str) -> str:
    return f"{'an' if text.lstrip('`')[:1].lower() in 'aeiou' else 'a'} {text}"


def path_text(core: c.Core) -> str:
    """The path that a core was written as, `orders.url`; empty for other expressions."""
    match core:
        case c.Var(name=name) | c.ReadOwn(name=name) | c.Context(name=name) | c.ReadInstance(name=name):
            return name
        case c.ReadInner(name=name) | c.ReadOwnOutput(name=name, path=()):
            return name
        case c.ReadResource(resource, name, data):
            return f"{'data.' if data else ''}{resource}.{name}"
        case c.ReadLet(info):
            return info.name
        case c.InstanceMember(base, name) | c.Member(base, name) | c.InstanceOutput(base, name, path=()):
            before = path_text(base)
            return f"{before}.{name}" if before else ""
    return ""


def subject(core: c.Core) -> str:
    """What a core is called at the head of a sentence: its path, or `this value`."""
    path = path_text(core)
    return f"`{path}`" if path else "this value"
