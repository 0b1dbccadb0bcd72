"""Expressions of policies as those of the Common Expression Language, which the API server evaluates.

Grammar and macros: github.com/google/cel-spec; functions beyond it: kubernetes.io/docs/reference/using-api/cel. What is not
there reads as null in a policy and is an error in CEL, so each step of a path is asked for with `has` before it is taken.
"""

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import NamedTuple

from msgspec import Struct, field

from idpc.source import Span
from idpc.types import core as c
from idpc.values import Value

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED = frozenset(
    "false in null true as break const continue else for function if import let loop package namespace return var void "
    "while".split()
)
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
        translate = _TRANSLATIONS.get(type(core))
        if translate is None:
            raise UnfitError(core.span, "has an expression that CEL has no peer of")
        return translate(core, self)

    def inside(self, names: Mapping[str, str]) -> "Translation":
        """The translation of a part that has further names."""
        return Translation(self.known, self.variables, {**self.names, **names})


def literal(value: Value) -> str:
    """A value as CEL has it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(key)}: {literal(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if value is None or isinstance(value, bool | int | float | str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Decimal):
        return str(float(value))
    raise UnfitError(Span("", 0, 0), f"needs `{value}`, which CEL has no value for")


def _const(core: c.Const, _: Translation) -> str:
    return literal(core.value)


def _var(core: c.Var, made: Translation) -> str:
    return made.names[core.slot]


def _let(core: c.ReadLet, made: Translation) -> str:
    if core.let.value is None:
        raise UnfitError(core.span, f"reads `{core.let.name}`, which is broken")
    if core.let.home == "global":
        return made.of(core.let.value)
    made.variables.setdefault(core.let.name, made.inside({}).of(core.let.value))
    return f"variables.{core.let.name}"


def _context(core: c.Context, made: Translation) -> str:
    if core.name == "object":
        return "object"
    if core.name in ("environment", "project"):
        return literal(made.known(core))
    raise UnfitError(core.span, f"reads `{core.name}`, which the cluster does not know")


class Path(NamedTuple):
    """A path into an object: what must hold for it to lead anywhere, and where it leads then."""

    asked: str
    text: str


def _member(core: c.Member, made: Translation) -> str:
    """A path as far as it leads, null where it ends before."""
    found = _path(core, made)
    return f"({found.asked} ? {found.text} : null)" if isinstance(found, Path) else found


def _path(core: c.Core, made: Translation) -> Path | str:
    """A path into an object, or the text of anything else."""
    names, base = list[str](), core
    while isinstance(base, c.Member):
        names.insert(0, base.name)
        base = base.base
    if isinstance(base, c.Context) and base.name != "object" and names:
        return literal(made.known(core))
    text = made.of(base)
    if not names:
        return text
    asked = [] if text == "object" else [f"{text} != null"]
    for name in names:
        asked.append(f"has({text}.{name})" if _plain(name) else f"{literal(name)} in {text}")
        text += f".{name}" if _plain(name) else f"[{literal(name)}]"
    return Path(" && ".join(asked), text)


def _plain(name: str) -> bool:
    return _IDENTIFIER.fullmatch(name) is not None and name not in _RESERVED


def _index(core: c.Index, made: Translation) -> str:
    base, index = made.of(core.base), made.of(core.index)
    if core.how == "list" or (isinstance(core.index, c.Const) and isinstance(core.index.value, int)):
        return f"({base} != null && size({base}) > {index} ? {base}[{index}] : null)"
    return f"({base} != null && {index} in {base} ? {base}[{index}] : null)"


def _operation(core: c.Operation, made: Translation) -> str:
    path = _path(core.operands[0], made)
    first = f"({path.asked} ? {path.text} : null)" if isinstance(path, Path) else path
    if len(core.operands) == 1:
        return f"!{first}" if core.operator == "!" else f"-{first}"
    second = made.of(core.operands[1])
    if core.operator in ("==", "!=") and second == "null" and isinstance(path, Path):
        return f"({path.asked})" if core.operator == "!=" else f"!({path.asked})"
    if core.operator == "??":
        asked, there = path if isinstance(path, Path) else (f"{first} != null", first)
        return f"({asked} ? {there} : {second})"
    if core.operator not in _OPERATORS or core.how in ("quantity", "version", "date", "money"):
        raise UnfitError(core.span, f"calculates with `{core.operator}` what CEL cannot")
    return f"({first} {core.operator} {second})"


def _call(core: c.CallBuiltin, made: Translation) -> str:
    if core.name == "flatten" and isinstance(core.arguments[0], c.MakeList):
        return f"({' + '.join(map(made.of, core.arguments[0].items))})"
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
    return f"({made.of(core.condition)} ? {made.of(core.then)} : {made.of(core.otherwise)})"


def _list(core: c.MakeList, made: Translation) -> str:
    return f"[{', '.join(map(made.of, core.items))}]"


def _loop(core: c.Comprehension, made: Translation) -> str:
    """A loop over a list, or over a map, of which CEL takes the keys."""
    if core.key is not None:
        raise UnfitError(core.span, "makes a map in a loop, which CEL does not")
    source, name = made.of(core.iterable), f"v{len(made.names)}"
    names = {core.slots[0]: name}
    if len(core.slots) == 2:
        names[core.slots[1]] = f"{source}[{name}]"
    inner = made.inside(names)
    kept = f"{source}.filter({name}, {inner.of(core.condition)})" if core.condition is not None else source
    item = inner.of(core.item)
    return kept if item == name else f"{kept}.map({name}, {item})"


def _text(core: c.MakeText, made: Translation) -> str:
    parts = (
        literal(each) if isinstance(each, str) else f"string({made.of(each)})" for each in core.parts if each != ""
    )
    return f"({' + '.join(parts)})"


def _convert(core: c.Convert, made: Translation) -> str:
    """What is made to fit its place in the language fits in CEL as it is."""
    return made.of(core.value)


_TRANSLATIONS: Mapping[type, Callable[..., str]] = {
    c.Const: _const,
    c.Var: _var,
    c.ReadLet: _let,
    c.Context: _context,
    c.Member: _member,
    c.Index: _index,
    c.Operation: _operation,
    c.CallBuiltin: _call,
    c.CallFn: _call_fn,
    c.If: _if,
    c.MakeList: _list,
    c.Comprehension: _loop,
    c.MakeText: _text,
    c.Convert: _convert,
}
