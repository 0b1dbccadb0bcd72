"""The pass over the tokens: what the grammar takes goes through, everything else is repaired or left out."""

from msgspec import Struct

from idpc.diagnostics import Diagnostic
from idpc.source import SourceFile, Span
from idpc.syntax.recovery.brackets import Balance
from idpc.syntax.recovery.context import MOST_MISTAKES, Context, Repair
from idpc.syntax.recovery.depth import without_deep_declarations
from idpc.syntax.recovery.habits import HABITS
from idpc.syntax.recovery.panic import leave_out
from idpc.syntax.recovery.repairs import best_repair
from idpc.syntax.recovery.tokens import Text, one_by_one, together
from idpc.syntax.scanner import Tokens


class Mended(Struct):
    """Tokens that the parser accepts, what was wrong, and the places that were repaired or left out."""

    tokens: Tokens
    diagnostics: list[Diagnostic]
    broken: list[Span]


def mend(source: SourceFile, scanned: Tokens, start: str) -> Mended:
    """Mend the tokens of a text that has mistakes."""
    text = Text(source)
    found = list({text.line(each.span.start): each for each in reversed(scanned.diagnostics)}.values())
    broken = [each.span for each in scanned.diagnostics]
    tokens = one_by_one(scanned)
    if scanned.too_deep:
        tokens = without_deep_declarations(text, tokens, scanned.too_deep, found, broken)
    if scanned.too_deep or not scanned.balanced:
        tokens = Balance(text, tokens, found, broken).run()
    context = Context(text, tokens, start, found, broken)
    while not context.done:
        if context.mistakes > MOST_MISTAKES:
            context.give_up()
        if not context.advance():
            _mend_one(context)
    return Mended(together(context.out, scanned), found, broken)


def _mend_one(context: Context) -> None:
    context.count()
    repair = _repair(context) if context.is_patient() else None
    if repair:
        context.apply(repair)
    else:
        leave_out(context)


def _repair(context: Context) -> Repair | None:
    for habit in HABITS:
        repair = habit(context)
        if repair:
            return repair
    return best_repair(context)
