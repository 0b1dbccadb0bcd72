"""What would cost less in a project: asked, tried out, and ranked by what it saves."""

from collections.abc import Collection, Mapping

from msgspec import Struct

from idpc.advice.candidates import Asker
from idpc.advice.edits import Editor
from idpc.advice.model import CONFIDENCES, Advice, Candidate
from idpc.advice.observed import Observation, Observations
from idpc.advice.trial import Trial
from idpc.diagnostics import Diagnostic
from idpc.pipeline import Compilation


class Wanted(Struct, frozen=True):
    """Which advice is asked for: of these environments, about these addresses, as sure as this; all where empty."""

    environments: Collection[str] = ()
    only: Collection[str] = ()
    confidence: str = CONFIDENCES[-1]

    def takes(self, candidate: Candidate) -> bool:
        """Whether a candidate is asked for."""
        sure = CONFIDENCES.index(candidate.confidence) <= CONFIDENCES.index(self.confidence)
        return sure and (not self.only or any(_is_at(candidate.subject, each) for each in self.only))


class Advised(Struct, frozen=True):
    """The advice, that first which saves most; notes of what was not measured for long enough; what went wrong in asking."""

    advice: tuple[Advice, ...]
    notes: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def advise(compilation: Compilation, wanted: Wanted, observed: Observations) -> Advised:
    """What each environment of a project could be otherwise, for less."""
    assert compilation.evaluated is not None  # noqa: S101  # compiled that far
    editor = Editor(compilation)
    candidates, notes, diagnostics = list[Candidate](), list[str](), list[Diagnostic]()
    for name, run in compilation.evaluated.runs.items():
        if not wanted.environments or name in wanted.environments:
            found = Asker(run, editor, _of(observed, name)).ask()
            candidates += filter(wanted.takes, found.candidates)
            notes += found.notes
            diagnostics += found.diagnostics
    advice = Trial(compilation).advice(candidates)
    return Advised(tuple(sorted(advice, key=_rank)), tuple(notes), tuple(diagnostics))


def _of(observed: Observations, environment: str) -> Mapping[str, Mapping[str, Observation]]:
    return {address: several for (name, address), several in observed.items() if name == environment}


def _rank(advice: Advice) -> tuple[object, ...]:
    return -advice.saving, *advice.candidate.question


def _is_at(subject: str, place: str) -> bool:
    """Whether a field is the one named, or below the address named."""
    return subject == place or subject.startswith((f"{place}.", f"{place}["))
