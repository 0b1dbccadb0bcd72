"""Calls: of declared functions, of functions of the language, of methods."""

from collections.abc import Sequence
from itertools import pairwise

from idpc.diagnostics import Diagnostic, Edit, Fix, Label
from idpc.diagnostics.codes import lint
from idpc.diagnostics.codes import types as codes
from idpc.resolve import Table, did_you_mean
from idpc.resolve.program import declared_span, exported, is_private, private
from idpc.source import Span
from idpc.syntax import nodes
from idpc.types import core as c
from idpc.types import messages
from idpc.types.attributes import METHODS
from idpc.types.declared import FnInfo
from idpc.types.expressions import broken, elaborate, expect, fail, is_broken, plain
from idpc.types.functions import CARRY_MARKS, FUNCTIONS, NULLABLE, STRUCTURAL, Misfit
from idpc.types.model import ANY, PLAIN, InstanceType, Type, is_optional, own_mark, unmarked, without_null
from idpc.types.references import lookup, package_of, tables, value_of_package
from idpc.types.scope import Scope, declared_here


def call(node: nodes.Call, expected: Type | None, scope: Scope) -> c.Core:
    """`function(arguments)`."""
    if isinstance(node.function, nodes.Member):
        package = package_of(node.function, scope)
        if package is not None:
            return _of_package(node, node.function, package, scope)
        return _method(node, node.function, scope)
    if not isinstance(node.function, nodes.Ref):
        return fail(scope, codes.UNKNOWN_FUNCTION.at(node.function.span, "only a name can be called"))
    name = node.function.name
    for table in tables(scope.table, name, scope):
        declaration = table.values[name]
        if isinstance(declaration, nodes.Fn):
            scope.checker.used(node.function.span, declaration)
            return _declared(node, scope.checker.function(table, name, node.function.span), scope)
    if name in FUNCTIONS:
        return _builtin(node, name, expected, scope)
    return _unknown(node, name, scope)


def _of_package(node: nodes.Call, function: nodes.Member, package: Table, scope: Scope) -> c.Core:
    """`kinds.double(2)`, after `import "acme/kinds" as kinds`."""
    declaration, name = value_of_package(function, package, scope), function.name.text
    if isinstance(declaration, nodes.Fn):
        return _declared(node, scope.checker.function(package, name, function.name.span), scope)
    if declaration is not None:
        scope.report(codes.UNKNOWN_FUNCTION.at(function.name.span, f"`{name}` is a value and cannot be called"))
    return broken(node.span)


def _unknown(node: nodes.Call, name: str, scope: Scope) -> c.Core:
    for argument in node.arguments:
        elaborate(argument.value, None, scope)
    span = node.function.span
    declared = scope.checker.program.std.values.get(name)
    if declared is not None and is_private(declared):
        return fail(scope, private(nodes.Name(name, span), "std", declared_span(declared)))
    if lookup(name, span, scope) is not None:
        return fail(scope, codes.UNKNOWN_FUNCTION.at(span, f"`{name}` is a value and cannot be called"))
    if name in FOREIGN:
        return fail(scope, codes.UNKNOWN_FUNCTION.at(span, f"there is no function `{name}`", hint=FOREIGN[name]))
    return fail(scope, _no_function(name, span, scope))


def _no_function(name: str, span: Span, scope: Scope) -> Diagnostic:
    own = [each for each, value in scope.table.values.items() if isinstance(value, nodes.Fn)]
    std = scope.checker.program.std
    shared = [each for each in exported(std) if isinstance(std.values.get(each), nodes.Fn)]
    near = did_you_mean(name, (*FUNCTIONS, *own, *shared))
    return codes.UNKNOWN_FUNCTION.at(
        span,
        f"there is no function `{name}`",
        hint=f"did you mean `{near}`?" if near else "",
        help="" if near else f"there are: {', '.join(sorted((*FUNCTIONS, *own)))}",
        labels=declared_here(scope, near),
        fixes=_rename(span, near),
    )


def _rename(span: Span, near: str | None) -> tuple[Fix, ...]:
    return (Fix(f"write `{near}`", (Edit(span, near),), safe=True),) if near else ()


FOREIGN = {
    "concat": "lists are joined by `flatten([a, b])`",
    "append": "lists are joined by `flatten([a, b])`",
    "length": "write `len(…)`",
    "count": "write `len(…)`",
    "size": "write `len(…)`",
    "format": 'write "${…}" in a string',
    "tostring": 'write "${…}" in a string',
    "string": 'write "${…}" in a string',
    "coalesce": "write `a ?? b`",
    "default": "write `a ?? b`",
    "lookup": 'write `m["key"] ?? other`',
    "element": "write `list[index]`",
    "file": "write `read(…)`",
    "toset": "write `distinct(…)`",
    "trimspace": "write `trim(…)`",
    "jsonencode": "write `json(…)`",
    "yamlencode": "write `yaml(…)`",
    "base64encode": "write `base64(…)`",
    "substr": "write `slice(text, start, end)`",
    "cidrsubnet": "write `cidr_subnet(…)`",
}
"""What functions of other languages are called here, where the name alone does not tell."""


# ------------------------------------------------------- declared functions


def _declared(node: nodes.Call, fn: FnInfo, scope: Scope) -> c.Core:
    if fn.deprecated is not None:
        scope.report(lint.DEPRECATED.at(node.function.span, f"`{fn.name}` is deprecated", hint=fn.deprecated))
    names = [name for name, _ in fn.parameters]
    given = _by_parameter(node, names, fn.name, scope)
    if given is None:
        return broken(node.span)
    arguments: list[c.Core | None] = []
    for (name, type_), default in zip(fn.parameters, fn.defaults, strict=True):
        value = given.get(name)
        if value is not None:
            arguments.append(expect(value, type_, f"the argument `{name}`", scope))
        elif default is not None or is_optional(type_):
            arguments.append(None)
        else:
            return fail(scope, _missing(node, fn, name))
    return c.CallFn(fn, tuple(arguments), fn.result, node.span)


def _missing(node: nodes.Call, fn: FnInfo, name: str) -> Diagnostic:
    usage = f"{fn.name}({', '.join(each for each, _ in fn.parameters)})"
    return codes.BAD_ARGUMENTS.at(node.span, f"`{fn.name}` needs the argument `{name}`", hint=usage)


def _by_parameter(node: nodes.Call, names: list[str], function: str, scope: Scope) -> dict[str, nodes.Expr] | None:
    given: dict[str, nodes.Expr] = {}
    for position, argument in enumerate(node.arguments):
        if argument.name is None:
            if position >= len(names):
                scope.report(_too_many(argument.value.span, function, len(names)))
                return None
            name = names[position]
        else:
            name = argument.name.text
        if name not in names:
            span = argument.name.span if argument.name else argument.value.span
            scope.report(_unknown_argument(function, name, span, names))
            return None
        if name in given:
            labels = (Label(given[name].span, "first given here"),)
            scope.report(
                codes.BAD_ARGUMENTS.at(argument.value.span, f"the argument `{name}` is given twice", labels=labels)
            )
            return None
        given[name] = argument.value
    return given


def _unknown_argument(function: str, name: str, span: Span, names: Sequence[str]) -> Diagnostic:
    near = did_you_mean(name, names)
    return codes.BAD_ARGUMENTS.at(
        span,
        f"`{function}` has no argument `{name}`",
        hint=f"did you mean `{near}`?" if near else f"it has {', '.join(names)}" if names else "",
        fixes=_rename(span, near),
    )


def _too_many(span: Span, function: str, count: int) -> Diagnostic:
    return codes.BAD_ARGUMENTS.at(span, f"`{function}` takes {count} argument{'s' * (count != 1)}", hint="one too many")


# --------------------------------------------------------- of the language


def _builtin(node: nodes.Call, name: str, expected: Type | None, scope: Scope) -> c.Core:
    function = FUNCTIONS[name]
    given: list[nodes.Expr] = [argument.value for argument in node.arguments if argument.name is None]
    named = {argument.name.text: argument for argument in node.arguments if argument.name is not None}
    for key, argument in named.items():
        if key not in function.named:
            return fail(
                scope,
                codes.BAD_ARGUMENTS.at(argument.value.span, f"`{name}` has no argument `{key}`", hint=function.usage),
            )
    low, high = function.count
    if not low <= len(given) <= high:
        count = f"{low}" if low == high else f"{low} to {high}" if high < 99 else f"at least {low}"
        span = given[high].span if len(given) > high else node.span
        return fail(
            scope,
            codes.BAD_ARGUMENTS.at(
                span, f"`{name}` takes {count} argument{'s' * (count != '1')}, not {len(given)}", hint=function.usage
            ),
        )
    for key, other in pairwise(function.named):
        if other in named and key not in named:
            span = named[other].value.span
            return fail(scope, codes.BAD_ARGUMENTS.at(span, f"`{other}` goes with `{key}`", hint=function.usage))
    ordered = [named[key].value for key in function.named if key in named]
    return _typed_builtin(node, name, [*given, *ordered], expected, scope)


def _typed_builtin(node: nodes.Call, name: str, given: list[nodes.Expr], expected: Type | None, scope: Scope) -> c.Core:
    function = FUNCTIONS[name]
    arguments = []
    for position, value in enumerate(given):
        hint = function.hints[position] if position < len(function.hints) else None
        if hint is None and name in ("merge", "flatten", "distinct", "sort"):
            hint = expected if name != "flatten" else None
        core = elaborate(value, hint, scope)
        if name not in CARRY_MARKS and (name not in STRUCTURAL or own_mark(core.type) != PLAIN):
            core = plain(core, f"calling `{name}` with", scope)
        arguments.append(core)
    if any(map(is_broken, arguments)):
        return broken(node.span)
    for core in arguments:
        if is_optional(core.type) and core.type != ANY and name not in NULLABLE:
            return fail(
                scope,
                messages.may_be_null(core, f"`{name}`"),
            )
    result = function.result([unmarked(core.type) if name not in CARRY_MARKS else core.type for core in arguments])
    if isinstance(result, Misfit):
        return fail(scope, _misfit(name, arguments[result.argument], result))
    return c.CallBuiltin(name, tuple(arguments), result, node.span)


def _misfit(name: str, argument: c.Core, misfit: Misfit) -> Diagnostic:
    return codes.BAD_ARGUMENTS.at(
        argument.span,
        f"`{name}` takes {misfit.wanted} here, not {messages.describe(argument.type)}",
        hint=FUNCTIONS[name].usage,
    )


# ------------------------------------------------------------------ methods


def _method(node: nodes.Call, function: nodes.Member, scope: Scope) -> c.Core:
    base = elaborate(function.base, None, scope)
    if is_broken(base):
        return broken(node.span)
    name = function.name.text
    if not isinstance(without_null(base.type), InstanceType) or name not in METHODS:
        near = did_you_mean(name, METHODS) if isinstance(without_null(base.type), InstanceType) else None
        return fail(
            scope,
            codes.UNKNOWN_FUNCTION.at(
                function.name.span,
                f"{messages.describe(base.type)} has no method `{name}`",
                hint=f"did you mean `{near}`?" if near else "",
                fixes=_rename(function.name.span, near),
            ),
        )
    parameters, result = METHODS[name]
    if len(node.arguments) != len(parameters):
        return fail(scope, _too_many(node.span, name, len(parameters)))
    arguments = [
        expect(argument.value, type_, f"the argument of `{name}`", scope)
        for argument, type_ in zip(node.arguments, parameters, strict=True)
    ]
    return c.CallBuiltin(name, (base, *arguments), result, node.span)
