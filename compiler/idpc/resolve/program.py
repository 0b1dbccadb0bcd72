"""Collects the declarations of all modules into tables, one for the standard library, each package and the project."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from msgspec import Struct, field

from idpc.address import kebab
from idpc.diagnostics import Diagnostic, Edit, Fix, Label, Outcome
from idpc.diagnostics.codes import names as codes
from idpc.project import PROJECT_FILE
from idpc.resolve.suggest import did_you_mean
from idpc.source import Span
from idpc.syntax.nodes import Block, DottedLabel, Fn, Import, Let, Module, Name, Statement, TypeAlias

SORTS: Mapping[str, str] = {
    "kind": "kind",
    "template": "kind",
    "type": "kind",
    "app": "value",
    "team": "team",
    "environment": "environment",
    "budget": "rule",
    "carbon_budget": "rule",
    "policy": "rule",
    "waiver": "rule",
    "workflow": "rule",
    "project": "project",
    "defaults": "defaults",
    "test": "test",
}
"""The sort of each declaration by its first word; any other word is a kind, and declares an instance."""

PACKS = "policies"
"""Folder of a package whose files hold policies that an import of the file turns on."""

Declaration = Block | Let | Fn | TypeAlias
Declared = TypeVar("Declared", Block | TypeAlias, Declaration)


class Table(Struct):
    """What one package declares: per sort, the declarations by name."""

    package: str
    kinds: dict[str, Block | TypeAlias] = field(default_factory=dict)
    values: dict[str, Declaration] = field(default_factory=dict)
    teams: dict[str, Block] = field(default_factory=dict)
    environments: dict[str, Block] = field(default_factory=dict)
    rules: dict[str, Block] = field(default_factory=dict)
    projects: dict[str, Block] = field(default_factory=dict)
    defaults: dict[str, Block] = field(default_factory=dict)
    tests: dict[str, Block] = field(default_factory=dict)
    imported_kinds: dict[str, "Table"] = field(default_factory=dict)
    imported_values: dict[str, "Table"] = field(default_factory=dict)
    imported_rules: dict[str, "Table"] = field(default_factory=dict)
    aliases: dict[str, "Table"] = field(default_factory=dict)

    def of_sort(self, sort: str) -> dict[str, Declaration]:
        """The declarations of a sort, to read or to add to."""
        found: dict[str, Declaration] = getattr(self, f"{sort}s" if sort != "defaults" else sort)
        return found


class Program(Struct, frozen=True):
    """All modules with their declarations by name. `uses` are filled by the checker: where a name stands, what it means."""

    modules: tuple[Module, ...]
    std: Table
    project: Table
    packages: Mapping[str, Table]
    name: str

    def environments(self) -> tuple[str, ...]:
        """The names of the environments, in order; a project that declares none has one, `dev`."""
        return tuple(sorted(self.project.environments)) or ("dev",)


def resolve(
    modules: Iterable[Module], packages: Mapping[str, str], name: str, std: Table | None = None
) -> Outcome[Program]:
    """Tables of the declarations.

    `packages` tells for a file of a package whose it is; `name` is the fallback; `std` the standard library's table,
    where that is not among the modules.
    """
    modules = tuple(sorted(modules, key=lambda module: module.path))
    collector = _Collector({} if std is None else {"std": std}, alone=len(modules) == 1)
    for module in modules:
        collector.module(module, packages)
    project = collector.table("")
    collector.imports(modules, packages)
    declared = next(iter(project.projects), name)
    program = Program(modules, collector.table("std"), project, collector.tables, declared)
    return Outcome(program, tuple(collector.diagnostics))


def package_of(path: str, packages: Mapping[str, str]) -> str:
    """The package to which a file belongs: `std`, one of the project's packages, or empty for the project itself."""
    return "std" if path.startswith("std/") else packages.get(path, "")


class _Collector(Struct):
    tables: dict[str, Table]
    alone: bool
    diagnostics: list[Diagnostic] = field(default_factory=list)
    in_kebab: dict[tuple[int, str], list[str]] = field(default_factory=dict)

    def table(self, package: str) -> Table:
        return self.tables.setdefault(package, Table(package))

    def module(self, module: Module, packages: Mapping[str, str]) -> None:
        table = self.table(package_of(module.path, packages))
        for statement in module.statements:
            self.statement(table, statement)

    def statement(self, table: Table, statement: Statement) -> None:
        match statement:
            case Block(head=head):
                self.block(table, statement, SORTS.get(head.text, "value"))
            case Let(name=name) | Fn(name=name):
                self.declare(table.values, name, statement)
            case TypeAlias(name=name):
                self.declare(table.kinds, name, statement)
            case _:
                pass

    def block(self, table: Table, block: Block, sort: str) -> None:
        name = declared_name(block)
        if name is None:
            self.diagnostics.append(
                codes.MISPLACED.at(
                    block.header_span,
                    f"`{block.head.text}` needs a name",
                    hint=f"write `{block.head.text} NAME {{ … }}`",
                )
            )
        elif sort == "project":
            self.project(table, block, name)
        elif name.text:
            known = table.of_sort(sort)
            self.declare(known, name, block)
            if sort in ("value", "environment", "team"):
                self.dns(known, name, 63)

    def project(self, table: Table, block: Block, name: Name) -> None:
        """A project is declared once, whatever the names, and in its own file where there is one."""
        first = next(iter(table.projects.values()), None)
        if not self.alone and not block.span.file.endswith(PROJECT_FILE):
            self.diagnostics.append(
                codes.MISPLACED.at(
                    block.header_span, f"`project` stands in `{PROJECT_FILE}` only", hint="move it there"
                )
            )
        elif first is None:
            table.projects = {name.text: block}
        else:
            self.diagnostics.append(twice(name, declared_span(first)))

    def declare(self, known: dict[str, Declared], name: Name, declaration: Declared) -> None:
        first = known.get(name.text)
        if first is None:
            known[name.text] = declaration
        elif name.text:
            self.diagnostics.append(twice(name, declared_span(first)))

    def dns(self, known: Mapping[str, Declaration], name: Name, limit: int) -> None:
        self.diagnostics.extend(dns_faults(name, limit))
        alike = self.in_kebab.setdefault((id(known), kebab(name.text)), [])
        for other in alike:
            declaration = known[other]
            if other != name.text and isinstance(declaration, Block):
                self.diagnostics.append(same_in_kebab(name, other, declared_span(declaration)))
        alike.append(name.text)

    def imports(self, modules: Iterable[Module], packages: Mapping[str, str]) -> None:
        for module in modules:
            table = self.table(package_of(module.path, packages))
            for statement in module.statements:
                if isinstance(statement, Import):
                    self.one_import(table, statement)

    def one_import(self, table: Table, statement: Import) -> None:
        written = statement.package.text
        package = written if written in self.tables else written.split("/", 1)[0]
        source = self.tables.get(package)
        if source is None or not package:
            known = sorted(name for name in self.tables if name)
            near = did_you_mean(package, known)
            text = f'"{near}{statement.package.text.removeprefix(package)}"'
            fixes = (Fix(f"write {text}", (Edit(statement.package.span, text),), safe=True),) if near else ()
            self.diagnostics.append(
                codes.UNKNOWN_PACKAGE.at(
                    statement.package.span,
                    f"there is no package `{package}`",
                    hint=f"did you mean `{near}`?" if near else f"there are: {', '.join(known)}",
                    help="" if near else "a project names its packages in `packages` of `project`",
                    fixes=fixes,
                )
            )
            return
        if statement.alias:
            table.aliases[statement.alias.text] = source
            self.pack(table, source, statement, written.removeprefix(package).strip("/"))
        for name in statement.names:
            self.imported(table, source, name, package)

    def pack(self, table: Table, source: Table, statement: Import, path: str) -> None:
        """Turn on the rules of a file of a package that are off unless somebody asks for them."""
        packs = packs_of(source)
        if path in packs:
            table.imported_rules.update(dict.fromkeys(packs[path], source))
        elif path.startswith(f"{PACKS}/"):
            self.diagnostics.append(unknown_pack(statement, path, packs))

    def imported(self, table: Table, source: Table, name: Name, package: str) -> None:
        declaration = source.kinds.get(name.text) or source.values.get(name.text)
        if declaration is not None and is_private(declaration):
            self.diagnostics.append(private(name, package, declared_span(declaration)))
        elif name.text in source.kinds:
            table.imported_kinds[name.text] = source
        elif name.text in source.values:
            table.imported_values[name.text] = source
        elif name.text in source.rules:
            table.imported_rules[name.text] = source
        else:
            self.diagnostics.append(not_in_package(name, source, package))


def not_in_package(name: Name, source: Table, package: str) -> Diagnostic:
    """A name that a package does not have."""
    near = did_you_mean(name.text, exported(source))
    return codes.NOT_IN_PACKAGE.at(
        name.span,
        f"the package `{package}` has no `{name.text}`",
        hint=f"did you mean `{near}`?" if near else "",
        fixes=(Fix(f"write `{near}`", (Edit(name.span, near),), safe=True),) if near else (),
    )


def packs_of(table: Table) -> dict[str, list[str]]:
    """The rules of a package that are off by default, by the file in which they stand, without its ending."""
    found: dict[str, list[str]] = {}
    for name, block in table.rules.items():
        if is_opt_in(block):
            path = block.span.file.removesuffix(".platform")
            found.setdefault(path[path.find(f"{PACKS}/") :], []).append(name)
    return found


def unknown_pack(statement: Import, path: str, packs: Iterable[str]) -> Diagnostic:
    """A file of policies that a package does not have."""
    near, known = did_you_mean(path, packs), sorted(packs)
    text = f'"{statement.package.text.removesuffix(path)}{near}"'
    return codes.NOT_IN_PACKAGE.at(
        statement.package.span,
        f"there are no policies in `{statement.package.text}`",
        hint=f"did you mean `{near}`?" if near else f"there are: {', '.join(known)}",
        fixes=(Fix(f"write {text}", (Edit(statement.package.span, text),), safe=True),) if near else (),
    )


def is_opt_in(declaration: Declaration) -> bool:
    """Whether a declaration means nothing until it is imported."""
    return any(each.name.text == "opt_in" for each in declaration.annotations)


def exported(table: Table) -> list[str]:
    """The names of a package that others may use."""
    every = (*table.kinds.items(), *table.values.items(), *table.rules.items())
    return [name for name, declaration in every if not is_private(declaration)]


def is_private(declaration: Declaration) -> bool:
    """Whether a declaration is for its own package only."""
    return any(each.name.text == "private" for each in declaration.annotations)


def private(name: Name, package: str, place: Span) -> Diagnostic:
    """A name that its package keeps to itself."""
    return codes.PRIVATE_NAME.at(
        name.span, f"`{name.text}` is private to the package `{package}`", labels=(Label(place, "declared here"),)
    )


def declared_name(block: Block) -> Name | None:
    """The name that a block declares: its single label, or for a nameless `project { }` an empty one."""
    label = block.labels[0] if block.labels else None
    if isinstance(label, DottedLabel):
        return label.names[0]
    if label is None and block.targets:
        return block.targets[0]
    return label


def declared_span(declaration: Declaration) -> Span:
    """Where the name of a declaration stands."""
    if isinstance(declaration, Block):
        name = declared_name(declaration)
        return name.span if name else declaration.header_span
    return declaration.name.span


def twice(name: Name, first: Span) -> Diagnostic:
    """The later of two declarations of the same name."""
    return codes.DUPLICATE.at(
        name.span, f"`{name.text}` is declared twice", hint="declared again here", labels=(Label(first, "first here"),)
    )


def same_in_kebab(name: Name, other: str, place: Span) -> Diagnostic:
    """Two names that artifacts cannot tell apart."""
    return codes.SAME_IN_KEBAB.at(
        name.span,
        f"`{name.text}` and `{other}` both become `{kebab(name.text)}` in artifacts",
        hint="rename one of them",
        labels=(Label(place, "the other"),),
    )


def dns_faults(name: Name, limit: int) -> Iterator[Diagnostic]:
    """What keeps a declared name from being a DNS label."""
    text = kebab(name.text)
    if not text or not text[0].isalnum():
        yield codes.NAME_NOT_DNS.at(name.span, f"`{name.text}` has no letter or digit to make a name of")
    elif len(text) > limit:
        yield codes.NAME_NOT_DNS.at(
            name.span,
            f"`{text}` has {len(text)} characters; a name here has at most {limit}",
            hint=f"{len(text) - limit} too many",
        )
