"""Lists, maps, records, strings, and what makes a value fit its place."""

from idpc.graph.translate.writer import DEEPEST_BLOCK, Writer, outlined
from idpc.types import core as c
from idpc.types.fit import ByMember, Conversion, EachItem, ToRecord
from idpc.types.model import PLAIN, ListType, MapType, RecordType, UnknownType, mark_of


def make_list(core: c.MakeList, writer: Writer) -> str:
    """A list."""
    return f"[{', '.join(writer.part(each) for each in core.items)}]"


def make_map(core: c.MakeMap, writer: Writer) -> str:
    """A map or anonymous record."""
    return _entries(core.entries, writer)


def _entries(entries: tuple[tuple[str, c.Core], ...], writer: Writer) -> str:
    return f"{{{', '.join(f'{name!r}: {writer.part(each)}' for name, each in entries)}}}"


def make_record(core: c.MakeRecord, writer: Writer) -> str:
    """A declared record, in place where its defaults allow that."""
    if core.record.schema:
        return _entries(core.entries, writer)
    if writer.whole and is_simple(core.record, {name for name, _ in core.entries}):
        given = dict(core.entries)
        fields = [(name, given.get(name, core.record.defaults.get(name))) for name in core.record.fields]
        texts = (f"{name!r}: {'None' if each is None else writer.value(each)}" for name, each in fields)
        return f"{{{', '.join(texts)}}}"
    record, span = writer.constant(core.record), writer.constant(core.span)
    entries = _entries(core.entries, writer)
    return f"{'record' if writer.whole else 'Partial'}({entries}, {record}, {span}{', f' if writer.whole else ''})"


def is_simple(record: RecordType, given: set[str]) -> bool:
    """Whether a record is made by putting what is given beside defaults that depend on nothing."""
    if record.flattened or record.rules:
        return False
    lacking = (each for name, each in record.fields.items() if name not in given)
    return not any(each.required or not is_independent(record.defaults.get(each.name)) for each in lacking)


def is_independent(core: c.Core | None) -> bool:
    """Whether a value is the same wherever it is asked for."""
    match core:
        case None:
            return True
        case c.Const(type=type_):
            return not isinstance(type_, UnknownType)
        case c.MakeList(items=items):
            return all(map(is_independent, items))
        case c.MakeMap(entries=entries):
            return all(is_independent(each) for _, each in entries)
        case c.MakeRecord(record=record, entries=entries):
            return is_simple(record, {name for name, _ in entries}) and all(is_independent(e) for _, e in entries)
    return False


def comprehension(core: c.Comprehension, writer: Writer) -> str:
    """A list or map made by a loop."""
    if writer.depth > DEEPEST_BLOCK:
        return outlined(core, writer)
    over = _turns(core, writer)
    names = [writer.fresh() for _ in core.slots]
    outer = writer.names
    writer.names = {**outer, **dict(zip(core.slots, names, strict=True))}
    target = "".join(f"{name}, " for name in names) if over.startswith("counted_turns") else ", ".join(names)
    made = _loop(core, f"for {target} in {over}", writer)
    writer.names = outer
    return made


def _turns(core: c.Comprehension, writer: Writer) -> str:
    over, type_ = writer.value(core.iterable), core.iterable.type
    if isinstance(type_, ListType | MapType):
        if len(core.slots) == 1:
            return f"counted(f, {over}, {writer.constant(core.span)})"
        if isinstance(type_, MapType):
            return f"counted(f, {over}, {writer.constant(core.span)}).items()"
    return f"counted_turns(f, {over}, {len(core.slots)}, {writer.constant(core.span)})"


def _loop(core: c.Comprehension, head: str, writer: Writer) -> str:
    """A comprehension of Python where its parts fit into one, else a loop."""
    start, name = len(writer.lines), writer.fresh()
    writer.line(f"{name} = {'[]' if core.key is None else '{}'}")
    with writer.block(f"{head}:"):
        test = "True" if core.condition is None else writer.value(core.condition)
        tested = len(writer.lines)
        with writer.block(f"if {test}:"):
            key = "" if core.key is None else writer.value(core.key)
            item = writer.part(core.item)
            writer.line(f"{name}.append({item})" if core.key is None else f"{name}[{key}] = {item}")
    if len(writer.lines) > start + 4 or tested > start + 2:
        return name
    del writer.lines[start:]
    condition = "" if core.condition is None else f" if {test}"
    return f"[{item} {head}{condition}]" if core.key is None else f"{{{key}: {item} {head}{condition}}}"


def make_text(core: c.MakeText, writer: Writer) -> str:
    """An interpolated string."""
    parts = [writer.constant(part) if isinstance(part, str) else writer.value(part) for part in core.parts]
    plain = all(isinstance(part, str) or mark_of(part.type) == PLAIN for part in core.parts)
    return f"{'plain_text' if plain else 'text_of'}(({', '.join(parts)},), {writer.constant(core.span)})"


def make_range(core: c.MakeRange, writer: Writer) -> str:
    """A range."""
    low, high = writer.value(core.low), writer.value(core.high)
    return f"range_of({low}, {high}, {writer.constant(core.span)})"


def convert(core: c.Convert, writer: Writer) -> str:
    """A value made to fit its place."""
    literal = not isinstance(core.value, READS)
    value = writer.value(core.value, whole=writer.whole and not literal)
    made = f"convert({value}, {writer.constant(core.conversion)}, {writer.constant(core.span)})"
    finishes = writer.whole and (literal or _makes_records(core.conversion))
    return f"f.run.finished({made}, f)" if finishes else made


READS = (
    c.ReadLet,
    c.ReadOwn,
    c.ReadOwnOutput,
    c.Var,
    c.Context,
    c.Member,
    c.Index,
    c.InstanceMember,
    c.InstanceOutput,
    c.CallFn,
    c.CallBuiltin,
)
"""What gives values that are complete already; others may be literals, whose form tells a record from a map."""


def _makes_records(conversion: Conversion) -> bool:
    """Whether a conversion gives records that lack their defaults."""
    match conversion:
        case ToRecord(record, fields):
            return (record is not None and not record.schema) or any(map(_makes_records, fields.values()))
        case EachItem(item):
            return _makes_records(item)
        case ByMember(cases):
            return any(_makes_records(each) for _, each in cases)
    return False
