"""What must be known of `project.platform` before anything is parsed: the project's name and its packages."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from idpc.source import SourceFile, Span

_TOKEN = re.compile(
    r"""(?P<skip>//[^\n]*|[^\S\n]+)|(?P<string>\"{3}(?:[^\\]|\\.)*?\"{3}|"(?:[^"\\\n]|\\.)*")|(?P<word>[A-Za-z_]\w*)|(?P<sign>[\S\n])""",
    re.DOTALL,
)
_SCANNED = 1 << 18  # characters: a project block that begins later belongs to nobody who wants packages


class Requirement(NamedTuple):
    """`name = "reference"` of the `packages` block; `reference` is None where it is no plain string."""

    name: str
    reference: str | None
    span: Span


class ProjectHead(NamedTuple):
    """The project's name, empty where none is declared, and its packages."""

    name: str
    packages: tuple[Requirement, ...]


class _Token(NamedTuple):
    sort: str
    text: str
    start: int


def read_head(file: SourceFile) -> ProjectHead:
    """Scans the `project` block; what is malformed is passed over here and reported by the parser."""
    name, packages = "", []
    heads: list[str] = []
    first = before = last = _Token("sign", "", 0)
    for token in _tokens(file.text):
        if last.sort == "sign":
            first = token
        if token.text == "{":
            heads.append(first.text)
        elif token.text == "}":
            del heads[-1:]
        elif not heads and last.text == "project":
            name = name or token.text.strip('"')
        elif heads == ["project", "packages"] and last.text == "=" and before.sort != "sign":
            packages.append(_requirement(file.path, before.text, token))
        before, last = last, token
    return ProjectHead(name, tuple(packages))


def _tokens(text: str) -> Iterator[_Token]:
    for found in _TOKEN.finditer(text[:_SCANNED]):
        if found.lastgroup not in {None, "skip"}:
            yield _Token(str(found.lastgroup), found[0], found.start())


def _requirement(path: str, name: str, value: _Token) -> Requirement:
    sort, text, at = value
    plain = text[1:-1] if sort == "string" and not re.search(r'\\|\$\{|^"""', text) else None
    return Requirement(name.strip('"'), plain, Span(path, at, at + len(text)))
