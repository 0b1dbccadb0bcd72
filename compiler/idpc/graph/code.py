"""Keeps the Python functions that core expressions and bodies have become, each made once."""

from collections.abc import Callable
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from idpc.graph.faults import Poisoned
from idpc.graph.frame import Frame
from idpc.graph.layers import Guard
from idpc.graph.needs import Reading
from idpc.graph.runtime import RUNTIME
from idpc.graph.translate import Writer, new_writer
from idpc.graph.translate.bodies import body
from idpc.graph.translate.branches import guarding
from idpc.graph.translate.operators import is_scalar
from idpc.graph.translate.writer import INDENT
from idpc.source import Span
from idpc.types import core as c
from idpc.types.library import Library
from idpc.types.model import UnknownType
from idpc.values import Value

if TYPE_CHECKING:
    from idpc.types.declared import FnInfo, ResourceInfo

T = TypeVar("T")
Code = Callable[[Frame], Any]
"""What an expression came to be; the checker has seen to it that values are of the types that their readers expect."""


class Shelf(Generic[T]):
    """Functions of one sort by what they are made of, which stays alive as long, so that no other has its id.

    What is of the standard library stands on the shelf of the library's coder, where there is one.
    """

    def __init__(self, make: Callable[[T], Code], shared: "Shelf[T] | None") -> None:
        self._make, self._shared = make, shared
        self.made: dict[int, tuple[T, Code]] = {}

    def of(self, subject: T, span: Span) -> Code:
        """The function of a subject that stands at a place."""
        known = self.made.get(id(subject))
        if known is None:
            shared = self._shared if is_of_library(span) else None
            known = self.made[id(subject)] = (subject, shared.of(subject, span) if shared else self._make(subject))
        return known[1]


class Coder:
    """Makes and keeps the functions of one typed program; `shared` keeps those of its standard library for others."""

    def __init__(self, shared: "Coder | None" = None) -> None:
        self.shared = shared
        self.reading: Reading = Reading(shared.reading if shared else None)
        self.wholes: Shelf[c.Core] = Shelf(self._whole, shared.wholes if shared else None)
        self.parts: Shelf[c.Core] = Shelf(self._part, shared.parts if shared else None)
        self.tests: Shelf[tuple[Guard, ...]] = Shelf(self._test, shared.tests if shared else None)
        self.bodies: Shelf[ResourceInfo] = Shelf(self._body, shared.bodies if shared else None)
        self._declared: dict[int, tuple[FnInfo, Callable[..., object]]] = {}

    def run(self, core: c.Core, frame: Frame) -> Value:
        """The value of a core in a frame, complete with the defaults of its records."""
        known = self.wholes.made.get(id(core))
        return cast("Value", (known[1] if known is not None else self.wholes.of(core, core.span))(frame))

    def part(self, core: c.Core, frame: Frame) -> Value:
        """The value of a core that layers may still add to: its records have just the fields that were given."""
        known = self.parts.made.get(id(core))
        return cast("Value", (known[1] if known is not None else self.parts.of(core, core.span))(frame))

    def holds(self, guards: tuple[Guard, ...], frame: Frame) -> bool:
        """Whether all conditions are as they must be."""
        return not guards or bool(self.tests.of(guards, guards[0][0].span)(frame))

    def body(self, info: "ResourceInfo", frame: Frame) -> dict[str, Value]:
        """The body of an object or resource in a frame."""
        return cast("dict[str, Value]", self.bodies.of(info, info.span)(frame))

    def _whole(self, core: c.Core) -> Code:
        return _constant(core) or self.outlined(core, (), whole=True)

    def _part(self, core: c.Core) -> Code:
        return _constant(core) or self.outlined(core, (), whole=False)

    def _test(self, guards: tuple[Guard, ...]) -> Code:
        return self._function((), lambda writer: guarding(guards, writer))

    def _body(self, info: "ResourceInfo") -> Code:
        block = c.MergeBlock(info.name, "record", None, info.body, info.span, info.record)
        return self._function((), lambda writer: body(block, writer))

    def outlined(self, core: c.Core, slots: tuple[str, ...], *, whole: bool) -> Callable[..., Any]:
        """A function of a frame and of variables by slot."""
        return self._function(slots, lambda writer: writer.value(core, whole=whole))

    def declared(self, fn: "FnInfo") -> Callable[..., object]:
        """A declared function; while it is being made, one that fails, since none may lead to itself."""
        if self.shared and is_of_library(fn.span):
            return self.shared.declared(fn)
        known = self._declared.get(id(fn))
        if known is None:
            self._declared[id(fn)] = (fn, _poisoned)
            made = _poisoned if fn.value is None else self._function(fn.slots, partial(_declared, fn))
            known = (fn, _remembered(made) if self.is_remembered(fn) else made)
            self._declared[id(fn)] = known
        return known[1]

    def is_remembered(self, fn: "FnInfo") -> bool:
        """Whether a function of words and numbers gives the same wherever in an environment it is called."""
        return all(is_scalar(type_) for _, type_ in fn.parameters) and self.reading.of_function(fn) is not None

    def _function(self, slots: tuple[str, ...], write: Callable[[Writer], str]) -> Callable[..., Any]:
        writer = new_writer(self)
        parameters = [writer.fresh() for _ in slots]
        writer.names = dict(zip(slots, parameters, strict=True))
        with writer.block(f"def run({', '.join(('f', *parameters))}):"):
            writer.line(f"return {write(writer)}")
        return cast("Callable[..., Any]", _maker("\n".join(writer.lines), len(writer.constants))(*writer.constants))


@lru_cache(maxsize=4)
def coder_of(library: Library) -> Coder:
    """The functions of a standard library, for every program that uses it in this process."""
    del library  # it only tells one from another: functions are made when they are asked for
    return Coder()


def is_of_library(span: Span) -> bool:
    """Whether a place is in the standard library."""
    return span.file.startswith("std/")


def _constant(core: c.Core) -> Code | None:
    """The function of a value that the checker knows."""
    if not isinstance(core, c.Const) or isinstance(core.type, UnknownType):
        return None
    value = core.value
    return lambda _: value


def _declared(fn: "FnInfo", writer: Writer) -> str:
    """The body of a declared function; what is not given takes its default."""
    for slot, default in zip(fn.slots, fn.defaults, strict=True):
        name = writer.names[slot]
        if default is not None:
            with writer.block(f"if {name} is MISSING:"):
                writer.line(f"{name} = {writer.value(default)}")
    writer.inside = "f"
    start = len(writer.lines)
    made = writer.value(cast("c.Core", fn.value))
    if writer.calls:
        writer.lines.insert(start, f"{INDENT}f.run.step()")
    return made


def _remembered(made: Callable[..., object]) -> Callable[..., object]:
    """A function that is asked once in each environment for the same; values of unknown shape may come to it, and are no keys."""

    def run(frame: Frame, *given: object) -> object:
        try:
            hash(given)
        except TypeError:
            return made(frame, *given)
        return frame.run.remembering(made)(frame, *given)

    return run


def _poisoned(*_: object) -> object:
    raise Poisoned


@cache
def _maker(text: str, constants: int) -> Callable[..., object]:
    """What makes the function of a text for its constants; functions of alike text share it."""
    names = ", ".join(f"k{position}" for position in range(constants))
    inner = "\n".join(INDENT + line for line in text.split("\n"))
    namespace = dict(RUNTIME)
    exec(f"def make({names}):\n{inner}\n{INDENT}return run", namespace)  # noqa: S102  # made here, of names made here
    return cast("Callable[..., object]", namespace["make"])
