"""Applies advice to texts piece by piece, each tried out again on what the ones before it left."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from idpc.advice.advise import Advised, Wanted, advise
from idpc.advice.model import Advice
from idpc.advice.observed import Observations
from idpc.advice.trial import Trial
from idpc.cost.model import cents
from idpc.fixes import edited
from idpc.format import format_module
from idpc.pipeline import Compilation, compile_project
from idpc.source import SourceFile
from idpc.stages import parsed

_ROUNDS = 100


class Done(Struct, frozen=True):
    """A piece of advice that was followed; `saving` is by how much what is told of its environment fell."""

    advice: Advice
    saving: Decimal


class Followed(Struct, frozen=True):
    """The project after all of it: the compilation, the texts that changed, and what was done."""

    compilation: Compilation
    texts: Mapping[str, str]
    done: tuple[Done, ...]
    advised: Advised


def follow(compilation: Compilation, wanted: Wanted, observed: Observations) -> Followed:
    """Follow all advice that is asked for, until there is none."""
    texts: dict[str, str] = {}
    done: list[Done] = []
    first = advised = advise(compilation, wanted, observed)
    for _ in range(_ROUNDS):
        step = _step(compilation, advised)
        if step is None:
            break
        after, followed = step
        done += _told(compilation, followed)
        texts |= {
            new.path: new.text
            for new, old in zip(after.sources.files, compilation.sources.files, strict=True)
            if new.text != old.text
        }
        compilation = after
        advised = advise(compilation, wanted, observed)
    return Followed(compilation, texts, tuple(done), first)


def _step(compilation: Compilation, advised: Advised) -> tuple[Compilation, Sequence[Advice]] | None:
    """The project after the pieces that do not touch each other, or after the first that holds by itself."""
    trial = Trial(compilation)
    for pieces in (advised.together, *((each,) for each in advised.advice)):
        if pieces:
            after = _after(compilation, pieces)
            if trial.holds(after) and _falls(compilation, after, pieces):
                return after, pieces
    return None


def _falls(before: Compilation, after: Compilation, pieces: Sequence[Advice]) -> bool:
    """Whether each environment costs as much less as its pieces say."""
    left = {name: sheet.total.expected for name, sheet in before.sheets.items()}
    for each in pieces:
        left[each.candidate.environment] -= each.exact.money
    return left == {name: sheet.total.expected for name, sheet in after.sheets.items()}


def _after(compilation: Compilation, pieces: Sequence[Advice]) -> Compilation:
    old = {file.path: file for file in compilation.sources.files}
    texts = {path: file.text for path, file in old.items()}
    changed = edited(texts, [edit for each in pieces for edit in each.candidate.fix.edits])
    new = {path: _in_shape(old[path], SourceFile(path, text)) for path, text in changed.items()}
    files = tuple(new.get(path, file) for path, file in old.items())
    return compile_project(replace(compilation.sources, files=files, readings={}), compilation.options, "policy")


def _in_shape(old: SourceFile, new: SourceFile) -> SourceFile:
    """A changed file, formatted if it was before."""
    if parsed(new).diagnostics or format_module(old, parsed(old).value) != old.text:
        return new
    return SourceFile(new.path, format_module(new, parsed(new).value))


def _told(before: Compilation, pieces: Sequence[Advice]) -> Iterator[Done]:
    """What each piece takes off what is told of its environment, which is rounded: one after the other."""
    left = {name: sheet.total.expected for name, sheet in before.sheets.items()}
    for each in pieces:
        name = each.candidate.environment
        then = left[name] - each.exact.money
        yield Done(each, cents(left[name]) - cents(then))
        left[name] = then
