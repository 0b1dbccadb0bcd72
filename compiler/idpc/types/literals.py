"""Numbers and quantities take the type that their place expects."""

from idpc.diagnostics.codes import types as codes
from idpc.source import Span
from idpc.syntax import nodes
from idpc.types import core as c
from idpc.types import messages
from idpc.types.model import (
    QUANTITIES,
    UNKNOWN,
    LiteralType,
    RangeType,
    Type,
    UnionType,
    base_name,
    members,
    unmarked,
)
from idpc.types.quantities import number_as, parse_quantity, units_of
from idpc.types.scope import Scope
from idpc.values import Quantity


def literal_const(value: float, expected: Type | None, span: Span) -> c.Core:
    """A bare number: cores where only cpu is expected, else the number."""
    for unit in expected_units(expected):
        if not _takes_number(expected):
            quantity = number_as(value, unit)
            if quantity is not None:
                return c.Const(quantity, LiteralType(quantity), span)
    return c.Const(value, LiteralType(value), span)


def _takes_number(expected: Type | None) -> bool:
    return expected is not None and any(base_name(part) in ("int", "float") for part in flat(expected))


def measure_const(node: nodes.Measure, expected: Type | None, scope: Scope) -> c.Core:
    """A number with a suffix: of the first expected unit that has it, else of the only unit that has it."""
    wanted = expected_units(expected)
    for unit in wanted:
        quantity = parse_quantity(node.text, unit)
        if quantity is not None:
            return _constant(quantity, node.span)
    candidates = units_of(node.text)
    if wanted and not any(_takes_text(part) for part in flat(expected)):
        scope.report(messages.unknown_unit(node.text, wanted[0], node.span))
        return c.Const(None, UNKNOWN, node.span)
    if len(candidates) == 1:
        return _constant(parse_quantity(node.text, candidates[0]), node.span)
    return _undecided(node, candidates, scope)


def _takes_text(type_: Type) -> bool:
    return type_ == UNKNOWN


def _constant(quantity: Quantity | None, span: Span) -> c.Core:
    assert quantity is not None  # noqa: S101  # the unit was found by parsing
    return c.Const(quantity, LiteralType(quantity), span)


def _undecided(node: nodes.Measure, candidates: list[str], scope: Scope) -> c.Core:
    if candidates:
        words = " or ".join(f"`{unit}`" for unit in candidates)
        scope.report(
            codes.AMBIGUOUS_UNIT.at(
                node.span,
                f"`{node.text}` may be {words}",
                hint="nothing here says which",
                help=f"give the type: `let x: {candidates[-1]} = {node.text}`",
            )
        )
    elif node.text.startswith("$"):
        scope.report(messages.unknown_unit(node.text, "money", node.span))
    else:
        scope.report(
            codes.UNKNOWN_UNIT.at(
                node.span,
                f"`{node.text}` has no known unit",
                help="cpu `250m`, bytes `512Mi`, duration `1h30m`, percent `99.9%`, carbon `5kg`, money `$80/month`",
            )
        )
    return c.Const(None, UNKNOWN, node.span)


def expected_units(expected: Type | None) -> list[str]:
    """The units of the quantities among the members of an expected type, ranges' bounds included, in order."""
    if expected is None:
        return []
    names = [base_name(part.item if isinstance(part, RangeType) else part) for part in flat(expected)]
    return list(dict.fromkeys(name for name in names if name in QUANTITIES))


def flat(type_: Type | None) -> list[Type]:
    """The members of a type under all of its marks."""
    if type_ is None:
        return []
    parts: list[Type] = []
    for member in members(type_):
        bare = unmarked(member)
        parts.extend(flat(bare) if isinstance(bare, UnionType) else [bare])
    return parts
