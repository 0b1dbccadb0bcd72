"""The checker's state: what has been declared, what has been checked so far, and what was found wrong."""

import copy
from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from idpc.diagnostics import Diagnostic, Label
from idpc.diagnostics.codes import types as codes
from idpc.diagnostics.rings import needs_itself
from idpc.resolve import Program, Table
from idpc.resolve.program import Declaration, declared_span
from idpc.schema.custom_resources import CustomSchemas
from idpc.source import Span
from idpc.syntax import nodes
from idpc.types import core as c
from idpc.types.attributes import LIMIT
from idpc.types.declared import AppInfo, FnInfo, Header, KindInfo, LetInfo, PolicyInfo
from idpc.types.model import (
    NOWHERE,
    STRING,
    UNKNOWN,
    Field,
    InstanceType,
    ListType,
    MapType,
    RecordType,
    ReferenceType,
    Type,
)
from idpc.types.scope import Scope
from idpc.values import NamedRef

MAX_DEPTH = 400
"""Lets and functions that wait for one another while they are checked."""
STAGES = ("infrastructure", "application", "testing", "monitoring")
DECLARED_BY = {
    "project": "Project",
    "team": "Team",
    "environment": "Environment",
    "app": "App",
    "budget": "Budget",
    "carbon_budget": "CarbonBudget",
    "policy": "Policy",
    "waiver": "Waiver",
    "workflow": "Workflow",
}
"""The record of the standard library by which each declaration of an organisation is checked."""


class Pending(Struct):
    """A `let` not yet checked."""

    node: nodes.Let
    scope: Scope
    running: bool = False


class Checker(Struct):
    """What the checking of one program knows; scopes carry it around."""

    program: Program
    packages: dict[str, str]
    kubernetes: str
    crds: CustomSchemas | None = None
    policies: tuple[PolicyInfo, ...] = ()
    diagnostics: list[Diagnostic] = field(default_factory=list)
    apps: dict[str, AppInfo] = field(default_factory=dict)
    headers: dict[str, dict[str, Header]] = field(default_factory=dict)
    uses: dict[Span, Span] = field(default_factory=dict)
    kinds: dict[tuple[str, str], KindInfo] = field(default_factory=dict)
    records: dict[tuple[str, str], RecordType] = field(default_factory=dict)
    aliases: dict[tuple[str, str], Type] = field(default_factory=dict)
    functions: dict[tuple[str, str], FnInfo] = field(default_factory=dict)
    lets: dict[tuple[str, str], LetInfo] = field(default_factory=dict)
    pending: dict[int, Pending] = field(default_factory=dict)
    waiting: dict[int, LetInfo] = field(default_factory=dict)
    running: list[tuple[str, Span]] = field(default_factory=list)
    naming: list[tuple[str, str]] = field(default_factory=list)
    endless: set[Span] = field(default_factory=set)
    slots: list[int] = field(default_factory=lambda: [0])
    stages: set[str] = field(default_factory=lambda: set(STAGES))
    kind_names: dict[int, list[str]] = field(default_factory=dict)

    def report(self, diagnostic: Diagnostic) -> None:
        """Keep a diagnostic."""
        self.diagnostics.append(diagnostic)

    def quiet(self) -> "Checker":
        """A checker with the same knowledge whose diagnostics are dropped."""
        other = copy.copy(self)
        other.diagnostics = []
        return other

    def slot(self, name: str) -> str:
        """A variable's name that no other has."""
        self.slots[0] += 1
        return f"{name}#{self.slots[0]}"

    # -------------------------------------------------------------- uses

    def used(self, span: Span, declaration: Declaration) -> None:
        """Remember what a name means, for the editor."""
        self.uses[span] = declared_span(declaration)

    def used_span(self, span: Span, place: Span) -> None:
        """Remember where what a name means is declared."""
        if place.file:
            self.uses[span] = place

    def used_named(self, span: Span, sort: str, name: str) -> None:
        """Remember a reference to a declaration of a sort."""
        table = self.program.project
        sorts: dict[str, Mapping[str, Declaration]] = {
            "team": table.teams,
            "environment": table.environments,
            "app": table.values,
        }
        found = sorts.get(sort, table.rules)
        if name in found:
            self.used(span, found[name])

    # ------------------------------------------------------------- sorts

    def known(self, sort: str, table: Table) -> list[str]:
        """The names of a sort that a place may use."""
        project, std = self.program.project, self.program.std
        match sort:
            case "team":
                return list(project.teams)
            case "environment":
                return list(self.program.environments())
            case "app":
                return list(self.apps)
            case "stage":
                return sorted(self.stages)
            case "kind":
                tables = (table, *table.imported_kinds.values(), std)
                return [name for each in tables for name in self._kind_names(each)]
        rules = {**std.rules, **project.rules}
        return [name for name, block in rules.items() if block.head.text == sort]

    def _kind_names(self, table: Table) -> list[str]:
        """The names of the kinds and templates of a table, found once: each unknown word is held against them."""
        known = self.kind_names.get(id(table))
        if known is None:
            known = [name for name, block in table.kinds.items() if is_kind_block(block)]
            self.kind_names[id(table)] = known
        return known

    def declared_at(self, sort: str, name: str | None) -> tuple[Label, ...]:
        """A label where a declaration that could have been meant stands."""
        tables = {"team": self.program.project.teams, "environment": self.program.project.environments}
        found = tables.get(sort, {}).get(name or "")
        return (Label(declared_span(found), f"`{name}` is declared here"),) if found else ()

    def has(self, sort: str, name: str, table: Table) -> bool:
        """Whether there is a declaration of a sort."""
        return name in self.known(sort, table)

    def named(self, sort: str, name: str, span: Span) -> c.Core:
        """A reference to a declaration of a sort."""
        self.used_named(span, sort, name)
        return c.Const(NamedRef(sort, name), ReferenceType(sort), span)

    def is_kind(self, name: str, table: Table) -> bool:
        """Whether a name is that of a kind or template."""
        return self.has("kind", name, table)

    def declaration_record(self, sort: str) -> RecordType | None:
        """The record by which declarations of a sort are checked."""
        name = DECLARED_BY.get(sort)
        found = self.declared(self.program.std, name) if name and name in self.program.std.kinds else None
        return found if isinstance(found, RecordType) else None

    # ------------------------------------------------- declarations on demand

    def declared(self, table: Table, name: str) -> Type:
        """The type that a declaration of a table makes: a record, an alias, or references to a kind's instances."""
        from idpc.types import kinds  # kinds check expressions, which ask here

        key = (table.package, name)
        declaration = table.kinds[name]
        if isinstance(declaration, nodes.TypeAlias):
            if key not in self.aliases:
                self.aliases[key] = UNKNOWN
                self.naming.append(key)
                self.aliases[key] = kinds.alias_type(declaration, self.scope(table))
                self.naming.pop()
            elif key in self.naming:
                what = f"the type `{name}` is made of itself"
                self.report(codes.BAD_TYPE.at(declaration.name.span, what, hint="only a record may hold itself"))
            return self.aliases[key]
        if declaration.head.text == "type":
            if key not in self.records:
                self.records[key] = kinds.record_type(declaration, self.scope(table))
            return self.records[key]
        return InstanceType((self.kind(table, name),))

    def kind(self, table: Table, name: str) -> KindInfo:
        """A kind or template, with its fields and outputs known."""
        from idpc.types import kinds  # as above

        key = (table.package, name)
        if key not in self.kinds:
            block = table.kinds[name]
            assert isinstance(block, nodes.Block)  # noqa: S101  # `type` aliases are no kinds
            self.kinds[key] = kinds.kind_shell(block, table.package)
            kinds.declare_members(self.kinds[key], self.scope(table))
        return self.kinds[key]

    def find_kind(self, name: str, table: Table) -> KindInfo | None:
        """The kind or template that a name means in a module of `table`."""
        std = self.program.std
        for each in (table, table.imported_kinds.get(name), std):
            block = each.kinds.get(name) if each else None
            if each is not None and isinstance(block, nodes.Block) and is_kind_block(block):
                if each is std and table is not std and any(a.name.text == "opt_in" for a in block.annotations):
                    continue
                return self.kind(each, name)
        return None

    def scope(self, table: Table) -> Scope:
        """The scope at the top level of a package's modules."""
        return Scope(self, table, names=self.context_names())

    def context_names(self) -> dict[str, Type]:
        """The names that every place has: `environment`, `project`."""
        names: dict[str, Type] = {}
        for sort in ("environment", "project"):
            name = DECLARED_BY[sort]
            key = ("std", name)
            if key in self.records:
                names[sort] = self.records[key]
        return names

    def place_names(self) -> dict[str, Type]:
        """The names that a place inside an app has besides: `app`, `team`."""
        names = self.context_names()
        for sort in ("app", "team"):
            shape = self.declaration_record(sort)
            if shape is not None:
                names[sort] = shape
        return names

    # ---------------------------------------------------------------- lets

    def later_let(self, info: LetInfo, node: nodes.Let, scope: Scope) -> None:
        """Check a `let` when it is first read, or at the end."""
        self.pending[id(info)] = Pending(node, scope)
        self.waiting[id(info)] = info

    def let_ready(self, info: object, span: Span) -> LetInfo:
        """A `let`, checked."""
        assert isinstance(info, LetInfo)  # noqa: S101  # scopes hold nothing else
        pending = self.pending.get(id(info))
        if pending is None:
            return info
        if pending.running:
            self.ring(info.name, span)
            info.type = UNKNOWN
            return info
        if len(self.running) >= MAX_DEPTH:
            self.report(codes.TOO_LARGE.at(span, f"more than {MAX_DEPTH} values wait for one another", hint="too deep"))
            info.type = UNKNOWN
            return info
        pending.running = True
        self.running.append((info.name, info.span))
        self._check_let(info, pending)
        self.running.pop()
        self.pending.pop(id(info), None)
        self.waiting.pop(id(info), None)
        return info

    def _check_let(self, info: LetInfo, pending: Pending) -> None:
        from idpc.types.declared_types import declared_type  # as above
        from idpc.types.expressions import (  # as above
            elaborate,
            fit_core,
            no_secret_literal,
            widened,  # as above
        )

        node, scope = pending.node, pending.scope
        wanted = None if node.type is None else declared_type(node.type, scope)
        core = elaborate(node.value, wanted, scope)
        if wanted is not None:
            core = fit_core(core, wanted, f"`{info.name}`", scope)
            core = no_secret_literal(core, wanted, scope)
        info.value = core
        info.type = widened(core) if wanted is None and not isinstance(core, c.Const) else wanted or core.type

    def ring(self, name: str, span: Span) -> None:
        """Say that a `let` or function needs itself."""
        names = [each for each, _ in self.running]
        ring = self.running[names.index(name) :] if name in names else []
        self.report(needs_itself(ring or [(name, span)]))

    def global_let(self, table: Table, name: str) -> LetInfo:
        """A `let` at top level."""
        key = (table.package, name)
        if key not in self.lets:
            node = table.values[name]
            assert isinstance(node, nodes.Let)  # noqa: S101  # asked for lets only
            self.lets[key] = LetInfo(name, "global", UNKNOWN, None, node.name.span)
            self.later_let(self.lets[key], node, self.scope(table))
        return self.lets[key]

    # ----------------------------------------------------------- functions

    def function(self, table: Table, name: str, span: Span) -> FnInfo:
        """A declared function, checked; one that needs itself is told once."""
        from idpc.types import kinds  # as above

        key = (table.package, name)
        node = table.values[name]
        assert isinstance(node, nodes.Fn)  # noqa: S101  # asked for functions only
        if key in self.functions:
            if any(place == node.name.span for _, place in self.running):
                self._recursion(name, node, span)
            return self.functions[key]
        scope = self.scope(table)
        self.functions[key] = info = kinds.function_shell(node, scope)
        self.running.append((name, node.name.span))
        kinds.function_body(info, node, scope)
        self.running.pop()
        if node.name.span in self.endless:
            info.value = None
        return info

    def _recursion(self, name: str, node: nodes.Fn, span: Span) -> None:
        places = [place for _, place in self.running]
        self.endless.update(places[places.index(node.name.span) :])
        names = [each for each, _ in self.running]
        through = [f"`{each}`" for each in names[names.index(name) + 1 :]] if name in names else []
        self.report(
            codes.RECURSION.at(
                span,
                f"the function `{name}` calls itself" + (f" through {' and '.join(through)}" if through else ""),
                hint="this call leads back",
                labels=(Label(node.name.span, "the function"),),
                help="functions always end: use a comprehension over a list",
            )
        )

    def patch(self, node: nodes.Block, kind: KindInfo, scope: Scope) -> "c.MergeBlock | None":
        """The core of `patch KIND [NAME] { }`."""
        from idpc.types import provision  # as above

        return provision.patch(node, kind, scope)


def is_kind_block(block: object) -> bool:
    """Whether a declaration is a kind or template."""
    return isinstance(block, nodes.Block) and block.head.text in ("kind", "template")


def add_fields(record: dict[str, Field], extra: Iterable[tuple[str, Type]]) -> dict[str, Field]:
    """Fields that the compiler itself gives to a declaration's record."""
    for name, type_ in extra:
        record.setdefault(name, Field(name, type_, False, NOWHERE))
    return record


IMPLICIT = {
    "Environment": (("name", STRING),),
    "Team": (("name", STRING), ("budgets", ListType(STRING))),
    "Project": (("name", STRING),),
    "App": (
        ("name", STRING),
        ("namespace", STRING),
        ("labels", MapType(STRING, STRING)),
        ("budgets", MapType(STRING, LIMIT)),
    ),
    "Workflow": (("name", STRING),),
    "Budget": (("name", STRING),),
}
"""Fields of declarations' records that nobody sets."""
