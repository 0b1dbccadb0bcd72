"""Calls: of declared functions, which are Python functions themselves, and of the functions of the language."""

from idpc.graph.builtins import BUILTINS
from idpc.graph.translate.operators import NUMBER, TEXT
from idpc.graph.translate.writer import Writer
from idpc.types import core as c
from idpc.types.model import base_name

WALKS = ("json", "yaml", "distinct", "contains", "sort")
"""Functions that look at every part of what they are given, and so must not be given too much."""

_OF_TEXT = {
    "contains": "({1} in {0})",
    "starts_with": "{0}.startswith({1})",
    "ends_with": "{0}.endswith({1})",
    "upper": "{0}.upper()",
    "lower": "{0}.lower()",
    "trim": "{0}.strip()",
}
"""Functions of strings that are Python's."""


def call_fn(core: c.CallFn, writer: Writer) -> str:
    """A call of a declared function; what is not given takes its default there."""
    given = ["MISSING" if each is None else writer.value(each) for each in core.arguments]
    writer.calls = True
    frame = "f.run.outside" if writer.functions.is_remembered(core.fn) else writer.inside
    return f"{writer.constant(writer.functions.declared(core.fn))}({', '.join((frame, *given))})"


def call_builtin(core: c.CallBuiltin, writer: Writer) -> str:
    """A call of a function of the language, or of a method of an instance."""
    given, span = [writer.value(each) for each in core.arguments], writer.constant(core.span)
    match core.name, given:
        case "short_name", [instance, limit]:
            return f"f.run.states[{instance}.address].short_name({limit})"
        case "read", [path]:
            return f"f.run.read({path}, {span})"
        case "len", [one]:
            return f"len({one})"
        case "slice", [one, start, *end]:
            return f"{one}[{start}:{''.join(end)}]"
    if core.name in _OF_TEXT and all(base_name(each.type) in (TEXT, NUMBER) for each in core.arguments):
        return _OF_TEXT[core.name].format(*given)
    function = writer.constant(BUILTINS[core.name])
    arguments = f"[{', '.join(given)}]"
    if core.name in WALKS and not all(base_name(each.type) == TEXT for each in core.arguments):
        arguments = f"weighed(f, {arguments}, {span})"
    return f"{function}({arguments}, {span})"
