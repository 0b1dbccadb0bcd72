"""Rules in the core: each `require` with the conditions and environments around it."""

from collections.abc import Iterable

from msgspec.structs import replace

from idpc.syntax import nodes
from idpc.types import core as c
from idpc.types.expressions import condition, expect
from idpc.types.model import (
    BOOL,
    NOWHERE,
    STRING,
)
from idpc.types.operators import facts_when_false, facts_when_true
from idpc.types.scope import Scope


def rules(statements: Iterable[nodes.Statement], scope: Scope, around: c.Rule | None = None) -> Iterable[c.Rule]:
    """The `require`s among the statements of a body, those inside `if` and `in` with what is around them."""
    guards, places = ((), None) if around is None else (around.guards, around.environments)
    for statement in statements:
        match statement:
            case nodes.Require():
                yield replace(require(statement, scope), guards=guards, environments=places)
            case nodes.IfStatement() if _holds_rule(statement):
                test = condition(statement.condition, scope.but(checker=scope.checker.quiet()))
                yes = scope.with_facts(facts_when_true(statement.condition, scope))
                no = scope.with_facts(facts_when_false(statement.condition, scope))
                for inner, side, known in ((statement.then, True, yes), (statement.otherwise or (), False, no)):
                    yield from rules(inner, known, c.Rule(test, None, statement.span, (*guards, (test, side)), places))
            case nodes.InStatement():
                names = tuple(name.text for name in statement.environments)
                yield from rules(statement.body, scope, c.Rule(_TRUE, None, statement.span, guards, names))


_TRUE = c.Const(True, BOOL, NOWHERE)


def _holds_rule(statement: nodes.Statement) -> bool:
    match statement:
        case nodes.IfStatement(then=then, otherwise=otherwise):
            return any(map(_holds_rule, (*then, *(otherwise or ()))))
        case nodes.InStatement(body=inner):
            return any(map(_holds_rule, inner))
    return isinstance(statement, nodes.Require)


def require(node: nodes.Require, scope: Scope) -> c.Rule:
    """The core of a `require`."""
    test = condition(node.condition, scope, "a rule on")
    message = None if node.message is None else expect(node.message, STRING, "the message", scope)
    return c.Rule(test, message, node.span)
