"""Kinds, templates, record types and functions: their members first, then everything that reads them."""

from collections.abc import Mapping

from msgspec.structs import replace

from idpc.diagnostics import Label
from idpc.diagnostics.codes import names as name_codes
from idpc.diagnostics.codes import types as codes
from idpc.resolve.program import declared_name, twice
from idpc.syntax import nodes
from idpc.types import core as c
from idpc.types import provision
from idpc.types.advice import advice as advised
from idpc.types.attributes import CATALOG
from idpc.types.bodies import block_as_map, with_lets
from idpc.types.checker import IMPLICIT, add_fields
from idpc.types.declared import AdviceInfo, FnInfo, KindInfo, LetInfo, OutputInfo
from idpc.types.declared_types import declared_type
from idpc.types.expressions import elaborate, expect, fit_core, make_record, once
from idpc.types.model import (
    UNKNOWN,
    Field,
    InstanceType,
    RecordType,
    Type,
    is_optional,
    union,
)
from idpc.types.requires import require, rules
from idpc.types.scope import Scope


def alias_type(node: nodes.TypeAlias, scope: Scope) -> Type:
    """The type that `type NAME = …` names."""
    return declared_type(node.type, scope)


# ------------------------------------------------------------------- records


def record_type(block: nodes.Block, scope: Scope) -> RecordType:
    """The record that `type NAME { }` declares; its fields are read when first asked for."""
    name = declared_name(block)
    text = name.text if name else ""
    made: RecordType

    def fields() -> Mapping[str, Field]:
        found = _fields(block, scope, made.flattened)
        return add_fields(found, IMPLICIT.get(text, ())) if scope.table is scope.checker.program.std else found

    made = RecordType(text, fields, name.span if name else block.header_span)
    return made


def _fields(block: nodes.Block, scope: Scope, flattened: dict[str, RecordType]) -> dict[str, Field]:
    found: dict[str, Field] = {}
    for statement in block.body:
        if not isinstance(statement, nodes.FieldDecl):
            continue
        type_ = declared_type(statement.type, scope)
        if any(each.name.text == "flatten" for each in statement.annotations):
            _flatten(statement, type_, found, flattened, scope)
            continue
        if statement.name.text in found:
            scope.report(twice(statement.name, found[statement.name.text].span))
            continue
        found[statement.name.text] = _field(statement, type_)
    return found


def _field(node: nodes.FieldDecl, type_: Type) -> Field:
    return Field(
        node.name.text,
        type_,
        node.default is None and not is_optional(type_),
        node.name.span,
        doc=node.doc,
        locked=any(each.name.text == "locked" for each in node.annotations),
        deprecated=advice(node.annotations),
    )


def advice(annotations: tuple[nodes.Annotation, ...]) -> str | None:
    """What `@deprecated("…")` says, or None."""
    for each in annotations:
        if each.name.text == "deprecated":
            first = each.arguments[0] if each.arguments else None
            return first.plain or "" if isinstance(first, nodes.String) else "it will go"
    return None


def _flatten(
    node: nodes.FieldDecl, type_: Type, found: dict[str, Field], flattened: dict[str, RecordType], scope: Scope
) -> None:
    if not isinstance(type_, RecordType):
        scope.report(codes.ANNOTATION.at(node.type.span, "only a record can be flattened", hint=f"this is `{type_}`"))
        return
    flattened[node.name.text] = type_
    for name, each in type_.fields.items():
        found[name] = replace(each, flattened=node.name.text)


def finish_record(block: nodes.Block, record: RecordType, scope: Scope) -> None:
    """Check the defaults and rules of a record, which may read its fields."""
    fields = record.fields
    inner = with_lets(block.body, scope.but(record=record), home="own")
    if record.name == "Environment" and "project" not in inner.names:
        inner = inner.but(names=scope.checker.context_names())
    for statement in block.body:
        if isinstance(statement, nodes.FieldDecl) and statement.default is not None:
            found = fields.get(statement.name.text)
            if found is not None:
                record.defaults[found.name] = _default(statement, found, inner)
        elif isinstance(statement, nodes.Require):
            record.rules.append(require(statement, inner))
        elif isinstance(statement, nodes.Block):
            record.advice += _advised(statement, fields, record.name, inner)
    for each in record.flattened.values():
        record.defaults = {**each.defaults, **record.defaults}


def _advised(node: nodes.Block, fields: Mapping[str, Field], owner: str, scope: Scope) -> list[AdviceInfo]:
    found = advised(node, fields, owner, scope)
    return [] if found is None else [found]


def _default(node: nodes.FieldDecl, found: Field, scope: Scope) -> c.Core:
    assert node.default is not None  # noqa: S101  # asked for only then
    return expect(node.default, found.type, f"the default of `{found.name}`", scope)


# --------------------------------------------------------------------- kinds


def kind_shell(block: nodes.Block, package: str) -> KindInfo:
    """A kind of which only the header is known."""
    name = declared_name(block)
    marks = {each.name.text for each in block.annotations}
    return KindInfo(
        name.text if name else "",
        name.span if name else block.header_span,
        block,
        package,
        template=block.head.text == "template",
        workload="workload" in marks,
        shared="shared" in marks,
        deprecated=advice(block.annotations),
        doc=block.doc,
    )


def declare_members(kind: KindInfo, scope: Scope) -> None:
    """The fields, outputs, `let`s and inner instances of a kind: all that other declarations may name."""
    kind.fields = _fields(kind.block, scope, kind.flattened)
    inner = kind_scope(kind, scope)
    for statement in kind.block.body:
        if isinstance(statement, nodes.OutputDecl):
            _declare_output(kind, statement, inner)
        elif isinstance(statement, nodes.Let):
            first = kind.lets.get(statement.name.text) or kind.fields.get(statement.name.text)
            if first is not None:
                scope.report(twice(statement.name, first.span))
                continue
            info = LetInfo(statement.name.text, "own", UNKNOWN, None, statement.name.span)
            kind.lets[info.name] = info
            scope.checker.later_let(info, statement, inner)
    if kind.template:
        from idpc.types.instances import declare_inner  # instances are of kinds

        declare_inner(kind, inner)


def kind_scope(kind: KindInfo, scope: Scope) -> Scope:
    """The scope inside a kind or template."""
    names = scope.checker.place_names()
    self_type = InstanceType((kind,), own=True)
    return scope.but(kind=kind, names={**names, "self": self_type}, self_type=self_type)


def _declare_output(kind: KindInfo, node: nodes.OutputDecl, scope: Scope) -> None:
    if node.name.text in kind.outputs:
        scope.report(twice(node.name, kind.outputs[node.name.text].span))
        return
    type_ = UNKNOWN if node.type is None else declared_type(node.type, scope)
    kind.outputs[node.name.text] = OutputInfo(node.name.text, type_, None, node.name.span, node.doc)
    old = advice(node.annotations)
    if old is not None:
        kind.deprecated_outputs[node.name.text] = old


def finish_kind(kind: KindInfo, scope: Scope) -> None:
    """Check everything of a kind that reads its members."""
    inner = kind_scope(kind, scope)
    for record in kind.flattened.values():
        kind.defaults.update(record.defaults)
        kind.rules.extend(record.rules)
        kind.advice.extend(record.advice)
    for statement in kind.block.body:
        match statement:
            case nodes.FieldDecl(default=default) if default is not None:
                found = kind.fields.get(statement.name.text)
                if found is not None and not found.flattened:
                    kind.defaults[found.name] = _default(statement, found, inner)
            case nodes.OutputDecl():
                _finish_output(kind, statement, inner)
            case nodes.Block() if not kind.template:
                _kind_block(kind, statement, inner)
    kind.rules.extend(rules(kind.block.body, inner))
    if kind.template:
        from idpc.types.instances import finish_inner  # as above

        finish_inner(kind, inner)
    else:
        provision.finish(kind, inner)


def _finish_output(kind: KindInfo, node: nodes.OutputDecl, scope: Scope) -> None:
    info = kind.outputs.get(node.name.text)
    if info is None or node.value is None:
        return
    core = elaborate(node.value, None if node.type is None else info.type, scope)
    if node.type is not None:
        core = fit_core(core, info.type, f"the output `{info.name}`", scope)
    kind.outputs[info.name] = replace(info, value=core, type=core.type if node.type is None else info.type)


BLOCKS = ("catalog", "reach", "access", "price", "observe", "advice", "provision")


def _kind_block(kind: KindInfo, node: nodes.Block, scope: Scope) -> None:
    match node.head.text:
        case "catalog":
            kind.catalog = make_record(block_as_map(node, scope), CATALOG, scope)
        case "advice":
            kind.advice += _advised(node, kind.fields, kind.name, scope)
        case "provision" | "reach" | "access" | "price" | "observe":
            provision.collect(kind, node, scope)
        case other:
            scope.report(
                name_codes.MISPLACED.at(
                    node.header_span,
                    f"`{other}` cannot stand in a kind",
                    hint=f"a kind has {', '.join(BLOCKS)}",
                    labels=(Label(kind.span, "this kind"),),
                )
            )


# ----------------------------------------------------------------- functions


def function_shell(node: nodes.Fn, scope: Scope) -> FnInfo:
    """A function of which the parameters and the declared result are known."""
    once(tuple(each.name for each in node.parameters), scope)
    parameters = tuple((each.name.text, declared_type(each.type, scope)) for each in node.parameters)
    slots = tuple(scope.checker.slot(name) for name, _ in parameters)
    result = UNKNOWN if node.result is None else declared_type(node.result, scope)
    return FnInfo(
        node.name.text,
        parameters,
        slots,
        (None,) * len(slots),
        result,
        None,
        node.name.span,
        advice(node.annotations),
        node.doc,
    )


def function_body(info: FnInfo, node: nodes.Fn, scope: Scope) -> None:
    """Check a function's defaults and its expression."""
    inner, defaults = scope, []
    for parameter, slot, (name, type_) in zip(node.parameters, info.slots, info.parameters, strict=True):
        default = parameter.default
        defaults.append(None if default is None else expect(default, type_, f"the default of `{name}`", scope))
        inner = inner.with_local(name, slot, type_)
    info.defaults = tuple(defaults)
    if node.result is None:
        info.value = elaborate(node.value, None, inner)
        info.result = union(info.value.type)
    else:
        info.value = expect(node.value, info.result, f"the result of `{info.name}`", inner)
