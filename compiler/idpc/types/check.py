"""The public function of stage 3: a program becomes a typed program."""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from idpc.diagnostics import Diagnostic, Edit, Fix, Outcome
from idpc.diagnostics.codes import names as name_codes
from idpc.diagnostics.codes import types as codes
from idpc.resolve import Program, did_you_mean, resolve
from idpc.resolve.program import SORTS, Table, declared_name
from idpc.schema import kubernetes
from idpc.schema.custom_resources import CustomSchemas
from idpc.source import Span
from idpc.syntax import nodes
from idpc.types import annotations, instances
from idpc.types import core as c
from idpc.types.bodies import body, set_names, with_lets
from idpc.types.checker import Checker, is_kind_block
from idpc.types.declared import AppInfo, KindInfo, RecordInstance, TypedProgram
from idpc.types.expressions import missing_fields
from idpc.types.kinds import finish_kind, finish_record
from idpc.types.layers import Layer
from idpc.types.library import Library, without_bodies
from idpc.types.messages import misplaced_rule, missing_field
from idpc.types.model import RecordType
from idpc.types.nesting import endless
from idpc.types.policy_faults import silent_policies
from idpc.types.rules import library_policies, policies, tests
from idpc.types.scalars import FAULTS
from idpc.types.scope import Scope
from idpc.types.shapes import declaration_shape, kind_shape

DEFAULT_KUBERNETES = "1.33"
APP_WORDS = ("defaults", "workflow", "patch")


def check_types(
    program: Program, packages: Mapping[str, str], library: Library, crds: CustomSchemas | None = None
) -> Outcome[TypedProgram]:
    """Types of everything that is declared. `packages` tells for a file of a package whose it is."""
    version, faults = kubernetes_version(program.project.projects.values())
    checker = _beside(library, program, packages, version, crds)
    checker.diagnostics += (*library.faults, *faults)
    _stages(checker)
    _records(checker)
    _app_headers(checker)
    for table in _tables(program):
        _values(checker, table)
    for table in _tables(program):
        _kinds(checker, table)
    checker.diagnostics += endless(checker.kinds.values())
    typed = _declarations(checker)
    _waiting(checker)
    _imports_inside(checker)
    _annotations(checker)
    checker.diagnostics += silent_policies(typed.policies, program.project, checker)
    lets = {name: info for (package, name), info in checker.lets.items() if not package}
    return Outcome(replace(typed, uses=checker.uses, lets=lets, library=library), tuple(checker.diagnostics))


def check_library(modules: Iterable[nodes.Module], version: str, crds: CustomSchemas | None = None) -> Library:
    """The standard library, for a version of Kubernetes and the custom resources of a project."""
    outcome = resolve(modules, {}, "std")
    checker = Checker(outcome.value, {}, version, crds)
    std = outcome.value.std
    _stages(checker)
    _records(checker)
    _values(checker, std)
    _kinds(checker, std)
    found = library_policies(checker, std)
    _waiting(checker)
    faults = (*outcome.diagnostics, *checker.diagnostics, *endless(checker.kinds.values()))
    return without_bodies(checker, found, faults)


def _beside(
    library: Library, program: Program, packages: Mapping[str, str], version: str, crds: CustomSchemas | None
) -> Checker:
    """A checker that knows the standard library."""
    return Checker(
        program,
        dict(packages),
        version,
        crds,
        library.policies,
        kinds=dict(library.kinds),
        records=dict(library.records),
        aliases=dict(library.aliases),
        functions=dict(library.functions),
        lets=dict(library.lets),
        slots=[library.slots],
        stages=set(library.stages),
    )


def expression_checker(program: Program, packages: Mapping[str, str], library: Library) -> Checker:
    """A checker for expressions beside a program that has been checked."""
    version = kubernetes_version(program.project.projects.values())[0]
    checker = _beside(library, program, packages, version, None)
    _stages(checker)
    _records(checker)
    _app_headers(checker)
    for table in _tables(program):
        _finish_records(checker, table, checker.scope(table).but(names=checker.context_names()))
    return checker


def _tables(program: Program) -> list[Table]:
    packages = [table for name, table in sorted(program.packages.items()) if name not in ("", "std")]
    return [*packages, program.project]


def kubernetes_version(projects: Iterable[nodes.Block]) -> tuple[str, list[Diagnostic]]:
    """The version of Kubernetes that a project names, read before anything is typed: schemas depend on it."""
    for block in projects:
        for statement in block.body:
            if isinstance(statement, nodes.Block) and statement.head.text == "kubernetes":
                for each in statement.body:
                    if isinstance(each, nodes.Assign) and each.name.text == "version":
                        return _known_version(each.value)
    return DEFAULT_KUBERNETES, []


def _known_version(node: nodes.Expr) -> tuple[str, list[Diagnostic]]:
    text = node.plain if isinstance(node, nodes.String) else None
    known = kubernetes.versions()
    if text is None or FAULTS["version"](text):
        return DEFAULT_KUBERNETES, []
    minor = ".".join(text.removeprefix("v").split(".")[:2])
    if minor in known:
        return minor, []
    hint = f"known: {known[0]} to {known[-1]}"
    return DEFAULT_KUBERNETES, [
        codes.NO_SUCH_SCHEMA.at(node.span, f"idpc has no schemas of Kubernetes `{text}`", hint=hint)
    ]


# ------------------------------------------------------- types and kinds first


def _stages(checker: Checker) -> None:
    """Names of stages, which workflows refer to."""

    def walk(statements: Iterable[nodes.Statement]) -> None:
        for statement in statements:
            if isinstance(statement, nodes.Block):
                if statement.head.text == "stage" and statement.labels:
                    name = declared_name(statement)
                    checker.stages.add(name.text if name else "")
                walk(statement.body)

    for module in checker.program.modules:
        walk(module.statements)


def _records(checker: Checker) -> None:
    """The records of declarations, whose types are the context of every other place."""
    for sort in ("environment", "project", "app", "team"):
        checker.declaration_record(sort)


def _kinds(checker: Checker, table: Table) -> None:
    scope = checker.scope(table).but(names=checker.context_names())
    for name in table.kinds:
        found = checker.declared(table, name)
        if isinstance(found, RecordType):
            found.fields  # noqa: B018  # reads the fields now, so that their faults are told
    _finish_records(checker, table, scope)
    for name, declaration in table.kinds.items():
        if is_kind_block(declaration):
            finish_kind(checker.kind(table, name), scope)


def _finish_records(checker: Checker, table: Table, scope: Scope) -> None:
    for name, declaration in table.kinds.items():
        if isinstance(declaration, nodes.Block) and declaration.head.text == "type":
            record = checker.declared(table, name)
            if isinstance(record, RecordType):
                finish_record(declaration, record, scope)


def _values(checker: Checker, table: Table) -> None:
    """Lets and functions that nothing has read yet."""
    for name, declaration in table.values.items():
        if isinstance(declaration, nodes.Let):
            checker.let_ready(checker.global_let(table, name), declaration.name.span)
        elif isinstance(declaration, nodes.Fn) and (table.package, name) not in checker.functions:
            checker.function(table, name, declaration.name.span)


def _waiting(checker: Checker) -> None:
    """Lets of bodies that nothing has read."""
    for info in list(checker.waiting.values()):
        checker.let_ready(info, info.span)


# ------------------------------------------------------------------------ apps


def _app_headers(checker: Checker) -> None:
    project = checker.program.project
    for name, declaration in project.values.items():
        if isinstance(declaration, nodes.Block) and declaration.head.text == "app":
            checker.apps[name] = _app_shell(name, declaration)
    loose = _top_level(checker)
    if loose:
        own = checker.program.name
        if own not in checker.apps:
            checker.apps[own] = _app_shell(own, None)
        checker.headers.setdefault(own, {})
    for name, app in checker.apps.items():
        scope = app_scope(checker, app)
        found = instances.find(_app_body(project, name), _app_words(checker))
        if name == checker.program.name:
            found = [*found, *loose]
        app.headers = instances.headers(found, scope)
        checker.headers[name] = app.headers


def _app_shell(name: str, block: nodes.Block | None) -> AppInfo:
    label = None if block is None else declared_name(block)
    span = Span("", 0, 0) if block is None else label.span if label else block.header_span
    declaration = RecordInstance("app", name, RecordType("App", dict, span), c.Body(), span)
    return AppInfo(name, span, declaration, doc="" if block is None else block.doc)


def _app_body(project: Table, name: str) -> tuple[nodes.Statement, ...]:
    block = project.values.get(name)
    return block.body if isinstance(block, nodes.Block) and block.head.text == "app" else ()


def _app_words(checker: Checker) -> list[str]:
    shape = checker.declaration_record("app")
    return [*APP_WORDS, *(shape.fields if shape else ())]


def _top_level(checker: Checker) -> list[instances.Found]:
    blocks = checker.program.project.values.values()
    return [
        instances.Found(each, ()) for each in blocks if isinstance(each, nodes.Block) and each.head.text not in SORTS
    ]


def app_scope(checker: Checker, app: AppInfo) -> Scope:
    """The scope inside an app."""
    return checker.scope(checker.program.project).but(app=app, names=checker.place_names())


def _app(checker: Checker, app: AppInfo) -> None:
    project = checker.program.project
    statements = _app_body(project, app.name)
    scope = with_lets(statements, app_scope(checker, app), home="app")
    words = _app_words(checker)
    found = instances.find(statements, words)
    if app.name == checker.program.name:
        found = [*found, *_top_level(checker)]
    app.instances = instances.finish(found, scope)
    block = project.values.get(app.name)
    if isinstance(block, nodes.Block) and block.head.text == "app":
        app.was = instances.was(block.annotations)
    own = tuple(each for each in statements if not _is_instance(each, words))
    app.declaration = _record_body("app", app.name, own, app.span, scope)
    for statement in statements:
        if isinstance(statement, nodes.Block) and statement.head.text == "defaults":
            _defaults(checker, statement, scope, app)
        elif isinstance(statement, nodes.Block) and statement.head.text == "workflow":
            workflow = instances.record_instance(statement, "workflow", scope)
            app.workflows += [workflow] if workflow else []
        elif isinstance(statement, nodes.InStatement):
            _no_instances(checker, statement, words)
        elif isinstance(statement, nodes.Require):
            checker.report(misplaced_rule(statement, f"the app `{app.name}`"))


def _is_instance(statement: nodes.Statement, words: list[str]) -> bool:
    """Whether an app's statement is not one about the app itself."""
    match statement:
        case nodes.Block(head=head):
            return head.text in APP_WORDS or head.text not in words
        case nodes.IfStatement(then=then, otherwise=otherwise):
            return any(_is_instance(each, words) for each in (*then, *(otherwise or ())))
    return isinstance(statement, nodes.Let | nodes.Require)


def _no_instances(checker: Checker, node: nodes.InStatement, words: list[str]) -> None:
    for each in node.body:
        if isinstance(each, nodes.Block) and each.head.text not in words:
            checker.report(
                codes.NESTED_IN.at(
                    each.header_span,
                    "an `in` declares no instances",
                    hint="move it out",
                    help=f"write the condition in the header: `{each.head.text} NAME if environment == … {{ }}`",
                )
            )


def _record_body(
    sort: str, name: str, statements: tuple[nodes.Statement, ...], span: Span, scope: Scope
) -> RecordInstance:
    shape = scope.checker.declaration_record(sort)
    if shape is None:
        return RecordInstance(sort, name, RecordType(sort, dict, span), c.Body(), span)
    kept: list[nodes.Statement] = []
    for each in statements:
        if isinstance(each, nodes.InStatement):
            inner = tuple(
                one for one in each.body if not (isinstance(one, nodes.Block) and one.head.text not in shape.fields)
            )
            kept.append(replace(each, body=inner))
        else:
            kept.append(each)
    made = body(kept, declaration_shape(shape, sort), scope, Layer())
    return RecordInstance(sort, name, shape, made, span)


def _defaults(checker: Checker, node: nodes.Block, scope: Scope, app: AppInfo | None) -> tuple[KindInfo, c.Body] | None:
    name = declared_name(node)
    kind = None if name is None else checker.find_kind(name.text, scope.table)
    if kind is None:
        if name is not None:
            checker.report(instances.unknown_kind(name, scope, name))
        return None
    checker.used_span(name.span if name else node.span, kind.span)
    made = body(node.body, replace(kind_shape(kind), owner=f"`{kind.name}`"), scope, Layer())
    if app is not None:
        app.defaults.setdefault(kind.name, []).append(made)
    return kind, made


# ------------------------------------------------------------- declarations


def _declarations(checker: Checker) -> TypedProgram:
    program, project = checker.program, checker.program.project
    scope = checker.scope(project)
    for app in checker.apps.values():
        _app(checker, app)
    defaults: dict[KindInfo, tuple[c.Body, ...]] = {}
    for block in project.defaults.values():
        found = _defaults(checker, block, scope.but(names=checker.place_names()), None)
        if found is not None:
            defaults[found[0]] = (*defaults.get(found[0], ()), found[1])
    rules = [
        made
        for block in project.rules.values()
        if block.head.text != "policy" and (made := _declared(checker, block, block.head.text)) is not None
    ]
    kinds = {f"{package}:{name}" if package else name: kind for (package, name), kind in checker.kinds.items()}
    return TypedProgram(
        program.name,
        _project(checker),
        _environments(checker),
        {name: made for name, block in project.teams.items() if (made := _declared(checker, block, "team"))},
        checker.apps,
        kinds,
        defaults,
        {},
        policies(checker, _tables(program)),
        tuple(rules),
        tests(checker),
        checker.kubernetes,
        types={name: record for (_, name), record in checker.records.items()},
    )


def _declared(checker: Checker, block: nodes.Block, sort: str) -> RecordInstance | None:
    """A declaration with its required fields there."""
    scope = checker.scope(checker.program.project)
    made = instances.record_instance(block, sort, scope)
    if made is None:
        return None
    given = set(set_names(made.body))
    missing = [name for name in missing_fields(made.record, given) if name != "name"]
    if missing:
        checker.report(missing_field(f"the {sort.replace('_', ' ')} `{made.name}`", missing, made.span))
    return made


def _project(checker: Checker) -> RecordInstance:
    project = checker.program.project
    blocks = list(project.projects.values())
    if blocks:
        made = _declared(checker, blocks[0], "project")
        if made is not None:
            return made
    return _empty(checker, "project", checker.program.name)


def _empty(checker: Checker, sort: str, name: str, statements: tuple[nodes.Statement, ...] = ()) -> RecordInstance:
    scope = checker.scope(checker.program.project)
    return _record_body(sort, name, statements, Span("", 0, 0), scope)


def _environments(checker: Checker) -> dict[str, RecordInstance]:
    project = checker.program.project
    found = {
        name: made for name, block in project.environments.items() if (made := _declared(checker, block, "environment"))
    }
    if found or project.environments:
        return found
    nowhere = Span("", 0, 0)
    cloud = nodes.Assign(
        nodes.Name("cloud", nowhere), nodes.Operator.SET, nodes.String(("kubernetes",), nowhere), nowhere
    )
    return {"dev": _empty(checker, "environment", "dev", (cloud,))}


def _imports_inside(checker: Checker) -> None:
    """Statements at top level that declare nothing."""
    for module in checker.program.modules:
        for statement in module.statements:
            if isinstance(statement, nodes.Assign | nodes.FieldDecl | nodes.OutputDecl | nodes.InStatement):
                checker.report(
                    name_codes.MISPLACED.at(
                        statement.span, "this cannot stand at top level", hint="it belongs into a declaration"
                    )
                )
            elif isinstance(statement, nodes.Block):
                _top_block(checker, statement)


def _annotations(checker: Checker) -> None:
    for module in checker.program.modules:
        if not module.path.startswith("std/"):
            for fault in annotations.faults(module.statements):
                checker.report(fault)


def _top_block(checker: Checker, block: nodes.Block) -> None:
    head = block.head.text
    if head in SORTS or checker.is_kind(head, checker.program.project) or block.span.file.startswith("std/"):
        return
    if declared_name(block) is None and did_you_mean(head, SORTS):
        near = did_you_mean(head, SORTS)
        fixes = (Fix(f"write `{near}`", (Edit(block.head.span, near or ""),), safe=True),)
        checker.report(
            name_codes.UNKNOWN_KIND.at(
                block.head.span, f"there is no declaration `{head}`", hint=f"did you mean `{near}`?", fixes=fixes
            )
        )
