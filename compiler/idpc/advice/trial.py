"""Tries candidates out: compiles the project with their edits, and takes those that leave no new fault and cost less.

Several are tried at once where none can be in another's way: in different environments, and in apps that do not know of
each other. What is wrong then is told apart by environment and app, or by trying again.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from itertools import groupby
from typing import NamedTuple

from msgspec.structs import replace

from idpc.advice.model import Advice, Aim, Candidate, Saving
from idpc.changes import compare
from idpc.cost.model import InstanceCost, cents
from idpc.diagnostics.codes.cost import NO_PRICES_HERE
from idpc.fixes import clashes, edited
from idpc.pipeline import Compilation, compile_project
from idpc.project import Sources
from idpc.queries import run_tests
from idpc.source import SourceFile
from idpc.units.build import Known, gather
from idpc.units.split import Unit, split
from idpc.units.versions import of_compilation

Slot = tuple[str, str]
"""An environment with a group of apps that know of each other; no group for the environment as a whole."""
Questions = list[list[Candidate]]
"""What is still to be tried in a slot: for each field the candidates, that first which saves most."""
_NUMBER = re.compile(r"\d[\d,.]*")


class Fault(NamedTuple):
    """What is wrong in an environment, without numbers, which change with the cost; `group` is empty where it is not known."""

    environment: str
    group: str
    code: str
    severity: str
    message: str
    address: str


class Trial:
    """A compiled project with what it costs and what is wrong with it, against which candidates are tried out."""

    def __init__(self, compilation: Compilation, aim: Aim = Aim.MONEY) -> None:
        self.compilation, self.aim = compilation, aim
        units = _units(compilation)
        self.group_of = {app: unit.name for unit in units for app in unit.apps}
        self.group_in = {path: unit.name for unit in units for path in unit.files}
        self.faults = self._faults(compilation)

    def advice(self, candidates: Iterable[Candidate]) -> Iterator[Advice]:
        """Of the candidates for one field in one environment that which saves most and breaks nothing."""
        found = list(candidates)
        yield from self._rounds([each for each in found if each.address])
        yield from self._rounds([each for each in found if not each.address])

    def _rounds(self, candidates: list[Candidate]) -> Iterator[Advice]:
        waiting: dict[Slot, Questions] = {}
        for several in self._questions(candidates):
            waiting.setdefault(self._slot(several[0]), []).append(several)
        while waiting:
            tried = _apart([waiting[slot][0][0] for slot in sorted(waiting)])
            passed = {each.candidate.question: each for each in self.tried(tried)}
            yield from passed.values()
            for each in tried:
                _go_on(waiting, self._slot(each), answered=each.question in passed)

    def holds(self, after: Compilation) -> bool:
        """Whether a project has no fault that it did not have."""
        return bool(after.sheets) and not self._faults(after) - self.faults

    def together(self, advice: Sequence[Advice]) -> Iterator[Advice]:
        """The first piece in each environment for apps that know of each other, those of instances before others."""
        first: dict[Slot, Advice] = {}
        for each in [each for each in advice if each.candidate.address] or advice:
            first.setdefault(self._slot(each.candidate), each)
        chosen = _apart(each.candidate for each in first.values())
        yield from (each for each in first.values() if each.candidate in chosen)

    def tried(self, candidates: Sequence[Candidate]) -> list[Advice]:
        """Those that hold what they promise, of some candidates that are not in each other's way."""
        if not candidates:
            return []
        sources = edited_sources(self.compilation.sources, candidates)
        after = compile_project(sources, self.compilation.options, "policy")
        new = self._faults(after) - self.faults
        if not new:
            weighed = (self._weighed(each, after) for each in candidates)
            return self._keeping_data([each for each in weighed if each is not None], after)
        if len(candidates) == 1:
            return []
        suspects = [[each for each in candidates if self._concerns(fault, each)] for fault in new]
        guilty = [several[0] for several in suspects if len(several) == 1]
        doubtful = [each for several in suspects for each in several or candidates if each not in guilty]
        doubtful = list(dict.fromkeys(doubtful))
        rest = [each for each in candidates if each not in guilty and each not in doubtful]
        return [*self.tried(rest), *(found for each in doubtful for found in self.tried([each]))]

    def _questions(self, candidates: Iterable[Candidate]) -> Questions:
        """The candidates of each field; instances that one declaration makes for several keys have one edit, and are one."""
        same: dict[object, list[Candidate]] = {}
        for each in candidates:
            same.setdefault((each.environment, each.fix.edits), []).append(each)
        different = (several[0] if len(several) == 1 else _of_all_keys(several) for several in same.values())
        ordered = sorted(different, key=lambda each: (each.question, -self.aim.of(each.guess)))
        return [list(several) for _, several in groupby(ordered, key=lambda each: each.question)]

    def _keeping_data(self, advice: list[Advice], after: Compilation) -> list[Advice]:
        """Those by which nothing is made anew that holds data; of an environment as a whole people are told so."""
        if not any(each.candidate.address and each.candidate.holds for each in advice):
            return advice
        before, now = of_compilation(self.compilation).version, of_compilation(after).version
        assert before is not None  # noqa: S101  # both were compiled without a new fault
        assert now is not None  # noqa: S101  # as above
        lost = {
            (each.environment, self.group_of.get(change.address.partition(".")[0], ""))
            for each in compare(before, now).environments
            for change in each.changes
            if change.data_loss
        }
        return [each for each in advice if not each.candidate.address or self._slot(each.candidate) not in lost]

    def _concerns(self, fault: Fault, candidate: Candidate) -> bool:
        """Whether a candidate may have made a fault."""
        environment, group = self._slot(candidate)
        return fault.environment == environment and (not fault.group or not group or fault.group == group)

    def _slot(self, candidate: Candidate) -> Slot:
        return candidate.environment, self.group_of.get(candidate.app, "")

    def _weighed(self, candidate: Candidate, after: Compilation) -> Advice | None:
        """What a candidate saves; None where that is nothing, or where it makes anything dearer."""
        environment, group = self._slot(candidate)
        before = self.compilation.sheets[environment]
        now = {each.address: each for each in after.sheets[environment].found}
        if now.keys() != {each.address for each in before.found}:
            return None  # another set of instances is another project
        then = before.but(tuple(now[each.address] if self._is_in(group, each) else each for each in before.found))
        saving = cents(before.total.expected) - cents(then.total.expected)
        exact = Saving(
            before.total.expected - then.total.expected,
            before.carbon.expected - then.carbon.expected,
            all(len(new.unpriced) <= len(old.unpriced) for new, old in zip(then.found, before.found, strict=True)),
        )
        if self.aim is Aim.MONEY and (saving <= 0 or any(map(_is_dearer, then.found, before.found))):
            return None
        return Advice(candidate, saving, exact) if self.aim.is_met(exact) else None

    def _is_in(self, group: str, cost: InstanceCost) -> bool:
        return not group or self.group_of.get(cost.address.app, "") == group

    def _faults(self, compilation: Compilation) -> Counter[Fault]:
        """What is wrong, once for each environment."""
        found: Counter[Fault] = Counter()
        for each in compilation.diagnostics:
            if self.aim is Aim.CARBON and each.code == NO_PRICES_HERE.id:
                continue  # each piece says so itself
            app = each.address.partition(".")[0]
            group = self.group_of.get(app) or self.group_in.get(each.span.file) or ""
            message = _NUMBER.sub("#", each.message)
            for name in each.environments or compilation.environments:
                found[Fault(name, group, each.code, str(each.severity), message, each.address)] += 1
        if compilation.typed is not None and compilation.typed.tests and compilation.ok:
            for test in run_tests(compilation):
                for failure in test.diagnostics:
                    for name in failure.environments or compilation.environments:
                        found[Fault(name, "", failure.code, "test", test.name, "")] += 1
        return found


def edited_sources(sources: Sources, candidates: Iterable[Candidate]) -> Sources:
    """The sources with the edits of candidates."""
    texts = {file.path: file.text for file in sources.files}
    changed = edited(texts, [edit for each in candidates for edit in each.fix.edits])
    files = tuple(SourceFile(each.path, changed[each.path]) if each.path in changed else each for each in sources.files)
    return replace(sources, files=files, readings={})


def _units(compilation: Compilation) -> tuple[Unit, ...]:
    """The apps that know of each other; all as one where that cannot be told."""
    facts = gather(compilation.sources, Known())
    return (facts and split(facts, compilation.sources.root_name)) or ()


def _is_dearer(after: InstanceCost, before: InstanceCost) -> bool:
    """Whether an instance costs more in any case."""
    return after.total.expected > before.total.expected or after.total.high > before.total.high


def _of_all_keys(several: Sequence[Candidate]) -> Candidate:
    guess = reduce(Saving.plus, (each.guess for each in several))
    return replace(several[0], address=several[0].address.partition("[")[0], guess=guess)


def _apart(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Those whose edits do not touch; the others wait."""
    taken: list[Candidate] = []
    for each in candidates:
        if not clashes(each.fix.edits, [edit for other in taken for edit in other.fix.edits]):
            taken.append(each)
    return taken


def _go_on(waiting: dict[Slot, Questions], slot: Slot, *, answered: bool) -> None:
    """Drop a candidate that was tried, and its question if it is answered or has no other."""
    questions = waiting[slot]
    del questions[0][0]
    if answered or not questions[0]:
        del questions[0]
    if not questions:
        del waiting[slot]
