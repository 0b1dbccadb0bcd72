"""The words of a Rego file, and the mending of a line end that the engine misreads."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<space>[^\S\n]+|\n)|(?P<comment>\#[^\n]*)|(?P<string>"(?:[^"\\\n]|\\.)*"?|`[^`]*`?)
    |(?P<name>[A-Za-z_]\w*)|(?P<number>\d[\w.+-]*)|(?P<sign>:=|==|!=|<=|>=|.)""",
    re.VERBOSE,
)
KEYWORDS = frozenset("package import as default not some every in if else with contains true false null and or".split())


class Token(NamedTuple):
    """A word: its sort (name, string, number, sign), its text, where it starts, and whether it is first on its line."""

    sort: str
    text: str
    start: int
    first: bool

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.text)

    @property
    def value(self) -> str:
        """What a string says."""
        return re.sub(r"\\(.)", r"\1", self.text[1:-1]) if self.text.startswith('"') else self.text.strip("`")


def tokens(text: str) -> tuple[Token, ...]:
    """The words of a file, without comments."""
    return tuple(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    first = True
    for found in _TOKEN.finditer(text):
        sort = str(found.lastgroup)
        if sort == "space":
            first = first or found[0] == "\n"
        elif sort != "comment":
            yield Token(sort, found[0], found.start(), first)
            first = False


def separated(text: str) -> str:
    """The text with `;` behind a line that ends in a reference where the next begins with `(`: regorus sees a call there.

    No line is moved, and no column of what stands before.
    """
    words = tokens(text)
    ends = [before.end for before, after in pairwise(words) if _reads_as_call(before, after)]
    for end in reversed(ends):
        text = f"{text[:end]};{text[end:]}"
    return text


def _reads_as_call(before: Token, after: Token) -> bool:
    ends_reference = (before.sort == "name" and before.text not in KEYWORDS) or before.text == "]"
    return ends_reference and after.text == "(" and after.first
