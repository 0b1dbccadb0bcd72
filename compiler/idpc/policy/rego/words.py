"""Kinds and fields that policies on the graph name, and that no kind is or has: what names them would never hold."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import takewhile

from msgspec import Struct

from idpc.diagnostics import Diagnostic
from idpc.policy.rego import faults
from idpc.policy.rego.lint import input_and_data
from idpc.policy.rego.module import Reference, RegoFile
from idpc.policy.rego.tokens import Token
from idpc.resolve.suggest import did_you_mean
from idpc.schema import kubernetes
from idpc.schema.reach import fields_at, reach
from idpc.source import Span

Kinds = Mapping[str, Collection[str]]
"""The fields of kinds by name."""
_RESOURCES = ("input", "resources", None)
_OBJECTS: tuple[tuple[str | None, ...], ...] = (
    ("input", "review", "object"),
    ("input", None, "contents"),
    ("input",),
)
_COMPARED = ("==", "!=", "=")
_OPEN, _CLOSE = "{[", "}]"


class Vocabulary(Struct, frozen=True, dict=True):
    """The kinds of what is declared, and a way to ask for all that there are, which costs more."""

    present: Kinds
    every: Callable[[], Kinds]

    @cached_property
    def kinds(self) -> Kinds:
        """All kinds."""
        return {**self.every(), **self.present}

    def unlike_kind(self, name: str) -> str | None:
        """The kind that is meant by a word which is none."""
        return None if name in self.present or name in self.kinds else did_you_mean(name, self.kinds)

    def unlike_field(self, name: str) -> str | None:
        """The field that is meant by a word which is none of any kind."""
        near = None if _is_field(name, self.present) else did_you_mean(name, _fields(self.present))
        return None if near is None or _is_field(name, self.kinds) else near


def _is_field(name: str, kinds: Kinds) -> bool:
    return any(name in fields for fields in kinds.values())


def _fields(kinds: Kinds) -> list[str]:
    return sorted({name for fields in kinds.values() for name in fields})


def misspelt_words(files: Sequence[RegoFile], vocabulary: Vocabulary, policy: str) -> Iterator[Diagnostic]:
    """The words for kinds and fields that are none, and resemble some."""
    for file in files:
        for reference in input_and_data(file):
            steps = reference.steps
            if steps[:4] == (*_RESOURCES, "fields") and len(steps) > 4 and steps[4]:
                near = vocabulary.unlike_field(steps[4])
                yield from [faults.unknown_word("field", steps[4], reference.spans[4], near, policy)] if near else ()
            for name, span in _kinds(file, reference):
                near = vocabulary.unlike_kind(name)
                yield from [faults.unknown_word("kind", name, span, near, policy)] if near else ()


def misspelt_paths(files: Sequence[RegoFile], policy: str) -> Iterator[Diagnostic]:
    """Paths into objects that no kind of object has, and that resemble what one has."""
    version = kubernetes.versions()[-1]
    for file in files:
        named = {word.value if word.sort == "string" else word.text for word in file.words}
        for reference in input_and_data(file):
            root = next((each for each in _OBJECTS if reference.steps[: len(each)] == each), None)
            steps = [*takewhile(bool, reference.steps[len(root) :])] if root else []
            names = [step for step in steps if step]
            far = reach(names, version, named)
            if root and far < len(names):
                near = did_you_mean(names[far], fields_at(names[:far], version))
                before = ".".join(each or "_" for each in (*root, *names[:far]))
                span = reference.spans[len(root) + far]
                yield from [faults.unknown_path(before, names[far], span, [near], policy)] if near else ()


def _kinds(file: RegoFile, reference: Reference) -> Iterator[tuple[str, Span]]:
    """The words that a reference takes for kinds."""
    steps = reference.steps
    if steps[:2] == ("input", "by_kind") and len(steps) > 2 and steps[2]:
        word = file.source.slice(reference.spans[2])
        yield steps[2], _bare(reference.spans[2]) if word.startswith('"') else reference.spans[2]
    elif steps in ((*_RESOURCES, "kind"), (*_RESOURCES, "uses", None, "kind"), (*_RESOURCES, "used_by", None, "kind")):
        yield from ((word.value, _bare(file.span(word))) for word in _compared(file.words, reference.at))


def _bare(span: Span) -> Span:
    return Span(span.file, span.start + 1, span.end - 1)


def _compared(words: Sequence[Token], at: int) -> Iterator[Token]:
    """The strings with which what begins at a word is compared: by a sign, or as one of a list or set."""
    if at > 1 and words[at - 1].text in _COMPARED and words[at - 2].sort == "string":
        yield words[at - 2]
    while at + 2 < len(words) and words[at + 1].text == ".":
        at += 2
    sign = words[at + 1].text if at + 2 < len(words) else ""
    if sign in _COMPARED and words[at + 2].sort == "string":
        yield words[at + 2]
    elif sign == "in" and words[at + 2].text in _OPEN:
        at += 3
        while at < len(words) and words[at].text not in _CLOSE:
            if words[at].sort == "string":
                yield words[at]
            at += 1
