"""Writes the text of one Python function: its lines, names for values on the way, and the constants that it refers to."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from idpc.types import core as c

if TYPE_CHECKING:
    from idpc.types.declared import FnInfo

INDENT = " "
DEEPEST_BLOCK = 12
"""Python allows a hundred levels of indentation and twenty of loops; expressions of the language have limits of their own."""
DEEPEST_EXPRESSION = 12


class Functions(Protocol):
    """Where a text finds the functions that it calls."""

    def outlined(self, core: c.Core, slots: tuple[str, ...], *, whole: bool) -> Callable[..., object]:
        """A function of a frame and some variables."""

    def declared(self, fn: "FnInfo") -> Callable[..., object]:
        """A declared function, of a frame and its parameters."""

    def is_remembered(self, fn: "FnInfo") -> bool:
        """Whether a function remembers what it gave; it is called outside of all apps."""


class Writer:
    """The text of a function while it grows.

    `names` are the Python names of the language's variables by slot; `constants` what the text calls `k0`, `k1` and so
    on, so that functions of the same shape have the same text; `inside` the frame for functions that are called, and
    `calls` whether there are any; `whole` whether what is written now must be complete.
    """

    def __init__(self, functions: Functions, translations: Mapping[type, Callable[..., str]]) -> None:
        self.functions, self._translations = functions, translations
        self.lines: list[str] = []
        self.inside, self.calls, self.whole = "f.inside", False, True
        self.names: dict[str, str] = {}
        self.constants: list[object] = []
        self.depth = self._nesting = self._count = 0
        self._known: dict[int, str] = {}

    def value(self, core: c.Core, *, whole: bool = True) -> str:
        """A core as an expression of Python; what does not fit into one becomes lines before it.

        `whole`: the records in its value have their defaults. Only what is put into a field before its layers are
        folded need not be so.
        """
        outer, self.whole = self.whole, whole
        self._nesting += 1
        made = self._translations[type(core)](core, self)
        self._nesting -= 1
        self.whole = outer
        return self.kept(made) if self._nesting % DEEPEST_EXPRESSION == DEEPEST_EXPRESSION - 1 else made

    def part(self, core: c.Core) -> str:
        """A core as an expression, as whole as what it is a part of."""
        return self.value(core, whole=self.whole)

    def line(self, text: str) -> None:
        """A line at the present depth."""
        self.lines.append(INDENT * self.depth + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """What follows a head that ends in a colon."""
        self.line(head)
        self.depth += 1
        yield
        self.depth -= 1

    def fresh(self) -> str:
        """A name that is not used yet."""
        self._count += 1
        return f"t{self._count}"

    def kept(self, text: str) -> str:
        """A name for the value of an expression."""
        if text.isidentifier():
            return text
        name = self.fresh()
        self.line(f"{name} = {text}")
        return name

    def constant(self, value: object) -> str:
        """The name of something that the text does not spell out."""
        known = self._known.get(id(value))
        if known is None:
            known = f"k{len(self.constants)}"
            self.constants.append(value)
            self._known[id(value)] = known
        return known


def outlined(core: c.Core, writer: Writer) -> str:
    """A call of a function of its own for a core that stands too deep to be written in place."""
    slots = tuple(writer.names)
    made = writer.constant(writer.functions.outlined(core, slots, whole=writer.whole))
    return f"{made}(f{''.join(f', {writer.names[slot]}' for slot in slots)})"
