"""Asks each instance's kind, and each environment, what else their fields could be, and what that would cost."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple, cast

from idpc.advice.edits import Editor
from idpc.advice.model import Aim, Candidate, Saving
from idpc.advice.observed import LEAST_DAYS, Observation
from idpc.cost.estimate import Estimator, estimate
from idpc.cost.model import CostSheet, InstanceCost
from idpc.cost.supposed import Supposed, part, supposed, with_part
from idpc.diagnostics import Diagnostic
from idpc.diagnostics.model import Fix
from idpc.graph.build import traced
from idpc.graph.convert import Partial, equal
from idpc.graph.expand import expand
from idpc.graph.faults import Fault, Poisoned
from idpc.graph.frame import Frame, RecordScope
from idpc.graph.run import EnvironmentRun
from idpc.graph.state import InstanceState
from idpc.types.advice import UTILIZATION
from idpc.types.declared import AdviceInfo, RecordInstance
from idpc.types.model import RecordType
from idpc.values import Value

Measured = Mapping[str, Observation]


class Found(NamedTuple):
    """What an environment could be otherwise, what was measured for too short a time, and what went wrong in asking."""

    candidates: list[Candidate]
    notes: list[str]
    diagnostics: list[Diagnostic]


class Asker:
    """Asks in one environment."""

    def __init__(self, run: EnvironmentRun, editor: Editor, observed: Mapping[str, Measured], aim: Aim) -> None:
        self.run, self.editor, self.observed, self.aim = run, editor, observed, aim
        self.usage = editor.compilation.options.usage.get(run.name)
        self.estimator = Estimator(run)
        self.found = Found([], [], [])

    def ask(self) -> Found:
        """Everything that is cheaper, as far as that is known without compiling again."""
        self._environment()
        for address in sorted(self.run.states):
            state = self.run.states[address]
            if state.kind.advice:
                self._instance(state)
        return self.found

    # ---------------------------------------------------------- instances

    def _instance(self, state: InstanceState) -> None:
        measured = self._measured(str(state.address))
        variables = {**state.variables, "utilization": self._record(measured)}
        frame = Frame(self.run, state.app, state, state, variables)
        before = self._cost(state, {})
        for info in state.kind.advice:
            try:
                self._try(state, info, frame, measured, before)
            except Fault as fault:
                self.found.diagnostics.append(traced(state, fault.diagnostic))
            except Poisoned:  # what it reads has no value, of which the stages have told
                continue

    def _try(self, state: InstanceState, info: AdviceInfo, frame: Frame, measured: Measured, before: "Cost") -> None:
        said = self._said(info, frame)
        if said is None:
            return
        current = part(state.field(info.path[0], state.info.span), info.path[1:])
        for value in said["try"]:
            guess = _saving(before, self._cost(state, {info.path: value}))
            if self.aim.is_met(guess) and not equal(value, current):
                fix = self.editor.instance(self.run.name, state, info.path, value)
                self._add(
                    str(state.address),
                    info,
                    said,
                    (current, value),
                    measured,
                    guess,
                    fix,
                    holds=not state.kind.workload,
                )

    def _cost(self, state: InstanceState, changes: Supposed) -> "Cost":
        values = {**(self.usage or {}).get(str(state.address), {}), **changes}
        found = self.estimator.instance(supposed(state, values) if values else state)
        return _cost_of(CostSheet(self.run.name, (found,) if found else ()))

    # -------------------------------------------------------- environment

    def _environment(self) -> None:
        declared = self.run.typed.environments.get(self.run.name)
        if declared is None or not declared.record.advice:
            return
        environment = self.run.environment
        made = Partial(environment, declared.record, declared.span)
        frame = RecordScope(made, Frame(self.run, variables={"utilization": self._record({})}), dict(environment)).frame
        frame.variables["utilization"] = self._record({})
        for info in declared.record.advice:
            try:
                self._try_environment(declared, info, frame)
            except Fault as fault:
                self.found.diagnostics.append(fault.diagnostic)
            except Poisoned:  # as for instances
                continue

    def _try_environment(self, declared: RecordInstance, info: AdviceInfo, frame: Frame) -> None:
        said = self._said(info, frame)
        if said is None or not said["try"]:
            return
        name, current = info.path[0], part(self.run.environment, info.path)
        sheet = estimate(self.run, self.usage).value
        for value in said["try"]:
            other = EnvironmentRun(self.run.typed, self.run.name, self.run.coder, self.run.around)
            other.environment[name] = with_part(other.environment[name], info.path[1:], value)
            expand(other)
            guess = self._weighed(other, sheet)
            if self.aim.is_met(guess) and not equal(value, current):
                fix = self.editor.environment(self.run, declared, info.path, value)
                self._add("", info, said, (current, value), {}, guess, fix)

    def _weighed(self, other: EnvironmentRun, sheet: CostSheet) -> Saving:
        """What another environment saves; where money is the aim, no more than that once something loses its price."""
        found, estimator = list[InstanceCost](), Estimator(other, self.usage)
        for before in sheet.found:
            state = other.states.get(before.address)
            cost = estimator.instance(state) if state else None
            if cost is None or (self.aim is Aim.MONEY and len(cost.unpriced) > len(before.unpriced)):
                return Saving(known=False)
            found.append(cost)
        return _saving(_cost_of(sheet), _cost_of(sheet.but(tuple(found))))

    # -------------------------------------------------------------- parts

    def _said(self, info: AdviceInfo, frame: Frame) -> dict[str, Any] | None:
        """What an advice says where it holds."""
        coder = self.run.coder
        if info.when is not None and not coder.run(info.when, frame):
            return None
        return cast("dict[str, Any]", self.run.finished(coder.run(info.value, frame), frame))

    def _add(  # noqa: PLR0913  # the parts of a candidate
        self,
        address: str,
        info: AdviceInfo,
        said: dict[str, Any],
        values: tuple[Value, Value],
        measured: Measured,
        guess: Saving,
        fix: Fix | None,
        *,
        holds: bool = True,
    ) -> None:
        if fix is None:
            return
        inputs = tuple((name, measured[name]) for name in said["inputs"] if name in measured)
        self.found.candidates.append(
            Candidate(
                self.run.name,
                address,
                info.path,
                *values,
                said["because"],
                said["confidence"],
                inputs,
                guess,
                fix.edits[0].span,
                fix,
                holds,
            )
        )

    def _measured(self, address: str) -> Measured:
        """What was measured for long enough; of the rest a note is made."""
        found = self.observed.get(address, {})
        for name, each in found.items():
            if not each.suffices:
                days = f"{each.days} day{'s' if each.days != 1 else ''}"
                self.found.notes.append(
                    f"{address} in {self.run.name}: {name} was measured for {days}; nothing follows from fewer than {LEAST_DAYS}"
                )
        return {name: each for name, each in found.items() if each.suffices}

    def _record(self, measured: Measured) -> Value:
        record = self.run.typed.types.get(UTILIZATION)
        names = record.fields if isinstance(record, RecordType) else {}
        return {name: measured[name].record() if name in measured else None for name in names}


class Cost(NamedTuple):
    """What is expected, what is emitted, and how many parts have no price."""

    expected: Decimal
    carbon: Decimal
    unpriced: int


def _cost_of(sheet: CostSheet) -> Cost:
    return Cost(sheet.total.expected, sheet.carbon.expected, sum(1 for _ in sheet.unpriced))


def _saving(before: Cost, after: Cost) -> Saving:
    """What is saved; the money is not known where a part loses its price."""
    known = after.unpriced <= before.unpriced
    return Saving(before.expected - after.expected, before.carbon - after.carbon, known)
