"""Policies and tests: expressions that look at instances, and say what must hold."""

from collections.abc import Iterable

from idpc.diagnostics.codes import names as name_codes
from idpc.resolve.program import Table, declared_name, is_opt_in
from idpc.source import Span
from idpc.syntax import nodes
from idpc.types import core as c
from idpc.types.bodies import body, environments, with_lets
from idpc.types.checker import Checker
from idpc.types.declared import KindInfo, PolicyInfo, RecordInstance, TestInfo
from idpc.types.expressions import condition
from idpc.types.instances import unknown_kind
from idpc.types.layers import Layer
from idpc.types.model import ANY, DATE, UNKNOWN, InstanceType, RecordType
from idpc.types.operators import facts_when_true
from idpc.types.policy_fix import is_fix, policy_fix
from idpc.types.requires import require
from idpc.types.scope import Scope
from idpc.types.shapes import Shape

_SPECIAL = ("on", "when")


def policies(checker: Checker, tables: Iterable[Table]) -> tuple[PolicyInfo, ...]:
    """The policies of some tables, and those of the standard library, that are on by default or imported."""
    found = {policy.name: policy for policy in checker.policies if not policy.opt_in}
    for table in tables:
        found |= _imported(checker, table)
        for name, block in table.rules.items():
            if block.head.text == "policy" and not is_opt_in(block):
                found[name] = _policy(checker, table, name, block)
    return tuple(found[name] for name in sorted(found))


def library_policies(checker: Checker, std: Table) -> tuple[PolicyInfo, ...]:
    """The policies of the standard library, also those that are off."""
    blocks = {name: block for name, block in std.rules.items() if block.head.text == "policy"}
    return tuple(_policy(checker, std, name, blocks[name]) for name in sorted(blocks))


def _imported(checker: Checker, table: Table) -> dict[str, PolicyInfo]:
    """The policies that a table imports; those of the standard library have been checked with it."""
    known = {policy.name: policy for policy in checker.policies}
    return {
        name: known[name] if source.package == "std" else _policy(checker, source, name, source.rules[name])
        for name, source in table.imported_rules.items()
    }


def _policy(checker: Checker, table: Table, name: str, block: nodes.Block) -> PolicyInfo:
    scope = checker.scope(table)
    kinds = tuple(_kinds(block, scope))
    target = _text(block, "target") or "graph"
    inner = _scope(scope, kinds, target)
    if not kinds and _looks_at_something(block, checker):
        inner = inner.but(names={**inner.names, "self": UNKNOWN})
    inner = with_lets(block.body, inner)
    when, known = None, inner
    for statement in block.body:
        if isinstance(statement, nodes.Assign) and statement.name.text == "when":
            when = condition(statement.value, inner)
            known = inner.with_facts(facts_when_true(statement.value, inner))
    rules = tuple(require(each, known) for each in block.body if isinstance(each, nodes.Require))
    shape = _shape(checker)
    rest = [each for each in block.body if not _is_special(each)]
    made = body(rest, shape, scope, Layer()) if shape else c.Body()
    label = declared_name(block)
    span = label.span if label else block.span
    record = checker.declaration_record("policy") or RecordType("Policy", dict, span)
    severity, rego = _text(block, "severity") or "error", _text(block, "rego")
    return PolicyInfo(
        name, kinds, target, severity, when, rules, rego, span,
        RecordInstance("policy", name, record, made, span), block.doc, _place(block, "rego") or span,
        _text(block, "language") or "v1", is_opt_in(block), () if rego else policy_fix(block, kinds, target, known),
    )  # fmt: skip


def _is_special(statement: nodes.Statement) -> bool:
    if isinstance(statement, nodes.Assign):
        return statement.name.text in _SPECIAL
    return isinstance(statement, nodes.Require | nodes.Let) or is_fix(statement)


def _looks_at_something(block: nodes.Block, checker: Checker) -> bool:
    """Whether a policy without kinds was meant to have some: those it names are unknown, or it misspells `on`."""
    shape = _shape(checker)
    names = [each.name.text for each in block.body if isinstance(each, nodes.Assign)]
    return shape is not None and any(name == "on" or name not in shape.fields for name in names)


def _shape(checker: Checker) -> Shape | None:
    record = checker.declaration_record("policy")
    return None if record is None else Shape("`policy`", record.fields, record.span)


def _text(block: nodes.Block, name: str) -> str:
    for statement in block.body:
        if isinstance(statement, nodes.Assign) and statement.name.text == name:
            return statement.value.plain or "" if isinstance(statement.value, nodes.String) else ""
    return ""


def _place(block: nodes.Block, name: str) -> Span | None:
    found = (each for each in block.body if isinstance(each, nodes.Assign) and each.name.text == name)
    return next((each.value.span for each in found), None)


def _kinds(block: nodes.Block, scope: Scope) -> Iterable[KindInfo]:
    for statement in block.body:
        if not (isinstance(statement, nodes.Assign) and statement.name.text == "on"):
            continue
        items = statement.value.items if isinstance(statement.value, nodes.ListExpr) else (statement.value,)
        for item in items:
            if isinstance(item, nodes.Hole):
                continue
            if not isinstance(item, nodes.Ref):
                scope.report(name_codes.UNKNOWN_KIND.at(item.span, "`on` lists kinds", hint="not a kind"))
                continue
            kind = scope.checker.find_kind(item.name, scope.table)
            if kind is None:
                scope.report(unknown_kind(nodes.Name(item.name, item.span), scope, nodes.Name(item.name, item.span)))
            else:
                scope.checker.used_span(item.span, kind.span)
                yield kind


def _scope(scope: Scope, kinds: tuple[KindInfo, ...], target: str) -> Scope:
    self_type = InstanceType(kinds, own=True)
    names = {**scope.checker.place_names(), "self": self_type, "today": DATE}
    if target == "manifest":
        names["object"] = ANY
    if target == "terraform":
        names["resource"] = ANY
    return scope.but(names=names, self_type=self_type, manifest=target in ("manifest", "terraform"))


# --------------------------------------------------------------------- tests


def tests(checker: Checker) -> tuple[TestInfo, ...]:
    """The `test` declarations of the project."""
    project = checker.program.project
    return tuple(_test(checker, name, block) for name, block in project.tests.items())


def _test(checker: Checker, name: str, block: nodes.Block) -> TestInfo:
    scope = with_lets(block.body, checker.scope(checker.program.project))
    label = declared_name(block)
    rules = tuple(_rules(block.body, (), scope))
    return TestInfo(name, rules, label.span if label else block.header_span)


def _rules(
    statements: Iterable[nodes.Statement], places: tuple[str, ...], scope: Scope
) -> Iterable[tuple[tuple[str, ...], c.Rule]]:
    for statement in statements:
        match statement:
            case nodes.Require():
                yield places, require(statement, scope)
            case nodes.InStatement(body=inner):
                names = tuple(name.text for name in environments(statement, scope))
                yield from _rules(inner, names, scope)
            case nodes.Let():
                pass
            case _:
                scope.report(name_codes.MISPLACED.at(statement.span, "a test holds `require`, `let` and `in` only"))
