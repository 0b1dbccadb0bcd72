"""Keeps the Python functions that core expressions and bodies have become, each made once."""

from collections.abc import Callable
from functools import cache, lru_cache, partial
from types import CodeType
from typing import TYPE_CHECKING, Any, cast

from idpc.graph.faults import Poisoned
from idpc.graph.frame import Frame
from idpc.graph.needs import Reading
from idpc.graph.runtime import RUNTIME
from idpc.graph.translate import Writer, new_writer
from idpc.graph.translate.bodies import body
from idpc.graph.translate.writer import INDENT
from idpc.source import Span
from idpc.types import core as c
from idpc.types.library import Library
from idpc.types.model import UnknownType
from idpc.values import Value

if TYPE_CHECKING:
    from idpc.types.declared import FnInfo, ResourceInfo

Code = Callable[[Frame], Any]
"""What an expression came to be; the checker has seen to it that values are of the types that their readers expect."""


class Coder:
    """Makes and keeps the functions of one typed program; `shared` keeps those of its standard library for others."""

    def __init__(self, shared: "Coder | None" = None) -> None:
        self.shared = shared
        self.reading: Reading = Reading(shared.reading if shared else None)
        self._made: dict[tuple[int, bool], tuple[object, Code]] = {}
        self._declared: dict[int, tuple[FnInfo, Callable[..., object]]] = {}

    def run(self, core: c.Core, frame: Frame) -> Value:
        """The value of a core in a frame, complete with the defaults of its records."""
        known = self._made.get((id(core), True))
        return cast("Value", (known[1] if known is not None else self._keep(core, whole=True))(frame))

    def part(self, core: c.Core, frame: Frame) -> Value:
        """The value of a core that layers may still add to: its records have just the fields that were given."""
        known = self._made.get((id(core), False))
        return cast("Value", (known[1] if known is not None else self._keep(core, whole=False))(frame))

    def _keep(self, core: c.Core, *, whole: bool) -> Code:
        if self.shared and is_of_library(core.span):
            made = self.shared.kept(core, whole=whole)
        else:
            made = _constant(core) or self.outlined(core, (), whole=whole)
        self._made[id(core), whole] = (core, made)
        return made

    def kept(self, core: c.Core, *, whole: bool) -> Code:
        """The function of a core."""
        known = self._made.get((id(core), whole))
        return known[1] if known is not None else self._keep(core, whole=whole)

    def body(self, info: "ResourceInfo", frame: Frame) -> dict[str, Value]:
        """The body of an object or resource in a frame."""
        return cast("dict[str, Value]", self.of_body(info)(frame))

    def of_body(self, info: "ResourceInfo") -> Code:
        """The function of the body of an object or resource."""
        if self.shared and is_of_library(info.span):
            return self.shared.of_body(info)
        known = self._made.get((id(info), True))
        if known is None:
            block = c.MergeBlock(info.name, "record", None, info.body, info.span, info.record)
            known = (info, self._function((), lambda writer: body(block, writer)))
            self._made[id(info), True] = known
        return known[1]

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
            known = (fn, _poisoned if fn.value is None else self._function(fn.slots, partial(_declared, fn)))
            self._declared[id(fn)] = known
        return known[1]

    def _function(self, slots: tuple[str, ...], write: Callable[[Writer], str]) -> Callable[..., Any]:
        writer = new_writer(self)
        parameters = [writer.fresh() for _ in slots]
        writer.names = dict(zip(slots, parameters, strict=True))
        with writer.block(f"def run({', '.join(('f', *parameters))}):"):
            writer.line(f"return {write(writer)}")
        namespace = dict(RUNTIME)
        namespace.update((f"k{position}", each) for position, each in enumerate(writer.constants))
        exec(compiled("\n".join(writer.lines)), namespace)  # noqa: S102  # the text is made here, of names made here
        return cast("Callable[..., Any]", namespace["run"])


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


def _poisoned(*_: object) -> object:
    raise Poisoned


@cache
def compiled(text: str) -> CodeType:
    """The code of a function's text; alike functions share it."""
    return compile(text, "<idpc>", "exec")
