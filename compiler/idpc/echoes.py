"""Leaves out what is wrong only because something else is: an error never breeds another."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from idpc.diagnostics import Diagnostic, Fix, Label, Severity
from idpc.diagnostics.codes import graph, names, policy, syntax, types
from idpc.source import SourceFile, Span
from idpc.syntax.nodes import Block, IfStatement, InStatement, Module, Statement

UNKNOWN_NAMES = frozenset(
    code.id
    for code in (
        names.UNKNOWN_KIND,
        names.UNKNOWN_NAME,
        names.UNKNOWN_TYPE,
        names.UNKNOWN_ENVIRONMENT,
        names.UNKNOWN_REFERENCE,
        types.UNKNOWN_FUNCTION,
    )
)
"""What is said of a word that means nothing: once, however often it is used."""

LOSES_NAMES = frozenset((names.UNKNOWN_KIND.id, names.MISPLACED.id, syntax.MALFORMED_HEADER.id))
"""What keeps the names on its line from being declared."""

LOSES_IMPORTS = frozenset((names.UNKNOWN_PACKAGE.id, names.NOT_IN_PACKAGE.id, names.PRIVATE_NAME.id))
"""What keeps the names of an import from being known."""

LOSES_FIELDS = frozenset((types.UNKNOWN_FIELD.id, types.NOT_A_BLOCK.id, types.LABEL.id, names.UNKNOWN_KIND.id))
"""What keeps a statement from setting what it was meant to set."""

ABOUT_ABSENCE = frozenset(
    (types.MISSING_FIELD.id, types.REQUIRE_FAILED.id, graph.NO_OUTPUT_HERE.id, policy.VIOLATED.id)
)
"""What is said of a block for the want of something in it."""

_WORD = re.compile(r"\w+")
_OPERATOR = re.compile(r"[-=+*/<>&|?.:!]+")
_BLANKS = re.compile(r"\s*")


def without_echoes(
    found: Sequence[Diagnostic], modules: Iterable[Module], files: Mapping[str, SourceFile]
) -> tuple[Diagnostic, ...]:
    """The diagnostics that stand for a mistake of their own, in the same order."""
    errors = [each for each in found if each.severity is Severity.ERROR]
    if not errors:
        return tuple(found)
    known = _Known(errors, {module.path: module for module in modules}, files)
    return tuple(_once(known, (each for each in found if not known.is_echo(each))))


def _once(known: "_Known", found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Uses of the same unknown word told at the first of them."""
    kept: dict[object, list[Diagnostic]] = {}
    for each in found:
        key = known.word(each) if each.code in UNKNOWN_NAMES else ""
        kept.setdefault(key or (each.code, each.span, each.message), []).append(each)
    for first, *others in kept.values():
        yield _joined(first, others) if others else first


def _joined(first: Diagnostic, others: list[Diagnostic]) -> Diagnostic:
    places = {label.span for label in first.labels} | {first.span}
    labels = tuple(Label(each.span, "and here") for each in others if each.span not in places)
    environments = first.environments if all(each.environments == first.environments for each in others) else ()
    titles = {fix.title: fix for fix in first.fixes}
    for each in others:
        for fix in each.fixes:
            if fix.title in titles:
                titles[fix.title] = Fix(fix.title, (*titles[fix.title].edits, *fix.edits), fix.safe)
    fixes = tuple(titles.values())
    return first.but(labels=(*first.labels, *labels), environments=environments, fixes=fixes)


class _Known(Struct):
    """The errors by place."""

    errors: list[Diagnostic]
    modules: Mapping[str, Module]
    files: Mapping[str, SourceFile]
    lines: frozenset[tuple[str, int]] = frozenset()
    begun: frozenset[tuple[str, int]] = frozenset()
    run_on: frozenset[tuple[str, int]] = frozenset()
    missed: Mapping[tuple[str, int], Span] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    imported: frozenset[str] = frozenset()
    heads: frozenset[str] = frozenset()
    damaged: frozenset[Span] = frozenset()
    troubled: frozenset[Span] = frozenset()
    holding: frozenset[Span] = frozenset()

    def __post_init__(self) -> None:
        unread = [each for each in self.errors if _is_syntax(each)]
        unclosed = [each for each in unread if each.code == syntax.UNCLOSED_BRACKET.id]
        self.begun = frozenset((each.span.file, each.span.start) for each in unread)
        noticed = [(label.span, each.span) for each in reversed(unclosed) for label in each.labels]
        self.missed = {(place.file, place.start): opened for place, opened in noticed}
        self.run_on = frozenset(
            (path, line + 1) for each in unread if self._runs_on(each) for path, line in self.on(each.span)
        )
        self.lines = frozenset(line for each in unread for line in self.on(each.span))
        lost = [each for each in self.errors if _is_syntax(each) or each.code in LOSES_NAMES]
        spans = [span for each in lost for span in (each.span, *(label.span for label in each.labels))]
        self.words = self._words(spans) | self._torn_words()
        self.imported = self._words(each.span for each in self.errors if each.code in LOSES_IMPORTS)
        headers = [each for each in lost if each.code == syntax.MALFORMED_HEADER.id or self._is_nameless(each)]
        begins = [_WORD.search(self.files[path].line(line)) for each in headers for path, line in self.on(each.span)]
        self.heads = frozenset(word[0] for word in begins if word)
        torn = [block.span for each in unread for block in self.around(each.span) if block.head.text != "app"]
        losing = [self.holder(each.span) for each in self.errors if _is_syntax(each) or each.code in LOSES_FIELDS]
        self.damaged = frozenset((*torn, *(block.span for block in losing if block)))
        wrong = [each for each in self.errors if not each.policy]
        self.troubled = frozenset(block.span for each in wrong for block in self.around(each.span))
        self.holding = frozenset(block.span for each in wrong if (block := self.holder(each.span)))

    def _words(self, spans: Iterable[Span]) -> frozenset[str]:
        texts = [self.files[path].line(line) for span in spans for path, line in self.on(span)]
        return frozenset(word for text in texts for word in _WORD.findall(text))

    def _torn_words(self) -> frozenset[str]:
        """The words in text that did not parse, any of which may be declared there."""
        torn = {each.span.file for each in self.errors if _is_syntax(each)} & self.modules.keys() & self.files.keys()
        spans = {span for path in torn for span in (*self.modules[path].broken, *self._gaps(path))}
        return frozenset(word for span in spans for word in _WORD.findall(self.files[span.file].slice(span)))

    def _gaps(self, path: str) -> Iterator[Span]:
        """What stands between the statements of a file."""
        end = 0
        for statement in self.modules[path].statements:
            yield Span(path, end, max(end, statement.span.start))
            end = statement.span.end
        yield Span(path, end, len(self.files[path].text))

    def is_echo(self, each: Diagnostic) -> bool:
        """Whether a diagnostic only tells of another error's consequence."""
        if _is_syntax(each):
            return self._is_at_another(each)
        if each.code == graph.UNREAD.id:
            return True
        if not self.lines.isdisjoint(self.on(each.span)):
            return True
        if each.code in UNKNOWN_NAMES:
            return self._is_lost(each)
        return each.code in ABOUT_ABSENCE and self._lacks_what_is_broken(each)

    def _is_at_another(self, each: Diagnostic) -> bool:
        """Whether another error of syntax tells of the same place: only blanks stand between."""
        if self._begins_on(each.span) in self.run_on:
            return True
        after = self._after(each.span)
        if self.missed.get(after, each.span) != each.span:
            return True
        return each.code == syntax.MISSING.id and after in self.begun and after[1] != each.span.start

    def _begins_on(self, span: Span) -> tuple[str, int]:
        return (self.on(span) or [("", 0)])[0]

    def _runs_on(self, each: Diagnostic) -> bool:
        """Whether what cannot stand here ends a line in an operator, after which the statement goes on."""
        file = self.files.get(each.span.file)
        if file is None or each.code != syntax.UNEXPECTED.id or not _OPERATOR.fullmatch(file.slice(each.span)):
            return False
        return file.text[each.span.end :].lstrip(" ").startswith("\n")

    def _is_nameless(self, each: Diagnostic) -> bool:
        """Whether a declaration lacks its name, which is told at its header."""
        block = next(iter(self.around(each.span)[-1:]), None)
        return (
            each.code == names.MISPLACED.id
            and block is not None
            and block.header_span == each.span
            and not block.labels
        )

    def _after(self, span: Span) -> tuple[str, int]:
        """The place of what comes next in the text."""
        file = self.files.get(span.file)
        found = None if file is None else _BLANKS.match(file.text, span.end)
        return span.file, found.end() if found else span.end

    def _is_lost(self, each: Diagnostic) -> bool:
        """Whether an unknown name stands on a line that declares nothing for another error."""
        word = self.word(each)
        if word in self.imported or (each.code not in LOSES_NAMES and word in self.words):
            return True
        if each.code == names.UNKNOWN_ENVIRONMENT.id:
            return "environment" in self.heads
        return bool(self.heads - {"environment"})

    def _lacks_what_is_broken(self, each: Diagnostic) -> bool:
        places = (each.span, *(label.span for label in each.labels if each.code != types.MISSING_FIELD.id))
        around = [[block.span for block in self.around(span)] for span in places]
        inner = {blocks[-1] for blocks in around if blocks}
        if each.code == types.MISSING_FIELD.id:
            return not inner.isdisjoint(self.damaged)
        if each.code != policy.VIOLATED.id:
            return any(not self.damaged.isdisjoint(blocks) for blocks in around)
        return not inner.isdisjoint(self.troubled) or any(not self.holding.isdisjoint(blocks) for blocks in around)

    def word(self, each: Diagnostic) -> str:
        """The word at which a diagnostic stands: of a dotted path the last."""
        file = self.files.get(each.span.file)
        return "" if file is None else file.slice(each.span).rpartition(".")[2]

    def on(self, span: Span) -> list[tuple[str, int]]:
        """The lines on which a span begins and ends."""
        file = self.files.get(span.file)
        if file is None:
            return []
        return list(dict.fromkeys((span.file, file.position(at).line) for at in (span.start, span.end)))

    def holder(self, span: Span) -> Block | None:
        """The innermost block in whose body a place is; a block's header is in the body of the one around it."""
        outside = [each for each in self.around(span) if not _covers(each.header_span, span)]
        return outside[-1] if outside else None

    def around(self, span: Span) -> list[Block]:
        """The blocks around a place, the outermost first."""
        module = self.modules.get(span.file)
        found: list[Block] = []
        statements: Sequence[Statement] = module.statements if module else ()
        while statements:
            position = bisect_right(statements, span.start, key=lambda each: each.span.start) - 1
            statement = statements[position] if position >= 0 else None
            if statement is None or statement.span.end < span.start:
                break
            if isinstance(statement, Block):
                found.append(statement)
            statements = _inside(statement)
        return found


def _inside(statement: Statement) -> Sequence[Statement]:
    match statement:
        case Block(body=body) | InStatement(body=body):
            return body
        case IfStatement(then=then, otherwise=otherwise):
            return (*then, *(otherwise or ()))
    return ()


def _covers(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _is_syntax(each: Diagnostic) -> bool:
    return each.code.startswith("IDP1")
