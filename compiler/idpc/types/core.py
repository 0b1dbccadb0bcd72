"""The core: typed expressions and bodies, with every name bound and every conversion written out.

The checker makes it, the evaluator runs it. Each expression has its type and the span from which it came.
"""

from typing import TYPE_CHECKING

from msgspec import Struct, field

from idpc.source import Span
from idpc.types.model import RecordType, Type
from idpc.values import Value

if TYPE_CHECKING:
    from idpc.types.declared import FnInfo, LetInfo
    from idpc.types.fit import Conversion


class Const(Struct, frozen=True):
    """A value known to the checker."""

    value: Value
    type: Type
    span: Span


class Var(Struct, frozen=True):
    """A loop variable or parameter; `slot` is unique in its declaration."""

    slot: str
    name: str
    type: Type
    span: Span


class ReadLet(Struct, frozen=True):
    """A `let`; evaluated once for its owner (`let.home`)."""

    let: "LetInfo"
    type: Type
    span: Span


class ReadOwn(Struct, frozen=True):
    """A field of the record, kind or template in whose declaration the name stands."""

    name: str
    type: Type
    span: Span


class ReadOwnOutput(Struct, frozen=True):
    """An output of the kind or template in whose declaration the name stands."""

    name: str
    path: tuple[str | int, ...]
    type: Type
    span: Span


class ReadInner(Struct, frozen=True):
    """An instance inside the template in whose declaration the name stands."""

    name: str
    tolerant: bool
    type: Type
    span: Span


class ReadInstance(Struct, frozen=True):
    """An instance of an app: of the place's own where `app` is empty. `tolerant`: null where it does not exist."""

    app: str
    name: str
    tolerant: bool
    type: Type
    span: Span


class ReadResource(Struct, frozen=True):
    """A resource, data source or Kubernetes object of the same `provision` block."""

    resource: str
    name: str
    data: bool
    kubernetes: bool
    tolerant: bool
    type: Type
    span: Span


class Context(Struct, frozen=True):
    """`self`, `environment`, `app`, `team`, `project`, `today`, `object`, `resource`."""

    name: str
    type: Type
    span: Span


class InstanceMember(Struct, frozen=True):
    """A field, attribute or template's inner instance, read through a reference. `what`: field, attribute, inner."""

    base: "Core"
    name: str
    what: str
    tolerant: bool
    type: Type
    span: Span


class InstanceOutput(Struct, frozen=True):
    """An output read through a reference; `path` are the members that follow. Makes an edge."""

    base: "Core"
    name: str
    path: tuple[str | int, ...]
    tolerant: bool
    type: Type
    span: Span


class Member(Struct, frozen=True):
    """A member of a value. `how`: record, map, range, quantity, image, any, symbol, reference."""

    base: "Core"
    name: str
    how: str
    tolerant: bool
    type: Type
    span: Span


class Index(Struct, frozen=True):
    """`base[index]`. `how`: list, map, instances, any, symbol."""

    base: "Core"
    index: "Core"
    how: str
    tolerant: bool
    type: Type
    span: Span


class CallFn(Struct, frozen=True):
    """A call of a declared function; arguments in the order of its parameters, None for a default."""

    fn: "FnInfo"
    arguments: tuple["Core | None", ...]
    type: Type
    span: Span


class CallBuiltin(Struct, frozen=True):
    """A call of a function of the language, or of a method of an instance (`self` first)."""

    name: str
    arguments: tuple["Core", ...]
    type: Type
    span: Span


class Operation(Struct, frozen=True):
    """A unary or binary operator on known operand types; `how` names the domain: number, quantity, version and so on."""

    operator: str
    operands: tuple["Core", ...]
    how: str
    type: Type
    span: Span


class If(Struct, frozen=True):
    """`if c then a else b`."""

    condition: "Core"
    then: "Core"
    otherwise: "Core"
    type: Type
    span: Span


class Arm(Struct, frozen=True):
    """An arm of a match: taken when the subject equals a value or is of a type; an empty one is always taken."""

    values: tuple["Core", ...]
    types: tuple[Type, ...]
    result: "Core"


class Match(Struct, frozen=True):
    """`match subject { … }`; the checker has seen that an arm fits."""

    subject: "Core"
    arms: tuple[Arm, ...]
    type: Type
    span: Span


class MakeList(Struct, frozen=True):
    """A list of its items."""

    items: tuple["Core", ...]
    type: Type
    span: Span


class MakeMap(Struct, frozen=True):
    """A map or anonymous record of its entries."""

    entries: tuple[tuple[str, "Core"], ...]
    type: Type
    span: Span


class MakeRecord(Struct, frozen=True):
    """A declared record from given fields; the others take their defaults."""

    record: RecordType
    entries: tuple[tuple[str, "Core"], ...]
    type: Type
    span: Span


class Comprehension(Struct, frozen=True):
    """A list (`key` None) or map made by a loop."""

    slots: tuple[str, ...]
    iterable: "Core"
    condition: "Core | None"
    key: "Core | None"
    item: "Core"
    type: Type
    span: Span


class MakeText(Struct, frozen=True):
    """An interpolated string."""

    parts: tuple["str | Core", ...]
    type: Type
    span: Span


class MakeRange(Struct, frozen=True):
    """`low..high`."""

    low: "Core"
    high: "Core"
    type: Type
    span: Span


class Convert(Struct, frozen=True):
    """A value made to fit its place."""

    value: "Core"
    conversion: "Conversion"
    type: Type
    span: Span


Core = (
    Const
    | Var
    | ReadLet
    | ReadOwn
    | ReadOwnOutput
    | ReadInner
    | ReadInstance
    | ReadResource
    | Context
    | InstanceMember
    | InstanceOutput
    | Member
    | Index
    | CallFn
    | CallBuiltin
    | Operation
    | If
    | Match
    | MakeList
    | MakeMap
    | MakeRecord
    | Comprehension
    | MakeText
    | MakeRange
    | Convert
)

# ------------------------------------------------------------------- bodies


class SetField(Struct, frozen=True):
    """`name = value`, `name += value`."""

    name: str
    add: bool
    value: Core
    span: Span
    locked: bool = False


class MergeBlock(Struct, frozen=True):
    """`name { }` or `name LABEL { }`: merged into what weaker layers said.

    `shape`: record (into the record), entry (into the map's or keyed list's entry `key`), map (its statements are
    entries), item (appended to the list), removed (the entry `key` leaves the map), inner (a layer of the template's
    instance `name`).
    """

    name: str
    shape: str
    key: Core | None
    body: "Body"
    span: Span
    record: RecordType | None = None
    merge_key: str = ""
    locked: bool = False
    slots: tuple[str, ...] = ()
    iterable: Core | None = None
    condition: Core | None = None


class Choose(Struct, frozen=True):
    """`if c { } else { }` in a body."""

    condition: Core
    then: "Body"
    otherwise: "Body"
    span: Span


class Within(Struct, frozen=True):
    """`in staging, prod { }`."""

    environments: tuple[str, ...]
    body: "Body"
    span: Span


BodyStatement = SetField | MergeBlock | Choose | Within


class Body(Struct, frozen=True):
    """Statements in order. `lets` are those of this body, which its expressions may read."""

    statements: tuple[BodyStatement, ...] = ()
    span: Span = field(default_factory=lambda: Span("", 0, 0))


class Rule(Struct, frozen=True):
    """A `require`: its condition and message, and the `if`s and the `in` around it under which it holds."""

    condition: Core
    message: Core | None
    span: Span
    guards: tuple[tuple[Core, bool], ...] = ()
    environments: tuple[str, ...] | None = None
