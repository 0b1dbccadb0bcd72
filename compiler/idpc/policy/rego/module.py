"""What a Rego file holds: its package, its rules with their places, what they refer to and what they call."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import NamedTuple

from msgspec import Struct

from idpc.policy.rego.annotations import Annotation, annotations
from idpc.policy.rego.tokens import KEYWORDS, Token, tokens
from idpc.source import SourceFile, Span

Step = str | None
"""A step of a reference: a name, or None for one that is known only when the rule runs."""
_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")


class Reference(NamedTuple):
    """A path from a name, such as `input.resources[_].kind`, with the span of each step; `call`: it is called."""

    steps: tuple[Step, ...]
    spans: tuple[Span, ...]
    call: bool
    at: int

    @property
    def name(self) -> str:
        """As it is written, where all its steps are names."""
        return ".".join(step for step in self.steps if step is not None)

    @property
    def span(self) -> Span:
        """All of it."""
        return self.spans[0].to(self.spans[-1])


class Rule(Struct, frozen=True):
    """A rule: its head's form (set, map, value, function) and its first and last word, by number.

    `form` is `map` for `deny[x] if …` of v1, which makes `deny` a map of nothing but true.
    """

    name: str
    form: str
    span: Span
    words: tuple[int, int]
    annotation: Annotation | None = None
    default: bool = False


class RegoFile(Struct, frozen=True, dict=True):
    """A file read as Rego, as far as it can be; `name` tells it from others in the same file, where there are such."""

    source: SourceFile
    name: str = ""

    @property
    def module(self) -> str:
        """What an engine calls it."""
        return self.name or self.source.path

    @cached_property
    def words(self) -> tuple[Token, ...]:
        """Its words."""
        return tokens(self.source.text)

    def span(self, first: Token, last: Token | None = None) -> Span:
        """From one word to another."""
        return Span(self.source.path, first.start, (last or first).end)

    @cached_property
    def package(self) -> str:
        """The dotted name of its package."""
        return ".".join(step or "" for step in self._header("package").steps)

    @cached_property
    def statements(self) -> tuple[tuple[int, int], ...]:
        """The statements at top level, each by its first word and the one behind its last."""
        depth, starts = 0, []
        for number, word in enumerate(self.words):
            if depth == 0 and word.first and word.sort == "name" and word.text != "else":
                starts.append(number)
            depth += (word.text in _OPEN) - (word.text in _CLOSE) if word.sort == "sign" else 0
        return tuple(pairwise((*starts, len(self.words))))

    @cached_property
    def imports(self) -> Mapping[str, Reference]:
        """What names stand for: the imported paths by their last step, or by what they are called here."""
        found: dict[str, Reference] = {}
        for start, end in self.statements:
            if self.words[start].text == "import" and start + 1 < end:
                path, after = self._reference(start + 1)
                named = after + 1 < end and self.words[after].text == "as"
                found[self.words[after + 1].text if named else path.steps[-1] or ""] = path
        return found

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Its rules in their order."""
        heads = frozenset(("package", "import"))
        return tuple(self._rule(*each) for each in self.statements if self.words[each[0]].text not in heads)

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """Every path in it, from left to right."""
        return tuple(self._references())

    def resolved(self, reference: Reference) -> Reference:
        """A reference by way of an import as the path that it stands for."""
        path = self.imports.get(reference.steps[0] or "")
        if path is None:
            return reference
        first = (reference.spans[0],) * len(path.steps)
        steps, spans = (*path.steps, *reference.steps[1:]), (*first, *reference.spans[1:])
        return Reference(steps, spans, reference.call, reference.at)

    def in_rule(self, rule: Rule) -> Iterator[Reference]:
        """The references of one rule."""
        return (each for each in self.references if rule.words[0] <= each.at < rule.words[1])

    def without(self, rules: Sequence[Rule]) -> str:
        """The text with blanks in place of some rules, so that all that is left keeps its line."""
        text = self.source.text
        for rule in rules:
            start, end = self.words[rule.words[0]].start, self.words[rule.words[1] - 1].end
            blank = "".join("\n" if each == "\n" else " " for each in text[start:end])
            text = text[:start] + blank + text[end:]
        return text

    def body(self, rule: Rule) -> str:
        """What stands between the braces of a rule; empty where it has none, or several bodies."""
        start, end = rule.words
        texts = [word.text for word in self.words[start:end]]
        opened = self._head_end(rule)
        if opened is None or "else" in texts or self._behind(opened) != end:
            return ""
        return self.source.text[self.words[opened].end : self.words[end - 1].start]

    def variables(self, rule: Rule) -> tuple[str, ...]:
        """The names that the body of a rule gives values to, outside of anything nested in it."""
        opened = self._head_end(rule)
        depth, found = 0, dict[str, None]()
        for number in range(opened or rule.words[1], rule.words[1] - 1):
            word, after = self.words[number], self.words[number + 1].text
            depth += (word.text in _OPEN) - (word.text in _CLOSE) if word.sort == "sign" else 0
            named = word.sort == "name" and word.text not in KEYWORDS and word.text != "_"
            given = after == ":=" or (self.words[number - 1].text in ("some", ",") and after in ("in", ","))
            if depth == 1 and named and given:
                found[word.text] = None
        return tuple(found)

    def _head_end(self, rule: Rule) -> int | None:
        """The brace that opens the body of a rule."""
        at, end = rule.words
        while at < end:
            if self.words[at].text == "{" and self.words[at - 1].text in ("if", "]", ")", rule.name):
                return at
            at = self._behind(at) if self.words[at].text in _OPEN else at + 1
        return None

    def _header(self, word: str) -> Reference:
        for start, end in self.statements:
            if self.words[start].text == word and start + 1 < end:
                return self._reference(start + 1)[0]
        return Reference((), (), False, 0)

    def _rule(self, start: int, end: int) -> Rule:
        words = self.words
        default = words[start].text == "default" and start + 1 < end
        head, after = self._reference(start + default, whole=False)
        texts = [word.text for word in words[after : after + 1]]
        form = {"(": "function", "contains": "set", "[": "member"}.get(texts[0] if texts else "", "value")
        if form == "member":
            form = self._member_form(after, end)
        line = self.source.position(words[start].start).line
        notes = annotations(self.source)
        return Rule(head.name, form, head.span, (start, end), notes.get(line), default)

    def _member_form(self, bracket: int, end: int) -> str:
        """Of `name[x] …`: `map` where a value follows or, in v1, an `if`; `set` in v0."""
        behind = self._behind(bracket)
        sign = self.words[behind].text if behind < end else ""
        return "member" if sign == "if" else "map" if sign in (":=", "=") else "set"

    def _behind(self, bracket: int) -> int:
        depth, at = 0, bracket
        while at < len(self.words):
            word = self.words[at]
            depth += (word.text in _OPEN) - (word.text in _CLOSE) if word.sort == "sign" else 0
            at += 1
            if depth == 0:
                break
        return at

    def _references(self) -> Iterator[Reference]:
        at = 0
        while at < len(self.words):
            word = self.words[at]
            inside = at > 0 and self.words[at - 1].text == "." and not word.first
            if word.sort == "name" and word.text not in KEYWORDS and not inside:
                yield self._reference(at)[0]
                at += 1
                while at + 1 < len(self.words) and self.words[at].text == "." and self.words[at + 1].sort == "name":
                    at += 2
            else:
                at += 1

    def _reference(self, at: int, *, whole: bool = True) -> tuple[Reference, int]:
        """The path that begins at a word, and the word behind it; without `whole` only as far as there are dots."""
        words, start = self.words, at
        steps: list[Step] = [words[at].text]
        spans = [self.span(words[at])]
        at += 1
        while at + 1 < len(words):
            if words[at].text == "." and words[at + 1].sort == "name" and not words[at].first:
                steps.append(words[at + 1].text)
                spans.append(self.span(words[at + 1]))
                at += 2
            elif whole and words[at].text == "[" and not words[at].first:
                behind = self._behind(at)
                literal = words[at + 1] if behind == at + 3 and words[at + 1].sort == "string" else None
                steps.append(literal.value if literal else None)
                spans.append(self.span(words[at + 1]))
                at = behind
            else:
                break
        called = at < len(words) and words[at].text == "(" and not words[at].first
        return Reference(tuple(steps), tuple(spans), called, start), at


@lru_cache(maxsize=1 << 10)
def rego_file(source: SourceFile) -> RegoFile:
    """A file read as Rego, kept as long as the process runs."""
    return RegoFile(source)
