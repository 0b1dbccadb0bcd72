"""Bodies: statements that set fields become core, checked against the record, kind or schema that has the fields."""

from collections.abc import Iterable

from idpc.diagnostics import Diagnostic, Edit, Fix, Label
from idpc.diagnostics.codes import lint
from idpc.diagnostics.codes import names as name_codes
from idpc.diagnostics.codes import types as codes
from idpc.resolve import did_you_mean
from idpc.resolve.program import twice
from idpc.source import Span
from idpc.syntax import nodes
from idpc.types import core as c
from idpc.types import messages, wording
from idpc.types.declared import KindInfo, LetInfo
from idpc.types.expressions import (
    broken,
    check_key,
    condition,
    elaborate,
    expect,
    fit_core,
    loop,
    missing_fields,
    record_for,
)
from idpc.types.layers import Layer, set_once
from idpc.types.literals import flat
from idpc.types.model import (
    ANY,
    NULL,
    STRING,
    Field,
    InstanceType,
    ListType,
    MapType,
    RecordType,
    Type,
    union,
    unmarked,
    without_null,
)
from idpc.types.operators import facts_when_false, facts_when_true
from idpc.types.scope import Scope
from idpc.types.shapes import Shape, kind_shape, record_shape, unknown_field


def body(statements: Iterable[nodes.Statement], shape: Shape, scope: Scope, layer: Layer) -> c.Body:
    """The core of a body's statements."""
    statements = tuple(statements)
    scope = with_lets(statements, scope)
    made: list[c.BodyStatement] = []
    for statement in statements:
        core = _statement(statement, shape, scope, layer)
        if core is not None:
            made.append(core)
    return c.Body(tuple(made))


def with_lets(statements: Iterable[nodes.Statement], scope: Scope, home: str = "body") -> Scope:
    """A scope in which the `let`s among the statements are visible."""
    statements = tuple(statements)
    lets = {each.name.text: each for each in reversed(statements) if isinstance(each, nodes.Let)}
    if all(name in scope.lets and scope.lets[name].span == each.name.span for name, each in lets.items()):
        return scope
    infos = {name: LetInfo(name, home, ANY, None, each.name.span) for name, each in lets.items()}
    inner = scope.but(lets={**scope.lets, **infos})
    for again in statements:
        if isinstance(again, nodes.Let) and lets[again.name.text] is not again:
            scope.report(twice(again.name, infos[again.name.text].span))
    for name, each in lets.items():
        scope.checker.later_let(infos[name], each, inner)
    return inner


def _statement(statement: nodes.Statement, shape: Shape, scope: Scope, layer: Layer) -> c.BodyStatement | None:
    match statement:
        case nodes.Assign():
            return _assign(statement, shape, scope, layer)
        case nodes.Block():
            return _block(statement, shape, scope, layer)
        case nodes.IfStatement():
            return _choose(statement, shape, scope, layer)
        case nodes.InStatement():
            return _within(statement, shape, scope, layer)
        case nodes.Let():
            return None
        case nodes.Require():
            _misplaced_rule(statement, shape, scope)
            return None
    scope.report(name_codes.MISPLACED.at(statement.span, "this declaration cannot stand here", hint="not in this body"))
    return None


def _misplaced_rule(node: nodes.Require, shape: Shape, scope: Scope) -> None:
    if not shape.rules:
        scope.report(messages.misplaced_rule(node, shape.owner))


# --------------------------------------------------------------- assignments


def _assign(node: nodes.Assign, shape: Shape, scope: Scope, layer: Layer) -> c.BodyStatement | None:
    name = node.name.text
    type_ = _type_of(node.name, shape, scope)
    if type_ is None:
        return _misnamed(node, shape, scope)
    add = node.operator is nodes.Operator.ADD
    set_once(node.name, layer, scope, whole=True, add=add)
    if add and not any(isinstance(part, ListType | MapType) or part == ANY for part in flat(without_null(type_))):
        scope.report(
            codes.CANNOT_ADD.at(node.name.span, f"`{name}` is no list or map, so `+=` cannot add to it", hint="use `=`")
        )
        return c.SetField(name, False, broken(node.span), node.span)
    if shape.value is not None and isinstance(node.value, nodes.Null):
        type_ = union(type_, NULL)
    core = expect(node.value, type_, _place(name, shape, layer), scope)
    return c.SetField(name, add, core, node.span, _is_locked(node.annotations))


def _misnamed(node: nodes.Assign, shape: Shape, scope: Scope) -> c.BodyStatement | None:
    """An unknown field: nothing more is said of its value, and where it is plain which one is meant, nobody misses it."""
    near = did_you_mean(node.name.text, shape.fields)
    if near is None:
        elaborate(node.value, None, scope.but(checker=scope.checker.quiet()))
        return None
    expect(node.value, shape.fields[near].type, f"`{near}`", scope.but(checker=scope.checker.quiet()))
    return c.SetField(near, False, broken(node.span), node.span)


def _place(name: str, shape: Shape, layer: Layer) -> str:
    """How a field is called in a sentence; an entry of a map with the map's name."""
    return f"`{layer.path[-1]}.{name}`" if shape.value is not None and layer.path else f"`{name}`"


def _type_of(name: nodes.Name, shape: Shape, scope: Scope) -> Type | None:
    """The type that a field or key takes; None after a diagnostic."""
    if shape.value is not None:
        check_key(name, shape.key, scope)
        return shape.value
    found = shape.fields.get(name.text)
    if found is None:
        if shape.open:
            return ANY
        scope.report(unknown_field(name, shape))
        return None
    _used(name, found, scope)
    return found.type


def _used(name: nodes.Name, found: Field, scope: Scope) -> None:
    """A declared field is set: for the editor, and for what its declaration says against it."""
    scope.checker.used_span(name.span, found.span)
    if found.deprecated is not None:
        scope.report(lint.DEPRECATED.at(name.span, f"`{name.text}` is deprecated", hint=found.deprecated))
    if found.locked:
        scope.report(
            codes.LOCKED.at(
                name.span,
                f"`{name.text}` is locked and cannot be set here",
                hint="set again here",
                labels=(Label(found.span, "locked here"),),
            )
        )


def _is_locked(annotations: tuple[nodes.Annotation, ...]) -> bool:
    return any(each.name.text == "locked" for each in annotations)


# -------------------------------------------------------------------- blocks


def _block(node: nodes.Block, shape: Shape, scope: Scope, layer: Layer) -> c.BodyStatement | None:
    name = node.head.text
    if shape.kind is not None and name == "patch" and name not in shape.fields:
        return scope.checker.patch(node, shape.kind, scope)
    if shape.kind is not None and name in shape.kind.headers and name not in shape.fields:
        return _inner(node, shape.kind, scope, layer)
    if shape.value is not None:
        check_key(node.head, shape.key, scope)
        found = Field(name, shape.value, False, shape.span)
    elif name in shape.fields:
        found = shape.fields[name]
        _used(node.head, found, scope)
    elif shape.open:
        found = Field(name, ANY, False, shape.span)
    else:
        scope.report(_unknown_block(node, shape, scope))
        return _misnamed_block(node, shape, scope, layer)
    return _field_block(node, found, scope, layer)


def _misnamed_block(node: nodes.Block, shape: Shape, scope: Scope, layer: Layer) -> c.BodyStatement | None:
    """As a field that is misnamed."""
    near = did_you_mean(node.head.text, shape.fields)
    if near is None:
        return None
    _field_block(node, shape.fields[near], scope, layer)
    return c.SetField(near, False, broken(node.span), node.span)


def _unknown_block(node: nodes.Block, shape: Shape, scope: Scope) -> Diagnostic:
    known = [*shape.fields, *(shape.kind.headers if shape.kind else ())]
    if (
        did_you_mean(node.head.text, known) is None
        and node.labels
        and scope.checker.is_kind(node.head.text, scope.table)
    ):
        return name_codes.MISPLACED.at(
            node.header_span,
            f"an instance of `{node.head.text}` cannot stand inside {shape.owner}",
            hint="move it out, beside the instance",
        )
    return unknown_field(node.head, shape)


def _inner(node: nodes.Block, kind: KindInfo, scope: Scope, layer: Layer) -> c.BodyStatement:
    """A block with the name of a template's inner instance: one more layer of it."""
    if node.head.text in kind.private:
        place = kind.headers[node.head.text].span
        scope.report(messages.private_inner(kind.name, node.head.text, node.head.span, place))
    shapes = [kind_shape(each) for each in kind.headers[node.head.text].kinds]
    made = c.Body()
    for position, shape in enumerate(shapes):
        inner = scope if position == 0 else scope.but(checker=scope.checker.quiet())
        made = body(node.body, shape, inner, layer.at(node.head.text)) if position == 0 else made
    return c.MergeBlock(node.head.text, "inner", None, made, node.header_span, locked=_is_locked(node.annotations))


def _field_block(node: nodes.Block, found: Field, scope: Scope, layer: Layer) -> c.BodyStatement | None:
    type_, labels = without_null(found.type), _labels(node)
    if len(labels) > 1 or (labels and node.targets and len(node.targets) > 1):
        scope.report(codes.LABEL.at(node.header_span, f"`{node.head.text}` takes one label", hint="too many labels"))
        return None
    slots, iterable, inner, test = _block_header(node, scope)
    if labels:
        core = _entry(node, labels[0], found, type_, inner, layer)
    elif found.merge_key and layer.patching:
        core = _keyed_list(node, found, type_, inner, layer)
    elif found.repeated:
        core = _item(node, type_, inner, layer)
    else:
        core = _record_or_map(node, type_, inner, layer, guessed=found.name != node.head.text)
    if core is None or (test is None and iterable is None):
        return core
    return c.MergeBlock(
        core.name, core.shape, core.key, core.body, core.span, core.record, core.merge_key, core.locked,
        slots, iterable, test,
    )  # fmt: skip


def _block_header(node: nodes.Block, scope: Scope) -> tuple[tuple[str, ...], c.Core | None, Scope, c.Core | None]:
    """The `for` and `if` of a block: the variables' slots, what is looped over, the scope inside, the condition."""
    if node.loop is not None:
        return loop(node.loop.variables, node.loop.iterable, node.condition, scope)
    if node.condition is None:
        return (), None, scope, None
    test = condition(node.condition, scope)
    return (), None, scope.with_facts(facts_when_true(node.condition, scope)), test


def _labels(node: nodes.Block) -> list[nodes.DottedLabel | nodes.Name]:
    return [*node.labels, *([] if node.labels else node.targets)]


def _record_or_map(
    node: nodes.Block, type_: Type, scope: Scope, layer: Layer, *, guessed: bool = False
) -> c.MergeBlock | None:
    """What a block sets; `guessed`: its word is no field, and the type is that of the field that it resembles."""
    name = node.head.text
    keys = [key for statement in node.body for key in _keys(statement)]
    wanted = _meant(node, record_for(keys, type_), type_)
    inner = layer.at(name)
    if wanted is None and ANY in flat(type_):
        wanted = MapType(STRING, ANY)
    if wanted is None and guessed:
        return None
    if wanted is None:
        scope.report(
            codes.NOT_A_BLOCK.at(
                node.head.span, f"`{name}` is no block: it takes {wording.noun(type_)}", hint="use `=`"
            )
        )
        return None
    locked = _is_locked(node.annotations)
    if isinstance(wanted, MapType) and _lacks_label(node, wanted, keys):
        scope.report(
            codes.LABEL.at(node.head.span, f"`{name}` needs a name for its entry", hint=f"write `{name} NAME {{ … }}`")
        )
        return None
    if isinstance(wanted, MapType) and isinstance(wanted.key, InstanceType):
        return _removal(node, scope)
    if isinstance(wanted, MapType):
        shape = Shape(f"`{name}`", {}, node.head.span, value=wanted.value, key=wanted.key)
        return c.MergeBlock(name, "map", None, body(node.body, shape, scope, inner), node.header_span, locked=locked)
    made = body(node.body, record_shape(wanted), scope, inner)
    if layer.resource and not layer.patching:
        check_required(wanted, made, node.header_span, scope)
    return c.MergeBlock(name, "record", None, made, node.header_span, wanted, locked=locked)


def _meant(node: nodes.Block, wanted: RecordType | MapType | None, type_: Type) -> RecordType | MapType | None:
    """A record rather than a map of records where the block sets plain values, however they are spelt."""
    record = next((part for part in flat(type_) if isinstance(part, RecordType)), None)
    if record is None or not isinstance(wanted, MapType) or record not in flat(wanted.value):
        return wanted
    literals = (nodes.String, nodes.Number, nodes.Measure, nodes.Bool)
    plain = any(isinstance(each, nodes.Assign) and isinstance(each.value, literals) for each in node.body)
    return record if plain else wanted


def _lacks_label(node: nodes.Block, wanted: MapType, keys: list[str]) -> bool:
    """Whether a block sets the fields of a map's entry as if they were entries."""
    record = next((part for part in flat(wanted.value) if isinstance(part, RecordType)), None)
    literals = (nodes.String, nodes.Number, nodes.Measure, nodes.Bool, nodes.ListExpr, nodes.RangeExpr)
    plain = all(isinstance(each, nodes.Assign) and isinstance(each.value, literals) for each in node.body)
    return record is not None and bool(keys) and plain and all(key in record.fields for key in keys)


def _keys(statement: nodes.Statement) -> list[str]:
    match statement:
        case nodes.Assign(name=name):
            return [name.text]
        case nodes.Block(head=head):
            return [head.text]
        case nodes.IfStatement(then=then, otherwise=otherwise):
            return [key for each in (*then, *(otherwise or ())) for key in _keys(each)]
        case nodes.InStatement(body=inner):
            return [key for each in inner for key in _keys(each)]
    return []


def check_required(record: RecordType, made: c.Body, span: Span, scope: Scope) -> None:
    """Say so when a body that no other layer completes lacks required fields."""
    missing = missing_fields(record, set(set_names(made)))
    if missing:
        scope.report(messages.missing_field(f"`{record.name}`", missing, span))


def set_names(made: c.Body) -> Iterable[str]:
    """The names that a body sets, in whatever branch."""
    for statement in made.statements:
        match statement:
            case c.SetField(name=name) | c.MergeBlock(name=name):
                yield name
            case c.Choose(then=then, otherwise=otherwise):
                yield from set_names(then)
                yield from set_names(otherwise)
            case c.Within(body=inner):
                yield from set_names(inner)


def _item(node: nodes.Block, type_: Type, scope: Scope, layer: Layer) -> c.MergeBlock | None:
    """A block that adds one more item to a list of records."""
    record = _item_record(type_)
    if record is None:
        return _record_or_map(node, type_, scope, layer)
    inner = Layer(resource=layer.resource, patching=layer.patching)
    made = body(node.body, record_shape(record), scope, inner)
    if layer.resource and not layer.patching:
        check_required(record, made, node.header_span, scope)
    return c.MergeBlock(node.head.text, "item", None, made, node.header_span, record)


def _removal(node: nodes.Block, scope: Scope) -> c.MergeBlock | None:
    """`uses orders = null`: of a map whose keys are instances, an entry leaves; all others have a label."""
    if len(node.body) == 1 and isinstance(node.body[0], nodes.Assign) and isinstance(node.body[0].value, nodes.Null):
        key = node.body[0].name
        names = tuple(nodes.Name(text, key.span) for text in key.text.split("."))
        core = expect_instance(nodes.DottedLabel(names, key.span), scope)
        return c.MergeBlock(node.head.text, "removed", core, c.Body(()), node.span)
    if node.body:
        name = node.head.text
        scope.report(
            codes.LABEL.at(
                node.head.span, f"`{name}` needs the name of an instance", hint=f"write `{name} NAME {{ … }}`"
            )
        )
    return None


def _item_record(type_: Type) -> RecordType | None:
    for part in flat(type_):
        if isinstance(part, ListType):
            record = unmarked(part.item)
            if isinstance(record, RecordType):
                return record
    return None


def _keyed_list(node: nodes.Block, found: Field, type_: Type, scope: Scope, layer: Layer) -> c.MergeBlock | None:
    """A patch of a list that Kubernetes merges by a key: written as a map of its items."""
    record = _item_record(type_)
    if record is None:
        return _record_or_map(node, type_, scope, layer)
    shape = Shape(f"`{found.name}`", {}, node.head.span, value=record)
    made = body(node.body, shape, scope, layer.at(found.name))
    return c.MergeBlock(found.name, "keyed", None, made, node.header_span, record, found.merge_key)


def _entry(  # noqa: PLR0913  # the parts of a labelled block
    node: nodes.Block,
    label: nodes.DottedLabel | nodes.Name,
    found: Field,
    type_: Type,
    scope: Scope,
    layer: Layer,
) -> c.MergeBlock | None:
    """`name LABEL { }`: an entry of a map, or an item of a keyed list."""
    name = node.head.text
    locked = _is_locked(node.annotations)
    item = _item_record(type_) if found.repeated else None
    if item is not None:
        if not found.merge_key:
            return _item(node, type_, scope, layer)
        key: c.Core = c.Const(_label_text(label), STRING, label.span)
        made = body(node.body, record_shape(item), scope, layer.at(name).at(_label_text(label)))
        return c.MergeBlock(name, "entry", key, made, node.header_span, item, found.merge_key, locked)
    map_type = next((part for part in flat(type_) if isinstance(part, MapType)), None)
    if map_type is None:
        scope.report(
            codes.LABEL.at(
                label.span, f"`{name}` takes no label", hint=f"it is {wording.noun(type_)}" if type_ != ANY else ""
            )
        )
        return None
    record = next((part for part in flat(map_type.value) if isinstance(part, RecordType)), None)
    if record is None:
        scope.report(
            codes.NOT_A_BLOCK.at(
                node.head.span,
                f"an entry of `{name}` is no block: it takes {wording.noun(map_type.value)}",
                hint=f"write `{name} {{ {_label_text(label)} = … }}`",
            )
        )
        return None
    key = _entry_key(label, map_type, scope)
    inner = layer.at(name).at(_label_text(label))
    made = body(node.body, record_shape(record), scope, inner)
    return c.MergeBlock(name, "entry", key, made, node.header_span, record, locked=locked)


def _label_text(label: nodes.DottedLabel | nodes.Name) -> str:
    return label.text if isinstance(label, nodes.Name) else ".".join(each.text for each in label.names)


def _entry_key(label: nodes.DottedLabel | nodes.Name, map_type: MapType, scope: Scope) -> c.Core:
    if isinstance(map_type.key, InstanceType):
        return expect_instance(label, scope)
    if isinstance(label, nodes.DottedLabel) and len(label.names) > 1:
        scope.report(
            codes.LABEL.at(label.span, "a key with a dot stands in quotes", hint=f'write "{_label_text(label)}"')
        )
    name = label.names[0] if isinstance(label, nodes.DottedLabel) else label
    check_key(name, map_type.key, scope)
    return c.Const(name.text, STRING, label.span)


def expect_instance(label: nodes.DottedLabel | nodes.Name, scope: Scope) -> c.Core:
    """The instance that a label names: `orders`, `billing.ledger`, `storefront.db`."""
    names = label.names if isinstance(label, nodes.DottedLabel) else (label,)
    node: nodes.Expr = nodes.Ref(names[0].text, names[0].span)
    for name in names[1:]:
        node = nodes.Member(node, name, names[0].span.to(name.span))
    core = elaborate(node, InstanceType(), scope)
    if isinstance(core.type, MapType) and isinstance(core.type.value, InstanceType):
        return core
    return fit_core(core, InstanceType(), "this label", scope)


# ------------------------------------------------------------ if and in


def _choose(node: nodes.IfStatement, shape: Shape, scope: Scope, layer: Layer) -> c.Choose:
    test = condition(node.condition, scope if layer.resource else scope.but(condition=True))
    then_scope = scope.with_facts(facts_when_true(node.condition, scope))
    else_scope = scope.with_facts(facts_when_false(node.condition, scope))
    then = body(node.then, shape, then_scope, layer.choosing(node.span, True))
    otherwise = body(node.otherwise or (), shape, else_scope, layer.choosing(node.span, False))
    return c.Choose(test, then, otherwise, node.span)


def _within(node: nodes.InStatement, shape: Shape, scope: Scope, layer: Layer) -> c.Within | None:
    head = Span(node.span.file, node.span.start, node.span.start + 2)
    if layer.environments is not None:
        scope.report(codes.NESTED_IN.at(head, "an `in` cannot stand in another one", hint="nested here"))
        return None
    if layer.resource or (scope.kind is not None and scope.self_type is not None and not scope.kind.template):
        scope.report(codes.NESTED_IN.at(head, "`in` stands in apps, templates and projects only", hint="not here"))
        return None
    names = tuple(name.text for name in environments(node, scope))
    return c.Within(names, body(node.body, shape, scope, layer.within(frozenset(names))), node.span)


def environments(node: nodes.InStatement, scope: Scope) -> list[nodes.Name]:
    """The environments of an `in` that exist; says so of the others."""
    known = scope.checker.program.environments()
    found = []
    for name in node.environments:
        if name.text in known:
            scope.checker.used_named(name.span, "environment", name.text)
            found.append(name)
        if name.text in known or not name.text:
            continue
        near = did_you_mean(name.text, known)
        fixes = (Fix(f"write `{near}`", (Edit(name.span, near),), safe=True),) if near else ()
        hint = f"did you mean `{near}`?" if near else f"there are: {', '.join(known)}"
        scope.report(
            name_codes.UNKNOWN_ENVIRONMENT.at(
                name.span,
                f"there is no environment `{name.text}`",
                hint=hint,
                labels=scope.checker.declared_at("environment", near),
                fixes=fixes,
            )
        )
    return found


def block_as_map(node: nodes.Block, scope: Scope) -> nodes.MapExpr:
    """A block that is only data, as a map literal."""
    entries = []
    for statement in node.body:
        match statement:
            case nodes.Assign(name=name, value=value):
                entries.append(nodes.Entry(name, value, statement.span))
            case nodes.Block(head=head, labels=()):
                entries.append(nodes.Entry(head, block_as_map(statement, scope), statement.span))
            case _:
                scope.report(name_codes.MISPLACED.at(statement.span, f"this cannot stand in `{node.head.text}`"))
    return nodes.MapExpr(tuple(entries), node.span)
