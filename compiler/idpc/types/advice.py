"""`advice` blocks: what else a field could be, for less, and when that is as good."""

from collections.abc import Mapping

from msgspec.structs import replace

from idpc.diagnostics.codes import types as codes
from idpc.syntax import nodes
from idpc.types import core as c
from idpc.types import messages
from idpc.types.bodies import block_as_map
from idpc.types.declared import AdviceInfo
from idpc.types.expressions import condition, make_record
from idpc.types.literals import flat
from idpc.types.model import NOWHERE, STRING, Field, ListType, LiteralType, RecordType, Type, record, union
from idpc.types.operators import facts_when_true
from idpc.types.scope import Scope

UTILIZATION = "Utilization"
"""The record of the standard library that says what can be measured of an instance."""
_CONFIDENCE = union(*map(LiteralType, ("high", "medium", "low")))


def advice(node: nodes.Block, fields: Mapping[str, Field], owner: str, scope: Scope) -> AdviceInfo | None:
    """The core of an `advice FIELD { }`; None where there is no such field."""
    path = _path(node)
    if not path:
        scope.report(codes.LABEL.at(node.header_span, "`advice` needs the field that it is about", hint="no field"))
        return None
    type_ = _type(path, fields, owner, scope)
    if type_ is None:
        return None
    inner = scope.but(names={**scope.names, **_observed(scope)})
    when = next((each for each in node.body if isinstance(each, nodes.Assign) and each.name.text == "when"), None)
    test, known = None, inner
    if when is not None:
        test = condition(when.value, inner)
        known = inner.with_facts(facts_when_true(when.value, inner))
    rest = tuple(each for each in node.body if each is not when)
    value = make_record(block_as_map(replace(node, body=rest), known), _record(type_), known)
    return AdviceInfo(tuple(name.text for name in path), test, value, node.header_span)


def _path(node: nodes.Block) -> tuple[nodes.Name, ...]:
    label = node.labels[0] if node.labels else None
    return label.names if isinstance(label, nodes.DottedLabel) else ()


def _type(path: tuple[nodes.Name, ...], fields: Mapping[str, Field], owner: str, scope: Scope) -> Type | None:
    """The type of the field that a path leads to; says so where it leads nowhere."""
    found: Type | None = None
    for name in path:
        field = fields.get(name.text)
        if field is None:
            scope.report(messages.unknown_field(f"`{owner}`", name.text, name.span, tuple(fields), path[0].span))
            return None
        found = field.type
        inner = next((each for each in flat(found) if isinstance(each, RecordType)), None)
        fields, owner = (inner.fields, inner.name) if inner else ({}, name.text)
    return found


def _observed(scope: Scope) -> Mapping[str, Type]:
    """The name by which advice reads what was measured."""
    std = scope.checker.program.std
    found = scope.checker.declared(std, UTILIZATION) if UTILIZATION in std.kinds else None
    return {"utilization": found} if isinstance(found, RecordType) else {}


def _record(type_: Type) -> RecordType:
    """What an advice about a field of a type says."""
    said: dict[str, Type] = {
        "try": ListType(type_),
        "because": STRING,
        "confidence": _CONFIDENCE,
        "inputs": ListType(STRING),
    }
    fields = {name: Field(name, each, name != "inputs", NOWHERE) for name, each in said.items()}
    made = record("advice", fields, NOWHERE)
    made.defaults["inputs"] = c.MakeList((), ListType(STRING), NOWHERE)
    return made
