"""Type expressions: what is written after a colon becomes a type."""

from collections.abc import Callable, Mapping

from idpc.diagnostics import Diagnostic, Edit, Fix
from idpc.diagnostics.codes import names as name_codes
from idpc.diagnostics.codes import types as codes
from idpc.resolve import Table, did_you_mean
from idpc.source import Span
from idpc.syntax import nodes
from idpc.types import core as c
from idpc.types.expressions import elaborate, is_broken
from idpc.types.model import (
    ANY,
    INT,
    NULL,
    PORT,
    PRIMITIVES,
    QUANTITIES,
    STRING,
    TEXTS,
    UNKNOWN,
    DeferredType,
    InstanceType,
    ListType,
    LiteralType,
    MapType,
    Primitive,
    RangeType,
    ReferenceType,
    Refined,
    SecretType,
    Type,
    base_name,
    members,
    union,
)
from idpc.types.schemas import named_definition
from idpc.types.scope import Scope
from idpc.values import Quantity

SORTS = ("team", "environment", "app", "policy", "stage", "kind")
_NAMED: Mapping[str, Type] = {"port": PORT, "instance": InstanceType(), "any": ANY}
_GENERICS: Mapping[str, Callable[[Type], Type]] = {"range": RangeType, "secret": SecretType, "deferred": DeferredType}


def declared_type(node: nodes.TypeExpr, scope: Scope) -> Type:  # one form a line
    """The type that is written."""
    match node:
        case nodes.NamedType():
            return _named(node, scope)
        case nodes.GenericType():
            return _generic(node, scope)
        case nodes.LiteralType(value):
            return _literal(value, scope)
        case nodes.OptionalType(base):
            return union(declared_type(base, scope), NULL)
        case nodes.ListType(base):
            return ListType(declared_type(base, scope))
        case nodes.UnionType(parts):
            return union(*(declared_type(part, scope) for part in parts))
    return UNKNOWN


def _literal(node: nodes.Expr, scope: Scope) -> Type:
    core = elaborate(node, None, scope)
    if core.type == NULL or isinstance(core.type, LiteralType):
        return core.type
    return UNKNOWN


def _named(node: nodes.NamedType, scope: Scope) -> Type:
    name = node.name.text
    if node.qualifier is not None:
        table = scope.table.aliases.get(node.qualifier.text)
        if table is None:
            return _no_alias(node.qualifier, scope)
        return _of_table(name, table, node.name.span, scope) or _unknown(node.name, list(table.kinds), scope)
    declared = visible_type(name, node.name.span, scope)
    if declared is not None:
        return _refined(declared, node, scope) if node.refinement else declared
    base = _builtin(name)
    if base is not None:
        return _refined(base, node, scope) if node.refinement else base
    found = named_definition(name, scope.checker.kubernetes) if name[:1].isupper() else ()
    if len(found) > 1:
        scope.report(name_codes.AMBIGUOUS_NAME.at(node.span, f"several groups of Kubernetes have a `{name}`"))
    return found[0] if found else _unknown(node.name, _known(scope), scope)


def _builtin(name: str) -> Type | None:
    if name in PRIMITIVES:
        return Primitive(name)
    if name in SORTS:
        return ReferenceType(name)
    return _NAMED.get(name)


def visible_type(name: str, span: Span, scope: Scope) -> Type | None:
    """The declared type of that name, as a place sees it."""
    table, std = scope.table, scope.checker.program.std
    if name in table.kinds:
        return _of_table(name, table, span, scope)
    if name in table.imported_kinds:
        return _of_table(name, table.imported_kinds[name], span, scope)
    if table is not std and name in std.kinds and _builtin(name) is None:
        return _of_table(name, std, span, scope)
    return None


def _of_table(name: str, table: Table, span: Span, scope: Scope) -> Type | None:
    declaration = table.kinds.get(name)
    if declaration is None:
        return None
    scope.checker.used(span, declaration)
    return scope.checker.declared(table, name)


def _known(scope: Scope) -> list[str]:
    std = scope.checker.program.std
    return [*PRIMITIVES, *SORTS, *_NAMED, "map", *_GENERICS, *scope.table.kinds, *std.kinds]


FOREIGN = {
    "integer": "int",
    "str": "string",
    "text": "string",
    "boolean": "bool",
    "number": "float",
    "double": "float",
    "object": "any",
    "dict": "map",
    "time": "duration",
    "size": "bytes",
    "semver": "version",
    "url": "string",
}
"""What the types of other languages are called here."""


def _unknown(name: nodes.Name, known: list[str], scope: Scope) -> Type:
    near = FOREIGN.get(name.text) or did_you_mean(name.text, known)
    fixes = (Fix(f"write `{near}`", (Edit(name.span, near),), safe=True),) if near else ()
    hint = f"did you mean `{near}`?" if near else ""
    scope.report(name_codes.UNKNOWN_TYPE.at(name.span, f"there is no type `{name.text}`", hint=hint, fixes=fixes))
    return UNKNOWN


def _no_alias(name: nodes.Name, scope: Scope) -> Type:
    known = list(scope.table.aliases)
    near = did_you_mean(name.text, known)
    fixes = (Fix(f"write `{near}`", (Edit(name.span, near),), safe=True),) if near else ()
    hint = f"did you mean `{near}`?" if near else f'import "package" as {name.text}'
    scope.report(
        name_codes.UNKNOWN_PACKAGE.at(name.span, f"no package is imported as `{name.text}`", hint=hint, fixes=fixes)
    )
    return UNKNOWN


def _generic(node: nodes.GenericType, scope: Scope) -> Type:
    name, arguments = node.name.text, [declared_type(each, scope) for each in node.arguments]
    if name == "map" and len(arguments) in (1, 2):
        key = arguments[0] if len(arguments) == 2 else STRING
        return MapType(_key(key, node, scope), arguments[-1])
    if name in _GENERICS and len(arguments) == 1:
        if name == "range" and not all(map(_has_order, members(arguments[0]))):
            span = node.arguments[0].span
            scope.report(codes.BAD_TYPE.at(span, f"`{arguments[0]}` has no order, so there is no range of it"))
            return UNKNOWN
        return _GENERICS[name](arguments[0])
    if name in (*_GENERICS, "map"):
        count = "one or two types" if name == "map" else "one type"
        scope.report(codes.BAD_TYPE.at(node.span, f"`{name}<…>` takes {count}"))
        return UNKNOWN
    if name in ("list", "array", "set") and len(node.arguments) == 1:
        scope.report(name_codes.UNKNOWN_TYPE.at(node.span, f"there is no type `{name}`", hint="a list is `T[]`"))
        return UNKNOWN
    return _unknown(node.name, ["map", *_GENERICS], scope)


def _has_order(type_: Type) -> bool:
    return base_name(type_) in ("int", "float", "date", "version", *QUANTITIES) or type_ in (UNKNOWN, ANY)


def _key(key: Type, node: nodes.GenericType, scope: Scope) -> Type:
    fine = key in (STRING, UNKNOWN) or isinstance(key, InstanceType)
    if not fine and not all(isinstance(each, LiteralType) for each in members(key)):
        scope.report(
            codes.BAD_TYPE.at(
                node.arguments[0].span, f"`{key}` cannot be the key of a map", hint="strings, literals, or `instance`"
            )
        )
    return key


# --------------------------------------------------------------- refinements


def _refined(base: Type, node: nodes.NamedType, scope: Scope) -> Type:
    refinement = node.refinement
    if not isinstance(base, Primitive) or base.name in ("bool", "date", "float") or refinement is None:
        scope.report(codes.BAD_TYPE.at(node.span, f"`{base}` cannot be refined"))
        return base
    if isinstance(refinement, nodes.Pattern):
        return _pattern(base, refinement, scope)
    unit = base if base.name in QUANTITIES else INT
    low, high = _bound(refinement.low, unit, scope), _bound(refinement.high, unit, scope)
    if low is not None and high is not None and low > high:  # type: ignore[operator]  # of one unit
        scope.report(codes.BAD_TYPE.at(refinement.span, "the lower end is above the upper one", hint="no value fits"))
        return base
    return Refined(base, low, high)


def _bound(node: nodes.Expr | None, unit: Primitive, scope: Scope) -> int | float | Quantity | None:
    if node is None:
        return None
    core = elaborate(node, unit, scope)
    if isinstance(core, c.Const) and isinstance(core.value, int | float | Quantity):
        return core.value
    if not is_broken(core):
        scope.report(codes.BAD_TYPE.at(node.span, "the ends of a refinement are literals"))
    return None


def _pattern(base: Primitive, node: nodes.Pattern, scope: Scope) -> Type:
    if base.name not in TEXTS:
        scope.report(codes.BAD_TYPE.at(node.span, f"only strings match patterns, not `{base}`"))
        return base
    fault = pattern_fault(node)
    if fault is not None:
        scope.report(fault)
        return base
    return Refined(base, pattern=node.text)


def pattern_fault(node: nodes.Pattern) -> Diagnostic | None:
    """What RE2 says against a pattern."""
    import re2  # only specifications with patterns pay for it

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(node.text, options)
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        return codes.BAD_TYPE.at(node.span, f"this is no regular expression of RE2: {reason}")
    return None
