"""Balances brackets by the indentation of their lines, so that one that is missing costs no more than its own block."""

import re

from msgspec import Struct

from idpc.diagnostics import Diagnostic, Edit, Fix, Label
from idpc.diagnostics.codes.syntax import EXTRA_BRACKET, MISSING, UNCLOSED_BRACKET, UNEXPECTED
from idpc.source import Span
from idpc.syntax.recovery.tokens import Text, Token
from idpc.syntax.stacks import continuing
from idpc.syntax.terminals import SOFT_NEWLINE, terminals

FARTHEST = 100
"""How many tokens of a line are looked at to tell which of its brackets is wrong."""

CANDIDATES = 8
"""How many open brackets are looked at to find the one that a bracket closes."""

MOST_FOUND = 3000
"""After so many faults nothing new is learnt."""

MOST_OF_A_BLOCK = 20_000
"""How many tokens back a brace looks for the header that it may belong to."""

_DECLARATION = re.compile(r"@?[A-Za-z_]\w*(?:[ \t]+[^\n{}]*)?(?:\{|[ \t]+\w+[^\n]*=|$)", re.MULTILINE)


class Opener(Struct):
    """An open bracket, its place among the tokens, and the indent of its line."""

    token: Token
    place: int
    indent: int
    ends_line: bool
    ended: bool = False
    """Whether a line that is not further in than its own came since: its block has ended, closed or not."""


class Balance:
    """Tokens while their brackets are balanced."""

    def __init__(self, text: Text, tokens: list[Token], found: list[Diagnostic], broken: list[Span]) -> None:
        self.text = text
        self.tokens = tokens
        self.found = found
        self.broken = broken
        self.lines = {text.line(diagnostic.span.start) for diagnostic in found}
        self.kinds = terminals()
        self.closers = self.kinds.closers
        self.closing = frozenset(self.closers.values())
        self.open: list[Opener] = []
        self.added: dict[int, list[Token]] = {}
        self.replaced: dict[int, Token | None] = {}
        self.indents = [text.indent(token.start) for token in tokens]
        self.first = [
            place == 0 or self.is_line_end(tokens[place - 1]) or text.begins_line(token)
            for place, token in enumerate(tokens)
        ]

    def report(self, diagnostic: Diagnostic) -> None:
        """One diagnostic a line."""
        self.broken += [diagnostic.span, *(label.span for label in diagnostic.labels)]
        line = self.text.line(diagnostic.span.start)
        if line not in self.lines and len(self.found) < MOST_FOUND:
            self.lines.add(line)
            self.found.append(diagnostic)

    def is_line_end(self, token: Token) -> bool:
        """Whether a token is the end of a line."""
        return token.kind in (self.kinds.NEWLINE, SOFT_NEWLINE)

    def run(self) -> list[Token]:
        """The balanced tokens."""
        for place, token in enumerate(self.tokens):
            if self.first[place] and token.kind not in self.closing and not self.is_mistyped_end(place, token):
                self.end_blocks(self.indents[place])
            if self.is_mistyped_end(place, token):
                self.instead(self.open.pop(), place, self.kinds.RBRACE)
            elif token.kind in self.closers:
                self.open.append(Opener(token, place, self.indents[place], self.ends_line(place)))
            elif token.kind in self.closing:
                self.close(place, token)
            elif self.open and self.first[place] and self.starts_declaration(place):
                self.leave(place)
        self.leave(len(self.tokens) - 1)
        return self.result()

    def is_mistyped_end(self, place: int, token: Token) -> bool:
        """Whether an opening brace stands alone where the closing one of the block is expected."""
        if token.kind != self.kinds.LBRACE or not self.open or not self.is_alone(place):
            return False
        opener = self.open[-1]
        return opener.token.kind == token.kind and opener.ends_line and opener.indent == self.indents[place]

    def end_blocks(self, indent: int) -> None:
        """A line begins that is no further in than some open blocks."""
        for opener in reversed(self.open):
            if opener.indent < indent:
                break
            opener.ended = True

    def result(self) -> list[Token]:
        """The tokens with what was added and replaced."""
        result: list[Token] = []
        for place, token in enumerate(self.tokens):
            result += self.added.get(place, ())
            kept = self.replaced.get(place, token)
            if kept is not None:
                result.append(kept)
        return result

    def ends_line(self, place: int) -> bool:
        """Whether the next token is on another line."""
        return place + 1 < len(self.tokens) and self.first[place + 1]

    def starts_declaration(self, place: int) -> bool:
        """Whether a declaration begins here although brackets are open: at the margin, which their bodies left."""
        outer = self.open[0]
        if self.indents[place] > 0 or not outer.ends_line or self.indents[outer.place + 1] == 0:
            return False
        return bool(_DECLARATION.match(self.text.text, self.tokens[place].start))

    def leave(self, place: int) -> None:
        """All brackets that are still open before `place` are unclosed."""
        while self.open:
            self.unclosed(self.open.pop(), place)

    def close(self, place: int, token: Token) -> None:
        """A closing bracket closes what its kind and the indent of its line say."""
        depth = self.opener_of(place, token)
        if depth is None:
            self.superfluous(place, token)
            return
        while len(self.open) > depth + 1:
            self.unclosed(self.open.pop(), place)
        opener = self.open.pop()
        if self.closers[opener.token.kind] != token.kind:
            self.mistyped(opener, place, token)

    def opener_of(self, place: int, token: Token) -> int | None:
        """The place in the stack of the bracket that this one closes."""
        if not self.open:
            return None
        if self.first[place]:
            for depth in range(len(self.open) - 1, -1, -1):
                opener = self.open[depth]
                if opener.indent == self.indents[place] and opener.ends_line and not opener.ended:
                    return depth
        return self.opener_of_kind(place, token)

    def opener_of_kind(self, place: int, token: Token) -> int | None:
        """The open bracket of the right kind with which the rest of the line has the fewest faults, if with any."""
        best, choice = 1 + self.faults(len(self.open), place + 1), None
        for depth in range(len(self.open) - 1, max(len(self.open) - CANDIDATES, 0) - 1, -1):
            opener = self.open[depth]
            is_pair = self.closers[opener.token.kind] == token.kind
            if is_pair and self.can_close(opener, place, token):
                faults = len(self.open) - 1 - depth + self.faults(depth, place + 1)
                if faults < best or (faults == best and choice is None):
                    best, choice = faults, depth
            elif depth == len(self.open) - 1 and self.is_on_line(opener, token):
                faults = 1 + self.faults(depth, place + 1)
                if faults < best:
                    best, choice = faults, depth
            if opener.token.kind == self.kinds.INTERPOLATION:
                break
        return choice

    def can_close(self, opener: Opener, place: int, token: Token) -> bool:
        """Whether indentation allows it: a brace that ends a block stands on a line of its own, under the header."""
        if token.kind != self.kinds.RBRACE or self.is_on_line(opener, token):
            return True
        if opener.ended and self.first[place]:
            return False
        return not opener.ends_line or self.indents[place] == opener.indent

    def is_on_line(self, opener: Opener, token: Token) -> bool:
        """Whether a bracket opens on the line of a token."""
        return self.text.same_line(opener.token, token)

    def faults(self, depth: int, place: int) -> int:
        """How many brackets do not match in the rest of the line when so many are open before it."""
        line_start = self.text.source.starts[self.text.line(self.tokens[place - 1].start) - 1]
        open_ = [(self.closers[each.token.kind], each.token.start >= line_start) for each in self.open[:depth]]
        faults = 0
        for token in self.tokens[place : place + FARTHEST]:
            if self.is_line_end(token) or token.kind == self.kinds.END:
                break
            if token.kind in self.closers:
                open_.append((self.closers[token.kind], True))
            elif token.kind in self.closing:
                if open_ and open_[-1][0] == token.kind:
                    open_.pop()
                else:
                    faults += 1
        return faults + sum(here for _, here in open_)

    def end_of(self, opener: Opener, limit: int) -> int:
        """Where an unclosed block ends: before the first line that is not further in than its own.

        What is no block ends before what it cannot hold: a `then`, an `else` or the brace that ends its line.
        """
        choices = 0
        for place in range(opener.place + 1, limit if opener.token.kind != self.kinds.LBRACE else 0):
            token = self.tokens[place]
            if self.first[place]:
                break
            if choices == 0 and (token.kind in (self.kinds.THEN, self.kinds.ELSE) or self.is_body(place)):
                return place
            choices += (token.kind == self.kinds.IF) - (token.kind == self.kinds.ELSE)
        for place in range(opener.place + 1, limit):
            if self.first[place] and self.indents[place] <= opener.indent:
                return place
        return limit

    def is_body(self, place: int) -> bool:
        """Whether a brace ends its line, and stands after a value: it begins a body."""
        is_last = self.tokens[place].kind == self.kinds.LBRACE and self.ends_line(place)
        before = self.tokens[place - 1].kind
        return is_last and before not in (*self.closers, self.kinds.COMMA, self.kinds.COLON, *continuing())

    def unclosed(self, opener: Opener, limit: int) -> None:
        """Close a bracket that nothing closes."""
        if self.is_doubled(opener):
            self.replaced[opener.place] = None
            self.extra_opener(opener.token)
            return
        place = self.end_of(opener, limit)
        kind = self.closers[opener.token.kind]
        if place < len(self.tokens) - 1 and self.is_alone(place) and self.tokens[place].kind not in self.closing:
            self.instead(opener, place, kind)
            return
        while self.is_line_end(self.tokens[place - 1]) or self.tokens[place - 1].kind == self.kinds.COMMA:
            place -= 1
        at = self.tokens[place - 1].end
        self.added.setdefault(place, []).append(Token(kind, at, at))
        bracket = self.text.of(opener.token)
        closer = {self.kinds.RBRACE: "}", self.kinds.RBRACKET: "]", self.kinds.RPAR: ")"}[kind]
        here = self.text.span(at, at)
        self.report(
            UNCLOSED_BRACKET.at(
                self.text.span_of(opener.token),
                f"this `{bracket}` is never closed",
                hint="opened here",
                labels=(Label(here, f"`{closer}` is expected here, by the indentation"),),
                fixes=(Fix(f"close it with `{closer}`", (Edit(here, closer),)),),
            )
        )

    def is_doubled(self, opener: Opener) -> bool:
        """Whether the same bracket follows: one of the two is too much."""
        following = self.tokens[opener.place + 1]
        return following.kind == opener.token.kind and not opener.ends_line

    def extra_opener(self, token: Token) -> None:
        """Say that an opening bracket stands there twice."""
        span = self.text.span_of(token)
        self.report(
            UNCLOSED_BRACKET.at(
                span,
                f"this `{self.text.of(token)}` is never closed",
                hint="opened here",
                fixes=(Fix(f"remove the `{self.text.of(token)}`", (Edit(span, ""),)),),
            )
        )

    def is_alone(self, place: int) -> bool:
        """Whether a line has one token only, which is no statement."""
        return self.first[place] and (
            place + 1 >= len(self.tokens) or self.ends_line(place) or self.is_line_end(self.tokens[place + 1])
        )

    def instead(self, opener: Opener, place: int, kind: int) -> None:
        """Something else stands alone on the line of a closing bracket."""
        token = self.tokens[place]
        self.replaced[place] = Token(kind, token.start, token.end)
        closer = "}" if kind == self.kinds.RBRACE else "]" if kind == self.kinds.RBRACKET else ")"
        self.report(
            UNEXPECTED.at(
                self.text.span_of(token),
                f"`{closer}` is expected here, and not `{self.text.of(token)}`",
                hint=f"expected `{closer}`",
                labels=(Label(self.text.span_of(opener.token), "opened here"),),
                fixes=(Fix(f"write `{closer}`", (Edit(self.text.span_of(token), closer),)),),
            )
        )

    def mistyped(self, opener: Opener, place: int, token: Token) -> None:
        """Brackets of two kinds that belong together: the one before a body must be a brace, else the first is right."""
        before = self.tokens[opener.place - 1].kind if opener.place else self.kinds.EQUAL
        closer_is_right = token.kind == self.kinds.RBRACE and before in (self.kinds.NAME, self.kinds.STRING)
        if closer_is_right and opener.ends_line:
            self.replaced[opener.place] = Token(self.kinds.LBRACE, opener.token.start, opener.token.end)
            wrong, right, other = opener.token, "{", token
        else:
            kind = self.closers[opener.token.kind]
            self.replaced[place] = Token(kind, token.start, token.end)
            right = {self.kinds.RBRACE: "}", self.kinds.RBRACKET: "]", self.kinds.RPAR: ")"}[kind]
            wrong, other = token, opener.token
        span = self.text.span_of(wrong)
        self.report(
            UNEXPECTED.at(
                span,
                f"`{right}` is expected here, and not `{self.text.of(wrong)}`",
                hint=f"expected `{right}`",
                labels=(Label(self.text.span_of(other), f"because of this `{self.text.of(other)}`"),),
                fixes=(Fix(f"write `{right}`", (Edit(span, right),)),),
            )
        )

    def superfluous(self, place: int, token: Token) -> None:
        """A closing bracket without an open one: either that is missing, or this is too much."""
        header = self.header_without_brace(place, token)
        if header is not None:
            self.open_after(header)
            return
        self.replaced[place] = Token(self.kinds.NEWLINE, token.start, token.start) if self.first[place] else None
        written = self.text.of(token)
        span = self.text.span_of(token)
        self.report(
            EXTRA_BRACKET.at(
                span,
                f"this `{written}` closes nothing",
                hint="no open bracket",
                fixes=(Fix(f"remove the `{written}`", (Edit(span, ""),)),),
            )
        )

    def header_without_brace(self, place: int, token: Token) -> int | None:
        """The last token of the line that should have opened the block which this brace closes."""
        if token.kind != self.kinds.RBRACE or not self.first[place]:
            return None
        inner = None
        for before in range(place - 1, max(self.open[-1].place if self.open else -1, place - MOST_OF_A_BLOCK), -1):
            if not self.first[before]:
                continue
            if self.indents[before] <= self.indents[place]:
                return inner if self.indents[before] == self.indents[place] else None
            inner = before
        return None

    def open_after(self, place: int) -> None:
        """Add the brace before the line at `place`."""
        while self.is_line_end(self.tokens[place - 1]):
            place -= 1
            self.replaced[place] = None
        at = self.tokens[place - 1].end
        self.added.setdefault(place, []).append(Token(self.kinds.LBRACE, at, at))
        here = self.text.span(at, at)
        self.report(
            MISSING.at(
                here,
                "`{` is missing at the end of this line",
                hint="expected `{`",
                fixes=(Fix("open the block with `{`", (Edit(here, " {"),)),),
            )
        )
