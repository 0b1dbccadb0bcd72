"""Layers: what each says of a field, from the weakest to the strongest."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, cast

from msgspec import Struct

from idpc.diagnostics import Label
from idpc.diagnostics.codes import types as codes
from idpc.graph.convert import Partial
from idpc.graph.faults import Fault
from idpc.graph.loops import turns
from idpc.source import Span
from idpc.types import core as c
from idpc.types.model import UnknownType
from idpc.values import InstanceRef, Value

if TYPE_CHECKING:
    from idpc.graph.frame import Frame, Reads


class Layer(Struct, frozen=True):
    """One layer of an instance: a body, the frame of its expressions, and what it is called."""

    body: c.Body
    frame: "Frame"
    title: str


class Said(Struct, frozen=True):
    """One thing said of a field: where, by which layer, in which value it resulted."""

    path: tuple[str, ...]
    layer: str
    rank: int
    span: Span
    environments: tuple[str, ...]
    value: Value


class Record:
    """What the folding of an instance's layers leaves behind: origins, locks, and reads by the path that made them."""

    __slots__ = ("history", "locks", "origins", "reads")

    def __init__(self) -> None:
        self.origins: dict[tuple[str, ...], tuple[int, Span]] = {}
        self.locks: dict[tuple[str, ...], tuple[int, Span]] = {}
        self.reads: list[tuple[tuple[str, ...], Reads]] = []
        self.history: list[Said] = []


Guard = tuple[c.Core, bool]


class Guarded(Struct, frozen=True):
    """A statement with the conditions around it, and the environments of an `in`."""

    statement: c.SetField | c.MergeBlock
    guards: tuple[Guard, ...]
    environments: tuple[str, ...]


def by_field(body: c.Body) -> dict[str, list[Guarded]]:
    """The statements of a body by the field that they are about, those of `in` last."""
    found: dict[str, list[Guarded]] = {}
    flat = list(_flat(body, (), ()))
    for each in (*(one for one in flat if not one.environments), *(one for one in flat if one.environments)):
        name = "patch" if _shape(each.statement) == "patch" else each.statement.name
        found.setdefault(f"inner {name}" if _shape(each.statement) == "inner" else name, []).append(each)
    return found


def _shape(statement: c.SetField | c.MergeBlock) -> str:
    return statement.shape if isinstance(statement, c.MergeBlock) else ""


def _flat(body: c.Body, guards: tuple[Guard, ...], environments: tuple[str, ...]) -> Iterator[Guarded]:
    for statement in body.statements:
        match statement:
            case c.Choose(condition=test, then=then, otherwise=otherwise):
                yield from _flat(then, (*guards, (test, True)), environments)
                yield from _flat(otherwise, (*guards, (test, False)), environments)
            case c.Within(environments=names, body=inner):
                yield from _flat(inner, guards, names or ("",))
            case _:
                yield Guarded(statement, guards, environments)


def applies(guarded: Guarded, frame: "Frame") -> bool:
    """Whether a statement holds in the environment, and its conditions do."""
    if guarded.environments and frame.run.name not in guarded.environments:
        return False
    return frame.run.coder.holds(guarded.guards, frame)


class Fold:
    """Applies statements to a value, layer by layer."""

    def __init__(self, record: Record | None, rank: int = 0, title: str = "") -> None:
        self.record, self.rank, self.title = record, rank, title
        self.locking = False
        self.environments: tuple[str, ...] = ()

    def apply(self, value: Value, guarded: Guarded, frame: "Frame", path: tuple[str, ...]) -> Value:
        """A field's value after one more statement about it."""
        statement = guarded.statement
        if self.locked(path, statement, frame):
            return value
        outer, self.locking = self.locking, self.locking or statement.locked
        around, self.environments = self.environments, guarded.environments or self.environments
        made = (
            self._set(value, statement, frame, path)
            if isinstance(statement, c.SetField)
            else self._merge(value, statement, frame, path)
        )
        self._note(path, statement, self.environments, made, frame)
        self.locking, self.environments = outer, around
        return made

    def locked(self, path: tuple[str, ...], statement: c.SetField | c.MergeBlock, frame: "Frame") -> bool:
        """Whether a weaker layer has locked what a statement would set; says so."""
        if self.record is None or not self.record.locks:
            return False
        whole = isinstance(statement, c.SetField) and not statement.add
        for locked, (rank, place) in self.record.locks.items():
            inside = path[: len(locked)] == locked
            around = whole and locked[: len(path)] == path
            if rank < self.rank and (inside or around):
                frame.run.report(
                    codes.LOCKED.at(
                        statement.span,
                        f"`{'.'.join(locked)}` is locked and cannot be set here",
                        hint="set again here",
                        labels=(Label(place, "locked here"),),
                    )
                )
                return True
        return False

    def _note(
        self,
        path: tuple[str, ...],
        statement: c.SetField | c.MergeBlock,
        environments: tuple[str, ...],
        value: Value,
        frame: "Frame",
    ) -> None:
        if self.record is None:
            return
        place = statement.value.span if isinstance(statement, c.SetField) else statement.span
        self.record.origins[path] = (self.rank, place)
        if self.locking and isinstance(statement, c.SetField):
            self.record.locks[path] = (self.rank, statement.span)
        if frame.run.tracing and isinstance(statement, c.SetField):
            self.record.history.append(Said(path, self.title, self.rank, statement.span, environments, value))

    def _set(self, value: Value, statement: c.SetField, frame: "Frame", path: tuple[str, ...]) -> Value:
        new = self.evaluate(statement.value, frame, path)
        if not statement.add:
            return new
        return sum_of(value, new)

    def evaluate(self, core: c.Core, frame: "Frame", path: tuple[str, ...]) -> Value:
        """The value of an expression; what it reads is remembered with the path that it is for."""
        if isinstance(core, c.Const) and not isinstance(core.type, UnknownType):
            return core.value
        run = frame.run
        outer, run.reads = run.reads, {}
        try:
            return run.coder.part(core, frame)
        finally:
            reads, run.reads = run.reads, outer
            outer.update(reads)
            if reads and self.record is not None:
                self.record.reads.append((path, reads))

    # ------------------------------------------------------------- blocks

    def _merge(self, value: Value, block: c.MergeBlock, frame: "Frame", path: tuple[str, ...]) -> Value:
        if block.iterable is not None:
            run = frame.run
            for values in turns(
                run.finished(run.coder.run(block.iterable, frame), frame), len(block.slots), block.span
            ):
                run.step()
                frame.variables.update(zip(block.slots, values, strict=True))
                if block.condition is None or run.coder.run(block.condition, frame):
                    value = self._one(value, block, frame, path)
            return value
        if block.condition is not None and not frame.run.coder.run(block.condition, frame):
            return value
        return self._one(value, block, frame, path)

    def _one(self, value: Value, block: c.MergeBlock, frame: "Frame", path: tuple[str, ...]) -> Value:
        match block.shape:
            case "record":
                return self.record_block(value, block, frame, path)
            case "entry":
                return self._entry(value, block, frame, path)
            case "map":
                return self._map(value, block, frame, path)
            case "item":
                items = value if isinstance(value, list) else [] if value is None else [value]
                return [*items, self.record_block(None, block, frame, path)]
            case "keyed":
                return self._keyed(value, block, frame, path)
            case "removed":
                return self._without(value, block, frame)
        return value

    def record_block(self, value: Value, block: c.MergeBlock, frame: "Frame", path: tuple[str, ...]) -> Value:
        """A record merged field by field."""
        base = value if isinstance(value, dict) else {}
        assert block.record is not None  # noqa: S101  # the checker gives it to these shapes
        made = Partial(base, block.record, block.span)
        made.done = None
        for guarded in ordered(block.body):
            self.into(made, guarded, frame, path)
        return made

    def into(self, made: Partial, guarded: Guarded, frame: "Frame", path: tuple[str, ...]) -> None:
        """One statement applied to the record that it is about."""
        if applies(guarded, frame):
            name = guarded.statement.name
            start = made.get(name)
            if start is None and name not in made and isinstance(guarded.statement, c.MergeBlock):
                start = self._default(made, name, frame)
            made[name] = self.apply(start, guarded, frame, (*path, name))

    def _default(self, made: Partial, name: str, frame: "Frame") -> Value:
        default = made.record.defaults.get(name)
        if default is None or not isinstance(default, c.MakeRecord | c.MakeMap | c.MakeList):
            return None
        return frame.run.coder.part(default, frame.with_owner(None))

    def _entry(self, value: Value, block: c.MergeBlock, frame: "Frame", path: tuple[str, ...]) -> Value:
        key = None if block.key is None else frame.run.coder.run(block.key, frame)
        if block.merge_key:
            return self._element(value, str(key), block, frame, path)
        entries = dict(value) if isinstance(value, dict) else {}
        for name in _names(key):
            entries[name] = self.record_block(entries.get(name), block, frame, (*path, name))
        return entries

    def _element(self, value: Value, key: str, block: c.MergeBlock, frame: "Frame", path: tuple[str, ...]) -> Value:
        items = list(value) if isinstance(value, list) else []
        for position, item in enumerate(items):
            if isinstance(item, dict) and _same_key(item.get(block.merge_key), key):
                items[position] = self.record_block(item, block, frame, (*path, key))
                return items
        new = self.record_block({block.merge_key: _typed_key(key)}, block, frame, (*path, key))
        return [*items, new]

    def _map(self, value: Value, block: c.MergeBlock, frame: "Frame", path: tuple[str, ...]) -> Value:
        entries = dict(value) if isinstance(value, dict) else {}
        for guarded in ordered(block.body):
            if not applies(guarded, frame):
                continue
            name = guarded.statement.name
            made = self.apply(entries.get(name), guarded, frame, (*path, name))
            if made is None and not block.record:
                entries.pop(name, None)
            else:
                entries[name] = made
        return entries

    def _without(self, value: Value, block: c.MergeBlock, frame: "Frame") -> Value:
        """A map without the entry that a block names."""
        gone = [] if block.key is None else _names(frame.run.coder.run(block.key, frame))
        return {key: each for key, each in value.items() if key not in gone} if isinstance(value, dict) else value

    def _keyed(self, value: Value, block: c.MergeBlock, frame: "Frame", path: tuple[str, ...]) -> Value:
        for guarded in ordered(block.body):
            statement = guarded.statement
            if not applies(guarded, frame):
                continue
            if isinstance(statement, c.SetField):
                raise Fault(codes.NOT_A_BLOCK.at(statement.span, f"an entry of `{block.name}` is a block"))
            inner = c.MergeBlock(
                block.name, "entry", None, statement.body, statement.span, block.record, block.merge_key
            )
            value = self._element(value, statement.name, inner, frame, path)
        return value


def sum_of(value: Value, new: Value) -> Value:
    """What `+=` makes of a list or map."""
    if isinstance(new, dict) or isinstance(value, dict):
        return {**cast("dict[str, Value]", value or {}), **cast("dict[str, Value]", new or {})}
    return [*cast("list[Value]", value or []), *cast("list[Value]", new or [])]


def ordered(body: c.Body) -> list[Guarded]:
    """The statements of a body, plain ones first, then those of `in`."""
    flat = list(_flat(body, (), ()))
    return [*(one for one in flat if not one.environments), *(one for one in flat if one.environments)]


def _names(key: Value) -> list[str]:
    if isinstance(key, InstanceRef):
        return [str(key.address)]
    if isinstance(key, dict):
        return [str(each.address) for each in key.values() if isinstance(each, InstanceRef)]
    return [] if key is None else [str(key)]


def _same_key(value: Value, key: str) -> bool:
    return value is not None and str(value) == key


def _typed_key(key: str) -> Value:
    return int(key) if key.isdigit() else key


def origins(record: Record) -> Mapping[str, Span]:
    """Where each path got its value, by dotted path."""
    return {".".join(path): span for path, (_, span) in record.origins.items()}
