"""Instances: in apps, at top level and inside templates; their headers first, then their bodies."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from idpc.address import kebab
from idpc.diagnostics import Diagnostic, Edit, Fix, Label
from idpc.diagnostics.codes import lint
from idpc.diagnostics.codes import names as name_codes
from idpc.resolve import Table, did_you_mean
from idpc.resolve.program import SORTS, declared_name, dns_faults, same_in_kebab, twice
from idpc.syntax import nodes
from idpc.types import core as c
from idpc.types.bodies import body, with_lets
from idpc.types.checker import is_kind_block
from idpc.types.declared import Header, InstanceInfo, KindInfo, RecordInstance
from idpc.types.expressions import condition, loop
from idpc.types.layers import Layer
from idpc.types.model import InstanceType
from idpc.types.operators import facts_when_false, facts_when_true
from idpc.types.requires import rules
from idpc.types.scope import Scope
from idpc.types.shapes import declaration_shape, kind_shape

Guards = tuple[tuple[c.Core, bool], ...]


class Found(Struct, frozen=True):
    """An instance's block with the `if`s around it: each with its branch."""

    node: nodes.Block
    around: tuple[tuple[nodes.IfStatement, bool], ...]


def find(statements: Iterable[nodes.Statement], known: Iterable[str]) -> list[Found]:
    """The instances among statements: blocks that are not of the `known` words, those inside `if`s included."""
    known = set(known)
    found: list[Found] = []

    def walk(inner: Iterable[nodes.Statement], around: tuple[tuple[nodes.IfStatement, bool], ...]) -> None:
        for statement in inner:
            if isinstance(statement, nodes.Block) and statement.head.text not in known:
                found.append(Found(statement, around))
            elif isinstance(statement, nodes.IfStatement):
                walk(statement.then, (*around, (statement, True)))
                walk(statement.otherwise or (), (*around, (statement, False)))

    walk(statements, ())
    return found


def headers(found: list[Found], scope: Scope) -> dict[str, Header]:
    """What is known of instances by name before any body is read; doubles and unknown kinds are told here."""
    made: dict[str, Header] = {}
    first: dict[str, Found] = {}
    for each in found:
        name = declared_name(each.node)
        kind = _kind(each.node, scope)
        if name is None or not name.text:
            continue
        if kind is None:
            made.setdefault(name.text, Header(name.text, (), keyed=False, span=name.span))
            first.setdefault(name.text, each)
            continue
        header = Header(name.text, (kind,), each.node.loop is not None, name.span)
        if name.text not in made or not made[name.text].kinds:
            _name_faults(name, made, scope)
            made[name.text], first[name.text] = header, each
        elif _exclusive(first[name.text].around, each.around):
            old = made[name.text]
            kinds = old.kinds if kind in old.kinds else (*old.kinds, kind)
            made[name.text] = replace(old, kinds=kinds)
        else:
            scope.report(twice(name, made[name.text].span))
    return made


def _exclusive(a: tuple[tuple[nodes.IfStatement, bool], ...], b: tuple[tuple[nodes.IfStatement, bool], ...]) -> bool:
    return any(x is y and one is not other for x, one in a for y, other in b)


def _name_faults(name: nodes.Name, known: dict[str, Header], scope: Scope) -> None:
    for diagnostic in dns_faults(name, 63):
        scope.report(diagnostic)
    for other, header in known.items():
        if kebab(other) == kebab(name.text):
            scope.report(same_in_kebab(name, other, header.span))


def _kind(node: nodes.Block, scope: Scope) -> KindInfo | None:
    checker = scope.checker
    kind = checker.find_kind(node.head.text, scope.table)
    if kind is None:
        scope.report(unknown_kind(node.head, scope, declared_name(node)))
        return None
    checker.used_span(node.head.span, kind.span)
    if kind.deprecated is not None:
        scope.report(lint.DEPRECATED.at(node.head.span, f"the kind `{kind.name}` is deprecated", hint=kind.deprecated))
    if declared_name(node) is None:
        scope.report(
            name_codes.MISPLACED.at(
                node.header_span, f"this `{kind.name}` needs a name", hint=f"`{kind.name} NAME {{ }}`"
            )
        )
    return kind


def unknown_kind(head: nodes.Name, scope: Scope, name: nodes.Name | None = None) -> Diagnostic:
    """A block whose first word is no kind."""
    checker = scope.checker
    if head.text in SORTS:
        return name_codes.MISPLACED.at(
            head.span, f"`{head.text}` stands at top level only", hint="move it out of this body"
        )
    known = checker.known("kind", scope.table)
    if _at_top(head, checker.program.project):
        known = [*known, *SORTS]
    near = did_you_mean(head.text, known)
    std = checker.program.std.kinds.get(head.text)
    note = ""
    if std is not None and is_kind_block(std):
        note = f'it must be asked for: import {{ {head.text} }} from "std"'
    fixes = (Fix(f"write `{near}`", (Edit(head.span, near),), safe=True),) if near else ()
    what = "kind" if name is not None else "field or kind"
    return name_codes.UNKNOWN_KIND.at(
        head.span,
        f"there is no {what} `{head.text}`",
        hint=f"did you mean `{near}`?" if near else "",
        help=note if note or near else f"there are: {', '.join(sorted(known))}",
        fixes=fixes,
    )


def _at_top(head: nodes.Name, table: Table) -> bool:
    """Whether a block stands at top level, where it could be any declaration."""
    return any(isinstance(block, nodes.Block) and block.head is head for block in table.values.values())


# ------------------------------------------------------------------- bodies


def finish(found: list[Found], scope: Scope) -> dict[str, list[InstanceInfo]]:
    """The instances by name, with their bodies checked."""
    made: dict[str, list[InstanceInfo]] = {}
    for each in found:
        name = declared_name(each.node)
        kind = scope.checker.find_kind(each.node.head.text, scope.table)
        if name is not None and kind is not None and name.text:
            made.setdefault(name.text, []).append(_instance(each, name, kind, scope))
    return made


def _instance(found: Found, name: nodes.Name, kind: KindInfo, scope: Scope) -> InstanceInfo:
    node, guards = found.node, []
    inner = scope
    for statement, side in found.around:
        guards.append((condition(statement.condition, inner.but(condition=True)), side))
        facts = facts_when_true if side else facts_when_false
        inner = inner.with_facts(facts(statement.condition, inner))
    slots: tuple[str, ...] = ()
    iterable: c.Core | None = None
    if node.loop is not None:
        reading = inner.but(condition=True)
        slots, iterable, inner, test = loop(node.loop.variables, node.loop.iterable, node.condition, reading)
        inner = inner.but(condition=False)
        if test is not None:
            guards.append((test, True))
    elif node.condition is not None:
        guards.append((condition(node.condition, inner.but(condition=True)), True))
        inner = inner.with_facts(facts_when_true(node.condition, inner))
    self_type = InstanceType((kind,), own=True)
    inner = inner.but(names={**inner.names, "self": self_type}, self_type=self_type)
    inner = with_lets(node.body, inner)
    made = body(node.body, replace(kind_shape(kind), rules=True), inner, Layer())
    return InstanceInfo(
        name.text,
        kind,
        slots,
        iterable,
        tuple(guards),
        made,
        tuple(rules(node.body, inner)),
        name.span,
        was(node.annotations),
        private=any(each.name.text == "private" for each in node.annotations),
        kind_span=node.head.span,
        whole=node.span,
    )


def was(annotations: tuple[nodes.Annotation, ...]) -> tuple[str, ...]:
    """The former names that `@was` gives."""
    first = [each.arguments[0] for each in annotations if each.name.text == "was" and len(each.arguments) == 1]
    return tuple(text.plain for text in first if isinstance(text, nodes.String) and text.plain)


# --------------------------------------------------------- inside templates

_NOT_INSTANCES = ("workflow", "catalog")


def declare_inner(kind: KindInfo, scope: Scope) -> None:
    """The headers of a template's instances."""
    found = find(kind.block.body, _NOT_INSTANCES)
    kind.headers = headers(found, scope)
    for each in found:
        name = declared_name(each.node)
        if name is not None and any(note.name.text == "private" for note in each.node.annotations):
            kind.private.add(name.text)


def finish_inner(kind: KindInfo, scope: Scope) -> None:
    """The bodies of a template's instances, and its workflows."""
    kind.inner = finish(find(kind.block.body, _NOT_INSTANCES), scope)
    for statement in kind.block.body:
        if isinstance(statement, nodes.Block) and statement.head.text == "workflow":
            workflow = record_instance(statement, "workflow", scope)
            kind.workflows += [workflow] if workflow else []
        elif isinstance(statement, nodes.Assign | nodes.InStatement):
            scope.report(
                name_codes.MISPLACED.at(
                    statement.name.span if isinstance(statement, nodes.Assign) else statement.span,
                    "a template declares fields and sets none",
                    hint="a field is `name: type = default`",
                    labels=(Label(kind.span, "this template"),),
                )
            )


def record_instance(node: nodes.Block, sort: str, scope: Scope) -> RecordInstance | None:
    """An organisation-wide declaration, checked against the record of its sort."""
    shape = scope.checker.declaration_record(sort)
    name = declared_name(node)
    if shape is None or name is None:
        return None
    made = body(node.body, declaration_shape(shape, sort), scope, Layer())
    return RecordInstance(sort, name.text, shape, made, name.span)
