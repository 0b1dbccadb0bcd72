"""Tells what an expression of a kind needs, so that what is the same for many instances is evaluated once for all of them."""

from collections.abc import Iterable

from msgspec import Struct

from idpc.types import core as c
from idpc.types import fit
from idpc.types.declared import FnInfo, LetInfo, ResourceInfo
from idpc.types.model import RecordType, UnknownType

Needs = frozenset[str] | None
"""The own fields that an expression reads, beside what an environment has; None where it needs anything else."""

_NOTHING: frozenset[str] = frozenset()
_OF_ENVIRONMENT = ("environment", "project", "today")
_FROM_APP = ("team", "tier")
"""Fields that an instance has from its app where it does not set them."""
_OF_INSTANCE = (c.InstanceMember, c.InstanceOutput, c.ReadInner, c.ReadInstance, c.ReadOwnOutput, c.ReadResource)


_Declared = LetInfo | FnInfo | RecordType | ResourceInfo | c.Rule


class Reading:
    """Finds the needs of expressions, and keeps those of declarations; `shared` keeps the standard library's."""

    def __init__(self, shared: "Reading | None" = None) -> None:
        self._shared = shared
        self._kept: dict[int, tuple[object, Needs]] = {}

    def of_value(self, core: c.Core | None) -> Needs:
        """The needs of an expression."""
        return self._of(core)

    def of_function(self, fn: FnInfo) -> Needs:
        """The needs of a function, beside what it is given."""
        return self.kept(fn, (fn.value, fn.defaults))

    def of_rule(self, rule: c.Rule) -> Needs:
        """The needs of a rule that holds."""
        return self.kept(rule, (rule.condition, rule.guards))

    def of_existence(self, info: ResourceInfo) -> Needs:
        """The needs of whether there is a resource or object."""
        return self.kept(info, (info.iterable, info.guards))

    def of_let(self, let: LetInfo) -> Needs:
        """The needs of a `let` of a kind, or of a global one."""
        return None if let.home in ("app", "body") else self.kept(let, (let.value,))

    def kept(self, subject: _Declared, parts: Iterable[object]) -> Needs:
        """The needs of a declaration, by those of its parts; while they are looked for, of itself it needs too much."""
        if self._shared and subject.span.file.startswith("std/"):
            return self._shared.kept(subject, parts)
        known = self._kept.get(id(subject))
        if known is None:
            self._kept[id(subject)] = (subject, None)
            known = self._kept[id(subject)] = (subject, self._all(parts))
        return known[1]

    def _all(self, parts: Iterable[object]) -> Needs:
        found = _NOTHING
        for part in parts:
            needs = self._of(part)
            if needs is None:
                return None
            found |= needs
        return found

    def _of(self, part: object) -> Needs:
        match part:
            case c.ReadOwn(name=name) | c.InstanceMember(base=c.Context(name="self"), name=name, what="field"):
                return None if name in _FROM_APP else frozenset((name,))
            case c.Context(name=name):
                return _NOTHING if name in _OF_ENVIRONMENT else None
            case c.Const(type=type_):
                return None if isinstance(type_, UnknownType) else _NOTHING
            case tuple():
                return self._all(part)
            case dict():
                return self._all(part.values())
        return self._of_declared(part)

    def _of_declared(self, part: object) -> Needs:
        """What is found elsewhere and needed often, and all other expressions by their parts."""
        match part:
            case c.ReadLet(let=let):
                return self.of_let(let)
            case FnInfo():
                return self.of_function(part)
            case RecordType():
                inside = self.kept(part, (*part.defaults.values(), *part.rules))
                return inside if inside is None else _NOTHING
            case Struct() if isinstance(part, _OF_INSTANCE):
                return None
            case Struct() if type(part).__module__ in (c.__name__, fit.__name__):
                return self._all(getattr(part, name) for name in part.__struct_fields__ if name != "type")
        return _NOTHING
