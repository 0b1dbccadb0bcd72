"""The `fix` of a policy: fields that are set on an instance so that it keeps to the policy."""

from collections.abc import Iterable, Sequence
from typing import TypeGuard

from idpc.diagnostics.codes import names as codes
from idpc.syntax import nodes
from idpc.types import core as c
from idpc.types.bodies import body
from idpc.types.declared import KindInfo
from idpc.types.layers import Layer
from idpc.types.scope import Scope
from idpc.types.shapes import kind_shape

WORD = "fix"
Fixes = tuple[tuple[KindInfo, c.Body], ...]


def policy_fix(block: nodes.Block, kinds: Sequence[KindInfo], target: str, scope: Scope) -> Fixes:
    """What the `fix` of a policy sets, checked against each of the kinds; the first that does not fit is told."""
    found: list[tuple[KindInfo, c.Body]] = []
    before = len(scope.checker.diagnostics)
    for node in (each for each in block.body if is_fix(each)):
        _misplaced(node, kinds, target, scope)
        for kind in kinds:
            if len(scope.checker.diagnostics) == before:
                made = body(node.body, kind_shape(kind), scope, Layer())
                _only_records(made, scope)
                found.append((kind, made))
    return tuple(found)


def is_fix(statement: nodes.Statement) -> TypeGuard[nodes.Block]:
    """Whether a statement of a policy is its `fix`."""
    return isinstance(statement, nodes.Block) and statement.head.text == WORD


def _misplaced(node: nodes.Block, kinds: Sequence[KindInfo], target: str, scope: Scope) -> None:
    if not kinds or target != "graph":
        scope.report(
            codes.MISPLACED.at(
                node.head.span,
                "a `fix` sets fields of instances: the policy must say of which kinds, and look at the graph",
                hint="`on = [service]`",
            )
        )
    for each in _strange(node.body):
        scope.report(codes.MISPLACED.at(each.span, "a `fix` sets fields, and nothing else", hint="`field = value`"))


def _strange(statements: Iterable[nodes.Statement]) -> Iterable[nodes.Statement]:
    """What is neither a value nor a block of values."""
    for each in statements:
        if isinstance(each, nodes.Block) and not (each.labels or each.targets or each.loop or each.condition):
            yield from _strange(each.body)
        elif not isinstance(each, nodes.Assign) or each.operator is nodes.Operator.ADD:
            yield each


def _only_records(made: c.Body, scope: Scope) -> None:
    for each in made.statements:
        if isinstance(each, c.MergeBlock) and each.shape == "record":
            _only_records(each.body, scope)
        elif isinstance(each, c.MergeBlock):
            scope.report(codes.MISPLACED.at(each.span, "a `fix` sets fields of records, and no entries of maps"))
