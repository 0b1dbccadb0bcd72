"""What a kind becomes: `provision`, `access`, `reach`, `price` and `observe` blocks, and patches of what they make."""

from collections.abc import Iterable, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from idpc.diagnostics import Diagnostic, Edit, Fix
from idpc.diagnostics.codes import graph as graph_codes
from idpc.diagnostics.codes import names as name_codes
from idpc.diagnostics.codes import types as codes
from idpc.resolve import did_you_mean
from idpc.resolve.program import twice
from idpc.schema import kubernetes, terraform
from idpc.source import Span
from idpc.syntax import nodes
from idpc.types import core as c
from idpc.types.bodies import block_as_map, body, check_required, with_lets
from idpc.types.declared import KindInfo, ProvisionInfo, ResourceInfo, TargetBody, access_names
from idpc.types.expressions import condition, expect, loop, make_record
from idpc.types.layers import Layer
from idpc.types.model import (
    ANY,
    INT,
    MONEY,
    NOWHERE,
    NULL,
    STRING,
    DeferredType,
    Field,
    ListType,
    LiteralType,
    MapType,
    RecordType,
    Type,
    is_optional,
    record,
    union,
)
from idpc.types.operators import facts_when_false, facts_when_true
from idpc.types.schemas import kubernetes_record, pod_record, terraform_record, terraform_values
from idpc.types.scope import Scope
from idpc.types.shapes import record_shape

TARGETS = ("any", "kubernetes", "aws", "gcp", "azure", "edge")
Resources = dict[tuple[bool, str, str], list[ResourceInfo]]
Guards = tuple[tuple[c.Core, bool], ...]

_LEVELS = ("read", "write", "read_write", "admin")


def _record(name: str, types: Mapping[str, tuple[Type, nodes.Expr | None]]) -> RecordType:
    fields = {
        key: Field(key, type_, default is None and not is_optional(type_) and type_ != ANY, NOWHERE)
        for key, (type_, default) in types.items()
    }
    return record(name, fields, NOWHERE)


_EMPTY_LIST, _EMPTY_MAP = nodes.ListExpr((), NOWHERE), nodes.MapExpr((), NOWHERE)
_VIAS = union(*map(LiteralType, ("pods", "network", "cloud_api", "internet")))
REACH = _record(
    "reach",
    {
        "via": (_VIAS, None),
        "ports": (ListType(INT), _EMPTY_LIST),
        "udp": (ListType(INT), _EMPTY_LIST),
        "outputs": (MapType(STRING, ListType(INT)), _EMPTY_MAP),
    },
)
LEVEL = _record(
    "access",
    {
        "actions": (ListType(STRING), _EMPTY_LIST),
        "resources": (ListType(DeferredType(STRING)), _EMPTY_LIST),
        "role": (union(STRING, NULL), None),
        "on": (union(DeferredType(ANY), NULL), None),
        "after": (ListType(ANY), _EMPTY_LIST),
        "env": (MapType(STRING, STRING), _EMPTY_MAP),
    },
)
ACCESS = _record("access", dict.fromkeys(_LEVELS, (union(LEVEL, NULL), None)))
for _each, _names in ((REACH, ("ports", "udp", "outputs")), (LEVEL, ("actions", "resources", "after", "env"))):
    for _name in _names:
        _empty: c.Core = (
            c.MakeMap((), _each.fields[_name].type, NOWHERE)
            if isinstance(_each.fields[_name].type, MapType)
            else c.MakeList((), _each.fields[_name].type, NOWHERE)
        )
        _each.defaults[_name] = _empty


def collect(kind: KindInfo, node: nodes.Block, scope: Scope) -> None:
    """Keep a block until all members of the kind are known."""
    if not node.targets:
        scope.report(
            codes.LABEL.at(node.header_span, f"`{node.head.text}` needs a target", hint=f"one of {', '.join(TARGETS)}")
        )
        return
    for target in node.targets:
        if target.text not in TARGETS:
            near = did_you_mean(target.text, TARGETS)
            fixes = (Fix(f"write `{near}`", (Edit(target.span, near),), safe=True),) if near else ()
            hint = f"did you mean `{near}`?" if near else f"one of {', '.join(TARGETS)}"
            scope.report(
                name_codes.UNKNOWN_REFERENCE.at(
                    target.span, f"there is no target `{target.text}`", hint=hint, fixes=fixes
                )
            )
    kind.blocks.append(node)


def finish(kind: KindInfo, scope: Scope) -> None:
    """Check the collected blocks: first what they make, so that all may name it, then what it is made of."""
    drafts = {id(node): Draft(node) for node in kind.blocks if node.head.text == "provision"}
    for draft in drafts.values():
        draft.declare(scope)
    for node in kind.blocks:
        targets = tuple(target.text for target in node.targets)
        visible = _visible(targets, drafts.values())
        inner = scope.but(resources=visible)
        if node.head.text == "provision":
            kind.provision.append(drafts[id(node)].finish(kind, targets, inner))
        else:
            _fact(kind, node, targets, inner)
    _every_output(kind, scope)
    _same_levels(kind, scope)


def _visible(targets: tuple[str, ...], drafts: Iterable["Draft"]) -> Resources:
    """What a block for some targets may name: what is made for any of them, or for all."""
    found: Resources = {}
    for draft in drafts:
        others = {target.text for target in draft.node.targets}
        if "any" in others or "any" in targets or others & set(targets):
            for key, infos in draft.resources.items():
                found.setdefault(key, []).extend(infos)
    return found


def _fact(kind: KindInfo, node: nodes.Block, targets: tuple[str, ...], scope: Scope) -> None:
    inner = with_lets(node.body, scope)
    statements = tuple(each for each in node.body if not isinstance(each, nodes.Let))
    data = block_as_map(replace(node, body=statements), inner)
    if node.head.text == "reach":
        kind.reach.append(TargetBody(targets, make_record(data, REACH, inner), node.header_span))
    elif node.head.text == "access":
        value = make_record(data, ACCESS, inner)
        _no_wildcards(value, inner)
        kind.access.append(TargetBody(targets, value, node.header_span))
    elif node.head.text == "observe":
        value = expect(data, MapType(STRING, STRING), "`observe`", inner)
        kind.observe.append(TargetBody(targets, value, node.header_span))
    else:
        value = expect(data, MapType(STRING, MONEY), "`price`", inner)
        kind.price.append(TargetBody(targets, value, node.header_span))


def _no_wildcards(value: c.Core, scope: Scope) -> None:
    """A wildcard grants what nobody asked for: an error in the kind."""
    for core in _actions(value):
        texts = core.parts if isinstance(core, c.MakeText) else (getattr(core, "value", None),)
        if any(isinstance(text, str) and "*" in text for text in texts):
            scope.report(wildcard(core.span))


def wildcard(span: Span) -> Diagnostic:
    """What is said of an action with a `*`."""
    return codes.WILDCARD.at(span, "an action with a `*` grants more than it says", hint="name each action")


def _actions(value: c.Core) -> Iterable[c.Core]:
    """The items of every `actions` in a block of access."""
    for name, each in value.entries if isinstance(value, c.MakeRecord | c.MakeMap) else ():
        inner = each.value if isinstance(each, c.Convert) else each
        if name == "actions" and isinstance(inner, c.MakeList):
            yield from (item.value if isinstance(item, c.Convert) else item for item in inner.items)
        else:
            yield from _actions(inner)


def _same_levels(kind: KindInfo, scope: Scope) -> None:
    """Say so where a target gives other levels than the one before it: consumers cannot know where they stand."""
    levels: dict[str, set[str]] = {}
    for block in kind.access:
        for target in block.targets:
            levels.setdefault(target, set()).update(access_names(block.value))
    common = levels.pop("any", set())
    first: tuple[str, set[str]] | None = None
    for target, own in levels.items():
        names = own | common
        names |= {"read_write"} if {"read", "write"} <= names else set()
        first = first or (target, names)
        lacking = sorted(first[1] ^ names)
        if lacking:
            block = next(each for each in kind.access if target in each.targets)
            listed = ", ".join(f"`{name}`" for name in lacking if name != "read_write") or "`read_write`"
            scope.report(
                graph_codes.NO_LEVEL.at(
                    block.span,
                    f"`{kind.name}` gives other levels of access on {target} than on {first[0]}: {listed}",
                    hint="the same levels on every target",
                    help="a level may be empty: `read { }`",
                )
            )


def _every_output(kind: KindInfo, scope: Scope) -> None:
    """Each output needs a value: its own, or one of each `provision`."""
    given = {name for block in kind.provision for name, _, _ in block.outputs}
    for name, output in kind.outputs.items():
        if output.value is None and name not in given:
            scope.report(
                codes.OUTPUT_VALUE.at(
                    output.span, f"the output `{name}` has no value", hint="no `provision` gives it one"
                )
            )


# ------------------------------------------------------------------ provision


class Draft(Struct):
    """A `provision` block while it is checked."""

    node: nodes.Block
    resources: Resources = field(default_factory=dict)
    order: list[tuple[nodes.Block, ResourceInfo, Guards, Scope]] = field(default_factory=list)

    def declare(self, scope: Scope) -> None:
        """What the block makes, bodies aside."""
        for statement in _flat(self.node.body):
            if not isinstance(statement, nodes.Block):
                continue
            info = _resource(statement, scope)
            if info is not None:
                known = self.resources.setdefault((info.data, info.resource, info.name), [])
                known.append(info)

    def finish(self, kind: KindInfo, targets: tuple[str, ...], scope: Scope) -> ProvisionInfo:
        """Check what the block says."""
        inner = with_lets(_flat(self.node.body), scope, home="provision")
        made: list[ResourceInfo] = []
        outputs: list[tuple[str, c.Core, Guards]] = []
        self._statements(self.node.body, kind, inner, (), made, outputs)
        self._no_doubles(made, inner)
        return ProvisionInfo(targets, tuple(made), tuple(outputs), self.node.header_span)

    def _statements(  # noqa: PLR0913  # what is collected
        self,
        statements: Iterable[nodes.Statement],
        kind: KindInfo,
        scope: Scope,
        guards: Guards,
        made: list[ResourceInfo],
        outputs: list[tuple[str, c.Core, Guards]],
    ) -> None:
        for statement in statements:
            match statement:
                case nodes.Assign():
                    _output(statement, kind, scope, guards, outputs)
                case nodes.Block():
                    info = self._info(statement)
                    if info is not None:
                        made.append(_finished(statement, info, scope, guards))
                case nodes.IfStatement():
                    test = condition(statement.condition, scope)
                    yes = scope.with_facts(facts_when_true(statement.condition, scope))
                    no = scope.with_facts(facts_when_false(statement.condition, scope))
                    self._statements(statement.then, kind, yes, (*guards, (test, True)), made, outputs)
                    self._statements(statement.otherwise or (), kind, no, (*guards, (test, False)), made, outputs)
                case nodes.Let():
                    pass
                case _:
                    scope.report(name_codes.MISPLACED.at(statement.span, "this cannot stand in `provision`"))

    def _info(self, node: nodes.Block) -> ResourceInfo | None:
        for infos in self.resources.values():
            for info in infos:
                if info.span == node.header_span:
                    return info
        return None

    def _no_doubles(self, made: list[ResourceInfo], scope: Scope) -> None:
        seen: dict[tuple[bool, str, str], ResourceInfo] = {}
        for info in made:
            first = seen.setdefault((info.data, info.resource, info.name), info)
            if first is not info and not _exclusive(first.guards, info.guards):
                scope.report(twice(nodes.Name(f"{info.resource}.{info.name}", info.span), first.span))


def _exclusive(a: Guards, b: Guards) -> bool:
    return any(x is y and one is not other for x, one in a for y, other in b)


def _flat(statements: Iterable[nodes.Statement]) -> Iterable[nodes.Statement]:
    """Statements, those inside `if`s included."""
    for statement in statements:
        if isinstance(statement, nodes.IfStatement):
            yield from _flat(statement.then)
            yield from _flat(statement.otherwise or ())
        else:
            yield statement


def _output(
    node: nodes.Assign, kind: KindInfo, scope: Scope, guards: Guards, outputs: list[tuple[str, c.Core, Guards]]
) -> None:
    output = kind.outputs.get(node.name.text)
    if output is None:
        near = did_you_mean(node.name.text, kind.outputs)
        scope.report(
            codes.OUTPUT_VALUE.at(
                node.name.span,
                f"`{kind.name}` has no output `{node.name.text}`",
                hint=f"did you mean `{near}`?" if near else f"declare it: `output {node.name.text}: string`",
            )
        )
        return
    outputs.append((output.name, expect(node.value, output.type, f"the output `{output.name}`", scope), guards))


# ------------------------------------------------------- resources and objects


def _resource(node: nodes.Block, scope: Scope) -> ResourceInfo | None:
    """What is known of a resource, data source or object from its header."""
    head, words = node.head, _words(node)
    data = head.text == "data" and len(words) == 2
    type_name, name = (words[0], words[1]) if data else (head, words[0] if len(words) == 1 else None)
    if name is None:
        scope.report(
            codes.LABEL.at(
                node.header_span, f"`{type_name.text}` needs one name", hint=f"`{type_name.text} main {{ }}`"
            )
        )
        return None
    marks = {each.name.text for each in node.annotations}
    per_app = "per_app" in marks
    if type_name.text[:1].isupper() and not data:
        found = find_object(type_name, _api_version(node), scope)
        if found is None:
            return None
        api_version, shape = found
        made = _info(node, type_name.text, name.text, shape, shape, api_version, data, per_app)
        return replace(made, hashed="hashed" in marks)
    shape_, read = terraform_record(type_name.text, data), terraform_values(type_name.text, data)
    if shape_ is None or read is None:
        scope.report(_no_such_resource(type_name, data))
        return None
    return _info(node, type_name.text, name.text, shape_, read, "", data, per_app)


def _words(node: nodes.Block) -> list[nodes.Name]:
    labels = [*node.labels, *([] if node.labels else node.targets)]
    return [name for label in labels for name in ([label] if isinstance(label, nodes.Name) else label.names)]


def _info(  # noqa: PLR0913  # the facts of a header
    node: nodes.Block,
    resource: str,
    name: str,
    shape: RecordType,
    read: Type,
    api_version: str,
    data: bool,
    per_app: bool,
) -> ResourceInfo:
    iterable = c.Const(None, ANY, node.header_span) if node.loop else None
    return ResourceInfo(
        resource, name, data, bool(api_version), per_app, api_version, (), iterable, (), c.Body(), shape, read,
        node.header_span,
    )  # fmt: skip


def _finished(node: nodes.Block, info: ResourceInfo, scope: Scope, guards: Guards) -> ResourceInfo:
    slots: tuple[str, ...] = ()
    iterable: c.Core | None = None
    inner = scope
    if node.loop is not None:
        slots, iterable, inner, test = loop(node.loop.variables, node.loop.iterable, node.condition, scope)
    else:
        test = None if node.condition is None else condition(node.condition, scope)
        if node.condition is not None:
            inner = scope.with_facts(facts_when_true(node.condition, scope))
    if test is not None:
        guards = (*guards, (test, True))
    made = body(node.body, record_shape(info.record), inner, Layer(resource=True))
    check_required(info.record, made, node.header_span, scope)
    return replace(info, slots=slots, iterable=iterable, guards=guards, body=made)


def _api_version(node: nodes.Block) -> str | None:
    for statement in node.body:
        if isinstance(statement, nodes.Assign) and statement.name.text == "apiVersion":
            return statement.value.plain if isinstance(statement.value, nodes.String) else None
    return None


def find_object(kind: nodes.Name, api_version: str | None, scope: Scope) -> tuple[str, RecordType] | None:
    """The API version and record of a kind of Kubernetes object; None after a diagnostic."""
    checker = scope.checker
    found = kubernetes.find(kind.text, checker.kubernetes, api_version, checker.crds)
    if len(found) > 1:
        versions = ", ".join(f"`{each.api_version}`" for each in found)
        scope.report(
            codes.AMBIGUOUS_SCHEMA.at(
                kind.span, f"several groups have a `{kind.text}`", hint=f"set `apiVersion` to one of {versions}"
            )
        )
        return None
    if not found:
        near = did_you_mean(kind.text, kubernetes.kinds(checker.kubernetes))
        fixes = (Fix(f"write `{near}`", (Edit(kind.span, near),), safe=True),) if near else ()
        where = f" in `{api_version}`" if api_version else ""
        hint = f"did you mean `{near}`?" if near else "put its CustomResourceDefinition into `crds/`"
        scope.report(
            codes.NO_SUCH_SCHEMA.at(kind.span, f"Kubernetes has no kind `{kind.text}`{where}", hint=hint, fixes=fixes)
        )
        return None
    shape = kubernetes_record(found[0].definition, checker.kubernetes, checker.crds)
    return None if shape is None else (found[0].api_version, shape)


def _no_such_resource(name: nodes.Name, data: bool) -> Diagnostic:
    provider = terraform.provider_of(name.text)
    known = () if provider is None else terraform.data_types(provider) if data else terraform.types(provider)
    near = did_you_mean(name.text, known)
    what = "data source" if data else "resource"
    if provider is None:
        return codes.NO_SUCH_SCHEMA.at(
            name.span, f"no provider has a {what} `{name.text}`", hint="objects of Kubernetes are written in PascalCase"
        )
    fixes = (Fix(f"write `{near}`", (Edit(name.span, near),), safe=True),) if near else ()
    hint = f"did you mean `{near}`?" if near else "not in its schema"
    message = f"the provider `{provider}` has no {what} `{name.text}`"
    return codes.NO_SUCH_SCHEMA.at(name.span, message, hint=hint, fixes=fixes)


def patch(node: nodes.Block, kind: KindInfo, scope: Scope) -> c.MergeBlock | None:
    """A patch of an object or resource that a kind makes: checked against the schema of what it patches."""
    words = _words(node)
    if not 1 <= len(words) <= 2:
        scope.report(codes.LABEL.at(node.header_span, "`patch` needs the kind of object that it patches"))
        return None
    shape = _patched(words[0], kind, scope)
    if shape is None:
        return None
    made = body(node.body, record_shape(shape), scope, Layer(resource=True, patching=True))
    name = words[1].text if len(words) == 2 else ""
    return c.MergeBlock(words[0].text, "patch", c.Const(name, STRING, node.header_span), made, node.header_span, shape)


def _patched(word: nodes.Name, kind: KindInfo, scope: Scope) -> RecordType | None:
    if word.text == "Pod":
        return pod_record(scope.checker.kubernetes)
    made = dict(_made(kind))
    if word.text not in made:
        known = list(made)
        near = did_you_mean(word.text, known)
        hint = f"did you mean `{near}`?" if near else f"it makes: {', '.join(known)}"
        scope.report(graph_codes.PATCHES_NOTHING.at(word.span, f"`{kind.name}` makes no `{word.text}`", hint=hint))
        return None
    if word.text[:1].isupper():
        found = find_object(word, made[word.text], scope)
        return None if found is None else found[1]
    return terraform_record(word.text, False)


def _made(kind: KindInfo) -> Iterable[tuple[str, str | None]]:
    """The names of what a kind makes with the versions of their API, whether its blocks are checked yet or not."""
    for node in (each for block in kind.blocks for each in _flat(block.body)):
        if isinstance(node, nodes.Block):
            yield node.head.text, _api_version(node)
    for info in (each for block in kind.provision for each in block.resources):
        yield info.resource, info.api_version or None
