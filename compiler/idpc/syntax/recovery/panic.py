"""The last resort: a statement that cannot be repaired is left out, up to the next line of its body."""

from idpc.diagnostics import Diagnostic
from idpc.diagnostics.codes.syntax import MISSING, UNEXPECTED
from idpc.syntax.recovery.context import Context
from idpc.syntax.recovery.tokens import Token
from idpc.syntax.recovery.wording import after_what, expected, found

LONGEST_HEADER = 60
"""How many tokens on a line may come before the brace of a block."""


def leave_out(context: Context) -> None:
    """Leave out what stands around the next token, keeping the name before `=` and the header before `{` if possible."""
    context.report(unexpected(context))
    start = context.token.start
    if context.is_patient() and _keep_header(context):
        context.broken.append(context.text.span(start, context.token.start))
        return
    before = len(context.todo)
    depth = _statement(context)
    begin, end = _skip(context, depth)
    if len(context.todo) >= before:
        _go_on(context)
    context.broken.append(context.text.span(min(start, begin), end))


def _go_on(context: Context) -> None:
    """Nothing was left out: let the next token through or drop it, so that recovery comes to an end."""
    if context.token.kind == context.kinds.END:
        while context.out and not context.stack.accepts(context.kinds.END):
            context.take_back()
        if not context.stack.accepts(context.kinds.END):
            context.todo.append(Token(context.kinds.HOLE, context.token.start, context.token.start))
        return
    separated = context.out and context.out[-1].kind in (context.kinds.NEWLINE, context.kinds.COMMA)
    stack = context.stacks[-1] if separated else context.stack
    if not stack.accepts(context.token.kind):
        context.todo.pop()


def unexpected(context: Context) -> Diagnostic:
    """What is wrong at the next token: something is missing where a line ends, else it is unexpected."""
    token, previous = context.token, context.previous
    wanted = expected(context.stack.expected())
    after_something = previous is not None and previous.kind not in (context.kinds.NEWLINE, context.kinds.COMMA)
    if previous and after_something and (context.at_line_end() or context.text.begins_line(token)):
        after = after_what(previous, context.text)
        here = context.text.span(previous.end, previous.end)
        return MISSING.at(
            here, f"{wanted or 'something'} is missing{after}", hint=f"expected {wanted}" if wanted else ""
        )
    message = f"{found(token, context.text)} cannot stand here" + (f": {wanted} is expected" if wanted else "")
    return UNEXPECTED.at(context.text.span_of(token), message, hint=f"expected {wanted}" if wanted else "unexpected")


def _statement(context: Context) -> int:
    """Take back the tokens of the statement in which the parser is; gives how many brackets of it were open."""
    kinds = context.kinds
    depth = 0
    opened = 0
    closers = context.closing
    while context.out:
        previous = context.out[-1]
        if previous.kind in closers:
            depth += 1
        elif previous.kind in context.openers:
            if depth:
                depth -= 1
            elif _begins_statement(context):
                break
            else:
                opened += 1
        elif depth == 0 and previous.kind in (kinds.NEWLINE, kinds.COMMA) and _begins_statement(context):
            break
        elif depth == 0 and not opened and previous.kind in (kinds.EQUAL, kinds.PLUS_EQUAL) and _keeps_name(context):
            hole = Token(kinds.HOLE, previous.end, previous.end)
            context.todo.append(hole)
            context.advance()
            break
        context.take_back()
    return opened


def _begins_statement(context: Context) -> bool:
    """Whether a statement begins here; after an annotation it has begun before."""
    if not context.stack.accepts(context.kinds.AT):
        return False
    return not context.out or context.out[-1].kind in context.openers or context.stacks[-1].accepts(context.kinds.COMMA)


def _keep_header(context: Context) -> bool:
    """Go on with the body of a block whose header is broken, where the brace of the body ends the line."""
    kinds = context.kinds
    brace = _brace_of_line(context)
    if brace is None:
        return False
    kept = len(context.out)
    while kept and not context.stacks[kept - 1].accepts(kinds.AT):
        kept -= 1
    states = [*context.stacks[kept:], context.stack]
    if any(token.kind in (kinds.EQUAL, kinds.COLON, *context.openers) for token in context.out[kept:]):
        return False
    if not any(state.accepts(kinds.LBRACE) for state in states):
        return False
    while not context.stack.accepts(kinds.LBRACE):
        context.take_back()
    for _ in range(brace):
        context.todo.pop()
    return True


def _brace_of_line(context: Context) -> int | None:
    """How many tokens stand before the brace that ends the line, if one does."""
    for distance in range(min(len(context.todo) - 1, LONGEST_HEADER)):
        token, following = context.ahead(distance), context.ahead(distance + 1)
        if context.is_line_end(token.kind) or token.kind == context.kinds.END:
            return None
        if distance and context.text.begins_line(token):
            return None
        if token.kind == context.kinds.LBRACE and context.text.begins_line(following):
            return distance
    return None


def _keeps_name(context: Context) -> bool:
    """Whether the value of a field may become a hole."""
    after = context.stack.after(context.kinds.HOLE)
    return after is not None and after.accepts(context.kinds.NEWLINE) and not after.accepts(context.kinds.RPAR)


def _skip(context: Context, opened: int) -> tuple[int, int]:
    """Drop tokens up to the end of the statement."""
    kinds = context.kinds
    begin = context.out[-1].end if context.out else 0
    end = context.token.start
    depth = opened
    while context.token.kind != kinds.END:
        token = context.token
        if depth <= 0 and (context.is_line_end(token.kind) or token.kind == kinds.COMMA):
            break
        if token.kind in context.openers:
            depth += 1
        elif token.kind in context.closing:
            if depth <= 0:
                break
            depth -= 1
        end = token.end
        context.todo.pop()
    return begin, end
