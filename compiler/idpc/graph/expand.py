"""Makes the instances of an environment: conditions and loops of headers, templates opened, layers gathered."""

from collections.abc import Iterable
from functools import partial

from idpc.address import Address, kebab
from idpc.diagnostics.codes import graph as codes
from idpc.diagnostics.codes import types as type_codes
from idpc.graph.convert import show
from idpc.graph.faults import Fault, Poisoned
from idpc.graph.frame import Frame
from idpc.graph.layers import Layer, applies
from idpc.graph.loops import turns
from idpc.graph.run import AppState, EnvironmentRun
from idpc.graph.state import Inner, InstanceState
from idpc.types import core as c
from idpc.types.declared import AppInfo, InstanceInfo
from idpc.values import Value

MAX_INSTANCES = 50_000


def expand(run: EnvironmentRun) -> None:
    """All instances of an environment, with their layers; none of their fields is evaluated but what headers read."""
    for name, app in run.typed.apps.items():
        run.apps[name] = AppState(app, {})
        run.apps[name].fields = run.record(app.declaration)
    for name, app in run.typed.apps.items():
        frame = Frame(run, name)
        for found in app.instances.values():
            _instances(run, found, Address.of(name), frame, None, run.apps[name].instances)
    if len(run.states) >= MAX_INSTANCES:
        run.states.clear()


def _instances(  # noqa: PLR0913  # where, under what
    run: EnvironmentRun,
    found: Iterable[InstanceInfo],
    above: Address,
    frame: Frame,
    outer: InstanceState | None,
    into: Inner,
) -> None:
    """The instances of one name: of the candidates, those whose conditions hold; None where that cannot be known."""
    for info in found:
        made: dict[str, InstanceState] = {}
        if not run.succeeds(partial(_gather, made, _keyed(run, info, above, frame, outer))):
            into.setdefault(info.name, None)
        elif info.iterable is not None:
            into[info.name] = made
        elif made:
            into[info.name] = made[""]


def _gather(made: dict[str, InstanceState], found: Iterable[tuple[str, InstanceState]]) -> None:
    made.update(found)


def _keyed(
    run: EnvironmentRun, info: InstanceInfo, above: Address, frame: Frame, outer: InstanceState | None
) -> Iterable[tuple[str, InstanceState]]:
    if info.iterable is None:
        if run.coder.holds(info.guards, frame):
            yield "", _instance(run, info, above.child(info.name), frame, outer, dict(frame.variables))
        return
    over = run.finished(run.coder.run(info.iterable, frame), frame)
    seen: dict[str, str] = {}
    for values in turns(over, len(info.slots), info.span):
        run.step()
        variables = {**frame.variables, **dict(zip(info.slots, values, strict=True))}
        key = values[0] if isinstance(over, dict) or len(values) == 1 else values[1]
        key = _key(key, seen, info)
        turn = Frame(run, frame.app, frame.owner, frame.own, variables)
        turn.lets = frame.lets
        if run.coder.holds(info.guards, turn):
            yield key, _instance(run, info, above.child(info.name, key), frame, outer, variables)


def _key(key: Value, seen: dict[str, str], info: InstanceInfo) -> str:
    """A key, kept; raises Fault for one that is no string, or that artifacts could not tell from an earlier one."""
    span = info.span if info.iterable is None else info.iterable.span
    if not isinstance(key, str) or not kebab(key):
        what = "keys are strings with a letter or digit"
        raise Fault(codes.BAD_KEY.at(span, f"`{info.name}` has the key {show(key)}, but {what}", hint=what))
    other = seen.get(kebab(key))
    if other is not None:
        what = f"the key `{key}` twice" if other == key else f"the keys `{other}` and `{key}`, the same in artifacts"
        raise Fault(codes.BAD_KEY.at(span, f"`{info.name}` has {what}", hint="keys are unique"))
    seen[kebab(key)] = key
    return key


def _instance(  # noqa: PLR0913  # as above
    run: EnvironmentRun,
    info: InstanceInfo,
    address: Address,
    frame: Frame,
    outer: InstanceState | None,
    variables: dict[str, Value],
) -> InstanceState:
    if len(run.states) >= MAX_INSTANCES:
        raise Poisoned
    state = InstanceState(run, address, info, frame.app, outer, variables)
    run.states[address] = state
    if len(run.states) >= MAX_INSTANCES:
        raise Fault(
            type_codes.TOO_LARGE.at(info.span, f"there are more than {MAX_INSTANCES:,} instances", hint="too many")
        )
    state.open(_layers(run, state, frame, outer))
    if info.kind.template:
        inside = Frame(run, frame.app, state, state, {})
        inside.lets = state.lets
        for found in info.kind.inner.values():
            _instances(run, found, address, inside, state, state.inner)
        _unreached(state)
    return state


def _layers(run: EnvironmentRun, state: InstanceState, frame: Frame, outer: InstanceState | None) -> Iterable[Layer]:
    """The layers of an instance, from the weakest to the strongest."""
    kind, app = state.kind, run.typed.apps.get(frame.app)
    for body in run.typed.defaults.get(kind, ()):
        yield Layer(body, Frame(run, frame.app, None, state), f"defaults {kind.name}")
    for body in _app_defaults(app, kind.name):
        yield Layer(body, Frame(run, frame.app, None, state), f"defaults {kind.name} of {frame.app}")
    own = Frame(run, frame.app, frame.owner, state, state.variables)
    title = f"{state.info.kind.name} {state.info.name}" if outer is None else f"template {outer.kind.name}"
    yield Layer(state.info.body, own, title)
    if outer is None:
        return
    for layer in outer.layers:
        for guarded in run.index(layer.body).get(f"inner {state.info.name}", []):
            if isinstance(guarded.statement, c.MergeBlock) and applies(guarded, layer.frame):
                inside = Frame(run, layer.frame.app, layer.frame.owner, state, layer.frame.variables)
                inside.lets = layer.frame.lets
                yield Layer(guarded.statement.body, inside, f"{layer.title}, block {state.info.name}")


def _app_defaults(app: AppInfo | None, kind: str) -> list[c.Body]:
    return [] if app is None else app.defaults.get(kind, [])


def _unreached(state: InstanceState) -> None:
    """Blocks of a template's use for an inner instance that does not exist here."""
    run = state.run
    for layer in state.layers:
        for name, found in run.index(layer.body).items():
            inner = name.removeprefix("inner ")
            if name.startswith("inner ") and inner not in state.inner:
                for guarded in found:
                    if applies(guarded, layer.frame):
                        run.report(
                            codes.ABSENT.at(
                                guarded.statement.span,
                                f"`{state.address}` has no `{inner}` in every environment",
                                hint="its conditions do not hold",
                            )
                        )
