"""Frames: where an expression is evaluated, and cells: values that are evaluated once."""

from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from idpc.address import Address
from idpc.diagnostics import Diagnostic
from idpc.diagnostics.codes import types as codes
from idpc.diagnostics.rings import needs_itself
from idpc.graph.convert import Partial
from idpc.graph.faults import MAX_DEPTH, Fault, Poisoned
from idpc.source import Span
from idpc.types.declared import LetInfo
from idpc.types.messages import missing_field
from idpc.types.model import RecordType
from idpc.values import Value

if TYPE_CHECKING:
    from idpc.graph.rules import Origins
    from idpc.graph.run import EnvironmentRun
    from idpc.graph.state import InstanceState

Reads = dict[tuple[Address, tuple[str | int, ...]], Span]
Cells = MutableMapping[object, "Cell"]
Place = Callable[[], tuple[str, Span]]
"""What a value is called in messages and where it is set; asked for when something is wrong with it."""


class Owner(Protocol):
    """In whose declaration an expression stands: an instance of a kind or template, or a record being finished."""

    lets: Cells

    def field(self, name: str, span: Span) -> Value:
        """A field by its bare name."""


class Cell:
    """A value that is evaluated at most once. `reads` are the outputs of other instances that it depends on.

    `plain`: it is there and depends on no other instance, so that who reads it has nothing else to do.
    """

    __slots__ = ("failed", "fault", "plain", "reads", "running", "value")

    def __init__(self) -> None:
        self.value: Value = None
        self.reads: Reads = {}
        self.running = True
        self.plain = self.failed = False
        self.fault: Fault | None = None

    @staticmethod
    def of(value: Value) -> "Cell":
        """A cell whose value is known."""
        cell = Cell()
        cell.value, cell.running, cell.plain = value, False, True
        return cell


class Frame:
    """The surroundings of one evaluation.

    `owner`: in whose declaration the expression stands; `own`: the instance that `self` is; `app`: the app of the
    place; `variables`: loops and parameters by slot; `lets`: cells of `let`s of the body.
    """

    __slots__ = ("app", "lets", "own", "owner", "run", "variables")

    def __init__(
        self,
        run: "EnvironmentRun",
        app: str = "",
        owner: Owner | None = None,
        own: "InstanceState | None" = None,
        variables: dict[str, Value] | None = None,
    ) -> None:
        self.run, self.app, self.owner, self.own = run, app, owner, own
        self.variables = variables if variables is not None else {}
        self.lets: Cells = {}

    @property
    def inside(self) -> "Frame":
        """The frame for the bodies of functions that are called here."""
        return self.run.inside(self.app)

    def with_owner(self, owner: Owner | None) -> "Frame":
        """A frame for expressions of another declaration at the same place."""
        return Frame(self.run, self.app, owner, self.own)

    @property
    def declaring(self) -> Owner:
        """The owner, for what only the expressions of a declaration read."""
        assert self.owner is not None  # noqa: S101  # the checker binds such names inside declarations only
        return self.owner

    @property
    def holder(self) -> "InstanceState":
        """The owner, for what only the expressions of a kind or template read."""
        return cast("InstanceState", self.owner)

    def let(self, let: LetInfo) -> Value:
        """The value of a `let`, kept at its home."""
        home = self.home(let)
        known = home.get(let)
        if known is not None and known.plain:
            return known.value
        return self.run.cell(home, let, lambda: self._let(let), lambda: (f"`{let.name}`", let.span))

    def home(self, let: LetInfo) -> Cells:
        """Where the value of a `let` is kept."""
        match let.home:
            case "global":
                return self.run.lets
            case "own" | "provision":
                return self.declaring.lets
            case "app":
                return self.run.app_lets(self.app)
        return self.lets

    def _let(self, let: LetInfo) -> Value:
        if let.value is None:
            raise Poisoned
        frame = Frame(self.run) if let.home == "global" else self
        return self.run.kept(self.run.coder.run(let.value, frame), let.span)

    def context(self, name: str) -> Value:
        """`environment`, `app`, `team`, `project`, `today`, `object`, `resource`."""
        if name in self.variables:
            return self.variables[name]
        if name in ("app", "team"):
            return self.run.place(name, self.app, self.own)
        return self.run.context[name]


class Settings(NamedTuple):
    """What is known of a record before any of its values is: the fields that it must have, defaults that depend on nothing."""

    required: tuple[str, ...]
    known: dict[str, Value]


class RecordScope:
    """A record while its defaults are filled in.

    `known` are the fields that have nothing left to be evaluated, `failed` those that are broken: who reads one has no
    value either, and says nothing of it.
    """

    def __init__(
        self, partial: Partial, frame: Frame, known: dict[str, Value], failed: frozenset[str] = frozenset()
    ) -> None:
        self.partial, self.lets, self.known, self.failed = partial, cast("Cells", {}), known, failed
        self.frame = frame.with_owner(self)
        self.cells: Cells = {}

    def field(self, name: str, span: Span) -> Value:
        """A field: what was set, else its default."""
        if name in self.known:
            return self.known[name]
        if name in self.failed:
            raise Poisoned
        record = self.partial.record
        if name in record.flattened:
            return {each: self.field(each, span) for each in record.flattened[name].fields}
        run = self.frame.run
        return run.cell(
            self.cells, name, lambda: self._value(record, name), lambda: (f"`{name}`", record.fields[name].span)
        )

    def _value(self, record: RecordType, name: str) -> Value:
        if name in self.partial:
            return self.frame.run.finished(self.partial[name], self.frame)
        default = record.defaults.get(name)
        if default is None:
            return None
        return self.frame.run.coder.run(default, self.frame)


def finish(partial: Partial, frame: Frame, origins: "Origins | None" = None) -> dict[str, Value]:
    """A record with its defaults and its rules; raises Fault where a required field is missing.

    `origins` says where its fields were set, for what is said of rules that do not hold.
    """
    if partial.done is not None:
        return partial.done
    record, run = partial.record, frame.run
    if record.schema:
        partial.done = {name: run.finished(value, frame) for name, value in partial.items()}
        return partial.done
    required, defaults = run.settings(record)
    missing = [name for name in required if name not in partial]
    if missing:
        raise Fault(missing_field(f"`{record.name}`", missing, partial.span))
    known = {name: value for name, value in defaults.items() if name not in partial}
    known.update((name, value) for name, value in partial.items() if run.is_whole(value))
    scope = RecordScope(partial, frame, known)
    made = {
        name: known[name] if name in known else scope.field(name, each.span) for name, each in record.fields.items()
    }
    for name in record.flattened:
        made[name] = scope.field(name, partial.span)
    partial.done = made
    for rule in record.rules:
        run.rules.check(rule, scope.frame, partial.span, origins=origins)
    return made


def evaluate_cell(run: "EnvironmentRun", cells: Cells, key: object, make: Callable[[], Value], place: Place) -> Cell:
    """The cell of a value: evaluated now if it is not yet; a value that needs itself is told."""
    cell = cells.get(key)
    if cell is not None:
        if cell.running:
            raise Fault(_ring(run, *place()))
        return cell
    if len(run.waiting) >= MAX_DEPTH:
        message = f"more than {MAX_DEPTH} values wait for one another"
        raise Fault(codes.TOO_LARGE.at(place()[1], message, hint="too deep"))
    if not run.waiting:
        run.steps = 0
    cells[key] = cell = Cell()
    outer, run.reads = run.reads, cell.reads
    run.waiting.append(place)
    try:
        cell.value = make()
    except Fault as fault:
        cell.failed, cell.fault = True, fault
    except Poisoned:
        cell.failed = True
    finally:
        run.waiting.pop()
        run.reads = outer
        cell.running = False
    cell.plain = not cell.failed and not cell.reads
    return cell


def _ring(run: "EnvironmentRun", label: str, span: Span) -> Diagnostic:
    waiting = [place() for place in run.waiting]
    start = next((i for i, each in enumerate(waiting) if each == (label, span)), 0)
    return needs_itself([(name.strip("`"), place) for name, place in waiting[start:]] or [(label.strip("`"), span)])
