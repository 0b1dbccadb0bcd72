"""Tries to mend a mistake with one token: one more, one less, or another one."""

from collections.abc import Iterator
from functools import cache

from msgspec import Struct

from idpc.diagnostics import Diagnostic, Edit, Fix
from idpc.diagnostics.codes.syntax import MISSING, UNEXPECTED
from idpc.syntax.recovery.context import Context, Repair
from idpc.syntax.recovery.tokens import Token
from idpc.syntax.recovery.wording import after_what, expected, found, word
from idpc.syntax.terminals import terminals

FARTHEST = 24
"""How many tokens after a repair are looked at."""


class Attempt(Struct, frozen=True):
    """What is tried: some tokens are taken back, of these `drop` are left out, others are added, `skip` left out."""

    back: int
    drop: int
    added: tuple[int, ...]
    skip: int = 0


def best_repair(context: Context) -> Repair | None:
    """The first attempt with which the line and the beginning of the next are accepted, or at least the line."""
    attempts = [each for each in _attempts(context) if _is_near(context, each) and not _misleads(context, each)]
    return _first(context, attempts, 3) or _first(context, attempts, 1)


def _is_near(context: Context, attempt: Attempt) -> bool:
    """Whether only tokens of this line are taken back, and no bracket left out."""
    if not attempt.back or attempt.back > len(context.out):
        return not attempt.back
    first = context.out[-attempt.back]
    if attempt.drop and (first.kind in context.openers or first.kind in context.closing):
        return False
    return context.text.line(first.end) == context.text.line(context.token.start)


def _first(context: Context, attempts: list[Attempt], further: int) -> Repair | None:
    needed = _needed(context, further)
    for attempt in attempts:
        added = tuple(Token(kind, *_place(context, attempt)) for kind in attempt.added)
        again = tuple(context.out[len(context.out) - attempt.back + attempt.drop :]) if attempt.back else ()
        reached = context.reach(attempt.back, attempt.skip, added + again, needed)
        if reached >= needed - attempt.skip:
            return Repair(attempt.back, attempt.skip, added + again, _diagnostic(context, attempt))
    return None


def _needed(context: Context, further: int) -> int:
    """How many tokens to come there are up to the end of the line, and some of the next."""
    for distance in range(FARTHEST):
        kind = context.ahead(distance).kind
        if kind == context.kinds.END:
            return distance + 1
        if context.is_line_end(kind):
            return distance + 1 + further
    return FARTHEST


def _attempts(context: Context) -> Iterator[Attempt]:
    """What to try, the likeliest first."""
    token, previous = context.token, context.previous
    kinds = context.kinds
    is_bracket = token.kind in context.closing or token.kind in context.openers
    can_go = not is_bracket and not context.is_line_end(token.kind)
    if previous and can_go and token.kind == previous.kind and context.text.of(token) == context.text.of(previous):
        yield _skip()
    yield from _doubled(context)
    if context.at_line_end():
        yield _add(kinds.HOLE)
        if previous and previous.kind == kinds.STRING:
            yield Attempt(1, 0, (kinds.EQUAL,))
        yield _add(kinds.LBRACE, kinds.RBRACE)
        yield from _pairs(context)
    yield from map(_add, _marks())
    for kind in (kinds.EQUAL, kinds.COLON):
        yield Attempt(1, 0, (kind,))
    if can_go:
        yield _skip()
        yield _add(kinds.HOLE)
        yield from map(_skip, (*_marks(), *_joints(), kinds.HOLE))
    yield _add(kinds.HOLE)
    yield from map(_add, _joints())
    if previous and previous.kind not in context.openers and previous.kind not in context.closing:
        yield from (Attempt(1, 1, (kind,)) for kind in (kinds.HOLE, *_marks(), *_joints()))
        yield Attempt(1, 1, ())
        yield Attempt(2, 1, ())


def _add(*kinds: int) -> Attempt:
    """Something more before the next token."""
    return Attempt(0, 0, kinds)


def _skip(*kinds: int) -> Attempt:
    """Without the next token, or with something in its place."""
    return Attempt(0, 0, kinds, skip=1)


def _doubled(context: Context) -> Iterator[Attempt]:
    """Without a token of this line that stands there twice in a row."""
    line = context.text.line(context.token.start)
    for back in range(1, min(len(context.out), FARTHEST)):
        token, before = context.out[-back], context.out[-back - 1]
        if context.text.line(before.start) != line:
            return
        if token.kind in context.openers or token.kind in context.closing:
            continue
        if token.kind == before.kind and context.text.of(token) == context.text.of(before):
            yield Attempt(back, 1, ())


def _pairs(context: Context) -> Iterator[Attempt]:
    kinds = context.kinds
    yield _add(kinds.EQUAL)
    yield _add(kinds.EQUAL, kinds.HOLE)
    yield _add(kinds.THEN, kinds.HOLE, kinds.ELSE, kinds.HOLE)
    yield _add(kinds.ELSE, kinds.HOLE)
    yield _add(kinds.COLON, kinds.HOLE)
    yield _add(kinds.ARROW, kinds.HOLE)


def _misleads(context: Context, attempt: Attempt) -> bool:
    """Which operator or name is missing cannot be guessed: `in` is only added to a loop, `then` not as a name."""
    kinds = context.kinds
    if attempt.added[:1] not in ((kinds.IN,), (kinds.GREATER,), (kinds.THEN,), (kinds.ELSE,)):
        return False
    stack = context.stacks[-attempt.back] if attempt.back else context.stack
    return stack.accepts(kinds.OPERATOR if attempt.added[0] == kinds.GREATER else kinds.NAME) or (
        attempt.added[0] == kinds.IN and stack.accepts(kinds.OPERATOR)
    )


@cache
def _marks() -> tuple[int, ...]:
    """What is easily forgotten between two tokens."""
    k = terminals()
    return (k.EQUAL, k.COMMA, k.NEWLINE, k.COLON, k.ARROW, k.THEN, k.ELSE, k.IN, k.GREATER)


@cache
def _joints() -> tuple[int, ...]:
    """What may join two tokens, but seldom is what was forgotten."""
    k = terminals()
    return (k.DOT, k.BAR, k.RANGE)


def _place(context: Context, attempt: Attempt) -> tuple[int, int]:
    """Where what is added stands: in the place of what is left out, or after the token before."""
    if attempt.skip:
        return context.token.start, context.token.end
    if attempt.drop:
        return context.out[-attempt.back].start, context.out[-attempt.back].end
    previous = context.behind(attempt.back)
    end = previous.end if previous else context.token.start
    return end, end


def _diagnostic(context: Context, attempt: Attempt) -> Diagnostic:
    if attempt.skip:
        return _instead(context, context.token, attempt)
    if attempt.drop:
        return _instead(context, context.out[-attempt.back], attempt)
    return _missing(context, attempt)


def _instead(context: Context, token: Token, attempt: Attempt) -> Diagnostic:
    span = context.text.span_of(token)
    if not attempt.added:
        fix = Fix(f"remove {found(token, context.text)}", (Edit(span, ""),))
        return UNEXPECTED.at(span, f"{found(token, context.text)} cannot stand here", hint="unexpected", fixes=(fix,))
    wanted = _wanted(context, attempt)
    return UNEXPECTED.at(
        span, f"{wanted} is expected here, and not {found(token, context.text)}", hint=f"expected {wanted}"
    )


def _missing(context: Context, attempt: Attempt) -> Diagnostic:
    before = context.behind(attempt.back)
    wanted = _wanted(context, attempt)
    if before is None:
        return MISSING.at(context.text.span(context.token.start, context.token.start), f"{wanted} is missing")
    here = context.text.span(before.end, before.end)
    return MISSING.at(here, f"{wanted} is missing{after_what(before, context.text)}", hint=f"expected {wanted}")


def _wanted(context: Context, attempt: Attempt) -> str:
    kind = attempt.added[0]
    if attempt.added == (context.kinds.LBRACE, context.kinds.RBRACE):
        return "`{ … }`"
    if kind != context.kinds.HOLE:
        return word(kind)
    stack = context.stacks[-attempt.back] if attempt.back else context.stack
    return expected(stack.expected()) or "something"
