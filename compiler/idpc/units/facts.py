"""What a file says of units: its apps, what each of them mentions, and whether it holds what all apps share."""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from idpc.resolve.program import SORTS, declared_name
from idpc.source import SourceFile
from idpc.syntax.nodes import Block, IfStatement, Let, Module, Statement

_APART = re.compile(r'"(?:[^"\\\n]|\\.)*+"|//[^\n]*')
"""Strings and comments, which name nothing; they are looked for only where no string holds expressions or lines."""
_TEAM = re.compile(r"\bteam\s*=\s*\w+")
_WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*+(?!\s*(?::|=(?!=)))")
_NAMED = re.compile(r"\bapp\s*\.\s*(\w+)")
_READS = re.compile(r"\bread\s*\(|\btable\s*=")
"""What may read a further file: the function, and a table of prices."""


class AppFacts(Struct, frozen=True, array_like=True):
    """An app: its name (empty for what stands in no app), the words that may name other apps, whether it reads files."""

    name: str
    words: frozenset[str]
    reads: bool = False


class FileFacts(Struct, frozen=True, array_like=True):
    """A file: its apps, whether it has declarations that all apps share, and the words of these."""

    path: str
    digest: str
    apps: tuple[AppFacts, ...] = ()
    common: bool = False
    words: frozenset[str] = frozenset()
    reads: bool = False


def facts_of(module: Module, file: SourceFile, digest: str) -> FileFacts:
    """The facts of one file."""
    apps = tuple(_app(each, file) for each in module.statements if is_of_app(each))
    shared = [file.slice(each.span) for each in module.statements if not is_of_app(each)]
    words = frozenset(word for text in shared for word in _words(text))
    reads = any(_READS.search(text) for text in shared)
    return FileFacts(file.path, digest, apps, bool(shared) or not apps, words, reads)


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
    return AppFacts(app_name(statement), frozenset(_words(text)) - own, bool(_READS.search(text)))


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
