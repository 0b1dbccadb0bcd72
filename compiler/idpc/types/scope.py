"""Scopes: what a name means at a place, from the inside out."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from idpc.diagnostics import Diagnostic, Label
from idpc.resolve import Table
from idpc.resolve.program import declared_span, is_private
from idpc.source import Span
from idpc.syntax import nodes
from idpc.types.model import RecordType, Type

if TYPE_CHECKING:
    from idpc.types.checker import Checker
    from idpc.types.declared import AppInfo, KindInfo, LetInfo, ResourceInfo

Path = tuple[str, ...]


class Scope(Struct, frozen=True):
    """A place in the program.

    `locals` are loop variables and parameters, `lets` those of enclosing bodies, `record` and `kind` what is being
    declared, whose fields are read by bare name, `resources` those of the same `provision`, `names` what the place
    gives (`environment`, `app`, `self`), `facts` what tests around it have shown of a path's type.
    `tolerant`: reading an instance that does not exist gives null. `condition`: no instance may be read. `manifest`:
    rendered objects are read, where loops over null are empty.
    """

    checker: "Checker"
    table: Table
    locals: Mapping[str, tuple[str, Type]] = field(default_factory=dict)
    lets: Mapping[str, "LetInfo"] = field(default_factory=dict)
    record: RecordType | None = None
    kind: "KindInfo | None" = None
    resources: Mapping[tuple[bool, str, str], "list[ResourceInfo]"] = field(default_factory=dict)
    app: "AppInfo | None" = None
    self_type: Type | None = None
    names: Mapping[str, Type] = field(default_factory=dict)
    facts: Mapping[Path, Type] = field(default_factory=dict)
    tolerant: bool = False
    condition: bool = False
    manifest: bool = False

    def but(self, **changes: object) -> "Scope":
        """A scope with some things changed."""
        return replace(self, **changes)

    def with_local(self, name: str, slot: str, type_: Type) -> "Scope":
        """A scope with one more variable; facts about a name that it hides are gone."""
        facts = {path: fact for path, fact in self.facts.items() if path[0] != name}
        return replace(self, locals={**self.locals, name: (slot, type_)}, facts=facts)

    def with_facts(self, facts: Mapping[Path, Type]) -> "Scope":
        """A scope in which more is known."""
        return replace(self, facts={**self.facts, **facts}) if facts else self

    def report(self, diagnostic: Diagnostic) -> None:
        """Tell the user."""
        self.checker.report(diagnostic)


def path_of(node: nodes.Expr) -> Path | None:
    """The dotted path that an expression is, of which facts may be known."""
    if isinstance(node, nodes.Ref):
        return (node.name,)
    if isinstance(node, nodes.Member):
        base = path_of(node.base)
        return (*base, node.name.text) if base else None
    if isinstance(node, nodes.Index) and isinstance(node.index, nodes.String) and node.index.plain is not None:
        base = path_of(node.base)
        return (*base, f"[{node.index.plain}]") if base else None
    return None


def declared_here(scope: Scope, name: str | None) -> tuple[Label, ...]:
    """A label where a name that could have been meant is declared, if that is in the user's own files."""
    place = Span("", 0, 0)
    if name is None:
        return ()
    if name in scope.lets:
        place = scope.lets[name].span
    elif scope.kind is not None and name in scope.kind.headers:
        place = scope.kind.headers[name].span
    elif scope.app is not None and name in scope.app.headers:
        place = scope.app.headers[name].span
    elif name in scope.table.values:
        place = declared_span(scope.table.values[name])
    return (Label(place, f"`{name}` is declared here"),) if place.file else ()


def visible_names(scope: Scope) -> list[str]:
    """The project's own names that could have been meant at a place, for did-you-mean."""
    names = [*scope.locals, *scope.lets, *scope.names]
    if scope.record:
        names += scope.record.fields
    if scope.kind:
        names += [*scope.kind.fields, *scope.kind.lets, *scope.kind.outputs, *scope.kind.headers]
    if scope.app:
        names += scope.app.headers
    return [*names, *scope.table.values, *scope.table.imported_values]


def shared_names(scope: Scope) -> list[str]:
    """The names of the standard library that can be read everywhere."""
    return [name for name, each in scope.checker.program.std.values.items() if not is_private(each)]
