"""What would cost less in a project: asked, tried out, and ranked by what it saves."""

from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct

from idpc.advice.candidates import Asker
from idpc.advice.edits import Editor
from idpc.advice.model import CONFIDENCES, Advice, Aim, Candidate
from idpc.advice.observed import Observation, Observations
from idpc.advice.trial import Trial
from idpc.diagnostics import Diagnostic
from idpc.graph.run import EnvironmentRun
from idpc.pipeline import Compilation


class Wanted(Struct, frozen=True):
    """Which advice is asked for: of these environments, in these files, about these addresses, as sure as this."""

    environments: Collection[str] = ()
    files: Collection[str] | None = None
    only: Collection[str] = ()
    confidence: str = CONFIDENCES[-1]
    aim: Aim = Aim.MONEY

    def takes(self, candidate: Candidate) -> bool:
        """Whether a candidate is asked for."""
        sure = CONFIDENCES.index(candidate.confidence) <= CONFIDENCES.index(self.confidence)
        inside = self.files is None or all(edit.span.file in self.files for edit in candidate.fix.edits)
        return sure and inside and (not self.only or any(_is_at(candidate.subject, each) for each in self.only))


class Advised(Struct, frozen=True):
    """The advice, that first which saves most; `together` are pieces that can be followed at once.

    `notes` tell what was not measured for long enough, `diagnostics` what went wrong in asking.
    """

    advice: tuple[Advice, ...]
    together: tuple[Advice, ...] = ()
    notes: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def advise(compilation: Compilation, wanted: Wanted, observed: Observations) -> Advised:
    """What each environment of a project could be otherwise, for less."""
    assert compilation.evaluated is not None  # noqa: S101  # compiled that far
    editor = Editor(compilation)
    candidates, notes, diagnostics = list[Candidate](), list[str](), list[Diagnostic]()
    for name, run in compilation.evaluated.runs.items():
        if not wanted.environments or name in wanted.environments:
            found = Asker(run, editor, _of(observed, name), wanted.aim).ask()
            candidates += filter(wanted.takes, found.candidates)
            notes += found.notes
            diagnostics += found.diagnostics
    trial = Trial(compilation, wanted.aim)
    advice = tuple(
        sorted(trial.advice(candidates), key=lambda each: (-wanted.aim.of(each.exact), each.candidate.question))
    )
    return Advised(advice, tuple(trial.together(advice)), tuple(notes), tuple(diagnostics))


def _of(observed: Observations, environment: str) -> Mapping[str, Mapping[str, Observation]]:
    return {address: several for (name, address), several in observed.items() if name == environment}


def _is_at(subject: str, place: str) -> bool:
    """Whether a field is the one named, or below the address named."""
    return subject == place or subject.startswith((f"{place}.", f"{place}["))


def unknown(runs: Mapping[str, EnvironmentRun], places: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """The first place that is no address or environment, nor a field of one, empty where all are; and those that there are."""
    known = tuple(sorted({*runs, *(str(address) for run in runs.values() for address in run.states)}))
    apps = {each.partition(".")[0] for each in known}
    missing = (each for each in places if each not in apps and not any(_is_at(each, address) for address in known))
    return next(missing, ""), known
