"""The standard library, checked once: what every program finds there, without the trees that it was made of."""

from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from idpc.diagnostics import Diagnostic
from idpc.resolve.program import SORTS, Declaration, Table
from idpc.syntax import nodes
from idpc.types.declared import FnInfo, KindInfo, LetInfo, PolicyInfo
from idpc.types.model import RecordType, Type

if TYPE_CHECKING:
    from idpc.types.checker import Checker

Key = tuple[str, str]
"""A package and a name."""


class Library(Struct, frozen=True, eq=False):
    """What the checker knows of the standard library.

    `table` has its declarations without their bodies; `slots` is how many names of variables it has used; `faults` are
    what is wrong with it, empty in a release.
    """

    table: Table
    kinds: dict[Key, KindInfo] = field(default_factory=dict)
    records: dict[Key, RecordType] = field(default_factory=dict)
    aliases: dict[Key, Type] = field(default_factory=dict)
    functions: dict[Key, FnInfo] = field(default_factory=dict)
    lets: dict[Key, LetInfo] = field(default_factory=dict)
    policies: tuple[PolicyInfo, ...] = ()
    stages: frozenset[str] = frozenset()
    slots: int = 0
    faults: tuple[Diagnostic, ...] = ()


def without_bodies(checker: "Checker", policies: tuple[PolicyInfo, ...], faults: tuple[Diagnostic, ...]) -> Library:
    """What a checker has found, its declarations reduced to their heads."""
    for kind in checker.kinds.values():
        kind.block, kind.blocks = replace(kind.block, body=()), []
    return Library(
        _heads(checker.program.std),
        checker.kinds,
        checker.records,
        checker.aliases,
        checker.functions,
        checker.lets,
        policies,
        frozenset(checker.stages),
        checker.slots[0],
        faults,
    )


def _heads(table: Table) -> Table:
    heads = Table(table.package)
    for sort in {*SORTS.values(), "value"}:
        heads.of_sort(sort).update({name: _head(each) for name, each in table.of_sort(sort).items()})
    return heads


def _head(declaration: Declaration) -> Declaration:
    match declaration:
        case nodes.Block():
            return replace(declaration, body=())
        case nodes.Let():
            return replace(declaration, type=None, value=nodes.Hole(declaration.value.span))
        case nodes.Fn():
            return replace(declaration, parameters=(), result=None, value=nodes.Hole(declaration.value.span))
    return replace(declaration, type=nodes.Hole(declaration.type.span))
