"""Layers while they are read: what has been set where, so that nothing is set twice."""

from msgspec import Struct, field

from idpc.diagnostics import Label
from idpc.diagnostics.codes import types as codes
from idpc.source import Span
from idpc.syntax import nodes
from idpc.types.scope import Scope

Branch = tuple[tuple[int, bool], ...]


class Layer(Struct):
    """One layer while it is read: what has been set where, to find what is set twice.

    `environments` of an enclosing `in`, `branch` of enclosing `if`s; `patching`: keyed lists are written as maps.
    """

    seen: dict[tuple[str, ...], list[tuple[frozenset[str] | None, Branch, Span, bool]]] = field(default_factory=dict)
    environments: frozenset[str] | None = None
    branch: Branch = ()
    path: tuple[str, ...] = ()
    patching: bool = False
    resource: bool = False

    def at(self, name: str) -> "Layer":
        """The same layer one block further in."""
        return Layer(self.seen, self.environments, self.branch, (*self.path, name), self.patching, self.resource)

    def within(self, environments: frozenset[str]) -> "Layer":
        """The same layer inside an `in`."""
        return Layer(self.seen, environments, self.branch, self.path, self.patching, self.resource)

    def choosing(self, span: Span, side: bool) -> "Layer":
        """The same layer inside a branch of an `if`."""
        branch = (*self.branch, (span.start, side))
        return Layer(self.seen, self.environments, branch, self.path, self.patching, self.resource)


def set_once(name: nodes.Name, layer: Layer, scope: Scope, *, whole: bool, add: bool = False) -> None:
    """Say so when the same field is set twice in one layer for one environment."""
    path = (*layer.path, name.text)
    candidates = [entry for key, entries in layer.seen.items() if _overlap(key, path, whole) for entry in entries]
    for environments, branch, span, _ in candidates:
        both = environments is None if layer.environments is None else environments is not None
        if both and _meet(environments, layer.environments) and not _exclusive(branch, layer.branch):
            where = "" if layer.environments is None else " for the same environment"
            scope.report(
                codes.SET_TWICE.at(
                    name.span,
                    f"`{name.text}` is set twice{where}",
                    hint="set again here",
                    labels=(Label(span, "first set here"),),
                )
            )
            return
    layer.seen.setdefault(path, []).append((layer.environments, layer.branch, name.span, add))


def _overlap(key: tuple[str, ...], path: tuple[str, ...], whole: bool) -> bool:
    short = min(len(key), len(path))
    return key[:short] == path[:short] and (len(key) <= len(path) or whole)


def _meet(a: frozenset[str] | None, b: frozenset[str] | None) -> bool:
    return a is None or b is None or bool(a & b)


def _exclusive(a: Branch, b: Branch) -> bool:
    sides = dict(a)
    return any(start in sides and sides[start] is not side for start, side in b)
