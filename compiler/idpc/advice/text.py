"""Advice for people: in the terminal, and as Markdown for a comment at a pull request."""

from collections.abc import Callable, Iterator, Sequence

from idpc.advice.advise import Advised
from idpc.advice.model import Advice, Candidate
from idpc.advice.observed import Observation
from idpc.cost.measures import carbon_text, money
from idpc.diagnostics.renderers.report import Look
from idpc.edits import text_of
from idpc.graph.convert import show
from idpc.source import Span

Place = Callable[[Span], str]
NOTHING = "nothing here costs less and is as good, as far as its kinds know"
HOW = "`idpc fix --advice` applies it one by one, each tried out again; what is of low confidence only with `--confidence low`"


def advice_text(advised: Advised, look: Look, place: Place) -> str:
    """Each piece with what it saves in a month, where, why, and on what measurements it rests."""
    lines = [line for each in advised.advice for line in _lines(each, _columns(advised.advice), look, place)]
    lines = lines or [NOTHING]
    lines += ["", *(f"note: {note}" for note in advised.notes)] if advised.notes else ()
    lines += ["", HOW] if _is_applied(advised) else ()
    return "".join(f"{line}\n" for line in lines)


def _is_applied(advised: Advised) -> bool:
    """Whether `idpc fix` would follow it: what may cost more is left to people."""
    return bool(advised.advice) and all(each.exact.known and each.saving > 0 for each in advised.advice)


def _columns(advice: Sequence[Advice]) -> tuple[int, int]:
    return (
        max((len(saved(each)) for each in advice), default=0),
        max((len(each.candidate.environment) for each in advice), default=0),
    )


def _lines(advice: Advice, columns: tuple[int, int], look: Look, place: Place) -> Iterator[str]:
    candidate, (amount, name) = advice.candidate, columns
    saving = look.paint("title", saved(advice).rjust(amount))
    yield f"{saving}  {candidate.environment.ljust(name)}  {subject(candidate)} = {change(candidate)}"
    margin = " " * (amount + name + 4)
    yield f"{margin}{candidate.because}"
    for metric, each in candidate.inputs:
        yield f"{margin}{metric}: {inputs(each)}"
    yield f"{margin}{look.paint('faint', f'{candidate.confidence} confidence, {place(candidate.span)}')}"


def saved(advice: Advice) -> str:
    """What it saves in a month: money, and what is no longer emitted."""
    saving, grams = advice.saving, advice.exact.grams
    told = "no price there" if not advice.exact.known else money(saving) if saving >= 0 else f"{money(-saving)} more"
    emitted = f"{carbon_text(abs(grams))} CO2e{'' if grams > 0 else ' more'}"
    return f"{told}, {emitted}" if grams else told


def subject(candidate: Candidate) -> str:
    """The field, with the instance that has it."""
    return ".".join((*([candidate.address] if candidate.address else ()), *candidate.path))


def change(candidate: Candidate) -> str:
    """`"small" instead of "large"`."""
    return f"{text_of(candidate.after)} instead of {text_of(candidate.before)}"


def inputs(observation: Observation) -> str:
    """The percentiles, and where they are from."""
    values = ", ".join(f"{name} {show(value)}" for name, value in observation.values.items())
    return f"{values} over {observation.days} days to {observation.last}, {observation.source}"


def advice_markdown(advised: Advised, place: Place) -> str:
    """A table of all pieces, that first which saves most."""
    lines = ["### Advice on cost", ""]
    if not advised.advice:
        lines += [f"{NOTHING.capitalize()}.", ""]
    else:
        lines += [
            "| saves a month | environment | change | because | confidence | place |",
            f"| ---: |{' --- |' * 5}",
        ]
        lines += [f"| {' | '.join(map(_escaped, _row(each, place)))} |" for each in advised.advice]
        lines += ["", *([f"{HOW}.", ""] if _is_applied(advised) else ())]
    lines += [f"- {note}" for note in advised.notes]
    return "\n".join(lines).rstrip("\n") + "\n"


def _row(advice: Advice, place: Place) -> Iterator[str]:
    candidate = advice.candidate
    measured = "".join(f"; {metric}: {inputs(each)}" for metric, each in candidate.inputs)
    yield saved(advice)
    yield candidate.environment
    yield f"`{subject(candidate)}`: `{text_of(candidate.before)}` to `{text_of(candidate.after)}`"
    yield f"{candidate.because}{measured}"
    yield candidate.confidence
    yield place(candidate.span)


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")
