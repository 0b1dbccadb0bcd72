"""What must be known of `project.platform` before anything is parsed: the project's name and its packages."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from idpc.source import SourceFile, Span

_TOKEN = re.compile(
    r"""(?P<skip>//[^\n]*|[^\S\n]+)|(?P<string>\"{3}(?:[^\\]|\\.)*?\"{3}|"(?:[^"\\\n]|\\.)*")|(?P<word>[A-Za-z_]\w*)|(?P<sign>[\S\n])""",
    re.DOTALL,
)


class Requirement(NamedTuple):
    """`name = "reference"` of the `packages` block; `reference` is None where it is no plain string."""

    name: str
    reference: str | None
    span: Span


class ProjectHead(NamedTuple):
    """The project's name, empty where none is declared, and its packages."""

    name: str
    packages: tuple[Requirement, ...]


def read_head(file: SourceFile) -> ProjectHead:
    """Scans the `project` block; what is malformed is passed over here and reported by the parser."""
    name, packages = "", []
    tokens = list(_tokens(file.text))
    heads: list[str] = []
    for index, (sort, text, start) in enumerate(tokens):
        if text == "{":
            heads.append(_head(tokens, index))
        elif text == "}":
            heads = heads[:-1]
        elif heads == [] and text == "project" and sort == "word" and index + 1 < len(tokens):
            name = name or tokens[index + 1][1].strip('"')
        elif heads == ["project", "packages"] and sort in {"word", "string"} and _is_assigned(tokens, index):
            packages.append(_requirement(file.path, text, start, tokens[index + 2]))
    return ProjectHead(name, tuple(packages))


_Token = tuple[str, str, int]


def _tokens(text: str) -> Iterator[_Token]:
    for found in _TOKEN.finditer(text):
        if found.lastgroup not in {None, "skip"}:
            yield str(found.lastgroup), found[0], found.start()


def _head(tokens: list[_Token], brace: int) -> str:
    """The first word of the statement that opens a block."""
    index = brace
    while index and tokens[index - 1][0] != "sign":
        index -= 1
    return tokens[index][1]


def _is_assigned(tokens: list[_Token], index: int) -> bool:
    return index + 2 < len(tokens) and tokens[index + 1][1] == "="


def _requirement(path: str, name: str, start: int, value: _Token) -> Requirement:
    sort, text, at = value
    plain = text[1:-1] if sort == "string" and not re.search(r'\\|\$\{|^"""', text) else None
    return Requirement(
        name.strip('"'), plain, Span(path, at, at + len(text)) if plain is not None else Span(path, start, at)
    )
