"""What a file says of units: its apps, what each of them mentions, and what it holds that all apps share."""

import hashlib
import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from idpc.resolve.program import SORTS, declared_name
from idpc.source import SourceFile
from idpc.syntax.nodes import Block, Fn, IfStatement, Let, Module, Statement, TypeAlias

_APART = re.compile(r'"(?:[^"\\\n]|\\.)*+"|//[^\n]*')
"""Strings and comments, which name nothing; they are looked for only where no string holds expressions or lines."""
_TEAM = re.compile(r"\bteam\s*=\s*\w+")
_WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*+(?!\s*(?::|=(?!=)))")
_NAMED = re.compile(r"\bapp\s*\.\s*(\w+)")
_READS = re.compile(r"\bread\s*\(|\btable\s*=")
"""What may read a further file: the function, and a table of prices."""
_ANY_WORD = re.compile(r"[A-Za-z_]\w*")
_INERT = frozenset({"template", "kind", "type"})
"""Blocks that do nothing until something names them."""


class AppFacts(Struct, frozen=True, array_like=True):
    """An app: its name (empty for what stands in no app), the words that may name other apps, whether it reads files.

    `mentions` are all of its words in one text.
    """

    name: str
    words: frozenset[str]
    reads: bool = False
    mentions: str = ""


class Piece(Struct, frozen=True, array_like=True):
    """A piece of what all apps share: a declaration that does nothing until it is named, or, without a name, the rest.

    `mark` stands for its text and for where that is, which diagnostics and documents tell.
    """

    name: str
    mark: str
    mentions: str


class FileFacts(Struct, frozen=True, array_like=True):
    """A file: its apps, whether it has declarations that all apps share, and the words of these."""

    path: str
    digest: str
    apps: tuple[AppFacts, ...] = ()
    common: bool = False
    words: frozenset[str] = frozenset()
    reads: bool = False
    pieces: tuple[Piece, ...] = ()


def facts_of(module: Module, file: SourceFile, digest: str) -> FileFacts:
    """The facts of one file."""
    apps = tuple(_app(each, file) for each in module.statements if is_of_app(each))
    shared = [file.slice(each.span) for each in module.statements if not is_of_app(each)]
    words = frozenset(word for text in shared for word in _words(text))
    reads = any(_READS.search(text) for text in shared)
    common = bool(shared) or not apps
    return FileFacts(file.path, digest, apps, common, words, reads, tuple(_pieces(module, file)) if common else ())


def is_of_app(statement: Statement) -> bool:
    """Whether a statement at top level is an app, or an instance of the project's own one."""
    return isinstance(statement, Block) and (statement.head.text == "app" or statement.head.text not in SORTS)


def app_name(statement: Statement) -> str:
    """The app that a statement declares, empty for an instance at top level."""
    name = declared_name(statement) if isinstance(statement, Block) and statement.head.text == "app" else None
    return name.text if name else ""


def _app(statement: Statement, file: SourceFile) -> AppFacts:
    text = file.slice(statement.span)
    own = frozenset(_own(statement.body)) if isinstance(statement, Block) and app_name(statement) else frozenset()
    words = frozenset(_words(text)) - own
    return AppFacts(app_name(statement), words, bool(_READS.search(text)), _mentions(text))


def _pieces(module: Module, file: SourceFile) -> Iterator[Piece]:
    """The file in its order, without apps; what lies between declarations that are inert is one piece."""
    start = 0
    for each in sorted(module.statements, key=lambda each: each.span.start):
        name = _inert_name(each)
        if name or is_of_app(each):
            yield from _piece("", start, each.span.start, file)
            start = each.span.end
        if name:
            yield from _piece(name, each.span.start, start, file)
    yield from _piece("", start, len(file.text), file)


def _inert_name(statement: Statement) -> str:
    """The name of a declaration that does nothing until it is named; empty for any other."""
    if isinstance(statement, Let | Fn | TypeAlias):
        return statement.name.text
    name = declared_name(statement) if isinstance(statement, Block) and statement.head.text in _INERT else None
    return name.text if name else ""


def _piece(name: str, start: int, end: int, file: SourceFile) -> Iterator[Piece]:
    text = file.text[start:end]
    if not text.isspace() and text:
        where = f"{file.path}\n{start}\n{file.position(start).line}\n{text}"
        mark = hashlib.sha256(where.encode("utf-8", "surrogatepass")).hexdigest()
        yield Piece(name, mark, _mentions(text))


def _mentions(text: str) -> str:
    return " ".join(sorted({*_ANY_WORD.findall(text)}))


def _own(statements: Iterable[Statement]) -> Iterator[str]:
    """The names that an app declares itself: they hide other apps."""
    for each in statements:
        if isinstance(each, Let):
            yield each.name.text
        elif isinstance(each, Block):
            name = declared_name(each)
            yield name.text if name else ""
        elif isinstance(each, IfStatement):
            yield from _own((*each.then, *(each.otherwise or ())))


def _words(text: str) -> set[str]:
    """Words that may be names of apps: rather one too many, which costs time, than one too few."""
    if "${" not in text and '"""' not in text:
        text = _APART.sub(" ", text)
    return {*_WORD.findall(_TEAM.sub(" ", text)), *_NAMED.findall(text)}
