"""Names, members and indices: what a path of names leads to."""

from msgspec.structs import replace

from idpc.diagnostics import Diagnostic, Edit, Fix
from idpc.diagnostics.codes import names as name_codes
from idpc.diagnostics.codes import types as codes
from idpc.resolve import Table, did_you_mean, misspelt
from idpc.resolve.program import Declaration, declared_span, is_private, not_in_package, private
from idpc.source import Span
from idpc.syntax import nodes
from idpc.types import core as c
from idpc.types import messages
from idpc.types.expressions import broken, elaborate, fail, fit_core, is_broken, plain
from idpc.types.literals import flat
from idpc.types.members import header_type, instance_core, member_of
from idpc.types.model import (
    ANY,
    BOOL,
    INT,
    PLAIN,
    STRING,
    TEXTS,
    UNKNOWN,
    InstanceType,
    ListType,
    LiteralType,
    MapType,
    RecordType,
    ReferenceType,
    Type,
    base_name,
    is_optional,
    mark_of,
    marked,
    members,
    union,
    unmarked,
    without_null,
)
from idpc.types.scope import Scope, declared_here, path_of, shared_names, visible_names
from idpc.values import NamedRef

SORT_WORDS = ("team", "app", "environment", "policy", "workflow")


def reference(node: nodes.Ref, expected: Type | None, scope: Scope) -> c.Core:
    """A bare name: looked up from the inside out, then by the sort that the place asks for."""
    sorted_core = _by_sort(node, expected, scope)
    if sorted_core is not None:
        return sorted_core
    found = lookup(node.name, node.span, scope)
    if found is None:
        return fail(scope, unknown_name(node, expected, scope))
    fact = scope.facts.get((node.name,))
    return replace(found, type=fact) if fact is not None else found


def lookup(name: str, span: Span, scope: Scope) -> c.Core | None:
    """What a name means at a place, or None."""
    if name in scope.locals:
        slot, type_ = scope.locals[name]
        return c.Var(slot, name, type_, span)
    if name in scope.lets:
        return read_let(scope.lets[name], span, scope)
    if scope.record is not None and name in scope.record.fields:
        return c.ReadOwn(name, scope.record.fields[name].type, span)
    own = _own(name, span, scope)
    if own is not None:
        return own
    if name in scope.names:
        return c.Context(name, scope.names[name], span)
    if scope.app is not None and name in scope.app.headers:
        return instance_core("", scope.app.headers[name], scope, span)
    return _global(name, span, scope)


def read_let(let: object, span: Span, scope: Scope) -> c.Core:
    """A `let`, whose type is found by checking it first."""
    info = scope.checker.let_ready(let, span)
    return c.ReadLet(info, info.type, span)


def _own(name: str, span: Span, scope: Scope) -> c.Core | None:
    kind = scope.kind
    if kind is None:
        return None
    if name in kind.fields:
        return c.ReadOwn(name, kind.fields[name].type, span)
    if name in kind.flattened:
        return c.ReadOwn(name, kind.flattened[name], span)
    if name in kind.lets:
        return read_let(kind.lets[name], span, scope)
    if name in kind.headers:
        if not kind.headers[name].kinds:
            return broken(span)
        return c.ReadInner(name, scope.tolerant, header_type(kind.headers[name]), span)
    if name in kind.outputs:
        return c.ReadOwnOutput(name, (), kind.outputs[name].type, span)
    return None


def _global(name: str, span: Span, scope: Scope) -> c.Core | None:
    checker = scope.checker
    for table in tables(scope.table, name, scope):
        declaration = table.values[name]
        checker.used(span, declaration)
        if isinstance(declaration, nodes.Let):
            return read_let(checker.global_let(table, name), span, scope)
        if isinstance(declaration, nodes.Block):
            if declaration.head.text == "app":
                return c.Const(NamedRef("app", name), ReferenceType("app"), span)
            implicit = checker.headers.get(checker.program.name, {})
            return instance_core(checker.program.name, implicit[name], scope, span) if name in implicit else None
    if name in checker.apps and name == checker.program.name and scope.table.package == "":
        return c.Const(NamedRef("app", name), ReferenceType("app"), span)
    return None


def tables(table: Table, name: str, scope: Scope) -> list[Table]:
    """The tables that hold a value of that name, as a module of `table` sees them, the nearest first."""
    found = [table] if name in table.values else []
    if name in table.imported_values:
        found.append(table.imported_values[name])
    std = scope.checker.program.std
    if table is not std and name in std.values and not _hidden(std.values[name]):
        found.append(std)
    return found


def _hidden(declaration: object) -> bool:
    annotations = getattr(declaration, "annotations", ())
    return any(each.name.text in ("opt_in", "private") for each in annotations)


# ------------------------------------------------------------ sorts of names


def _by_sort(node: nodes.Ref, expected: Type | None, scope: Scope) -> c.Core | None:
    """A name where a declaration of some sort is expected: a team, an environment, a policy, a kind."""
    sorts = _expected_sorts(expected)
    if not sorts or node.name in scope.locals or node.name in scope.lets:
        return None
    found = [sort for sort in sorts if scope.checker.has(sort, node.name, scope.table)]
    takes_instance = any(isinstance(part, InstanceType) for part in flat(expected))
    if takes_instance and lookup(node.name, node.span, scope.but(condition=False)) is not None and "app" not in found:
        found.append("instance")
    if len(found) > 1:
        ways = " or ".join(f"`{sort}.{node.name}`" for sort in found)
        fixes = tuple(Fix(f"write `{sort}.{node.name}`", (Edit(node.span, f"{sort}.{node.name}"),)) for sort in found)
        return fail(
            scope,
            name_codes.AMBIGUOUS_NAME.at(
                node.span, f"`{node.name}` may be several things here", hint=f"write {ways}", fixes=fixes
            ),
        )
    if found and found[0] != "instance":
        return _named(found[0], node.name, node.span, scope)
    if found or lookup(node.name, node.span, scope) is not None:
        return None
    return fail(scope, _unknown_of_sort(node.name, node.span, sorts, scope))


def _named(sort: str, name: str, span: Span, scope: Scope) -> c.Core:
    scope.checker.used_named(span, sort, name)
    return c.Const(NamedRef(sort, name), ReferenceType(sort), span)


def _expected_sorts(expected: Type | None) -> list[str]:
    if expected is None:
        return []
    sorts = []
    for part in members(expected):
        bare = unmarked(part)
        bare = bare.item if isinstance(bare, ListType) else bare
        sorts += [each.sort for each in members(bare) if isinstance(each, ReferenceType)]
    return sorts


def _unknown_of_sort(name: str, span: Span, sorts: list[str], scope: Scope) -> Diagnostic:
    known = [each for sort in sorts for each in scope.checker.known(sort, scope.table)]
    near = did_you_mean(name, known)
    fixes = (Fix(f"write `{near}`", (Edit(span, near),), safe=True),) if near else ()
    code = name_codes.UNKNOWN_ENVIRONMENT if sorts == ["environment"] else name_codes.UNKNOWN_REFERENCE
    none = f"no {' or '.join(sorts)} is declared"
    hint = f"did you mean `{near}`?" if near else f"there are: {', '.join(sorted(known)[:12])}" if known else none
    labels = scope.checker.declared_at(sorts[0], near)
    return code.at(span, f"there is no {' or '.join(sorts)} `{name}`", hint=hint, labels=labels, fixes=fixes)


_BOOLEANS = {"yes": "true", "on": "true", "True": "true", "no": "false", "off": "false", "False": "false"}


def unknown_name(node: nodes.Ref, expected: Type | None, scope: Scope) -> Diagnostic:
    """A name that means nothing at its place: misspelt, or text without its quotes."""
    near = did_you_mean(node.name, visible_names(scope)) or misspelt(node.name, shared_names(scope))
    text = f'"{node.name}"'
    literals = {str(part.value) for part in flat(expected) if isinstance(part, LiteralType)}
    if node.name in literals:
        near = text
    elif BOOL in flat(expected) and node.name in _BOOLEANS:
        near = _BOOLEANS[node.name]
    elif node.name in ("None", "nil", "none") and expected is not None and is_optional(expected):
        near = "null"
    hint = f"did you mean `{near}`?" if near else _other_hint(text, expected, scope)
    fixes = (Fix(f"write `{near}`", (Edit(node.span, near),), safe=True),) if near else ()
    return name_codes.UNKNOWN_NAME.at(
        node.span, f"there is no `{node.name}` here", hint=hint, labels=declared_here(scope, near), fixes=fixes
    )


def _other_hint(text: str, expected: Type | None, scope: Scope) -> str:
    """What to do about a name that resembles none: quote it where text goes, read an instance where anything does."""
    if any(base_name(part) in TEXTS for part in flat(expected)):
        return f"text stands in quotes: {text}"
    instances = sorted(scope.app.headers)[:12] if scope.app is not None and expected is None else ()
    return f"there are: {', '.join(instances)}" if instances else ""


# ------------------------------------------------------------------- members


def member(node: nodes.Member, expected: Type | None, scope: Scope) -> c.Core:
    """`base.name`."""
    if not node.name.text:
        return broken(node.span)
    special = _resource(node, scope) or _sort_member(node, expected, scope) or _of_package(node, scope)
    core = special or member_of(elaborate(node.base, None, scope), node.name, node.span, scope)
    fact = scope.facts.get(path_of(node) or ())
    return replace(core, type=fact) if fact is not None and not is_broken(core) else core


def _sort_member(node: nodes.Member, expected: Type | None, scope: Scope) -> c.Core | None:
    """`team.payments`, `app.shop`: always allowed where a declaration of that sort is meant."""
    base = node.base
    if not isinstance(base, nodes.Ref) or base.name not in SORT_WORDS or base.name in scope.locals:
        return None
    if base.name not in _expected_sorts(expected) or not scope.checker.has(base.name, node.name.text, scope.table):
        return None
    return _named(base.name, node.name.text, node.span, scope)


def _of_package(node: nodes.Member, scope: Scope) -> c.Core | None:
    """`kinds.limit`, after `import "acme/kinds" as kinds`."""
    table = package_of(node, scope)
    if table is None:
        return None
    declaration = value_of_package(node, table, scope)
    if isinstance(declaration, nodes.Let):
        return read_let(scope.checker.global_let(table, node.name.text), node.span, scope)
    if declaration is not None:
        scope.report(codes.MISMATCH.at(node.span, f"`{node.name.text}` is no value", hint="call it"))
    return broken(node.span)


def package_of(node: nodes.Member, scope: Scope) -> Table | None:
    """The package of `alias.name`, where nothing nearer is called like the alias."""
    base = node.base
    if not isinstance(base, nodes.Ref) or base.name not in scope.table.aliases:
        return None
    return None if lookup(base.name, base.span, scope) is not None else scope.table.aliases[base.name]


def value_of_package(node: nodes.Member, table: Table, scope: Scope) -> Declaration | None:
    """A `let` or function that a package lets others use; says so of what it does not have."""
    declaration = table.values.get(node.name.text)
    if declaration is None:
        scope.report(not_in_package(node.name, table, table.package))
        return None
    if is_private(declaration):
        scope.report(private(node.name, table.package, declared_span(declaration)))
        return None
    scope.checker.used(node.name.span, declaration)
    return declaration


def _resource(node: nodes.Member, scope: Scope) -> c.Core | None:
    """`aws_db_instance.main`, `data.aws_vpc.main`, `Service.main`."""
    base = node.base
    if isinstance(base, nodes.Ref):
        data, kind = False, base.name
    elif isinstance(base, nodes.Member) and isinstance(base.base, nodes.Ref) and base.base.name == "data":
        data, kind = True, base.name.text
    else:
        return None
    found = scope.resources.get((data, kind, node.name.text))
    if found:
        first = found[0]
        kept = c.ReadResource(kind, node.name.text, data, first.kubernetes, scope.tolerant, first.read, node.span)
        return replace(kept, type=MapType(STRING, first.read)) if first.iterable is not None else kept
    labels = [label for is_data, type_, label in scope.resources if (is_data, type_) == (data, kind)]
    if not labels:
        return None
    return fail(scope, messages.unknown_member(ReferenceType(kind), node.name.text, node.name.span, labels))


# ------------------------------------------------------------------- indices


def index(node: nodes.Index, expected: Type | None, scope: Scope) -> c.Core:
    """`base[index]`."""
    del expected
    base = elaborate(node.base, None, scope)
    core = _index(base, node, scope)
    fact = scope.facts.get(path_of(node) or ())
    return replace(core, type=fact) if fact is not None and not is_broken(core) else core


def _index(base: c.Core, node: nodes.Index, scope: Scope) -> c.Core:
    if is_broken(base):
        elaborate(node.index, None, scope)
        return broken(node.span)
    type_ = base.type
    if is_optional(type_):
        if not scope.tolerant and not scope.manifest:
            return fail(scope, messages.may_be_null(base, "an index"))
        type_ = without_null(type_)
    mark, bare = (mark_of(type_), unmarked(type_)) if type_ != unmarked(type_) else (PLAIN, type_)
    wanted = INT if isinstance(bare, ListType) else STRING
    key = plain(elaborate(node.index, wanted, scope), "indexing by", scope)
    if bare == ANY:
        return c.Index(base, key, "any", scope.tolerant, marked(ANY, mark), node.span)
    if isinstance(bare, ListType):
        key = fit_core(key, INT, "an index", scope)
        return c.Index(base, key, "list", scope.tolerant, marked(bare.item, mark), node.span)
    if isinstance(bare, MapType | RecordType):
        key = fit_core(key, STRING, "a key", scope)
        value = bare.value if isinstance(bare, MapType) else _record_index(bare, key, scope)
        return c.Index(base, key, "map", scope.tolerant, marked(value, mark), node.span)
    return fail(
        scope, codes.MISMATCH.at(base.span, f"{messages.describe(type_)} has no items", hint="only lists and maps have")
    )


def _record_index(type_: RecordType, key: c.Core, scope: Scope) -> Type:
    value = key.value if isinstance(key, c.Const) else None
    if isinstance(value, str):
        if value in type_.fields:
            return type_.fields[value].type
        scope.report(messages.unknown_key(value, key.span, list(type_.fields)))
        return UNKNOWN
    return union(*(field.type for field in type_.fields.values())) if type_.fields else UNKNOWN
