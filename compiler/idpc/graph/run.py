"""The evaluation of one environment: its apps and instances, its cells, and what was found wrong."""

import datetime
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache, partial
from typing import cast

from msgspec import Struct, field

from idpc.address import Address, kebab
from idpc.diagnostics import Diagnostic
from idpc.diagnostics.codes import graph as codes
from idpc.diagnostics.codes import types as type_codes
from idpc.graph.alike import Alike
from idpc.graph.code import Coder
from idpc.graph.convert import Partial, Scale
from idpc.graph.faults import MAX_STEPS, Failed, Fault, Poisoned
from idpc.graph.frame import Cell, Cells, Frame, Place, Reads, RecordScope, Settings, evaluate_cell, finish
from idpc.graph.layers import Fold, Guarded, Record, by_field, ordered
from idpc.graph.rules import Rules
from idpc.graph.state import Inner, InstanceState
from idpc.graph.translate.collections import is_independent
from idpc.project import Reading
from idpc.source import SourceFile, Span
from idpc.types import core as c
from idpc.types.declared import AppInfo, KindInfo, ProvisionInfo, RecordInstance, TypedProgram
from idpc.types.model import RecordType
from idpc.types.shapes import INSTANCE_FIELDS
from idpc.values import InstanceRef, NamedRef, Quantity, Value

_COMPOSED = (list, dict)
_REMEMBERED = 1 << 12
"""How many results of a function an environment keeps."""


class Surroundings(Struct, frozen=True):
    """What evaluation may know of the outside: texts for messages, files for `read`, the day."""

    files: Mapping[str, SourceFile]
    read: Callable[[str], Reading]
    today: datetime.date
    tracing: bool = False


class AppState(Struct):
    """An app in one environment."""

    info: AppInfo
    fields: dict[str, Value]
    instances: Inner = field(default_factory=dict)
    lets: Cells = field(default_factory=dict)

    @property
    def team(self) -> str:
        """The name of its team, empty for none."""
        value = self._of_all("team")
        return value.name if isinstance(value, NamedRef) else ""

    @property
    def tier(self) -> str:
        """Its tier."""
        value = self._of_all("tier")
        return value if isinstance(value, str) else "standard"

    @property
    def labels(self) -> Mapping[str, Value]:
        """Labels for all that it holds."""
        value = self._of_all("labels")
        return value if isinstance(value, dict) else {}

    def _of_all(self, name: str) -> Value:
        """A field that holds for all instances; what failed there is told there."""
        if isinstance(self.fields, Failed) and name not in self.fields:
            raise Poisoned
        return self.fields.get(name)


def _keep(found: Failed, scope: RecordScope, name: str) -> None:
    found[name] = scope.field(name, scope.partial.span)


class EnvironmentRun:
    """The state of one environment's evaluation."""

    def __init__(self, typed: TypedProgram, name: str, coder: Coder, around: Surroundings) -> None:
        self.typed, self.name, self.coder, self.around = typed, name, coder, around
        self.tracing = around.tracing
        self.states: dict[Address, InstanceState] = {}
        self.apps: dict[str, AppState] = {}
        self.lets: Cells = {}
        self.reads: Reads = {}
        self.waiting: list[Place] = []
        self.diagnostics: list[Diagnostic] = []
        self.scale = Scale()
        self.rules = Rules(self)
        self.steps = self.patches = 0
        self.references: dict[tuple[str, str], dict[str, Value]] = {}
        self.context: dict[str, Value] = {"today": around.today}
        self._whole: dict[int, object] = {}
        self._inside: dict[str, Frame] = {}
        self._unset: dict[KindInfo, dict[str, Cell]] = {}
        self._provision: dict[KindInfo, list[ProvisionInfo]] = {}
        self._settings: dict[RecordType, Settings] = {}
        self._alike: dict[tuple[KindInfo, frozenset[str]], Alike] = {}
        self._indices: dict[int, tuple[c.Body, dict[str, list[Guarded]]]] = {}
        self._remembered: dict[Callable[..., object], Callable[..., object]] = {}
        self.outside = Frame(self)
        self._prepare()

    # ------------------------------------------------------ declarations

    def _prepare(self) -> None:
        self.context["project"] = self.record(self.typed.project)
        found = self.typed.environments.get(self.name)
        environment = {"name": self.name} if found is None else self.record(found)
        self.context["environment"] = cast("Value", environment)
        self.limits = tuple(self._money_limits())
        budgets = self._budgets()
        for name, team in self.typed.teams.items():
            self.references["team", name] = self.record(team, given={"budgets": budgets.get(name, [])})

    def _money_limits(self) -> Iterator[tuple[NamedRef, str, dict[str, Value]]]:
        """The budgets of money of teams and apps, as kinds read them: whose they are, their names, and what they say."""
        for each in self.typed.rules:
            said = self.record(each) if each.sort == "budget" else {}
            scope, limit, warn_at = (said.get(name) for name in ("scope", "limit", "warn_at"))
            if isinstance(scope, NamedRef) and isinstance(limit, Quantity):
                near = float(warn_at.amount) if isinstance(warn_at, Quantity) else None
                yield scope, each.name, {"scope": scope.sort, "monthly": float(limit.amount), "warn_at": near}

    def _limits(self, app: str, team: str) -> dict[str, Value]:
        own = (NamedRef("app", app), NamedRef("team", team))
        return {name: limit for scope, name, limit in self.limits if scope in own}

    def _budgets(self) -> dict[str, list[Value]]:
        """The names of the budgets of each team."""
        found: dict[str, list[Value]] = {}
        for each in self.typed.rules:
            scope = self.record(each).get("scope") if each.sort == "budget" else None
            if isinstance(scope, NamedRef) and scope.sort == "team":
                found.setdefault(scope.name, []).append(each.name)
        return found

    def record(
        self,
        declared: RecordInstance,
        frame: Frame | None = None,
        said: Record | None = None,
        given: Mapping[str, Value] | None = None,
    ) -> dict[str, Value]:
        """The value of an organisation-wide declaration in this environment.

        `said` takes down what is set where; `given` are fields that the compiler itself knows.
        """
        frame = frame or Frame(self, declared.name if declared.sort == "app" else "")
        said = said or Record()
        record, fold = declared.record, Fold(said)
        made = Partial({"name": declared.name, **(given or {})}, record, declared.span)
        failed = {
            guarded.statement.name
            for guarded in ordered(declared.body)
            if not self.succeeds(partial(fold.into, made, guarded, frame, ()))
        }
        failed.update(name for name, each in record.fields.items() if each.required and name not in made)
        whole: list[dict[str, Value]] = []
        if not failed and self.succeeds(lambda: whole.append(self._settled_record(made, frame, said))):
            return whole[0]
        found, scope = Failed(name=declared.name), RecordScope(made, frame, {}, frozenset(failed))
        for name in record.fields.keys() - failed - {"name"}:
            self.succeeds(partial(_keep, found, scope, name))
        return found

    def _settled_record(self, made: Partial, frame: Frame, said: Record) -> dict[str, Value]:
        self.scale.check(made, made.span)
        return finish(made, frame, said.origins)

    def succeeds(self, make: Callable[[], object]) -> bool:
        """Whether an evaluation comes to its end; says so where a mistake ends it."""
        try:
            make()
        except Fault as fault:
            self.report(fault.diagnostic)
        except Poisoned:
            pass
        else:
            return True
        return False

    @property
    def environment(self) -> dict[str, Value]:
        """The environment's record."""
        return cast("dict[str, Value]", self.context["environment"])

    @property
    def is_known(self) -> bool:
        """Whether it is known on which cloud the environment is; if not, nothing can be said of its instances."""
        return "cloud" in self.environment or not isinstance(self.environment, Failed)

    @property
    def cloud(self) -> str:
        """The environment's cloud."""
        return str(self.environment.get("cloud") or "kubernetes")

    def is_target(self, targets: tuple[str, ...], has: tuple[str, ...]) -> bool:
        """Whether a block for some targets holds here; an edge environment takes `edge`, else `kubernetes`."""
        cloud = self.cloud
        if cloud == "edge" and "edge" not in has:
            cloud = "kubernetes"
        return "any" in targets or cloud in targets

    def namespace(self, app: str) -> str:
        """The namespace of an app."""
        state = self.apps.get(app)
        name = state.info.was[0] if state is not None and state.info.was else app
        return f"{self.environment.get('namespace_prefix') or ''}{kebab(name)}"

    def named(self, ref: NamedRef) -> dict[str, Value]:
        """The record of a declaration by reference."""
        if ref.sort == "app":
            return cast("dict[str, Value]", self.place("app", ref.name, None))
        if ref.sort == "environment":
            found = self.typed.environments.get(ref.name)
            if ref.name == self.name or found is None:
                return self.environment
            return self.references.setdefault((ref.sort, ref.name), self.record(found))
        return self.references.get((ref.sort, ref.name), Failed(name=ref.name))

    def place(self, what: str, app: str, own: InstanceState | None) -> Value:
        """The `app` or `team` of a place; null where it has no team."""
        state = self.apps.get(app)
        if what == "app":
            fields = state.fields if state is not None else {}
            limits = self._limits(app, state.team if state is not None else "")
            return {**fields, "name": app, "namespace": self.namespace(app), "budgets": limits}
        team = own.team if own is not None else state.team if state is not None else ""
        return self.references.get(("team", team))

    # ---------------------------------------------------------- instances

    def instance(self, inner: Inner, name: str, tolerant: bool, span: Span) -> Value:
        """A reference to an instance, or to each of a keyed one; raises Fault where it does not exist."""
        found = inner.get(name)
        if isinstance(found, InstanceState):
            return InstanceRef(found.address)
        if found is not None:
            return {key: InstanceRef(each.address) for key, each in found.items()}
        if name in inner:
            raise Poisoned
        if tolerant:
            return None
        raise Fault(
            codes.ABSENT.at(
                span,
                f"`{name}` does not exist in every environment",
                hint="its conditions do not hold",
                help="read it through `??`, or test it against null",
            )
        )

    def app_instance(self, app: str, name: str, tolerant: bool, span: Span) -> Value:
        """An instance of an app."""
        state = self.apps.get(app)
        if state is None:
            raise Poisoned
        return self.instance(state.instances, name, tolerant, span)

    def inside(self, app: str) -> Frame:
        """The frame for the bodies of functions that are called from an app's declarations."""
        found = self._inside.get(app)
        if found is None:
            found = self._inside[app] = Frame(self, app)
        return found

    def app_lets(self, app: str) -> Cells:
        """Where an app's `let`s are kept."""
        return self.apps[app].lets

    # -------------------------------------------------------------- cells

    def cell(self, cells: Cells, key: object, make: Callable[[], Value], place: Place) -> Value:
        """A value evaluated once; a fault is told once, and poisons what reads it."""
        cell = evaluate_cell(self, cells, key, make, place)
        if cell.failed:
            if cell.fault is not None:
                self.report(cell.fault.diagnostic)
                cell.fault = None
            raise Poisoned
        if cell.reads:
            for read, span in cell.reads.items():
                self.reads.setdefault(read, span)
        return cell.value

    def remembering(self, function: Callable[..., object]) -> Callable[..., object]:
        """A function that knows what it gave last in this environment."""
        known = self._remembered.get(function)
        if known is None:
            known = self._remembered[function] = lru_cache(maxsize=_REMEMBERED, typed=True)(function)
        return known

    def step(self, count: int = 1) -> None:
        """Count turns of a loop, or a call; raises Fault past the budget."""
        self.steps += count
        if self.steps > MAX_STEPS:
            label, span = self.waiting[-1]() if self.waiting else ("the project", Span("", 0, 0))
            raise Fault(type_codes.TOO_LARGE.at(span, f"evaluating {label} takes more than {MAX_STEPS:,} steps"))

    def unset(self, kind: KindInfo) -> dict[str, Cell]:
        """The fields of a kind whose value where nothing sets them depends on nothing."""
        found = self._unset.get(kind)
        if found is None:
            frame = Frame(self)
            found = self._unset[kind] = {
                name: Cell.of(None if default is None else self.kept(self.coder.run(default, frame), default.span))
                for name, default in ((name, kind.defaults.get(name)) for name in (*INSTANCE_FIELDS, *kind.fields))
                if is_independent(default) and not (name in kind.fields and kind.fields[name].required)
            }
        return found

    def alike(self, kind: KindInfo, mentioned: Collection[str]) -> Alike:
        """What instances of a kind have in common that mention some fields and no others."""
        key = (kind, frozenset(mentioned))
        found = self._alike.get(key)
        if found is None:
            resources = (info for block in self.provision(kind) for info in block.resources)
            found = self._alike[key] = Alike(kind, key[1], self.unset(kind), resources, self.coder.reading)
        return found

    def provision(self, kind: KindInfo) -> list[ProvisionInfo]:
        """The blocks of a kind that hold here."""
        found = self._provision.get(kind)
        if found is None:
            clouds = kind.clouds()
            found = self._provision[kind] = [each for each in kind.provision if self.is_target(each.targets, clouds)]
        return found

    def index(self, body: c.Body) -> dict[str, list[Guarded]]:
        """The statements of a body by field, kept."""
        known = self._indices.get(id(body))
        if known is None:
            known = (body, by_field(body))
            self._indices[id(body)] = known
        return known[1]

    def kept(self, value: Value, span: Span) -> Value:
        """A whole value, within the limits, that others will be made of."""
        return self._keep(value, self.scale.check(value, span)) if isinstance(value, _COMPOSED) else value

    def settled(self, value: Value, frame: Frame, span: Span) -> Value:
        """The value of a cell: within the limits, finished, and never to be finished again."""
        if not isinstance(value, _COMPOSED):
            return value
        weight, made = self.scale.check(value, span), self.finished(value, frame)
        return self._keep(made, weight if made is value else self.scale.check(made, span))

    def _keep(self, value: Value, weight: int) -> Value:
        self.scale.keep(value, weight)
        self._whole[id(value)] = value
        return value

    def finished(self, value: Value, frame: Frame) -> Value:
        """A value all records of which have their defaults."""
        return self._finished(value, frame, {}) if isinstance(value, _COMPOSED) else value

    def _finished(self, value: Value, frame: Frame, seen: dict[int, Value]) -> Value:
        if isinstance(value, Partial):
            return finish(value, frame)
        if not isinstance(value, _COMPOSED) or id(value) in self._whole:
            return value
        if id(value) not in seen:
            seen[id(value)] = self._with_whole_parts(value, frame, seen)
        return seen[id(value)]

    def _with_whole_parts(
        self, value: list[Value] | dict[str, Value], frame: Frame, seen: dict[int, Value]
    ) -> list[Value] | dict[str, Value]:
        if isinstance(value, dict):
            plain = type(value) is dict and not any(isinstance(each, _COMPOSED) for each in value.values())
            return value if plain else {key: self._finished(each, frame, seen) for key, each in value.items()}
        plain = not any(isinstance(each, _COMPOSED) for each in value)
        return value if plain else [self._finished(each, frame, seen) for each in value]

    def is_whole(self, value: Value) -> bool:
        """Whether a value is not to be finished any more."""
        return not isinstance(value, _COMPOSED) or id(value) in self._whole

    def settings(self, record: RecordType) -> Settings:
        """What is known of a record before any of its values is."""
        found = self._settings.get(record)
        if found is None:
            frame = Frame(self)
            known = {
                name: None if default is None else self.kept(self.coder.run(default, frame), default.span)
                for name, default in ((name, record.defaults.get(name)) for name in record.fields)
                if is_independent(default)
            }
            required = tuple(name for name, each in record.fields.items() if each.required)
            found = self._settings[record] = Settings(required, known)
        return found

    # ------------------------------------------------------------ outside

    def report(self, diagnostic: Diagnostic) -> None:
        """Keep a diagnostic, for this environment."""
        self.diagnostics.append(diagnostic.but(environments=(self.name,)))

    def text(self, span: Span) -> str:
        """What is written at a place, on one line."""
        file = self.around.files.get(span.file)
        return " ".join(file.slice(span).split()) if file is not None else ""

    def read(self, path: str, span: Span) -> Value:
        """The text of a file inside the project."""
        reading = self.around.read(path)
        if reading.refusal:
            raise Fault(type_codes.UNREADABLE.at(span, reading.refusal, hint="not read"))
        return reading.text
