"""The functions of the language: how many arguments each takes, and the type of its result."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from idpc.types.model import (
    ANY,
    BOOL,
    BYTES,
    FLOAT,
    INT,
    MONEY,
    NOWHERE,
    QUANTITIES,
    STRING,
    TEXTS,
    AnyType,
    ListType,
    MapType,
    NullType,
    Primitive,
    RangeType,
    RecordType,
    SecretType,
    Type,
    UnionType,
    UnknownType,
    base_name,
    mark_of,
    marked,
    members,
    record,
    union,
    unmarked,
)


class Misfit(Struct, frozen=True):
    """Which argument does not fit, and what was wanted."""

    argument: int
    wanted: str


Result = Callable[[Sequence[Type]], "Type | Misfit"]


class Function(Struct, frozen=True):
    """`count`: how many positional arguments; `hints`: what literals there are meant as; `named`: other arguments.

    A named argument needs those before it.
    """

    count: tuple[int, int]
    result: Result
    usage: str
    hints: tuple[Type | None, ...] = ()
    named: tuple[str, ...] = ()


CARRY_MARKS = frozenset({"json", "yaml", "base64"})
"""Functions whose result carries the marks of what they are given."""

NULLABLE = CARRY_MARKS | {"price"}
"""Functions that take null as well."""

STRUCTURAL = frozenset({"len", "keys", "values", "merge", "flatten", "slice"})
"""Functions that look at the structure of lists and maps only, so that marked items pass through."""


def _texts(count: int, result: Type) -> Result:
    """A function of strings only."""

    def typed(types: Sequence[Type]) -> Type | Misfit:
        for position, type_ in enumerate(types[:count]):
            if not _is_text(type_):
                return Misfit(position, "a string")
        return result

    return typed


def _is_text(type_: Type) -> bool:
    return all(
        base_name(member) in TEXTS or isinstance(member, UnknownType) or member == ANY for member in members(type_)
    )


def _is_number(type_: Type) -> bool:
    return all(base_name(member) in ("int", "float") or member == ANY for member in members(type_))


def _len(types: Sequence[Type]) -> Type | Misfit:
    sized = isinstance(types[0], ListType | MapType | RecordType) or _is_text(types[0])
    return INT if sized else Misfit(0, "a string, list or map")


def _keys(types: Sequence[Type]) -> Type | Misfit:
    if isinstance(types[0], MapType):
        key = types[0].key
        return ListType(key if base_name(members(key)[0]) else STRING)
    return ListType(STRING) if isinstance(types[0], RecordType) or types[0] == ANY else Misfit(0, "a map")


def _values(types: Sequence[Type]) -> Type | Misfit:
    if isinstance(types[0], MapType):
        return ListType(types[0].value)
    if isinstance(types[0], RecordType):
        each = [field.type for field in types[0].fields.values()]
        return ListType(union(*each) if each else UnknownType())
    return ListType(ANY) if types[0] == ANY else Misfit(0, "a map")


def _contains(types: Sequence[Type]) -> Type | Misfit:
    if isinstance(types[0], ListType) or types[0] == ANY:
        return BOOL
    if not _is_text(types[0]):
        return Misfit(0, "a string or list")
    return BOOL if _is_text(types[1]) else Misfit(1, "a string")


def _split(types: Sequence[Type]) -> Type | Misfit:
    found = _texts(2, STRING)(types)
    return found if isinstance(found, Misfit) else ListType(STRING)


def _join(types: Sequence[Type]) -> Type | Misfit:
    if not isinstance(types[0], ListType) or not all(
        base_name(member) in (*TEXTS, "int") or isinstance(member, UnknownType | AnyType)
        for member in members(types[0].item)
    ):
        return Misfit(0, "a list of strings")
    return STRING if _is_text(types[1]) else Misfit(1, "a string")


def _merge(types: Sequence[Type]) -> Type | Misfit:
    for position, type_ in enumerate(types):
        if not all(isinstance(member, MapType | RecordType) for member in members(type_)):
            return Misfit(position, "a map")
    records = [type_ for type_ in types if isinstance(type_, RecordType)]
    if len(records) == len(types):
        fields = {name: field for each in records for name, field in each.fields.items()}
        return record("map", fields, NOWHERE, anonymous=True)
    each = [member for type_ in types for member in _map_values(type_)]
    return MapType(STRING, union(*each) if each else UnknownType())


def _map_values(type_: Type) -> list[Type]:
    if isinstance(type_, UnionType):
        return [value for member in type_.members for value in _map_values(member)]
    if isinstance(type_, MapType):
        return [type_.value]
    return [field.type for field in type_.fields.values()] if isinstance(type_, RecordType) else []


def _flatten(types: Sequence[Type]) -> Type | Misfit:
    if not isinstance(types[0], ListType):
        return Misfit(0, "a list of lists")
    items: list[Type] = []
    for member in members(types[0].item):
        bare = unmarked(member)
        if bare == ANY:
            return ListType(ANY)
        if not isinstance(bare, ListType | UnknownType):
            return Misfit(0, "a list of lists")
        items.append(bare.item if isinstance(bare, ListType) else bare)
    known = [item for item in items if not isinstance(item, UnknownType)]
    return ListType(union(*known) if known else UnknownType())


def _same_list(types: Sequence[Type]) -> Type | Misfit:
    return types[0] if isinstance(types[0], ListType) else Misfit(0, "a list")


def _sortable(types: Sequence[Type]) -> Type | Misfit:
    item = types[0].item if isinstance(types[0], ListType) else None
    if item is None or not (base_name(item) or _is_text(item) or _is_number(item)):
        return Misfit(0, "a list of strings, numbers or quantities")
    return types[0]


def _sum(types: Sequence[Type]) -> Type | Misfit:
    item = types[0].item if isinstance(types[0], ListType) else None
    names = {base_name(member) for member in members(item)} if item is not None else {""}
    if names <= {"int", "float"}:
        return INT if names == {"int"} else FLOAT
    name = names.pop()
    return Primitive(name) if not names and name in QUANTITIES else Misfit(0, "a list of numbers or of one quantity")


def _extreme(types: Sequence[Type]) -> Type | Misfit:
    items = list(types)
    if len(types) == 1:
        if not isinstance(types[0], ListType):
            return Misfit(0, "a list, or several values")
        items = [types[0].item]
    names = {base_name(member) for item in items for member in members(item)}
    if names <= {"int", "float"}:
        return INT if names == {"int"} else FLOAT
    if len(names) == 1 and names & {*QUANTITIES, "date", "string", "version"}:
        return Primitive(names.pop())
    return Misfit(0, "values of one type that have an order")


def _whole(types: Sequence[Type]) -> Type | Misfit:
    return INT if _is_number(types[0]) else Misfit(0, "a number")


def _range(types: Sequence[Type]) -> Type | Misfit:
    for position, type_ in enumerate(types):
        if base_name(type_) != "int":
            return Misfit(position, "a whole number")
    return ListType(INT)


def _slice(types: Sequence[Type]) -> Type | Misfit:
    for position, type_ in enumerate(types[1:], 1):
        if base_name(type_) != "int":
            return Misfit(position, "a whole number")
    if isinstance(types[0], ListType):
        return types[0]
    return STRING if _is_text(types[0]) else Misfit(0, "a string or list")


def _cidr_subnet(types: Sequence[Type]) -> Type | Misfit:
    if not _is_text(types[0]):
        return Misfit(0, "a CIDR")
    for position in (1, 2):
        if base_name(types[position]) != "int":
            return Misfit(position, "a whole number")
    return Primitive("cidr")


def _secret(types: Sequence[Type]) -> Type | Misfit:
    return SecretType(STRING) if _is_text(types[0]) else Misfit(0, "the path of a secret")


def _price(types: Sequence[Type]) -> Type | Misfit:
    if not _is_text(types[0]):
        return Misfit(0, "the name of a price")
    sku = 2 if len(types) > 1 and _is_text(types[1]) else 1
    for position, type_ in enumerate(types[sku:], sku):
        if not all(map(_is_counted, members(type_))):
            return Misfit(position, "a number, cpu, bytes, or a range of them")
    return MONEY


def _money(types: Sequence[Type]) -> Type | Misfit:
    return MONEY if base_name(types[0]) == "money" else Misfit(0, "money")


def _is_counted(type_: Type) -> bool:
    """Whether values of a type say how much of something there is, or from how much to how much."""
    kind = base_name(type_.item if isinstance(type_, RangeType) else type_)
    return kind in ("int", "float", "bytes", "cpu") or isinstance(type_, NullType | UnknownType | AnyType)


def _dump(types: Sequence[Type]) -> Type | Misfit:
    return marked(STRING, mark_of(types[0]))


def _base64(types: Sequence[Type]) -> Type | Misfit:
    found = _texts(1, STRING)([unmarked(types[0])])
    return found if isinstance(found, Misfit) else marked(STRING, mark_of(types[0]))


FUNCTIONS: Mapping[str, Function] = {
    "len": Function((1, 1), _len, "len(list)"),
    "keys": Function((1, 1), _keys, "keys(map)"),
    "values": Function((1, 1), _values, "values(map)"),
    "contains": Function((2, 2), _contains, "contains(list, item)"),
    "starts_with": Function((2, 2), _texts(2, BOOL), "starts_with(text, prefix)"),
    "ends_with": Function((2, 2), _texts(2, BOOL), "ends_with(text, suffix)"),
    "upper": Function((1, 1), _texts(1, STRING), "upper(text)"),
    "lower": Function((1, 1), _texts(1, STRING), "lower(text)"),
    "trim": Function((1, 1), _texts(1, STRING), "trim(text)"),
    "split": Function((2, 2), _split, "split(text, separator)"),
    "join": Function((2, 2), _join, "join(list, separator)"),
    "replace": Function((3, 3), _texts(3, STRING), "replace(text, old, new)"),
    "merge": Function((1, 99), _merge, "merge(map, map)"),
    "flatten": Function((1, 1), _flatten, "flatten([list, list])"),
    "distinct": Function((1, 1), _same_list, "distinct(list)"),
    "sort": Function((1, 1), _sortable, "sort(list)"),
    "sum": Function((1, 1), _sum, "sum(list)"),
    "min": Function((1, 99), _extreme, "min(a, b) or min(list)"),
    "max": Function((1, 99), _extreme, "max(a, b) or max(list)"),
    "floor": Function((1, 1), _whole, "floor(number)"),
    "ceil": Function((1, 1), _whole, "ceil(number)"),
    "round": Function((1, 1), _whole, "round(number)"),
    "range": Function((1, 2), _range, "range(count) or range(start, end)"),
    "slice": Function((2, 3), _slice, "slice(text, start, end)"),
    "cidr_subnet": Function((3, 3), _cidr_subnet, "cidr_subnet(cidr, bits, number)"),
    "secret": Function((1, 1), _secret, 'secret("path/of/entry")'),
    "price": Function(
        (1, 3),
        _price,
        'price("cloud/service/sku", sku, quantity = 1, assumed = 0..1)',
        (None, None, BYTES),
        ("quantity", "assumed"),
    ),
    "node_share": Function((1, 1), _money, "node_share(price(…))"),
    "node_capacity": Function((1, 1), _money, "node_capacity(price(…))"),
    "read": Function((1, 1), _texts(1, STRING), 'read("file.conf")'),
    "base64": Function((1, 1), _base64, "base64(text)"),
    "sha256": Function((1, 1), _texts(1, STRING), "sha256(text)"),
    "json": Function((1, 1), _dump, "json(value)"),
    "yaml": Function((1, 1), _dump, "yaml(value)"),
}
