"""Members: what follows a dot, in values, instances and declarations."""

from msgspec.structs import replace

from idpc.diagnostics import Diagnostic, Edit, Fix, Label
from idpc.diagnostics.codes import lint
from idpc.diagnostics.codes import names as name_codes
from idpc.diagnostics.codes import types as codes
from idpc.resolve import did_you_mean
from idpc.source import Span
from idpc.syntax import nodes
from idpc.types import core as c
from idpc.types import messages
from idpc.types.attributes import ATTRIBUTES, image_member, quantity_member
from idpc.types.declared import Header, KindInfo
from idpc.types.expressions import broken, fail, is_broken
from idpc.types.model import (
    ANY,
    PLAIN,
    STRING,
    UNKNOWN,
    InstanceType,
    MapType,
    RangeType,
    RecordType,
    ReferenceType,
    Type,
    UnionType,
    base_name,
    is_optional,
    mark_of,
    marked,
    union,
    unmarked,
    without_null,
)
from idpc.types.scope import Scope
from idpc.values import NamedRef


def instance_core(app: str, header: Header, scope: Scope, span: Span) -> c.Core:
    """An instance of an app, or the map of a keyed one."""
    scope.checker.used_span(span, header.span)
    if not header.kinds:
        return broken(span)
    if scope.condition:
        scope.report(
            codes.READS_INSTANCE.at(
                span,
                "the condition of an `if`, or what a header loops over, cannot read an instance",
                hint=f"`{header.name}` is an instance",
                help="it may read parameters, `let`, `environment`, `app` and `team`",
            )
        )
        return broken(span)
    return c.ReadInstance(app, header.name, scope.tolerant, header_type(header), span)


def header_type(header: Header) -> Type:
    """The type of a reference to a declared instance: a map where it has keys."""
    one = InstanceType(header.kinds)
    return MapType(STRING, one) if header.keyed else one


def member_of(core: c.Core, name: nodes.Name, span: Span, scope: Scope) -> c.Core:  # one shape a line
    """A member of a value of any type."""
    type_ = core.type
    if is_broken(core):
        return broken(span)
    if type_ == ANY:
        return c.Member(core, name.text, "any", True, ANY, span)
    if is_optional(type_):
        if not scope.tolerant and not scope.manifest:
            return fail(scope, messages.may_be_null(core, f"`.{name.text}`"))
        type_ = without_null(type_)
    mark, bare = (mark_of(type_), unmarked(type_)) if type_ != unmarked(type_) else (PLAIN, type_)
    if isinstance(bare, UnionType):
        made = _of_each(core, bare, name, span, scope)
        return replace(made, type=marked(made.type, mark))
    if isinstance(bare, InstanceType):
        return instance_member(core, bare, name, span, scope)
    if isinstance(bare, ReferenceType):
        return _of_reference(core, bare, name, span, scope)
    found = _value_member(bare, name.text)
    if found is None:
        return fail(scope, messages.unknown_member(bare, name.text, name.span, _known_members(bare)))
    how, result = found
    path = name.text
    if isinstance(core, c.InstanceOutput | c.ReadOwnOutput) and mark == PLAIN and how in ("record", "map"):
        return replace(core, path=(*core.path, path), type=result, span=span)
    return c.Member(core, path, how, scope.tolerant, marked(result, mark), span)


def _value_member(type_: Type, name: str) -> tuple[str, Type] | None:
    """How a member is read from a plain value, and its type."""
    match type_:
        case RecordType():
            field = type_.fields.get(name)
            if field is not None:
                return "record", without_null(field.type) if type_.schema else field.type
            return ("any", ANY) if type_.open else None
        case MapType(_, value):
            return "map", value
        case RangeType(item):
            return ("range", item) if name in ("min", "max") else None
    base = base_name(type_)
    found = image_member(name) if base == "image" else quantity_member(base, name)
    return None if found is None else ("image" if base == "image" else "quantity", found)


def _known_members(type_: Type) -> list[str]:
    match type_:
        case RecordType():
            return list(type_.fields)
        case RangeType():
            return ["min", "max"]
    return list(ATTRIBUTES.get(base_name(type_), ()))


def _of_each(core: c.Core, type_: UnionType, name: nodes.Name, span: Span, scope: Scope) -> c.Core:
    """A member that every member of a union has."""
    kinds = [part for part in type_.members if isinstance(part, InstanceType)]
    if len(kinds) == len(type_.members):
        joined = InstanceType(tuple(kind for part in kinds for kind in part.kinds))
        return instance_member(core, joined, name, span, scope)
    found = [_value_member(unmarked(part), name.text) for part in type_.members]
    if any(each is None for each in found):
        known = [_known_members(part) for part in type_.members]
        common = [each for each in known[0] if all(each in others for others in known)]
        return fail(scope, messages.unknown_member(type_, name.text, name.span, common))
    result = union(*(each[1] for each in found if each))
    return c.Member(core, name.text, "any", scope.tolerant, result, span)


def _of_reference(core: c.Core, type_: ReferenceType, name: nodes.Name, span: Span, scope: Scope) -> c.Core:
    """`shop.orders`: an instance of an app; `payments.owner`: a field of a declaration."""
    checker = scope.checker
    value = core.value if isinstance(core, c.Const) else None
    if type_.sort == "app" and isinstance(value, NamedRef):
        header = checker.headers.get(value.name, {}).get(name.text)
        if header is not None:
            return instance_core(value.name, header, scope, span)
    shape = checker.declaration_record(type_.sort)
    field = shape.fields.get(name.text) if shape else None
    if field is not None:
        return c.Member(core, name.text, "reference", scope.tolerant, field.type, span)
    known = [*(shape.fields if shape else ())]
    if isinstance(value, NamedRef):
        known = [*checker.headers.get(value.name, {}), *known]
        what = f"the {type_.sort} `{value.name}`"
    else:
        what = f"a {type_.sort}"
    near = did_you_mean(name.text, known)
    return fail(
        scope,
        name_codes.UNKNOWN_NAME.at(
            name.span,
            f"{what} has no `{name.text}`",
            hint=f"did you mean `{near}`?" if near else f"it has {', '.join(sorted(known)[:12])}",
            fixes=(Fix(f"write `{near}`", (Edit(name.span, near),), safe=True),) if near else (),
        ),
    )


def instance_member(core: c.Core, type_: InstanceType, name: nodes.Name, span: Span, scope: Scope) -> c.Core:
    """An output, field, attribute or inner instance of an instance; of each kind that it may be."""
    if not type_.kinds:
        return _attribute(core, name, span, scope)
    found = [_of_kind(kind, name.text, own=type_.own) for kind in type_.kinds]
    whats = {what for what, _ in found}
    if "" in whats:
        known = _instance_members(type_.kinds)
        lacking = type_.kinds[[what for what, _ in found].index("")]
        return fail(scope, _no_member(lacking, name, known))
    if "inner" in whats and not type_.own and any(name.text in kind.private for kind in type_.kinds):
        holder = next(kind for kind in type_.kinds if name.text in kind.private)
        place = holder.headers[name.text].span
        return fail(scope, messages.private_inner(holder.name, name.text, name.span, place))
    result = union(*(each for _, each in found))
    if whats == {"output"}:
        _deprecated_output(type_.kinds, name, scope)
        return c.InstanceOutput(core, name.text, (), scope.tolerant, result, span)
    what = whats.pop() if len(whats) == 1 else "any"
    return c.InstanceMember(core, name.text, what, scope.tolerant, result, span)


def _of_kind(kind: KindInfo, name: str, *, own: bool) -> tuple[str, Type]:
    """What a member of an instance is (output, field, attribute, inner, or empty) and its type."""
    ways: dict[str, Type | None] = {
        "output": kind.outputs[name].type if name in kind.outputs else None,
        "field": kind.fields[name].type if name in kind.fields else kind.flattened.get(name),
        "attribute": ATTRIBUTES["instance"].get(name),
        "inner": header_type(kind.headers[name]) if name in kind.headers else None,
    }
    order = ("attribute", "field", "output", "inner") if own else ("output", "field", "attribute", "inner")
    for what in order:
        type_ = ways[what]
        if type_ is not None:
            return what, type_
    return "", UNKNOWN


def _instance_members(kinds: tuple[KindInfo, ...]) -> list[str]:
    each = [{*kind.outputs, *kind.fields, *kind.headers, *ATTRIBUTES["instance"]} for kind in kinds]
    return sorted(set.intersection(*each))


def _no_member(kind: KindInfo, name: nodes.Name, known: list[str]) -> Diagnostic:
    near = did_you_mean(name.text, known)
    outputs = ", ".join(f"`{each}`" for each in kind.outputs)
    return codes.UNKNOWN_MEMBER.at(
        name.span,
        f"`{kind.name}` has no output or field `{name.text}`",
        hint=f"did you mean `{near}`?" if near else (f"outputs: {outputs}" if outputs else "it has no outputs"),
        labels=(Label(kind.span, f"`{kind.name}` is defined here"),),
        fixes=(Fix(f"write `{near}`", (Edit(name.span, near),), safe=True),) if near else (),
    )


def _deprecated_output(kinds: tuple[KindInfo, ...], name: nodes.Name, scope: Scope) -> None:
    for kind in kinds:
        advice = kind.deprecated_outputs.get(name.text)
        if advice is not None:
            scope.report(
                lint.DEPRECATED.at(name.span, f"the output `{name.text}` of `{kind.name}` is deprecated", hint=advice)
            )


def _attribute(core: c.Core, name: nodes.Name, span: Span, scope: Scope) -> c.Core:
    type_ = ATTRIBUTES["instance"].get(name.text)
    if type_ is None:
        known = list(ATTRIBUTES["instance"])
        return fail(scope, messages.unknown_member(InstanceType(), name.text, name.span, known))
    return c.InstanceMember(core, name.text, "attribute", scope.tolerant, type_, span)
