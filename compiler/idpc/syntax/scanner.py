"""Cuts text into tokens: one pass over one regular expression, and a stack of the brackets and strings that are open."""

import re
from functools import cache

from msgspec import Struct, field

from idpc.diagnostics import Diagnostic, Edit, Fix
from idpc.diagnostics.codes.syntax import UNCLOSED_BRACKET, UNCLOSED_STRING
from idpc.source import SourceFile, Span
from idpc.syntax.nodes import Comment
from idpc.syntax.tables import load
from idpc.syntax.terminals import INVALID, SOFT_NEWLINE, Terminals, terminals

DEEPEST = 200

WORD, TRIVIA, STRING, DATE, MEASURE, NUMBER, MARK, QUOTE, OTHER = range(1, 10)
"""The groups of the scanner's expression."""

_COMMENT = re.compile(r"//[^\n]*")
_LINE_TEXT = re.compile(r"(?:[^\"\\\n$]++|\\.|\\(?=\n|\Z)|\$(?!\{))++")
_LINES_TEXT = re.compile(r"(?:[^\"\\$]++|\\.|\\\Z|\$(?!\{)|\"(?!\"\"))++", re.DOTALL)
_NEXT_DECLARATION = re.compile(r"^[a-z@]\w*[ \t]+[\w\"][^\n=]*\{", re.MULTILINE)


class Tokens(Struct):
    """The tokens of a text, in parallel lists that end with the END token; `docs` are by the start of what follows."""

    kinds: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    docs: dict[int, str] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    balanced: bool = True
    too_deep: list[int] = field(default_factory=list)

    def add(self, kind: int, start: int, end: int) -> None:
        """Append a token."""
        self.kinds.append(kind)
        self.starts.append(start)
        self.ends.append(end)

    def drop_last(self) -> None:
        """Remove the last token."""
        del self.kinds[-1], self.starts[-1], self.ends[-1]


def scan(source: SourceFile) -> Tokens:
    """The tokens of any text."""
    return _Scanner(source).run()


@cache
def _expression() -> re.Pattern[str]:
    patterns = load().patterns
    marks = sorted(terminals().punctuation.keys() - {","}, key=lambda mark: (-len(mark), mark))
    return re.compile(
        r"[ \t\r]*+(?:"
        rf"({patterns['NAME']})"
        r"|((?:[,\n]|//[^\n]*+)(?:[ \t\r\n,]++|//[^\n]*+)*+)"
        rf"|({patterns['STRING']})"
        rf"|({patterns['DATE']})"
        rf"|({patterns['MEASURE']})"
        rf"|({patterns['NUMBER']})"
        rf"|({'|'.join(map(re.escape, marks))})(?!(?<=/)\*)"
        r'|("""|")'
        r"|('[^'\n]*+'|[“”„][^“”„\n]*+[“”]|\#[^\n]*+|/\*(?s:.*?)\*/|.)"
        r"|\Z)",
        re.DOTALL,
    )


class _Open(Struct):
    """An open bracket; `quote` where it is an interpolation."""

    closer: int
    index: int
    depth: int
    quote: str = ""


class _Scanner:
    """The state of one pass."""

    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.text = source.text
        self.tokens = Tokens()
        self.kinds: Terminals = terminals()
        self.closers = self.kinds.closers
        self.pattern = re.compile(load().patterns["PATTERN"])
        self.open: list[_Open] = []
        self.depth = 0
        self.depth_before = 0
        self.angles = 0
        k = self.kinds
        self.openers = frozenset(self.closers)
        self.closing = frozenset(self.closers.values())
        self.deepening = frozenset((k.OPERATOR, k.MINUS, k.BANG, k.DOT, k.QUESTION, k.IN, k.IF, k.LESS))

    def run(self) -> Tokens:
        """Scan to the end."""
        text, tokens = self.text, self.tokens
        match = _expression().match
        words = self.kinds.words
        name = self.kinds.NAME
        simple = (0, 0, 0, self.kinds.STRING, self.kinds.DATE, self.kinds.MEASURE, self.kinds.NUMBER)
        add_kind, add_start, add_end = tokens.kinds.append, tokens.starts.append, tokens.ends.append
        special = frozenset((self.kinds.IF, self.kinds.IN, self.kinds.THEN, self.kinds.ELSE))
        position = 0
        while True:
            found = match(text, position)
            group = found.lastindex if found else None
            if not found or not group:
                break
            position = found.end()
            if group == WORD:
                kind = words.get(found[1], name)
                if kind in special:
                    self.keyword(kind)
                add_kind(kind)
                add_start(found.start(1))
                add_end(position)
            elif group == TRIVIA:
                self.trivia(found[2], found.start(2))
                if self.open and self.open[-1].quote == '"' and tokens.kinds and tokens.kinds[-1] == self.kinds.NEWLINE:
                    position = self.end_interpolation(tokens.starts[-1])
            elif group < MARK:
                add_kind(simple[group])
                add_start(found.start(group))
                add_end(position)
            elif group == MARK:
                position = self.mark(found[7], found.start(7), position)
            elif group == QUOTE:
                position = self.quote(found[8], found.start(8))
            else:
                tokens.add(INVALID, found.start(9), position)
        self.finish()
        return tokens

    def finish(self) -> None:
        """Add the END token."""
        self.drop_separator()
        self.tokens.balanced = self.tokens.balanced and not self.open
        self.tokens.add(self.kinds.END, len(self.text), len(self.text))

    def keyword(self, kind: int) -> None:
        """A keyword that deepens an expression, or one before which a line may end."""
        kinds = self.kinds
        if kind in (kinds.THEN, kinds.ELSE):
            if self.tokens.kinds and self.tokens.kinds[-1] == kinds.NEWLINE:
                self.tokens.kinds[-1] = SOFT_NEWLINE
                self.depth = self.depth_before
            return
        self.deepen(self.tokens.ends[-1] if self.tokens.ends else 0)

    def deepen(self, at: int) -> None:
        """One level deeper; the places that are too deep are kept."""
        self.depth += 1
        if self.depth + self.angles > DEEPEST:
            self.tokens.too_deep.append(at)

    def trivia(self, text: str, start: int) -> None:
        """Commas, ends of lines and comments up to the next token: at most one separator, more for more commas."""
        bare = text
        if "//" in text:
            bare = self.comments(text, start)
        tokens, kinds = self.tokens, self.kinds
        last = tokens.kinds[-1] if tokens.kinds else kinds.NEWLINE
        commas = bare.count(",")
        if commas:
            at = start + bare.index(",")
            for _ in range(commas):
                tokens.add(kinds.COMMA, at, at + 1)
                at = start + bare.find(",", at + 1 - start)
        elif "\n" in bare:
            if last in self.openers or last == kinds.NEWLINE:
                return
            at = start + bare.index("\n")
            tokens.add(kinds.NEWLINE, at, at + 1)
        if last not in self.deepening:
            self.depth_before = self.depth
            self.depth = self.open[-1].depth if self.open else 0
            if not commas:
                self.angles = 0

    def comments(self, text: str, start: int) -> str:
        """Keep the comments in `text`, and give it with blanks in their place."""
        path, kept = self.source.path, self.tokens.comments
        for found in _COMMENT.finditer(text):
            kept.append(Comment(found[0], Span(path, start + found.start(), start + found.end())))
        lines = text.split("\n")
        doc: list[str] = []
        for line in reversed(lines[1:-1] if start else lines[:-1]):
            bare = line.strip()
            if not bare.startswith("///") or bare.startswith("////"):
                break
            doc.append(bare[3:].removeprefix(" "))
        if doc:
            self.tokens.docs[self.next_token(start + len(text))] = "\n".join(reversed(doc))
        return _COMMENT.sub(lambda found: " " * len(found[0]), text)

    def next_token(self, position: int) -> int:
        """Where the next token begins, after blanks."""
        text = self.text
        while position < len(text) and text[position] in " \t\r":
            position += 1
        return position

    def mark(self, text: str, start: int, end: int) -> int:
        """An operator or a bracket; gives the position after it."""
        tokens, kinds = self.tokens, self.kinds
        kind = _marks()[text]
        if kind in self.openers:
            tokens.add(kind, start, end)
            self.open.append(_Open(self.closers[kind], len(tokens.kinds) - 1, self.depth + 1))
            self.deepen(start)
            return end
        if kind in self.closing:
            return self.close(kind, start, end)
        if text == "/" and tokens.kinds and tokens.kinds[-1] == kinds.LPAR:
            pattern = self.pattern.match(self.text, start)
            if pattern:
                tokens.add(kinds.PATTERN, start, pattern.end())
                return pattern.end()
        if kind in self.deepening:
            if kind == kinds.LESS:
                self.angles += 1
                self.depth -= 1
            self.deepen(start)
        elif kind == kinds.GREATER and self.angles:
            self.angles -= 1
        tokens.add(kind, start, end)
        return end

    def close(self, kind: int, start: int, end: int) -> int:
        """A closing bracket; where it ends an interpolation, the rest of the string follows."""
        self.drop_separator()
        self.tokens.add(kind, start, end)
        open_ = self.open
        if not open_ or open_[-1].closer != kind:
            self.tokens.balanced = False
            depth = self.opener_of(kind)
            if depth < 0:
                return end
            del open_[depth + 1 :]
        opener = open_.pop()
        self.depth = opener.depth
        return self.string_rest(opener.quote, end) if opener.quote else end

    def opener_of(self, kind: int) -> int:
        """The place in the stack of what `kind` could close, no further out than the string around."""
        for place in range(len(self.open) - 1, max(len(self.open) - DEEPEST, 0) - 1, -1):
            if self.open[place].closer == kind:
                return place
            if self.open[place].quote:
                break
        return -1

    def drop_separator(self) -> None:
        """A separator before a closing bracket or the end says nothing."""
        kinds = self.tokens.kinds
        if kinds and kinds[-1] in (self.kinds.NEWLINE, self.kinds.COMMA):
            self.tokens.drop_last()

    def quote(self, quote: str, start: int) -> int:
        """A string that has interpolations, or no end."""
        line_end = self.text.find("\n", start)
        rest = self.text[start + 1 : line_end if line_end >= 0 else len(self.text)]
        outer = self.interpolation()
        if quote == '"' and outer and outer.quote == '"' and "${" not in rest:
            return self.end_interpolation(start)
        self.tokens.add(self.kinds.STRING_START, start, start + len(quote))
        return self.string_rest(quote, start + len(quote))

    def interpolation(self) -> "_Open | None":
        """The interpolation in which the scanner is."""
        for opener in reversed(self.open):
            if opener.quote:
                return opener
        return None

    def string_rest(self, quote: str, position: int) -> int:
        """The text of a string up to an interpolation or its end."""
        tokens, kinds, text = self.tokens, self.kinds, self.text
        found = (_LINE_TEXT if quote == '"' else _LINES_TEXT).match(text, position)
        if found:
            tokens.add(kinds.STRING_TEXT, position, found.end())
            position = found.end()
        if text.startswith("${", position):
            tokens.add(kinds.INTERPOLATION, position, position + 2)
            self.open.append(_Open(kinds.RBRACE, len(tokens.kinds) - 1, self.depth + 1, quote))
            self.deepen(position)
            return position + 2
        if text.startswith(quote, position):
            tokens.add(kinds.STRING_END, position, position + len(quote))
            return position + len(quote)
        return self.unclosed_string(quote, position)

    def unclosed_string(self, quote: str, position: int) -> int:
        """End a string where its line ends, one of three quotes before the next declaration."""
        tokens, kinds = self.tokens, self.kinds
        at = len(tokens.kinds) - 1
        depth = 0
        while at >= 0 and (tokens.kinds[at] != kinds.STRING_START or depth):
            depth += (tokens.kinds[at] == kinds.STRING_END) - (tokens.kinds[at] == kinds.STRING_START)
            at -= 1
        start = Span(self.source.path, tokens.starts[at], tokens.ends[at])
        if quote != '"':
            following = _NEXT_DECLARATION.search(self.text, tokens.ends[at])
            end = len(self.text[: following.start()].rstrip()) if following else position
            if tokens.kinds[-1] == kinds.STRING_TEXT and tokens.starts[-1] < end < position:
                tokens.ends[-1] = position = end
        elif tokens.kinds[-1] == kinds.STRING_TEXT and len(tokens.kinds) - 2 == at:
            position = self.leave_brackets(position)
            tokens.ends[-1] = position
        end_span = Span(self.source.path, position, position)
        tokens.diagnostics.append(
            UNCLOSED_STRING.at(
                start,
                "this string has no closing quotes" if quote == '"""' else "this string is not closed on its line",
                hint="opened here",
                help='a text of several lines stands in `"""`' if quote == '"' else "",
                fixes=(Fix(f"add {quote} at the end", (Edit(end_span, quote),)),),
            )
        )
        tokens.add(kinds.STRING_END, position, position)
        return position

    def leave_brackets(self, position: int) -> int:
        """An unclosed string does not take the brackets that close its line."""
        start = self.tokens.starts[-1]
        if not self.open or "\n" in self.text[self.tokens.starts[self.open[-1].index] : start]:
            return position
        kept = self.text[start:position].rstrip(" ,)]}")
        return start + len(kept)

    def end_interpolation(self, position: int) -> int:
        """A `${` that is still open at the end of its string, or of its line."""
        tokens, kinds = self.tokens, self.kinds
        if tokens.kinds[-1] == kinds.NEWLINE:
            tokens.drop_last()
        while True:
            opener = self.open.pop()
            tokens.add(opener.closer, position, position)
            if opener.quote:
                break
        span = Span(self.source.path, tokens.starts[opener.index], tokens.ends[opener.index])
        here = Span(self.source.path, position, position)
        tokens.diagnostics.append(
            UNCLOSED_BRACKET.at(
                span,
                "this `${` is never closed",
                hint="opened here",
                fixes=(Fix("close it with `}`", (Edit(here, "}"),)),),
            )
        )
        self.depth = opener.depth
        return self.string_rest(opener.quote, position)


@cache
def _marks() -> dict[str, int]:
    return terminals().punctuation
