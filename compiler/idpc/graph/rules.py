"""Rules: `require`, what it says when it fails, and where."""

from collections.abc import Container, Iterator, Mapping
from typing import TYPE_CHECKING, cast

from msgspec import Struct

from idpc.diagnostics import Code, Diagnostic, Label
from idpc.diagnostics.codes import types as codes
from idpc.graph.convert import show
from idpc.graph.faults import Fault, Poisoned
from idpc.graph.frame import Frame
from idpc.source import Span
from idpc.types import core as c
from idpc.types.model import PLAIN, mark_of

if TYPE_CHECKING:
    from idpc.graph.run import EnvironmentRun
    from idpc.graph.state import InstanceState
    from idpc.values import Value

Path = tuple[str, ...]
Origins = Mapping[Path, tuple[int, Span]]


class Rules:
    """Checks rules in one environment."""

    def __init__(self, run: "EnvironmentRun") -> None:
        self.run = run

    def check(
        self,
        rule: c.Rule,
        frame: Frame,
        place: Span,
        state: "InstanceState | None" = None,
        origins: Origins | None = None,
    ) -> bool:
        """Whether a rule holds; says so where it does not.

        `place` is where to stand when nothing that it reads is set, `origins` says where a declaration set what.
        """
        if rule.environments is not None and self.run.name not in rule.environments:
            return True
        try:
            if not self.run.coder.holds(rule.guards, frame):
                return True
            held = bool(self.run.coder.run(rule.condition, frame))
            if not held:
                self.run.report(self.failure(codes.REQUIRE_FAILED, rule, frame, place, state, origins))
        except Fault as fault:
            self.run.report(fault.diagnostic)
            return False
        except Poisoned:
            return False
        return held

    def failure(  # noqa: PLR0913  # what is looked at, and where to say so
        self,
        code: Code,
        rule: c.Rule,
        frame: Frame,
        place: Span,
        state: "InstanceState | None",
        origins: Origins | None = None,
    ) -> Diagnostic:
        """What is said of a rule that does not hold: its message, and each value that it looked at."""
        message = self._message(rule, frame)
        set_at = state.record.origins if state else origins or {}
        facts = list(self._facts(rule.condition, frame, set_at))
        found = [(rank, position, span) for position, (_, rank, span) in enumerate(facts) if span is not None]
        where = max(found, key=lambda each: each[:2])[2] if found else _deeper(rule.condition, set_at) or place
        labels = [Label(span, text) for text, _, span in facts if span is not None and span != where]
        here = ", ".join(text for text, _, span in facts if span == where)
        notes = tuple(text for text, _, span in facts if span is None)
        return code.at(
            where,
            message,
            hint=here,
            labels=(*labels, Label(rule.span, "the rule")),
            notes=notes,
            address=str(state.address) if state else "",
        )

    def _message(self, rule: c.Rule, frame: Frame) -> str:
        if rule.message is not None:
            value = self.run.coder.run(rule.message, frame)
            return value if isinstance(value, str) else show(value)
        return f"`{self.run.text(rule.condition.span)}` does not hold"

    def _facts(self, condition: c.Core, frame: Frame, set_at: Origins) -> Iterator[tuple[str, int, Span | None]]:
        """Each value that a condition looks at: as words, with rank and place where it was set."""
        seen: set[str] = set()
        for core in looked_at(condition):
            text = self.run.text(core.span)
            if text in seen or not text:
                continue
            seen.add(text)
            try:
                value: Value = self.run.coder.run(core, frame)
            except (Fault, Poisoned, KeyError):
                continue
            origin = _origin(core, set_at)
            yield (f"`{text}` is {show(value)}", *(origin or (0, None)))


def _deeper(condition: c.Core, set_at: Origins) -> Span | None:
    """Where the strongest layer set a field that a condition reads only by way of functions, loops and `let`s."""
    found = [each for path in read_paths(condition) for each in _set_below(path, set_at)]
    return max(found, key=lambda each: each[0])[1] if found else _single(condition, set_at)


def _single(condition: c.Core, set_at: Origins) -> Span | None:
    """Where the one field is set that a condition reads by way of the `let`s beside it; None where it may be several."""
    paths = {*read_paths(condition, homes=("own", "body"))}
    found = {set_at[path] for path in paths if path in set_at}
    return next(iter(found))[1] if len(found) == 1 else None


def _origin(core: c.Core, set_at: Origins) -> tuple[int, Span] | None:
    path = own_path(core)
    if path is None:
        return None
    for length in range(len(path), 0, -1):
        found = set_at.get(path[:length])
        if found is not None:
            return found
    return max(_set_below(path, set_at), default=None)


def _set_below(path: Path, origins: Origins) -> list[tuple[int, Span]]:
    """What was set at a path, or in it where it was put together."""
    return [each for key, each in origins.items() if key[: len(path)] == path]


def read_paths(core: object, homes: Container[str] = ("own",)) -> Iterator[Path]:
    """The own fields that an expression reads, through functions, loops and the kind's `let`s, or those of other homes."""
    match core:
        case c.ReadOwn() | c.Member() | c.Index() | c.InstanceMember() if own_path(core) is not None:
            yield cast("Path", own_path(core))
        case c.ReadLet(let=let):
            yield from read_paths(let.value if let.home in homes else None, homes)
        case tuple():
            for each in core:
                yield from read_paths(each, homes)
        case Struct() if type(core).__module__ == c.__name__:
            for name in core.__struct_fields__:
                yield from read_paths(getattr(core, name), homes)


def contexts(core: object) -> Iterator[str]:
    """What an expression is about: the names of contexts, through `let`s and functions, and `variable` for its loops."""
    match core:
        case c.Context(name=name):
            yield name
        case c.Var():
            yield "variable"
        case c.ReadInstance() | c.ReadInner() | c.ReadResource() | c.ReadOwn() | c.ReadOwnOutput():
            yield "instance"
        case c.ReadLet(let=let):
            yield from contexts(let.value)
        case c.CallFn(fn=fn, arguments=arguments):
            yield from contexts((*arguments, fn.value, *fn.defaults))
        case tuple():
            for each in core:
                yield from contexts(each)
        case Struct() if type(core).__module__ == c.__name__:
            for name in core.__struct_fields__:
                yield from contexts(getattr(core, name))


def looked_at(core: c.Core) -> Iterator[c.Core]:
    """The sub-expressions whose values explain a condition: names and members, inside operators and calls."""
    match core:
        case c.ReadOwn() | c.ReadLet() | c.InstanceMember() | c.InstanceOutput() | c.Member() | c.Index() | c.Var():
            if mark_of(core.type) == PLAIN and not isinstance(core, c.Var):
                yield core
        case c.Operation(operands=operands):
            for each in operands:
                yield from looked_at(each)
        case c.CallBuiltin(arguments=arguments):
            for each in arguments:
                yield from looked_at(each)
        case c.If(condition=test, then=then, otherwise=otherwise):
            for each in (test, then, otherwise):
                yield from looked_at(each)
        case c.Convert(value=value):
            yield from looked_at(value)


def own_path(core: c.Core) -> tuple[str, ...] | None:
    """The path of an own field that an expression reads: `storage`, `self.replicas.min`."""
    match core:
        case c.ReadOwn(name=name):
            return (name,)
        case c.InstanceMember(base=c.Context(name="self"), name=name):
            return (name,)
        case c.Member(base=base, name=name):
            inner = own_path(base)
            return None if inner is None else (*inner, name)
        case c.CallBuiltin(arguments=(first, *_)) | c.Index(base=first):
            return own_path(first)
    return None


def root(core: c.Core) -> str:
    """The name at the beginning of what a path reads: `team` of `team.on_call`; `self` for the instance's own."""
    match core:
        case c.Context(name=name):
            return name
        case c.Member(base=base) | c.Index(base=base) | c.InstanceMember(base=base) | c.InstanceOutput(base=base):
            return root(base)
        case c.CallBuiltin(arguments=(first, *_)) | c.Operation(operands=(first, *_)):
            return root(first)
    return ""
