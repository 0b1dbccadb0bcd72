"""What the checker knows of each declaration: kinds, lets, functions, apps, instances."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from idpc.source import Span
from idpc.syntax.nodes import Block
from idpc.types.core import Body, Core, Rule
from idpc.types.model import NOWHERE, Field, RecordType, Type

if TYPE_CHECKING:
    from idpc.types.library import Library


class Info(Struct, eq=False):
    """What is known of a declaration: it may lead back to itself, so it is pickled empty and filled when all is there."""

    def __reduce__(self) -> tuple[object, ...]:
        """An empty one of the class, and the values of its fields."""
        return _empty, (type(self),), tuple(getattr(self, name) for name in self.__struct_fields__)

    def __setstate__(self, values: tuple[object, ...]) -> None:
        """Fill it."""
        for name, value in zip(self.__struct_fields__, values, strict=True):
            setattr(self, name, value)


def _empty(kind: type[Info]) -> Info:
    return kind(*(None for _ in kind.__struct_fields__))


class LetInfo(Info, eq=False):
    """A `let`. `home` is where its value is kept: global, own (kind, template, record), app, body, provision."""

    name: str
    home: str
    type: Type
    value: Core | None
    span: Span


class FnInfo(Info, eq=False):
    """A function. `slots` are its parameters' variables, `defaults` their defaults."""

    name: str
    parameters: tuple[tuple[str, Type], ...]
    slots: tuple[str, ...]
    defaults: tuple[Core | None, ...]
    result: Type
    value: Core | None
    span: Span
    deprecated: str | None = None
    doc: str = ""


class OutputInfo(Struct, frozen=True):
    """An output; `value` is None where `provision` gives it."""

    name: str
    type: Type
    value: Core | None
    span: Span
    doc: str = ""


class ResourceInfo(Struct, frozen=True):
    """A resource, data source or object of a `provision` block."""

    resource: str
    name: str
    data: bool
    kubernetes: bool
    per_app: bool
    api_version: str
    slots: tuple[str, ...]
    iterable: Core | None
    guards: tuple[tuple[Core, bool], ...]
    body: Body
    record: RecordType
    read: Type
    span: Span
    hashed: bool = False


class ProvisionInfo(Struct, frozen=True):
    """What an instance becomes on some targets. `outputs`: name, value, and the conditions under which it holds."""

    targets: tuple[str, ...]
    resources: tuple[ResourceInfo, ...]
    outputs: tuple[tuple[str, Core, tuple[tuple[Core, bool], ...]], ...]
    span: Span


class TargetBody(Struct, frozen=True):
    """An `access`, `reach`, `price` or `observe` block: its targets and what it says."""

    targets: tuple[str, ...]
    value: Core
    span: Span


class AdviceInfo(Struct, frozen=True):
    """An `advice` block: the field it is about, when it holds, and a record of what to try, and why."""

    path: tuple[str, ...]
    when: Core | None
    value: Core
    span: Span


class Header(Struct, frozen=True):
    """What is known of a declared instance before its body is read. `kinds` has several where branches declare it."""

    name: str
    kinds: tuple["KindInfo", ...]
    keyed: bool
    span: Span


class KindInfo(Info, eq=False):
    """A kind or template."""

    name: str
    span: Span
    block: Block
    package: str
    template: bool = False
    workload: bool = False
    shared: bool = False
    deprecated: str | None = None
    doc: str = ""
    fields: dict[str, Field] = field(default_factory=dict)
    defaults: dict[str, Core] = field(default_factory=dict)
    flattened: dict[str, RecordType] = field(default_factory=dict)
    outputs: dict[str, OutputInfo] = field(default_factory=dict)
    lets: dict[str, LetInfo] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    catalog: Core | None = None
    reach: list[TargetBody] = field(default_factory=list)
    access: list[TargetBody] = field(default_factory=list)
    price: list[TargetBody] = field(default_factory=list)
    observe: list[TargetBody] = field(default_factory=list)
    advice: list[AdviceInfo] = field(default_factory=list)
    provision: list[ProvisionInfo] = field(default_factory=list)
    inner: dict[str, list["InstanceInfo"]] = field(default_factory=dict)
    headers: dict[str, Header] = field(default_factory=dict)
    private: set[str] = field(default_factory=set)
    deprecated_outputs: dict[str, str] = field(default_factory=dict)
    workflows: list["RecordInstance"] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def levels(self) -> tuple[str, ...]:
        """The levels of access that an edge to this kind may have."""
        names: dict[str, None] = {}
        for block in self.access:
            names.update(dict.fromkeys(access_names(block.value)))
        if {"read", "write"} <= names.keys():
            names["read_write"] = None
        return tuple(names)

    def clouds(self) -> tuple[str, ...]:
        """The targets for which it has a `provision` block."""
        return tuple(dict.fromkeys(target for block in self.provision for target in block.targets))


def access_names(value: Core) -> tuple[str, ...]:
    """The levels that an `access` block gives."""
    entries = getattr(value, "entries", ())
    return tuple(name for name, _ in entries)


class InstanceInfo(Struct, frozen=True):
    """A declared instance, in an app, at top level or inside a template.

    `guards` are the conditions around it with the branch that it is in; `slots` the variables of its `for`; `whole` is all
    of it, to its last brace.
    """

    name: str
    kind: KindInfo
    slots: tuple[str, ...]
    iterable: Core | None
    guards: tuple[tuple[Core, bool], ...]
    body: Body
    rules: tuple[Rule, ...]
    span: Span
    was: tuple[str, ...] = ()
    private: bool = False
    kind_span: Span = NOWHERE
    whole: Span = NOWHERE


class RecordInstance(Struct, frozen=True):
    """An organisation-wide declaration: `environment prod { }`, checked against the record of its sort."""

    sort: str
    name: str
    record: RecordType
    body: Body
    span: Span


class AppInfo(Struct, eq=False):
    """An app with its instances; the implicit one has the project's name and no declaration."""

    name: str
    span: Span
    declaration: RecordInstance
    instances: dict[str, list[InstanceInfo]] = field(default_factory=dict)
    headers: dict[str, Header] = field(default_factory=dict)
    lets: dict[str, LetInfo] = field(default_factory=dict)
    defaults: dict[str, list[Body]] = field(default_factory=dict)
    workflows: list[RecordInstance] = field(default_factory=list)
    was: tuple[str, ...] = ()
    doc: str = ""


def _paragraph(doc: str, number: int) -> str:
    paragraphs = doc.split("\n\n")
    return " ".join(paragraphs[number].split()) if number < len(paragraphs) else ""


class PolicyInfo(Struct, frozen=True):
    """A policy. `kinds` empty for every instance; `rego` is the pattern of its files where it has some, else empty.

    `declaration` has the fields beside `on` and `when`, to be evaluated in each environment; `opt_in` if it is off until
    imported. `fix` sets on an instance of each kind what makes it keep to the policy.
    """

    name: str
    kinds: tuple[KindInfo, ...]
    target: str
    severity: str
    when: Core | None
    rules: tuple[Rule, ...]
    rego: str
    span: Span
    declaration: RecordInstance
    doc: str = ""
    rego_span: Span = NOWHERE
    language: str = "v1"
    opt_in: bool = False
    fix: tuple[tuple[KindInfo, Body], ...] = ()

    @property
    def title(self) -> str:
        """What it demands: the first paragraph of what is written above it."""
        return _paragraph(self.doc, 0)

    @property
    def remedy(self) -> str:
        """How to keep to it: the second paragraph, empty where there is none."""
        return _paragraph(self.doc, 1)


class TestInfo(Struct, frozen=True):
    """A `test`: rules with the environments in which each is looked at (empty: all)."""

    name: str
    rules: tuple[tuple[tuple[str, ...], Rule], ...]
    span: Span


class TypedProgram(Struct, frozen=True):
    """Every declaration with its types; what the evaluator reads."""

    project_name: str
    project: RecordInstance
    environments: Mapping[str, RecordInstance]
    teams: Mapping[str, RecordInstance]
    apps: Mapping[str, AppInfo]
    kinds: Mapping[str, KindInfo]
    defaults: Mapping[KindInfo, tuple[Body, ...]]
    lets: Mapping[str, LetInfo]
    policies: tuple[PolicyInfo, ...]
    rules: tuple[RecordInstance, ...]
    tests: tuple[TestInfo, ...]
    kubernetes: str = "1.33"
    uses: Mapping[Span, Span] = field(default_factory=dict)
    types: Mapping[str, RecordType | Type] = field(default_factory=dict)
    library: "Library | None" = None
