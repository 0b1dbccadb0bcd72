"""Which prices kinds name, and what their prices read, told from their texts: nothing is evaluated."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

from msgspec import Struct

from idpc.cost.tables import PROVIDERS
from idpc.project import standard_library
from idpc.syntax import nodes, parse_module

Expr = nodes.Expr
Texts = frozenset[str] | None
"""What an expression may be; None where only evaluating tells."""
_CLOUD = ("environment", "cloud")


class Named(NamedTuple):
    """A price by its provider and service; `sku` is None where only evaluating tells which."""

    provider: str
    service: str
    sku: str | None


@cache
def named_prices() -> Mapping[str, frozenset[Named]]:
    """The prices of each kind that has `price` blocks."""
    modules = [parse_module(file).value for file in standard_library()]
    functions = {each.name.text: each for module in modules for each in module.statements if isinstance(each, nodes.Fn)}
    blocks = (each for module in modules for each in module.statements if isinstance(each, nodes.Block))
    kinds = [each for each in blocks if each.head.text == "kind"]
    found = {_name(kind): frozenset(_of_kind(kind, functions)) for kind in kinds}
    return {name: prices for name, prices in sorted(found.items()) if prices}


def names_read(modules: Iterable[nodes.Module]) -> Mapping[str, frozenset[str]]:
    """By kind, the names that its price reads: those of fields, of settings, and of what is in them."""
    found = [*(parse_module(file).value for file in standard_library()), *modules]
    functions = {
        each.name.text: each.value for module in found for each in module.statements if isinstance(each, nodes.Fn)
    }
    blocks = (each for module in found for each in module.statements if isinstance(each, nodes.Block))
    return {_name(kind): frozenset(_read_by(kind, functions)) for kind in blocks if kind.head.text == "kind"}


def _read_by(kind: nodes.Block, functions: Mapping[str, Expr]) -> Iterator[str]:
    lets = {each.name.text: each.value for each in kind.body if isinstance(each, nodes.Let)}
    known = {**functions, **lets}
    waiting: list[object] = [
        block.body for block in kind.body if isinstance(block, nodes.Block) and block.head.text == "price"
    ]
    seen: set[str] = set()
    while waiting:
        for name in _names(waiting.pop()):
            if name not in seen:
                seen.add(name)
                waiting += [known[name]] if name in known else []
    yield from seen


def _names(node: object) -> Iterator[str]:
    """Every name that an expression reads, and the names of members."""
    if isinstance(node, nodes.Ref):
        yield node.name
    elif isinstance(node, nodes.Member):
        yield node.name.text
    for child in _children(node):
        yield from _names(child)


def _name(kind: nodes.Block) -> str:
    label = kind.labels[0]
    return label.names[0].text if isinstance(label, nodes.DottedLabel) else label.text


def _of_kind(kind: nodes.Block, functions: Mapping[str, nodes.Fn]) -> Iterator[Named]:
    lets = {each.name.text: each.value for each in kind.body if isinstance(each, nodes.Let)}
    reader = _Reader(functions, lets)
    for block in kind.body:
        if isinstance(block, nodes.Block) and block.head.text == "price":
            targets = {name.text for name in block.targets}
            yield from (each for each in reader.prices(block.body) if each.provider in targets)


class _Reader(Struct):
    """Reads the expressions of one kind."""

    functions: Mapping[str, nodes.Fn]
    lets: Mapping[str, Expr]

    def prices(self, node: object, seen: frozenset[str] = frozenset()) -> Iterator[Named]:
        """Every price that something names, by itself or by functions that it calls."""
        name = _called(node)
        if isinstance(node, nodes.Call) and name == "price":
            yield from self._price(node)
        elif name in self.functions and name not in seen:
            yield from self.prices(self.functions[name].value, seen | {name})
        for child in _children(node):
            yield from self.prices(child, seen)

    def _price(self, call: nodes.Call) -> Iterator[Named]:
        plain = [each.value for each in call.arguments if each.name is None]
        skus: Iterable[str | None] | None = self.texts(plain[1]) if len(plain) > 1 else frozenset({""})
        for text in self.texts(plain[0]) or ():
            provider, _, service = text.partition("/")
            yield from (Named(provider, service, sku) for sku in (skus if skus is not None else (None,)))

    def texts(self, expr: Expr, item: int | None = None) -> Texts:
        """What an expression may be, or if it is a list its items, all or one of them."""
        if isinstance(expr, nodes.String):
            return _joined(frozenset({part}) if isinstance(part, str) else self.texts(part) for part in expr.parts)
        if isinstance(expr, nodes.Index):
            return self.texts(expr.base, expr.index.value if isinstance(expr.index, nodes.Number) else None)  # type: ignore[arg-type]
        if isinstance(expr, nodes.Member) and isinstance(expr.base, nodes.Ref):
            return frozenset(PROVIDERS) if (expr.base.name, expr.name.text) == _CLOUD else None
        branches = self._branches(expr, item)
        if branches is None:
            return None
        found = [self.texts(each, item) for each in branches]
        return None if None in found else frozenset().union(*(each for each in found if each is not None))

    def _branches(self, expr: Expr, item: int | None) -> "Iterable[Expr] | None":
        """The expressions of which this one is one."""
        if isinstance(expr, nodes.IfExpr):
            return (expr.then, expr.otherwise)
        if isinstance(expr, nodes.Match):
            return [arm.value for arm in expr.arms]
        if isinstance(expr, nodes.ListExpr):
            return expr.items if item is None else expr.items[item : item + 1]
        if isinstance(expr, nodes.Ref):
            return (self.lets[expr.name],) if expr.name in self.lets else None
        function = self.functions.get(_called(expr))
        return (function.value,) if function else None


def _called(node: object) -> str:
    """The name of the function that is called."""
    return node.function.name if isinstance(node, nodes.Call) and isinstance(node.function, nodes.Ref) else ""


def _joined(parts: Iterable[Texts]) -> Texts:
    whole: Texts = frozenset({""})
    for part in parts:
        whole = None if whole is None or part is None else frozenset(one + other for one in whole for other in part)
    return whole


def _children(node: object) -> Iterator[object]:
    if isinstance(node, tuple):
        yield from node
    elif isinstance(node, Struct):
        yield from (getattr(node, name) for name in node.__struct_fields__)
