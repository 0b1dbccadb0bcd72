"""An instance in one environment while it is evaluated: its fields, outputs, and what it becomes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from idpc.address import Address, kebab, shorten
from idpc.diagnostics import Label
from idpc.diagnostics.codes import graph as codes
from idpc.graph.convert import Partial
from idpc.graph.faults import Fault, Poisoned
from idpc.graph.frame import Cell, Cells, Frame, evaluate_cell
from idpc.graph.layers import Fold, Layer, Record, applies
from idpc.graph.loops import turns
from idpc.graph.made import Made, patched
from idpc.graph.members import Step, no_key
from idpc.graph.members import member as member_of
from idpc.source import Span
from idpc.types import core as c
from idpc.types.declared import InstanceInfo, KindInfo, ProvisionInfo, ResourceInfo
from idpc.types.messages import missing_field
from idpc.types.model import PLAIN, Field, is_optional, mark_of
from idpc.types.shapes import INSTANCE_FIELDS
from idpc.values import InstanceRef, NamedRef, OutputRef, ResourceRef, Value

if TYPE_CHECKING:
    from idpc.graph.run import EnvironmentRun

Inner = dict[str, "InstanceState | dict[str, InstanceState] | None"]


_DECLARED_NAME = 63
_COMPOSED_NAME = 52  # leaves room for what Kubernetes adds to the runs of a CronJob and to pods


class InstanceState:
    """One instance. `outer` is the template instance that holds it; `trace` the uses of templates that lead to it."""

    def __init__(  # noqa: PLR0913  # the facts of an instance
        self,
        run: "EnvironmentRun",
        address: Address,
        info: InstanceInfo,
        app: str,
        outer: "InstanceState | None",
        variables: dict[str, Value],
    ) -> None:
        self.run, self.address, self.info, self.app, self.outer = run, address, info, app, outer
        self.variables = variables
        self.kind: KindInfo = info.kind
        self.inner: Inner = {}
        self.cells: Cells = {}
        self.outputs: Cells = {}
        self.lets: Cells = {}
        self.resources: Cells = {}
        self.alike = run.alike(self.kind, self.kind.fields)
        self.record = Record()
        self.layers: list[Layer] = []
        self.grants: list[Value] = []
        self.consumers: dict[str, Value] = {}
        self.trace: tuple[Span, ...] = () if outer is None else (*outer.trace, outer.info.span)
        self.frame = Frame(run, app, self, self, variables)
        self.former = self._former()
        self.reference = InstanceRef(address)

    # ------------------------------------------------------------- fields

    def field(self, name: str, span: Span) -> Value:
        """The value of a field after all layers, evaluated once."""
        known = self.cells.get(name)
        if known is not None and known.plain:
            return known.value
        if name in self.kind.flattened:
            return self._flattened(name, span)
        declared = self.kind.fields.get(name) or INSTANCE_FIELDS[name]
        return self.run.cell(
            self.cells, name, lambda: self._fold(declared), lambda: (f"`{self.address}.{name}`", self.place(name))
        )

    def _flattened(self, name: str, span: Span) -> Value:
        """The record of the fields that came through one; kept where none of them reads another instance."""
        names = self.kind.flattened[name].fields
        value: Value = {each: self.field(each, span) for each in names}
        if all(self.cells[each].plain for each in names):
            self.cells[name] = Cell.of(value)
        return value

    def open(self, layers: Iterable[Layer]) -> None:
        """Take its layers; what none of them mentions and depends on nothing has its value."""
        self.layers = list(layers)
        self.alike = self.run.alike(self.kind, set(self.set_names()))
        self.cells.update(self.alike.cells)

    def place(self, name: str) -> Span:
        """Where a field is set, for messages: by the strongest statement about it, else its default, else at the instance."""
        for layer in reversed(self.layers):
            for guarded in reversed(self.run.index(layer.body).get(name, [])):
                return guarded.statement.span
        declared = self.kind.fields.get(name)
        own = declared is not None and name in self.kind.defaults and not declared.span.file.startswith("std/")
        return declared.span if declared is not None and own else self.info.span

    def _fold(self, declared: Field) -> Value:
        name, value, started = declared.name, None, False
        if self.is_missing(declared):
            raise Poisoned
        for rank, layer in enumerate(self.layers):
            fold = Fold(self.record, rank, layer.title)
            for guarded in self.run.index(layer.body).get(name, []):
                if not applies(guarded, layer.frame):
                    continue
                replaces = isinstance(guarded.statement, c.SetField) and not guarded.statement.add
                if not started and not replaces:
                    value = self._default(name)
                started = True
                value = fold.apply(value, guarded, layer.frame, (name,))
        return self.run.settled(value if started else self._default(name), self.frame, self.place(name))

    def _default(self, name: str) -> Value:
        default = self.kind.defaults.get(name)
        if default is None:
            return None
        return Fold(self.record).evaluate(default, self.frame, (name,))

    def is_missing(self, declared: Field) -> bool:
        """Whether a required field is set by no layer in this environment."""
        return declared.required and not any(
            self._may_apply(guarded, layer)
            for layer in self.layers
            for guarded in self.run.index(layer.body).get(declared.name, [])
        )

    def _may_apply(self, guarded: Any, layer: Layer) -> bool:
        try:
            return applies(guarded, layer.frame)
        except (Fault, Poisoned):
            return True

    def set_names(self) -> Iterator[str]:
        """The fields that some layer mentions."""
        for layer in self.layers:
            yield from self.run.index(layer.body)

    # --------------------------------------------------------- attributes

    def member(self, name: str, what: str, frame: Frame, span: Span) -> Value:
        """A field, attribute or inner instance read through a reference."""
        if what == "field":
            value = self.field(name, span)
            return value if value is not None else self._of_app(name)
        if what == "inner":
            return self.run.instance(self.inner, name, False, span)
        if what == "any":
            if name in self.kind.outputs:
                return self.read_output(name, (), frame, span)
            if name in self.kind.fields:
                return self.field(name, span)
        return self.attribute(name)

    def _of_app(self, name: str) -> Value:
        """What an instance has from its app where it does not say otherwise."""
        if name == "tier":
            return self.tier
        return NamedRef("team", self.team) if name == "team" and self.team else None

    def attribute(self, name: str) -> Value:
        """What every instance has."""
        return _ATTRIBUTES.get(name, InstanceState.catalog)(self)

    @property
    def name(self) -> str:
        """The name in artifacts: the one given, else of the oldest `@was`, else the address below the app."""
        given = self.field("name", self.info.span) if "name" not in self.kind.fields else None
        return given if isinstance(given, str) else self._composed_name

    @cached_property
    def _composed_name(self) -> str:
        address = (*self.former, self.address)[0]
        composed = len(address.parts) > 2 or bool(address.key)
        return shorten(address.below_app, _COMPOSED_NAME if composed else _DECLARED_NAME)

    def _former(self) -> tuple[Address, ...]:
        """The addresses that the instance had, the oldest first: by its own names, and by those of what holds it."""
        if not self.info.was and (self.outer is None or not self.outer.former):
            return ()
        written = [parsed for parsed in map(Address.parse, self.info.was) if parsed is not None]
        found = [each for each in written if len(each.parts) > 1]
        names = [each.name for each in written if len(each.parts) == 1]
        around = (*self.outer.former, self.outer.address) if self.outer else (Address(self.address.parts[:-1]),)
        found += [holder.child(name, self.address.key) for holder in around for name in (*names, self.address.name)]
        return tuple(each for each in dict.fromkeys(found) if each != self.address)

    @property
    def team(self) -> str:
        """The name of its team: its own, else its app's."""
        own = self.field("team", self.info.span) if "team" in self.kind.fields else None
        return own.name if isinstance(own, NamedRef) else self.run.apps[self.app].team

    @property
    def tier(self) -> str:
        """Its tier: its own, else its app's."""
        own = self.field("tier", self.info.span) if "tier" in self.kind.fields else None
        return own if isinstance(own, str) else self.run.apps[self.app].tier

    @property
    def resource_name(self) -> str:
        """Its name where names are unique in a cloud account."""
        app = kebab(self.run.apps[self.app].info.was[0] if self.run.apps[self.app].info.was else self.app)
        return "-".join((kebab(self.run.typed.project_name), kebab(self.run.name), app, self.name))

    def short_name(self, limit: int) -> str:
        """The resource name, cut with a stable hash."""
        return shorten(self.resource_name, limit)

    def selector(self) -> dict[str, str]:
        """The two labels that select its pods."""
        return {"app.kubernetes.io/name": self.name, "app.kubernetes.io/instance": self.name}

    def labels(self) -> dict[str, str]:
        """The standard labels, those of its app, and its own."""
        standard = {
            **self.selector(),
            "app.kubernetes.io/component": kebab(self.kind.name),
            "app.kubernetes.io/part-of": kebab(self.app),
            "app.kubernetes.io/managed-by": "idpc",
            **({"idpc.dev/team": kebab(self.team)} if self.team else {}),
            "idpc.dev/environment": kebab(self.run.name),
            "idpc.dev/tier": self.tier,
        }
        own = self.field("labels", self.info.span) if "labels" in self.kind.fields else None
        extra = own if isinstance(own, dict) else {}
        return {**cast("dict[str, str]", self.run.apps[self.app].labels), **cast("dict[str, str]", extra), **standard}

    def catalog(self) -> Value:
        """The kind's `catalog` block."""
        empty: dict[str, Value] = {
            "title": self.kind.name,
            "type": kebab(self.kind.name),
            "compliance": [],
            "end_of_life": {},
            "interfaces": [],
            "links": [],
        }
        if self.kind.catalog is None:
            return empty
        given = cast("dict[str, Value]", self.run.coder.run(self.kind.catalog, self.frame))
        return empty | {name: value for name, value in given.items() if value is not None}

    # ------------------------------------------------------------ outputs

    def read_output(self, name: str, path: tuple[str | int, ...], frame: Frame, span: Span) -> Value:
        """An output, as its reader sees it: a reference where it is secret or deferred, else its value."""
        info = self.kind.outputs[name]
        outside = frame.own is not self and frame.owner is not self
        if not self.kind.template and mark_of(info.type) != PLAIN:
            if outside:
                self.run.reads.setdefault((self.address, (name, *path)), span)
            return OutputRef(self.address, name, path)
        cell = self.output(name)
        if cell.failed:
            raise self._unreadable(name, cell.fault, span)
        if self.kind.template:
            self.run.reads.update({key: self.run.reads.get(key, span) for key in cell.reads})
        elif outside:
            self.run.reads.setdefault((self.address, (name, *path)), span)
        return self._follow(cell.value, path, frame, span)

    def output(self, name: str) -> Cell:
        """The cell of an output."""
        return evaluate_cell(
            self.run,
            self.outputs,
            name,
            lambda: self.output_value(name),
            lambda: (f"`{self.address}.{name}`", self.kind.outputs[name].span),
        )

    def _follow(self, value: Value, path: tuple[str | int, ...], frame: Frame, span: Span) -> Value:
        for step in path:
            if isinstance(value, dict) and step not in value and not isinstance(value, Partial):
                raise no_key(step, value, span)
            value = member_of(value, Step(str(step), span), frame)
        return value

    def _unreadable(self, name: str, fault: Fault | None, span: Span) -> Exception:
        if fault is None:
            return Poisoned()
        inner = fault.diagnostic
        if inner.code == codes.NO_OUTPUT_HERE.id and inner.span == self.info.span:
            return Fault(
                inner.but(span=span, labels=(Label(self.info.span, f"this `{self.kind.name}`"), *inner.labels))
            )
        if inner.code in (codes.NEEDS_ITSELF.id, codes.NO_OUTPUT_HERE.id):
            return fault
        return Fault(
            codes.NO_OUTPUT_HERE.at(
                span,
                f"`{self.address}` has no `{name}` to read: {inner.message}",
                hint=inner.hint,
                labels=(Label(self.info.span, f"this `{self.kind.name}`"),),
            )
        )

    def output_value(self, name: str) -> Value:
        """What an output is made of: its own expression, or what `provision` gives it here; an optional one may have none."""
        info = self.kind.outputs[name]
        if info.value is not None:
            return self.run.kept(self.run.coder.run(info.value, self.frame), info.span)
        for block in self.provision():
            for output, value, guards in block.outputs:
                if output == name and self.run.coder.holds(guards, self.frame):
                    return self.run.kept(self.run.coder.run(value, self.frame), info.span)
        if not self.has_target():
            raise Poisoned
        if is_optional(info.type):
            return None
        raise Fault(
            codes.NO_OUTPUT_HERE.at(
                self.info.span,
                f"`{self.address}` has no `{name}` in every environment",
                hint="no value here",
                labels=(Label(info.span, f"`{self.kind.name}` gives it no value on {self.run.cloud}"),),
            )
        )

    # -------------------------------------------------------------- price

    def prices(self) -> dict[str, Value]:
        """What its kind's `price` blocks say of this environment, by part."""
        has = tuple(name for block in self.kind.price for name in block.targets)
        found: dict[str, Value] = {}
        for block in self.kind.price:
            if self.run.is_target(block.targets, has):
                found |= cast("dict[str, Value]", self.run.coder.run(block.value, self.frame))
        return found

    @property
    def region(self) -> str:
        """Where it stands: its own region if its kind has the field, else the environment's first one."""
        own = self.field("region", self.info.span) if "region" in self.kind.fields else None
        regions = self.run.environment.get("regions")
        first = regions[0] if isinstance(regions, list) and regions else ""
        return str(own or self.run.environment.get("region") or first)

    # ---------------------------------------------------------- provision

    def provision(self) -> list[ProvisionInfo]:
        """The blocks that hold in this environment."""
        return self.run.provision(self.kind)

    def has_target(self) -> bool:
        """Whether the kind can be provisioned here."""
        return not self.kind.provision or bool(self.provision())

    def read_resource(self, core: c.ReadResource) -> Value:
        """A resource, data source or object of this instance, read in its `provision`."""
        infos = [
            info
            for block in self.provision()
            for info in block.resources
            if (info.data, info.resource, info.name) == (core.data, core.resource, core.name)
            and self.run.coder.holds(info.guards if info.iterable is None else info.guards[:0], self.frame)
        ]
        if not infos:
            if core.tolerant:
                return None
            raise Fault(
                codes.ABSENT.at(
                    core.span, f"there is no `{core.resource}.{core.name}` here", hint="its conditions do not hold"
                )
            )
        if core.kubernetes:
            return self._object_read(infos[0])
        if infos[0].iterable is None:
            return self._reference(infos[0], "")
        return {key: self._reference(infos[0], key) for key, _ in self._turns(infos[0])}

    def _reference(self, info: ResourceInfo, key: str) -> ResourceRef:
        return ResourceRef(self.address, info.resource, self.label(info, key), (), info.data)

    def _object_read(self, info: ResourceInfo) -> Value:
        if info.iterable is not None:
            return {made.key: self._named(made) for made in self.made(info)}
        return self._named(self.made(info)[0])

    def _named(self, made: Made) -> dict[str, Value]:
        meta = made.body.get("metadata")
        given = meta if isinstance(meta, dict) else {}
        filled = {"name": self.object_name(made.info, made.key), "namespace": self.run.namespace(self.app)}
        return {**made.body, "metadata": {**filled, **{k: v for k, v in given.items() if v is not None}}}

    def object_name(self, info: ResourceInfo, key: str = "") -> str:
        """The name that an object gets where none is given."""
        owner = kebab(self.app) if info.per_app else self.name
        parts = [owner, *([] if info.name == "main" else [kebab(info.name)]), *([kebab(key)] if key else [])]
        return shorten("-".join(parts), 63)

    def label(self, info: ResourceInfo, key: str = "") -> str:
        """The label of a resource in its module."""
        if info.per_app:
            return f"app_{info.name}"
        return self.label_of(self.address, info, key)

    @staticmethod
    def label_of(address: Address, info: ResourceInfo, key: str) -> str:
        """The label that a resource has for an address, now or formerly."""
        words = [address.label, info.name, *([kebab(key).replace("-", "_")] if key else [])]
        return "_".join(words)

    def _turns(self, info: ResourceInfo) -> list[tuple[str, dict[str, Value]]]:
        """The key and variables of each turn of a resource's loop."""
        if info.iterable is None:
            return [("", {})]
        over = self.run.finished(self.run.coder.run(info.iterable, self.frame), self.frame)
        found = []
        for values in turns(over, len(info.slots), info.span):
            key = values[0] if isinstance(over, dict) or len(values) == 1 else values[1]
            found.append((_key_text(key), dict(zip(info.slots, values, strict=True))))
        return found

    def made(self, info: ResourceInfo) -> list[Made]:
        """A resource or object, evaluated once for each turn of its loop."""
        value = self.run.cell(
            self.resources,
            id(info),
            lambda: cast("Value", self._make(info)),
            lambda: (f"`{info.resource}.{info.name}`", info.span),
        )
        return cast("list[Made]", value)

    def _make(self, info: ResourceInfo) -> list[Made]:
        found = []
        for key, variables in self._turns(info):
            frame = self.frame
            if variables:
                frame = Frame(self.run, self.app, self, self, {**self.variables, **variables})
                frame.lets = self.lets
            if self.run.coder.holds(info.guards, frame):
                found.append(Made(info, key, self._body(info, frame)))
        return found

    def _body(self, info: ResourceInfo, frame: Frame) -> dict[str, Value]:
        made = self.run.coder.body(info, frame)
        self.run.scale.check(made, info.span)
        return made

    def resources_made(self) -> list[Made]:
        """Everything that the instance becomes here, patched."""
        self.lets.update(self.alike.lets)
        made = [self._made_or_none(info) for info in self.alike.resources]
        self.alike.learn_resources(made, self.lets)
        found = [each for several in made for each in several or []]
        return patched(found, self.layers, self.run, str(self.address), whole=None not in made)

    def _made_or_none(self, info: ResourceInfo) -> list[Made] | None:
        """What a resource became; None where an error that is told elsewhere prevents it."""
        try:
            return self.made(info)
        except Poisoned:
            return None


_ATTRIBUTES: Mapping[str, Callable[[InstanceState], Value]] = {
    "name": lambda state: state.name,
    "address": lambda state: str(state.address),
    "key": lambda state: state.address.key,
    "kind": lambda state: state.kind.name,
    "app": lambda state: state.app,
    "team": lambda state: state.team,
    "tier": lambda state: state.tier,
    "namespace": lambda state: state.run.namespace(state.app),
    "labels": lambda state: {**state.labels()},
    "selector": lambda state: {**state.selector()},
    "resource_name": lambda state: state.resource_name,
    "grants": lambda state: state.grants,
    "consumers": lambda state: state.consumers,
    "catalog": InstanceState.catalog,
}


def _key_text(value: Value) -> str:
    return value if isinstance(value, str) else str(value)


def missing_fields(state: InstanceState) -> list[str]:
    """The required fields of an instance that no layer sets here."""
    return [name for name, each in state.kind.fields.items() if state.is_missing(each)]


def missing(state: InstanceState, names: list[str]) -> Fault:
    """What is said of an instance's missing fields."""
    return Fault(missing_field(f"the {state.kind.name} `{state.info.name}`", names, state.info.span))
