"""The types of the language."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from idpc.source import Span
from idpc.values import Quantity, canonical

if TYPE_CHECKING:
    from idpc.types.core import Core, Rule
    from idpc.types.declared import AdviceInfo, KindInfo

QUANTITIES = ("cpu", "bytes", "duration", "percent", "carbon", "money")
TEXTS = ("string", "version", "image", "cron", "timezone", "cidr", "dns_name")
PRIMITIVES = (*TEXTS, "int", "float", "bool", "date", *QUANTITIES)


class Primitive(Struct, frozen=True):
    """A type by name: `string`, `int`, `bytes`, `image`."""

    name: str

    def __str__(self) -> str:
        return self.name


class Refined(Struct, frozen=True):
    """A primitive narrowed: `int(1..50)`, `string(1..63)` (length), `string(/re/)`."""

    base: Primitive
    low: int | float | Quantity | None = None
    high: int | float | Quantity | None = None
    pattern: str = ""

    def __str__(self) -> str:
        if self.base.name == "int" and (self.low, self.high) == (1, 65535):
            return "port"
        bounds = f"{_text(self.low)}..{_text(self.high)}"
        return f"{self.base}(/{self.pattern}/)" if self.pattern else f"{self.base}({bounds})"


class LiteralType(Struct, frozen=True):
    """One value of a primitive type."""

    value: str | int | float | bool | Quantity

    def __str__(self) -> str:
        return literal_text(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LiteralType) and type(self.value) is type(other.value) and self.value == other.value

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


class NullType(Struct, frozen=True):
    """The type of `null`."""

    def __str__(self) -> str:
        return "null"


class UnionType(Struct, frozen=True):
    """Any of several types, flat and without doubles; `T?` is a union with null."""

    members: tuple["Type", ...]

    def __str__(self) -> str:
        rest = [member for member in self.members if not isinstance(member, NullType)]
        if len(rest) == len(self.members):
            return " | ".join(map(str, rest))
        text = " | ".join(map(str, rest))
        return f"{text}?" if len(rest) == 1 else f"({text})?"


class ListType(Struct, frozen=True):
    """`T[]`."""

    item: "Type"

    def __str__(self) -> str:
        return f"({self.item})[]" if isinstance(self.item, UnionType) else f"{self.item}[]"


class MapType(Struct, frozen=True):
    """`map<K, T>`; K is `string`, a union of literals or `instance`."""

    key: "Type"
    value: "Type"

    def __str__(self) -> str:
        return f"map<{self.value}>" if self.key == STRING else f"map<{self.key}, {self.value}>"


class RangeType(Struct, frozen=True):
    """`range<T>`."""

    item: "Type"

    def __str__(self) -> str:
        return f"range<{self.item}>"


class SecretType(Struct, frozen=True):
    """May flow only where secrets are accepted."""

    item: "Type"

    def __str__(self) -> str:
        return f"secret<{self.item}>"


class DeferredType(Struct, frozen=True):
    """Known only after provisioning."""

    item: "Type"

    def __str__(self) -> str:
        return f"deferred<{self.item}>"


class Field(Struct, frozen=True):
    """A field of a record or kind; what it is by default stands with these.

    `repeated`: a block of that name adds an item to the list; `merge_key`: labelled blocks are items by that key;
    `flattened`: the name of the record field through which it came.
    """

    name: str
    type: "Type"
    required: bool
    span: Span
    doc: str = ""
    locked: bool = False
    deprecated: str | None = None
    repeated: bool = False
    merge_key: str = ""
    flattened: str = ""


_KEPT = ("name", "span", "anonymous", "open", "_fields", "defaults", "flattened", "rules", "advice")


class RecordType:
    """A closed set of fields, declared (`type Backup { }`), anonymous (`{ a = 1 }`) or from a published schema.

    Records are equal when they are the same declaration. `fields` are made when first asked for, since records may
    name each other. `open`: unknown fields are allowed and have any type. `origin` says where a record of a published
    schema is found again: in which collection, under which name, then the fields that lead to it.
    """

    __slots__ = (
        "_fields",
        "_make",
        "advice",
        "anonymous",
        "defaults",
        "flattened",
        "name",
        "open",
        "origin",
        "rules",
        "schema",
        "span",
    )

    def __init__(  # noqa: PLR0913  # facts about one record
        self,
        name: str,
        make: Callable[[], Mapping[str, Field]],
        span: Span,
        *,
        anonymous: bool = False,
        open: bool = False,  # noqa: A002  # the term
        origin: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.span = span
        self.anonymous = anonymous
        self.open = open
        self.origin = origin
        self.schema = bool(origin)
        self.defaults: dict[str, Core] = {}
        self.flattened: dict[str, RecordType] = {}
        self.rules: list[Rule] = []
        self.advice: list[AdviceInfo] = []
        self._make = make
        self._fields: Mapping[str, Field] | None = None

    @property
    def fields(self) -> Mapping[str, Field]:
        """The fields by name, in the order of their declaration."""
        if self._fields is None:
            self._fields = self._make()
        return self._fields

    def __getstate__(self) -> tuple[object, ...]:
        """Facts to pickle of a record that a program declares, its fields made; schemas have theirs elsewhere."""
        return tuple(self.fields if name == "_fields" else getattr(self, name) for name in _KEPT)

    def __setstate__(self, values: tuple[object, ...]) -> None:
        """Fill an empty one."""
        self.origin, self.schema, self._make = (), False, dict
        for name, value in zip(_KEPT, values, strict=True):
            setattr(self, name, value)

    def __str__(self) -> str:
        if not self.anonymous:
            return self.name
        return "{ " + ", ".join(f"{item.name}: {item.type}" for item in self.fields.values()) + " }"

    def __repr__(self) -> str:
        return f"<record {self.name}>"


class InstanceType(Struct, frozen=True):
    """A reference to an instance of one of some kinds; of any kind when empty. `own` inside the kind itself (`self`)."""

    kinds: tuple["KindInfo", ...] = ()
    own: bool = False

    def __str__(self) -> str:
        return " | ".join(kind.name for kind in self.kinds) or "instance"


class ReferenceType(Struct, frozen=True):
    """A reference to a declaration of another sort: team, environment, app, policy, stage, kind, job."""

    sort: str

    def __str__(self) -> str:
        return self.sort


class AnyType(Struct, frozen=True):
    """A value without a declared shape: parts of rendered objects, values from a provider's `dynamic` attributes."""

    def __str__(self) -> str:
        return "any"


class UnknownType(Struct, frozen=True):
    """The type of what is broken; a diagnostic has been given, and it fits everywhere."""

    def __str__(self) -> str:
        return "unknown"


Type = (
    Primitive
    | Refined
    | LiteralType
    | NullType
    | UnionType
    | ListType
    | MapType
    | RangeType
    | SecretType
    | DeferredType
    | RecordType
    | InstanceType
    | ReferenceType
    | AnyType
    | UnknownType
)

STRING, INT, FLOAT, BOOL, DATE = map(Primitive, ("string", "int", "float", "bool", "date"))
CPU, BYTES, DURATION, PERCENT, CARBON, MONEY = map(Primitive, QUANTITIES)
NULL, ANY, UNKNOWN = NullType(), AnyType(), UnknownType()
PORT = Refined(INT, 1, 65535)


def union(*members: Type) -> Type:
    """The union of some types: flat, without doubles, a single one by itself."""
    flat: list[Type] = []
    for member in members:
        for each in member.members if isinstance(member, UnionType) else (member,):
            if isinstance(each, UnknownType | AnyType):
                return each
            if each not in flat:
                flat.append(each)
    return flat[0] if len(flat) == 1 else UnionType(tuple(flat))


def members(type_: Type) -> tuple[Type, ...]:
    """The members of a union, or the type by itself."""
    return type_.members if isinstance(type_, UnionType) else (type_,)


def without_null(type_: Type) -> Type:
    """`T` of `T?`."""
    rest = tuple(member for member in members(type_) if not isinstance(member, NullType))
    return union(*rest) if rest else type_


def is_optional(type_: Type) -> bool:
    """Whether null is among the values."""
    return any(isinstance(member, NullType) for member in members(type_))


PLAIN, IS_DEFERRED, IS_SECRET = 0, 1, 2


def mark_of(type_: Type) -> int:
    """The strongest mark in a type: of itself, of any member, item or field of an anonymous record."""
    if isinstance(type_, SecretType):
        return IS_SECRET
    if isinstance(type_, DeferredType):
        return max(IS_DEFERRED, mark_of(type_.item))
    return max((mark_of(part) for part in _parts(type_)), default=PLAIN)


def own_mark(type_: Type) -> int:
    """The mark of a value itself, whatever its items hold: a list with secret items has a length that is known."""
    if isinstance(type_, UnionType):
        return max(map(own_mark, type_.members))
    return mark_of(type_) if isinstance(type_, SecretType | DeferredType) else PLAIN


def _parts(type_: Type) -> Iterator[Type]:
    if isinstance(type_, UnionType):
        yield from type_.members
    elif isinstance(type_, ListType | RangeType):
        yield type_.item
    elif isinstance(type_, MapType):
        yield type_.value
    elif isinstance(type_, RecordType) and type_.anonymous:
        yield from (item.type for item in type_.fields.values())


def unmarked(type_: Type) -> Type:
    """A type without its own marks; those of items stay."""
    while isinstance(type_, SecretType | DeferredType):
        type_ = type_.item
    if isinstance(type_, UnionType) and any(isinstance(member, SecretType | DeferredType) for member in type_.members):
        return union(*map(unmarked, type_.members))
    return type_


def marked(type_: Type, mark: int) -> Type:
    """A type with a mark put on it."""
    if mark == PLAIN or type_ == UNKNOWN:
        return type_
    return SecretType(unmarked(type_)) if mark == IS_SECRET else DeferredType(unmarked(type_))


def base_name(type_: Type) -> str:
    """The primitive's name under refinements and literals, empty for what is none."""
    match type_:
        case Primitive(name):
            return name
        case Refined(base):
            return base.name
        case LiteralType(value):
            return value_type(value).name
        case _:
            return ""


def value_type(value: object) -> Primitive:
    """The primitive type of a scalar value."""
    if isinstance(value, Quantity):
        return Primitive("money" if value.unit == "sum" else value.unit)
    if isinstance(value, bool):
        return BOOL
    return INT if isinstance(value, int) else FLOAT if isinstance(value, float) else STRING


def literal_text(value: object) -> str:
    """A literal as it is written."""
    if isinstance(value, Quantity):
        return canonical(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = value.translate(_ESCAPES).replace("${", "\\${")
        return f'"{text}"'
    return str(value)


_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"})


def _text(bound: float | Quantity | None) -> str:
    return "" if bound is None else literal_text(bound)


def record(name: str, fields: Mapping[str, Field], span: Span, *, anonymous: bool = False) -> RecordType:
    """A record whose fields are known."""
    return RecordType(name, lambda: fields, span, anonymous=anonymous)


NOWHERE = Span("", 0, 0)
