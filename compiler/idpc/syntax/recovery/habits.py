"""Habits from other languages: each is known by its tokens, told by its name, and mended."""

import re
import unicodedata
from collections.abc import Callable

from idpc.diagnostics import Diagnostic, Edit, Fix
from idpc.diagnostics.codes.syntax import OTHER_LANGUAGE, UNKNOWN_CHARACTER
from idpc.syntax.recovery.context import Context, Repair
from idpc.syntax.recovery.tokens import Token
from idpc.syntax.terminals import INVALID

Habit = Callable[[Context], Repair | None]

_WORD_OPERATORS = {"and": "&&", "or": "||"}
_DECLARING_WORDS = frozenset(("var", "val", "const", "def", "local", "set"))
_BARE_TEXT = re.compile(r"[A-Za-z0-9][\w.-]*(?::\d+)?/[\w./-]*(?::[\w.-]+)?(?:@sha256:[0-9a-f]+)?")
_UNIT = re.compile(r"(?:[munµ]?s|m|h|d|w|[kKMGTP]i?B?|cores?|days?|hours?|minutes?|seconds?)\Z")


def comment_with_hash(context: Context) -> Repair | None:
    """`# …`, and `/* … */`."""
    token = context.token
    written = context.text.of(token)
    if token.kind != INVALID or not written.startswith(("#", "/*")):
        return None
    bare = written.lstrip("#").strip("/*").strip() if written[0] == "#" else written[2:-2].strip()
    lines = " ".join(bare.split())
    fixes = (_fix(context, token, f"// {lines}".rstrip(), "write `//`", safe=written[0] == "#"),)
    mark = "#" if written[0] == "#" else "/*"
    return _dropped(context, f"`{mark}` begins no comment here: comments begin with `//`", "expected `//`", fixes)


def semicolon(context: Context) -> Repair | None:
    """`;` at the end of a statement."""
    token = context.token
    if token.kind != INVALID or context.text.of(token) != ";":
        return None
    ends = context.is_line_end(context.ahead(1).kind) or context.ahead(1).kind in context.closing
    if ends:
        fixes = (_fix(context, token, "", "remove the `;`", safe=True),)
        return _dropped(context, "a statement ends with its line, and not with `;`", "not needed", fixes)
    fixes = (_fix(context, token, ",", "write a comma", safe=True),)
    message = "`;` separates nothing here: statements on one line are separated by commas"
    return _replaced(context, context.kinds.COMMA, message, "expected `,`", fixes)


def single_quotes(context: Context) -> Repair | None:
    """`'text'`, and the quotes of text programs."""
    token = context.token
    written = context.text.of(token)
    if token.kind != INVALID or len(written) < 2 or written[0] not in "'“”„":
        return None
    inner = written[1:-1]
    plain = inner.replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${")
    fixes = (_fix(context, token, f'"{plain}"', "use double quotes", safe=True),)
    message = f'a string stands in `"`, and not in `{written[0]}`'
    return _replaced(context, context.kinds.STRING, message, 'expected `"`', fixes)


def yaml_list(context: Context) -> Repair | None:
    """`- item` lines below a name."""
    back = _first_dash(context)
    if not back:
        return None
    dash, sign = context.out[-back], context.out[-back - 1]
    items = _items(context, dash)
    skip = 0
    end = dash.start + sum(len(line) + 1 for line in items) - context.text.indent(dash.start)
    while context.ahead(skip).start < end - 1 and context.ahead(skip).kind != context.kinds.END:
        skip += 1
    equal = Token(context.kinds.EQUAL, sign.start, sign.end)
    hole = Token(context.kinds.HOLE, dash.start, dash.start)
    bare = [item.strip().removeprefix("-").strip() for item in items]
    diagnostic = OTHER_LANGUAGE.at(
        context.text.span_of(dash),
        "a list is written in brackets, and not with `-`",
        hint="an item of a YAML list",
        help=f"write `[{', '.join(bare)}]`" if len(bare) <= 4 else "write the items in `[` and `]`, with commas",
    )
    return Repair(back + 1, skip, (equal, hole), diagnostic)


def _first_dash(context: Context) -> int:
    """How far back the dash stands that begins a line after `:` or `=`; 0 where there is none."""
    kinds = context.kinds
    for back in range(1, min(len(context.out), 80)):
        token, before = context.out[-back], context.out[-back - 1]
        if token.kind == kinds.MINUS and context.text.begins_line(token):
            return (
                back
                if before.kind in (kinds.EQUAL, kinds.COLON) and context.stacks[-back - 1].accepts(kinds.EQUAL)
                else 0
            )
        if token.kind in (kinds.LBRACE, kinds.RBRACE):
            return 0
    return 0


def _items(context: Context, dash: Token) -> list[str]:
    """The lines of a list, with those of its items that go on."""
    source, indent = context.text.source, context.text.indent(dash.start)
    items: list[str] = []
    for number in range(context.text.line(dash.start), len(source.starts) + 1):
        line = source.line(number)
        further = len(line) - len(line.lstrip()) > indent
        if line.strip() and not further and not line.strip().startswith("-"):
            break
        items.append(line)
    while items and not items[-1].strip():
        items.pop()
    return items


def bare_text(context: Context) -> Repair | None:
    """`= registry/name:tag`, text without quotes, as YAML has it."""
    kinds, back = context.kinds, 1
    if context.token.kind != kinds.COLON:
        return None
    while back < min(len(context.out), 40) and context.out[-back].kind not in (kinds.EQUAL, kinds.NEWLINE):
        back += 1
    if back == 1 or context.out[-back].kind != kinds.EQUAL:
        return None
    first = context.out[-back + 1]
    found = _BARE_TEXT.match(context.text.source.text, first.start)
    if found is None or found.end() <= context.token.start:
        return None
    skip = 0
    while context.ahead(skip).start < found.end() and context.ahead(skip).kind != kinds.END:
        skip += 1
    span = context.text.span(first.start, found.end())
    fix = Fix("put it in quotes", (Edit(span, f'"{found[0]}"'),), safe=True)
    diagnostic = OTHER_LANGUAGE.at(span, "text stands in quotes", hint="no quotes around it", fixes=(fix,))
    return Repair(back - 1, skip, (Token(kinds.HOLE, first.start, first.start),), diagnostic)


def colon_for_equal(context: Context) -> Repair | None:
    """`name: value` where `:` cannot stand, and `name: value` whose value is no type."""
    kinds = context.kinds
    token, previous = context.token, context.previous
    if token.kind == kinds.COLON and context.stack.accepts(kinds.EQUAL):
        return _colon(context, token, 0)
    if token.kind == kinds.COLON and context.ahead(1).kind == kinds.LBRACE and context.stack.accepts(kinds.LBRACE):
        return _colon_before_block(context, token, 0)
    if previous and previous.kind == kinds.COLON and len(context.stacks) and context.stacks[-1].accepts(kinds.EQUAL):
        if token.kind == kinds.LBRACE and context.stacks[-1].accepts(kinds.LBRACE):
            return _colon_before_block(context, previous, 1)
        return _colon(context, previous, 1)
    return _colon_further_back(context)


def _colon_further_back(context: Context) -> Repair | None:
    """`name: value` whose value begins like a type."""
    kinds = context.kinds
    line = context.text.line(context.token.start)
    for back in range(2, min(len(context.out), 12)):
        token = context.out[-back]
        if context.text.line(token.start) != line or token.kind in (kinds.NEWLINE, kinds.COMMA, kinds.EQUAL):
            return None
        if token.kind == kinds.COLON and context.stacks[-back].accepts(kinds.EQUAL):
            return _colon(context, token, back)
    return None


def _colon(context: Context, colon: Token, back: int) -> Repair | None:
    equal = Token(context.kinds.EQUAL, colon.start, colon.end)
    again = tuple(context.out[len(context.out) - back + 1 :]) if back else ()
    skip = 0 if back else 1
    if context.reach(back, skip, (equal, *again), 1) < 1:
        return None
    diagnostic = OTHER_LANGUAGE.at(
        context.text.span_of(colon),
        "`:` gives a type: a value is given with `=`",
        hint="expected `=`",
        fixes=(_fix(context, colon, " =", "write `=`", safe=True),),
    )
    return Repair(back, skip, (equal, *again), diagnostic)


def _colon_before_block(context: Context, colon: Token, back: int) -> Repair:
    diagnostic = OTHER_LANGUAGE.at(
        context.text.span_of(colon),
        "a block has no `:` before its brace",
        hint="not needed",
        fixes=(_fix(context, colon, "", "remove the `:`", safe=True),),
    )
    return Repair(back, 0 if back else 1, (), diagnostic)


def other_equal(context: Context) -> Repair | None:
    """`=>`, `==`, `:=` or `->` where `=` is meant."""
    token, kinds = context.token, context.kinds
    written = context.text.of(token)
    if not context.stack.accepts(kinds.EQUAL) or context.stack.accepts(kinds.OPERATOR):
        return None
    if written in ("=>", "=="):
        fixes = (_fix(context, token, "=", "write `=`", safe=True),)
        return _replaced(
            context, kinds.EQUAL, f"a value is given with `=`, and not with `{written}`", "expected `=`", fixes
        )
    return None


def walrus(context: Context) -> Repair | None:
    """`:=`."""
    token, previous, kinds = context.token, context.previous, context.kinds
    if token.kind != kinds.EQUAL or not previous or previous.kind != kinds.COLON or previous.end != token.start:
        return None
    if not context.stacks[-1].accepts(kinds.EQUAL):
        return None
    both = Token(kinds.EQUAL, previous.start, token.end)
    fixes = (_fix(context, both, "=", "write `=`", safe=True),)
    diagnostic = OTHER_LANGUAGE.at(
        context.text.span_of(both), "a value is given with `=`, and not with `:=`", hint="expected `=`", fixes=fixes
    )
    return Repair(1, 1, (both,), diagnostic)


def thin_arrow(context: Context) -> Repair | None:
    """`->` before the result of a function, or in an arm of a match."""
    kinds = context.kinds
    if context.token.kind == kinds.MINUS:
        first, second, back, skip = context.token, context.ahead(1), 0, 2
    elif context.previous:
        first, second, back, skip = context.previous, context.token, 1, 1
    else:
        return None
    if first.kind != kinds.MINUS or second.kind != kinds.GREATER or first.end != second.start:
        return None
    stack = context.stacks[-1] if back else context.stack
    for kind, mark in ((kinds.ARROW, "=>"), (kinds.COLON, ":")):
        if stack.accepts(kind):
            both = Token(kind, first.start, second.end)
            fixes = (_fix(context, both, mark, f"write `{mark}`", safe=True),)
            diagnostic = OTHER_LANGUAGE.at(
                context.text.span_of(both),
                f"`{mark}` is expected here, and not `->`",
                hint=f"expected `{mark}`",
                fixes=fixes,
            )
            return Repair(back, skip, (both,), diagnostic)
    return None


def assignment_for_comparison(context: Context) -> Repair | None:
    """`=` in a condition."""
    token, kinds = context.token, context.kinds
    if token.kind != kinds.EQUAL or not context.stack.accepts(kinds.OPERATOR):
        return None
    equal = Token(kinds.OPERATOR, token.start, token.end)
    if context.reach(0, 1, (equal,), 1) < 1:
        return None
    fixes = (_fix(context, token, "==", "write `==`", safe=True),)
    return _replaced(context, kinds.OPERATOR, "`=` compares nothing: `==` does", "expected `==`", fixes)


def word_operator(context: Context) -> Repair | None:
    """`and`, `or` and `not`."""
    token, kinds = context.token, context.kinds
    written = context.text.of(token)
    if token.kind == kinds.NAME and written in _WORD_OPERATORS and context.stack.accepts(kinds.OPERATOR):
        mark = _WORD_OPERATORS[written]
        fixes = (_fix(context, token, mark, f"write `{mark}`", safe=True),)
        return _replaced(context, kinds.OPERATOR, f"`{written}` is written `{mark}`", f"expected `{mark}`", fixes)
    previous = context.previous
    if previous and previous.kind == kinds.NAME and context.text.of(previous) == "not":
        bang = Token(kinds.BANG, previous.start, previous.end)
        if context.reach(1, 0, (bang,), 1) == 1:
            fixes = (_fix(context, Token(0, previous.start, token.start), "!", "write `!`", safe=True),)
            diagnostic = OTHER_LANGUAGE.at(
                context.text.span_of(previous), "`not` is written `!`", hint="expected `!`", fixes=fixes
            )
            return Repair(1, 0, (bang,), diagnostic)
    return None


def declaring_word(context: Context) -> Repair | None:
    """`var x = 1`."""
    kinds = context.kinds
    back = 3 if context.previous and context.previous.kind == kinds.EQUAL else 2
    word = context.behind(back - 1)
    if word is None or context.text.of(word) not in _DECLARING_WORDS:
        return None
    added = (Token(kinds.LET, word.start, word.end), *context.out[len(context.out) - back + 1 :])
    if context.reach(back, 0, added, 1) < 1:
        return None
    diagnostic = OTHER_LANGUAGE.at(
        context.text.span_of(word),
        f"a name is given to a value with `let`, and not with `{context.text.of(word)}`",
        hint="expected `let`",
        fixes=(_fix(context, word, "let", "write `let`", safe=True),),
    )
    return Repair(back, 0, added, diagnostic)


def ternary(context: Context) -> Repair | None:
    """`c ? a : b`."""
    token, kinds = context.token, context.kinds
    if token.kind != kinds.QUESTION or not context.stack.accepts(kinds.OPERATOR):
        return None
    diagnostic = OTHER_LANGUAGE.at(
        context.text.span_of(token),
        "a choice is written `if c then a else b`, and not with `?`",
        hint="no operator",
    )
    skip = 1
    while not context.is_line_end(context.ahead(skip).kind) and context.ahead(skip).kind not in context.closing:
        skip += 1
    return Repair(0, skip, (), diagnostic)


def single_bar_or_ampersand(context: Context) -> Repair | None:
    """`|` and `&` between conditions."""
    token, kinds = context.token, context.kinds
    written = context.text.of(token)
    if written not in ("|", "&") or not context.stack.accepts(kinds.OPERATOR):
        return None
    fixes = (_fix(context, token, written * 2, f"write `{written * 2}`"),)
    message = f"`{written}` is no operator: conditions are joined with `{written * 2}`"
    return _replaced(context, kinds.OPERATOR, message, f"expected `{written * 2}`", fixes)


def space_before_unit(context: Context) -> Repair | None:
    """`512 Mi`."""
    token, previous, kinds = context.token, context.previous, context.kinds
    if token.kind != kinds.NAME or not previous or previous.kind != kinds.NUMBER:
        return None
    written = context.text.of(token)
    if not _UNIT.match(written) or "\n" in context.text.text[previous.end : token.start]:
        return None
    both = Token(kinds.MEASURE, previous.start, token.end)
    gap = Token(0, previous.end, token.start)
    diagnostic = OTHER_LANGUAGE.at(
        context.text.span_of(both),
        "a unit follows its number without a space",
        hint="one word",
        fixes=(_fix(context, gap, "", "remove the space", safe=True),),
    )
    hole = Token(kinds.HOLE, both.start, both.end)
    return Repair(1, 1, (hole,), diagnostic)


def unknown_character(context: Context) -> Repair | None:
    """Anything that begins no token."""
    token = context.token
    if token.kind != INVALID:
        return None
    skip = 1
    while context.ahead(skip).kind == INVALID and context.ahead(skip).start == context.ahead(skip - 1).end:
        skip += 1
    run = Token(INVALID, token.start, context.ahead(skip - 1).end)
    written = context.text.of(run)
    shown = f"`{written}`" if written.isprintable() and not written.isspace() else _code_points(written)
    diagnostic = UNKNOWN_CHARACTER.at(
        context.text.span_of(run),
        f"{shown} means nothing here",
        hint="money is in US dollars: `$80/month`" if unicodedata.category(written[0]) == "Sc" else "unknown character",
        fixes=(_fix(context, run, "", "remove it"),),
    )
    hole = Token(context.kinds.HOLE, run.start, run.end)
    fits = context.reach(0, skip, (hole,), 1) == 1 and context.reach(0, skip, (), 1) < 1
    return Repair(0, skip, (hole,) if fits else (), diagnostic)


def _code_points(text: str) -> str:
    return " ".join(f"U+{ord(character):04X}" for character in text[:4])


def _fix(context: Context, token: Token, text: str, title: str, *, safe: bool = False) -> Fix:
    return Fix(title, (Edit(context.text.span(token.start, token.end), text),), safe)


def _diagnostic(context: Context, message: str, hint: str, fixes: tuple[Fix, ...]) -> Diagnostic:
    return OTHER_LANGUAGE.at(context.text.span_of(context.token), message, hint=hint, fixes=fixes)


def _dropped(context: Context, message: str, hint: str, fixes: tuple[Fix, ...]) -> Repair:
    return Repair(0, 1, (), _diagnostic(context, message, hint, fixes))


def _replaced(context: Context, kind: int, message: str, hint: str, fixes: tuple[Fix, ...]) -> Repair:
    token = context.token
    added = (Token(kind, token.start, token.end),)
    return Repair(0, 1, added, _diagnostic(context, message, hint, fixes))


HABITS: tuple[Habit, ...] = (
    comment_with_hash,
    semicolon,
    single_quotes,
    yaml_list,
    bare_text,
    colon_for_equal,
    other_equal,
    walrus,
    thin_arrow,
    word_operator,
    declaring_word,
    assignment_for_comparison,
    ternary,
    single_bar_or_ampersand,
    space_before_unit,
    unknown_character,
)
