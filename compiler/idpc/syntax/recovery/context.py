"""Where recovery stands: the tokens that went through, the parser's states after each, and the tokens to come."""

from msgspec import Struct

from idpc.diagnostics import Diagnostic
from idpc.source import Span
from idpc.syntax.recovery.tokens import Text, Token
from idpc.syntax.stacks import Stack, continues, continuing, is_soft
from idpc.syntax.tables import load
from idpc.syntax.terminals import SOFT_NEWLINE, terminals

PATIENCE = 300
"""After so many mistakes repairs are no longer tried: what is read is no specification."""

PATIENCE_ON_LINE = 4
"""After so many on one line neither: only the first is told."""

MOST_MISTAKES = 3000
"""After so many the rest of the file is left out."""


class Repair(Struct, frozen=True):
    """Take `back` tokens back, drop `skip` of those to come, and put `added` in their place."""

    back: int
    skip: int
    added: tuple[Token, ...]
    diagnostic: Diagnostic


class Context:
    """The state of recovery in one text."""

    def __init__(
        self, text: Text, tokens: list[Token], start: str, found: list[Diagnostic], broken: list[Span]
    ) -> None:
        self.text = text
        self.kinds = terminals()
        self.todo = tokens[::-1]
        self.out: list[Token] = []
        self.stack = Stack(load().starts[start])
        self.stacks: list[Stack] = []
        self.found = found
        self.broken = broken
        self.lines = {text.line(diagnostic.span.start) for diagnostic in found}
        self.done = False
        self.mistakes = 0
        self.on_line: dict[int, int] = {}
        self.closing = frozenset(self.kinds.closers.values()) | {self.kinds.END}
        self.openers = frozenset(self.kinds.closers)

    @property
    def token(self) -> Token:
        """The next token."""
        return self.todo[-1]

    @property
    def previous(self) -> Token | None:
        """The last token that went through."""
        return self.out[-1] if self.out else None

    def ahead(self, distance: int) -> Token:
        """A token further on; the end of the file beyond it."""
        return self.todo[max(-1 - distance, -len(self.todo))]

    def behind(self, distance: int) -> Token | None:
        """A token further back."""
        return self.out[-1 - distance] if distance < len(self.out) else None

    def is_line_end(self, kind: int) -> bool:
        """Whether a kind of token is the end of a line."""
        return kind in (self.kinds.NEWLINE, SOFT_NEWLINE)

    def at_line_end(self) -> bool:
        """Whether the line, the block or the file ends here."""
        return (
            self.is_line_end(self.token.kind) or self.token.kind in self.closing or self.token.kind == self.kinds.COMMA
        )

    def count(self) -> None:
        """Count a mistake."""
        line = self.text.line(self.token.start)
        self.mistakes += 1
        self.on_line[line] = self.on_line.get(line, 0) + 1

    def is_patient(self) -> bool:
        """Whether repairs are still worth a try, in the file and on this line."""
        return self.mistakes < PATIENCE and self.on_line.get(self.text.line(self.token.start), 0) < PATIENCE_ON_LINE

    def give_up(self) -> None:
        """Leave out all that is still to come."""
        end = self.todo[0]
        self.broken.append(self.text.span(self.token.start, end.end))
        self.todo = [end]

    def advance(self) -> bool:
        """Let the next token through; false where it cannot stand."""
        token = self.token
        kind = token.kind
        if self.is_line_end(kind) and self.is_blank():
            self.todo.pop()
            return True
        if kind in self.closing and self.previous and self.previous.kind in (self.kinds.NEWLINE, self.kinds.COMMA):
            self.take_back()
            return True
        if kind == SOFT_NEWLINE and not is_soft(kind, self.ahead(1).kind, self.stack):
            self.todo[-1] = token = Token(self.kinds.NEWLINE, token.start, token.end)
            kind = token.kind
        following = None if self.is_body_without_condition() else self.stack.after(kind)
        if following is None:
            before = self.previous.kind if self.previous else -1
            if kind == SOFT_NEWLINE or continues(self.text.text, before, kind, token.end):
                self.todo.pop()
                return True
            return False
        self.stacks.append(self.stack)
        self.out.append(token)
        self.stack = following
        self.todo.pop()
        self.done = kind == self.kinds.END
        return True

    def is_body_without_condition(self) -> bool:
        """Whether a brace that could begin a map begins a body, because a value is missing before it."""
        kinds, previous = self.kinds, self.previous
        if self.token.kind != kinds.LBRACE or not previous or previous.kind not in (kinds.IF, *continuing()):
            return False
        if previous.kind in (kinds.EQUAL, kinds.PLUS_EQUAL) or not self.text.begins_line(self.ahead(1)):
            return False
        value = self.stack.after(kinds.HOLE)
        body = value.after(kinds.LBRACE) if value else None
        return body is not None and body.accepts(kinds.AT)

    def is_blank(self) -> bool:
        """Whether nothing stands between the last separator or bracket and here."""
        before = self.previous
        return before is None or before.kind in (self.kinds.NEWLINE, self.kinds.COMMA) or before.kind in self.openers

    def take_back(self) -> Token:
        """Undo the last token that went through."""
        self.stack = self.stacks.pop()
        return self.out.pop()

    def apply(self, repair: Repair) -> None:
        """Do a repair, and say so."""
        self.report(repair.diagnostic)
        start = self.token.start
        for _ in range(repair.back):
            start = self.take_back().start
        end = start
        for _ in range(repair.skip):
            end = self.todo.pop().end
        self.todo += reversed(repair.added)
        places = (start, end, *(token.start for token in repair.added), *(token.end for token in repair.added))
        self.broken.append(self.text.span(min(places), max(places)))

    def report(self, diagnostic: Diagnostic) -> None:
        """One diagnostic a line: what follows the first is mostly its echo."""
        line = self.text.line(diagnostic.span.start)
        if line not in self.lines:
            self.lines.add(line)
            self.found.append(diagnostic)

    def reach(self, back: int, skip: int, added: tuple[Token, ...], most: int) -> int:
        """How many of the tokens to come would go through after a repair, `most` at most; -1 for not even the added."""
        stack = self.stacks[-back] if back else self.stack
        before = self.out[-back - 1].kind if back < len(self.out) else -1
        for token in added:
            following = stack.after(token.kind)
            if following is None:
                return -1
            stack, before = following, token.kind
        return self._run(stack, before, skip, most)

    def _run(self, stack: Stack, before: int, skip: int, most: int) -> int:
        kinds = self.kinds
        passed = 0
        place = len(self.todo) - 1 - skip
        while passed < most and place >= 0:
            token = self.todo[place]
            kind = token.kind
            blank = before == -1 or before in (kinds.NEWLINE, kinds.COMMA) or before in self.openers
            soft = kind == SOFT_NEWLINE and place and is_soft(kind, self.todo[place - 1].kind, stack)
            kind = kinds.NEWLINE if kind == SOFT_NEWLINE else kind
            if not (soft or (kind == kinds.NEWLINE and blank)):
                following = stack.after(kind)
                if following:
                    stack, before = following, kind
                elif not continues(self.text.text, before, kind, token.end):
                    return passed
            if kind == kinds.END:
                return most
            passed += 1
            place -= 1
        return passed
