"""Expressions of policies as those of the Common Expression Language, which the API server evaluates.

Grammar and macros: github.com/google/cel-spec; functions beyond it: kubernetes.io/docs/reference/using-api/cel. What is not
there reads as null in a policy and is an error in CEL, so each step of a path is asked for with `has` before it is taken.
CEL is checked for types, in which nothing but `dyn` has null beside other values: what may be null is made `dyn`.
"""

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import NamedTuple

from msgspec import Struct, field

from idpc.graph.faults import Fault, Poisoned
from idpc.graph.rules import contexts
from idpc.source import Span
from idpc.types import core as c
from idpc.types.fit import Same, ToFloat
from idpc.types.model import TEXTS, AnyType, MapType, NullType, Type, base_name, members
from idpc.values import Value

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED = frozenset(
    "false in null true as break const continue else for function if import let loop package namespace return var void "
    "while".split()
)
_KNOWN = frozenset(("environment", "project"))
"""What is decided when a policy is translated."""
_ALWAYS = frozenset(("apiVersion", "kind", "metadata"))
"""Fields that the API server has every object have."""
_OPERATORS = frozenset(("+", "-", "*", "<", "<=", ">", ">=", "==", "!=", "&&", "||", "in"))
_METHODS = {
    "starts_with": "{0}.startsWith({1})",
    "ends_with": "{0}.endsWith({1})",
    "upper": "{0}.upperAscii()",
    "lower": "{0}.lowerAscii()",
    "trim": "{0}.trim()",
    "split": "{0}.split({1})",
    "join": "{0}.join({1})",
    "replace": "{0}.replace({1}, {2})",
    "len": "size({0})",
}


class UnfitError(Exception):
    """An expression that the API server could not evaluate; `why` completes "it cannot be checked in the cluster: it …"."""

    def __init__(self, span: Span, why: str) -> None:
        super().__init__(why)
        self.span, self.why = span, why


class Translation(Struct):
    """A policy while it is translated.

    `known` gives the value of an expression that an environment decides; `variables` are the `let`s of the policy by
    name, in the order in which they are read; `names` the texts of loop variables and parameters by slot.
    """

    known: Callable[[c.Core], Value]
    variables: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def of(self, core: c.Core) -> str:
        """An expression as CEL; raises UnfitError."""
        if not isinstance(core, c.Const) and _is_decided(core):
            return self._decided(core)
        translate = _TRANSLATIONS.get(type(core))
        if translate is None:
            raise UnfitError(core.span, _without_peer(core))
        return translate(core, self)

    def _decided(self, core: c.Core) -> str:
        """What depends on the environment alone, by its value."""
        try:
            return literal(self.known(core))
        except (Fault, Poisoned) as error:
            raise UnfitError(core.span, "has no value in this environment") from error
        except TypeError as error:
            raise UnfitError(core.span, str(error)) from error

    def inside(self, names: Mapping[str, str]) -> "Translation":
        """The translation of a part that has further names."""
        return Translation(self.known, self.variables, {**self.names, **names})


def _is_decided(core: c.Core) -> bool:
    return {*contexts(core)} <= _KNOWN


def _without_peer(core: c.Core) -> str:
    """Why something cannot be translated: rather what it reads than how it is written."""
    unknown = sorted({*contexts(core)} - {*_KNOWN, "object", "variable"})
    return f"reads `{unknown[0]}`, which the cluster does not know" if unknown else "calculates what CEL cannot"


def literal(value: Value) -> str:
    """A value as CEL has it; raises TypeError for one that it does not have."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(key)}: {literal(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if value is None or isinstance(value, bool | int | float | str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Decimal):
        return str(float(value))
    raise TypeError(f"needs `{value}`, which CEL has no value for")


def _const(core: c.Const, _: Translation) -> str:
    try:
        return literal(core.value)
    except TypeError as error:
        raise UnfitError(core.span, str(error)) from error


def _var(core: c.Var, made: Translation) -> str:
    return made.names[core.slot]


def _let(core: c.ReadLet, made: Translation) -> str:
    if core.let.value is None:
        raise UnfitError(core.span, f"reads `{core.let.name}`, which is broken")
    if core.let.home == "global":
        return made.of(core.let.value)
    name = core.let.name if _plain(core.let.name) else f"{core.let.name}_"
    made.variables.setdefault(name, made.of(core.let.value))
    return f"variables.{name}"


def _context(core: c.Context, _: Translation) -> str:
    if core.name == "object":
        return "object"
    raise UnfitError(core.span, f"reads `{core.name}`, which the cluster does not know")


class Path(NamedTuple):
    """A path into an object: what must hold for it to lead anywhere, and where it leads then."""

    asked: str
    text: str


def _member(core: c.Member | c.Index, made: Translation) -> str:
    """A path as far as it leads, null where it ends before."""
    found = _path(core, made)
    return f"({found.asked} ? {found.text} : null)" if isinstance(found, Path) else found


def _path(core: c.Core, made: Translation) -> Path | str:
    """A path into an object, or the text of anything else."""
    steps, base = list[c.Member | c.Index](), core
    while isinstance(base, c.Member | c.Index):
        steps.insert(0, base)
        base = base.base
    if not steps or _is_decided(core):
        return made.of(core)
    text = made.of(base)
    asked = [f"{text} != null"] if text != "object" and _may_be_null(base.type) else []
    for step in steps:
        there, following = _step(step, text, made)
        asked += [] if text == "object" and isinstance(step, c.Member) and step.name in _ALWAYS else [there]
        text = following
    return Path(" && ".join(asked), text if isinstance(base.type, AnyType) else f"dyn({text})") if asked else text


def _step(step: c.Member | c.Index, text: str, made: Translation) -> tuple[str, str]:
    """What must hold for a step of a path to be there, and the path with it."""
    if isinstance(step, c.Member):
        if _plain(step.name):
            return f"has({text}.{step.name})", f"{text}.{step.name}"
        return f"{literal(step.name)} in {text}", f"{text}[{literal(step.name)}]"
    index = made.of(step.index)
    by_number = step.how == "list" or (isinstance(step.index, c.Const) and isinstance(step.index.value, int))
    return (f"size({text}) > {index}" if by_number else f"{index} in {text}"), f"{text}[{index}]"


def _may_be_null(type_: Type) -> bool:
    return any(isinstance(each, NullType | AnyType) for each in members(type_))


def _plain(name: str) -> bool:
    return _IDENTIFIER.fullmatch(name) is not None and name not in _RESERVED


def _operation(core: c.Operation, made: Translation) -> str:
    path = _path(core.operands[0], made)
    first = f"({path.asked} ? {path.text} : null)" if isinstance(path, Path) else path
    if len(core.operands) == 1:
        return f"!{first}" if core.operator == "!" else f"-({first})"
    second = made.of(core.operands[1])
    if core.operator in ("==", "!=") and second == "null" and isinstance(path, Path):
        return f"({path.asked})" if core.operator == "!=" else f"!({path.asked})"
    if core.operator == "??":
        asked, there = path if isinstance(path, Path) else (f"{first} != null", first)
        return f"({asked} ? {there} : {second})" if _may_be_null(core.operands[0].type) else first
    if core.operator not in _OPERATORS or core.how in ("quantity", "version", "date", "money"):
        raise UnfitError(core.span, f"calculates with `{core.operator}` what CEL cannot")
    return f"({first} {core.operator} {second})"


def _call(core: c.CallBuiltin, made: Translation) -> str:
    if core.name == "flatten" and isinstance(core.arguments[0], c.MakeList):
        return f"({' + '.join(map(made.of, core.arguments[0].items))})"
    if core.name == "len" and isinstance(core.arguments[0], c.Comprehension) and core.arguments[0].key is None:
        return f"size({_kept(core.arguments[0], made)[0]})"
    given = [made.of(each) for each in core.arguments]
    if core.name == "contains":
        is_text = str(core.arguments[0].type).startswith("string")
        return f"{given[0]}.contains({given[1]})" if is_text else f"({given[1]} in {given[0]})"
    if core.name not in _METHODS:
        raise UnfitError(core.span, f"calls `{core.name}`, which CEL does not have")
    return _METHODS[core.name].format(*given)


def _call_fn(core: c.CallFn, made: Translation) -> str:
    """The body of a function, with what it is given in the place of its parameters."""
    if core.fn.value is None:
        raise UnfitError(core.span, f"calls `{core.fn.name}`, which is broken")
    given = [each if each is not None else core.fn.defaults[i] for i, each in enumerate(core.arguments)]
    names = {slot: made.of(each) for slot, each in zip(core.fn.slots, given, strict=True) if each is not None}
    return made.inside(names).of(core.fn.value)


def _if(core: c.If, made: Translation) -> str:
    then, otherwise = made.of(core.then), made.of(core.otherwise)
    if "null" in (then, otherwise):
        then, otherwise = (each if each == "null" else f"dyn({each})" for each in (then, otherwise))
    return f"({made.of(core.condition)} ? {then} : {otherwise})"


def _list(core: c.MakeList, made: Translation) -> str:
    return f"[{', '.join(map(made.of, core.items))}]"


def _loop(core: c.Comprehension, made: Translation) -> str:
    """A loop over a list, or over a map, of which CEL takes the keys."""
    if core.key is not None:
        raise UnfitError(core.span, "makes a map in a loop, which CEL does not")
    kept, name, inner = _kept(core, made)
    item = inner.of(core.item)
    return kept if item == name else f"{kept}.map({name}, {item})"


def _kept(core: c.Comprehension, made: Translation) -> tuple[str, str, Translation]:
    """What a loop takes, what each of it is called, and the translation of what is said of each."""
    source, name = made.of(core.iterable), f"v{len(made.names)}"
    names = {core.slots[0]: name}
    if len(core.slots) == 2:
        if not _is_map(core.iterable):
            raise UnfitError(core.span, "counts in a loop, which CEL does not")
        names[core.slots[1]] = f"{source}[{name}]"
    inner = made.inside(names)
    condition = inner.of(core.condition) if core.condition is not None else "true"
    return (source if condition == "true" else f"{source}.filter({name}, {condition})"), name, inner


def _is_map(core: c.Core) -> bool:
    """Whether something is known to be a map; `x ?? {}` says so of what could be anything."""
    if isinstance(core, c.Operation) and core.operator == "??":
        return _is_map(core.operands[1])
    return isinstance(core, c.MakeMap) or isinstance(core.type, MapType)


def _text(core: c.MakeText, made: Translation) -> str:
    parts = [_part(each, made) for each in core.parts if each != ""]
    return f"({' + '.join(parts)})" if parts else literal("")


def _part(part: str | c.Core, made: Translation) -> str:
    if isinstance(part, str):
        return literal(part)
    return made.of(part) if base_name(part.type) in TEXTS else f"string({made.of(part)})"


def _map(core: c.MakeMap, made: Translation) -> str:
    return "{" + ", ".join(f"{literal(key)}: {made.of(each)}" for key, each in core.entries) + "}"


def _convert(core: c.Convert, made: Translation) -> str:
    """A value that fits its place in CEL as it is; units and refinements are checked by the language only."""
    if not isinstance(core.conversion, Same | ToFloat):
        raise UnfitError(core.span, "makes a value fit in a way that CEL cannot")
    value = made.of(core.value)
    return f"double({value})" if isinstance(core.conversion, ToFloat) else value


_TRANSLATIONS: Mapping[type, Callable[..., str]] = {
    c.Const: _const,
    c.Var: _var,
    c.ReadLet: _let,
    c.Context: _context,
    c.Member: _member,
    c.Index: _member,
    c.Operation: _operation,
    c.CallBuiltin: _call,
    c.CallFn: _call_fn,
    c.If: _if,
    c.MakeList: _list,
    c.MakeMap: _map,
    c.Comprehension: _loop,
    c.MakeText: _text,
    c.Convert: _convert,
}
