"""The `fix` of a policy as edits: of values where an instance sets them, else of the end of its body."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec import Struct

from idpc.diagnostics import Diagnostic, Edit, Fix
from idpc.edits import Path, at_end, statement, text_of, within
from idpc.graph.faults import Fault, Poisoned
from idpc.graph.frame import Frame
from idpc.graph.run import EnvironmentRun
from idpc.graph.state import InstanceState
from idpc.source import Span
from idpc.types import core as c
from idpc.types.declared import InstanceInfo, PolicyInfo
from idpc.values import Value

Runs = Mapping[str, EnvironmentRun]
_OUTSIDE = "std/"


class Wish(Struct, frozen=True):
    """What a policy would set on an instance in one environment, by path, as the language writes it."""

    state: InstanceState
    fields: Mapping[Path, str]


class Statement(NamedTuple):
    """A statement of a body about a field: its value's place and the environments of its `in`.

    `whole`: it gives the field its value by itself, whatever the conditions are.
    """

    span: Span
    environments: tuple[str, ...]
    whole: bool


class Mending:
    """Gathers what policies would set, and makes fixes of it once all environments have been looked at."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._wishes: dict[tuple[str, str], dict[str, Wish]] = {}

    def note(self, policy: PolicyInfo, state: InstanceState, frame: Frame, run: EnvironmentRun) -> None:
        """Remember what mends a violation that an instance has in one environment."""
        made = next((body for kind, body in policy.fix if kind is state.kind), None)
        fields = dict(_fields(made, state, frame, run)) if made else {}
        if fields:
            found = self._wishes.setdefault((policy.name, str(state.address)), {})
            found[run.name] = Wish(state, fields)

    def mended(self, diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
        """The diagnostics, those with a fix that mends them in all of their environments at once."""
        fixes: dict[tuple[str, str], tuple[Fix, ...]] = {}
        for each in diagnostics:
            key = (each.policy, each.address)
            if key not in fixes:
                fixes[key] = self._fix(self._wishes[key]) if key in self._wishes else ()
            yield each.but(fixes=fixes[key]) if fixes[key] and each.waived is None else each

    def _fix(self, wishes: Mapping[str, Wish]) -> tuple[Fix, ...]:
        states = {
            name: run.states.get(each.state.address) for each in wishes.values() for name, run in self._runs.items()
        }
        there = {name: state for name, state in states.items() if state is not None}
        infos = {id(state.info): state.info for state in there.values()}
        info = next(iter(infos.values()))
        locked = any(wish.state.record.locks for wish in wishes.values())
        if len(infos) > 1 or locked or not _is_declared_in_an_app(next(iter(there.values()))):
            return ()
        edits = list(_edits(info, wishes, there.keys(), self._runs))
        if None in edits or not edits:
            return ()
        fields = dict.fromkeys(".".join(path) for wish in wishes.values() for path in wish.fields)
        values = {path: {wish.fields.get(tuple(path.split("."))) for wish in wishes.values()} for path in fields}
        title = ", ".join(f"`{path} = {' or '.join(sorted(filter(None, values[path])))}`" for path in fields)
        return (Fix(f"set {title}", tuple(each for each in edits if each), safe=True),)


def _fields(made: c.Body, state: InstanceState, frame: Frame, run: EnvironmentRun) -> Iterator[tuple[Path, str]]:
    """The fields whose values differ from those that a policy asks for."""
    for path, core in _values(made, ()):
        try:
            value = run.coder.run(core, frame)
            if value != _now(state, path):
                yield path, text_of(value)
        except (Fault, Poisoned):
            continue


def _values(made: c.Body, path: Path) -> Iterator[tuple[Path, c.Core]]:
    for each in made.statements:
        if isinstance(each, c.SetField):
            yield (*path, each.name), each.value
        elif isinstance(each, c.MergeBlock):
            yield from _values(each.body, (*path, each.name))


def _now(state: InstanceState, path: Path) -> Value:
    value = state.field(path[0], state.info.span)
    for name in path[1:]:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _is_declared_in_an_app(state: InstanceState) -> bool:
    """Whether the body of an instance is its own: it is not one of several with keys, nor inside a template."""
    return state.outer is None and not state.info.slots and not state.info.span.file.startswith(_OUTSIDE)


def _edits(info: InstanceInfo, wishes: Mapping[str, Wish], there: Collection[str], runs: Runs) -> Iterator[Edit | None]:
    """The edits; None among them for a field that no edit can set without a change of anything else."""
    added: dict[tuple[str, ...], list[str]] = {}
    for path in dict.fromkeys(path for wish in wishes.values() for path in wish.fields):
        wanted = {name: wish.fields[path] for name, wish in wishes.items() if path in wish.fields}
        said = list(_about(info.body, path, ()))
        yield from _replaced(said, wanted, there)
        for text in dict.fromkeys(wanted.values()):
            names = tuple(name for name in wanted if wanted[name] == text)
            everywhere = not said and {*names} == {*there} == {*runs}
            added.setdefault(() if everywhere else names, []).append(statement(path, text))
    if added:
        files = next(iter(runs.values())).around.files
        texts = [within(names, each) for names, each in added.items()]
        yield at_end(files[info.whole.file], info.whole, texts)


def _replaced(said: Iterable[Statement], wanted: dict[str, str], there: Collection[str]) -> Iterator[Edit | None]:
    """New values where a statement holds in nothing but environments that want the same one; these are `wanted` no more."""
    said = list(said)
    within = {name for each in said for name in each.environments}
    for each in said:
        holds = ({*each.environments} if each.environments else {*there} - within) & {*there}
        texts = {wanted.get(name) for name in holds}
        if not each.whole or (each.environments and texts != {None} and (len(texts) > 1)):
            yield None
        elif len(texts) == 1 and None not in texts:
            yield Edit(each.span, str(*texts))
            for name in holds:
                del wanted[name]


def _about(body: c.Body, path: Path, environments: tuple[str, ...]) -> Iterator[Statement]:
    """The statements that say something of a field, of what it is in, or of what is in it."""
    for each in body.statements:
        match each:
            case c.Within(environments=names, body=inner):
                yield from _about(inner, path, names)
            case c.Choose(then=then, otherwise=otherwise):
                for found in (*_about(then, path, environments), *_about(otherwise, path, environments)):
                    yield found._replace(whole=False)
            case c.SetField(name=name, add=add, value=value) if name == path[0]:
                yield Statement(value.span, environments, whole=len(path) == 1 and not add)
            case c.MergeBlock(name=name, shape="record", condition=None, iterable=None, body=inner) if (
                name == path[0] and len(path) > 1
            ):
                yield from _about(inner, path[1:], environments)
            case c.MergeBlock(name=name, span=span) if name == path[0]:
                yield Statement(span, environments, whole=False)
