"""Evaluated values as Kubernetes objects hold them; secret and deferred ones become references to Secrets."""

import datetime
import re
from typing import NamedTuple

from msgspec import Struct

from idpc.emit.delivery import AppReads, entry_key, inside, kept_secret_name, output_key, secret_name
from idpc.emit.kubernetes.variables import composed, variable_text
from idpc.emit.model import Document, Json, Path
from idpc.emit.plain import clock, plain_text
from idpc.emit.site import Site
from idpc.graph.model import Node
from idpc.values import SYMBOLS, OutputRef, Quantity, ResourceRef, StoreRef, Symbol, Text, Value

_CONTAINERS = frozenset({"containers", "initContainers", "ephemeralContainers"})
_PLAIN = (str, int, float, type(None))
_AS_IT_IS = frozenset({str, int, float, bool})
_UNITS = frozenset({"cpu", "bytes", "percent"})


class Fault(NamedTuple):
    """A value that cannot stand where it does. `reason`: `symbol`, `json` or `value`."""

    reason: str
    value: Value


class Recipient(Struct, frozen=True):
    """The object for which values are written; `reads` and `faults` gather what is found on the way."""

    node: Node
    labels: Document
    namespace: str
    site: Site
    reads: AppReads
    faults: list[Fault]


def written(value: Value, to: Recipient) -> Json:
    """A value as it stands in an object: nulls left out, quantities as Kubernetes spells them."""
    if isinstance(value, dict):
        document: Document = {}
        for key, item in value.items():
            if type(item) in _AS_IT_IS:
                document[key] = item  # type: ignore[assignment]  # mypy does not narrow by a set of types
            elif key in _CONTAINERS and isinstance(item, list):
                document[key] = [_container(one, to) for one in item]
            elif item is not None:
                document[key] = written(item, to)
        return document
    if isinstance(value, list):
        return [written(item, to) for item in value if item is not None]
    return value if isinstance(value, _PLAIN) else _scalar(value, to)


def _scalar(value: Value, to: Recipient) -> Json:
    if isinstance(value, Quantity) and value.unit in _UNITS:
        return str(value)
    if isinstance(value, Quantity) and value.unit == "duration":
        return clock(int(value.amount))
    if isinstance(value, datetime.date):
        return value.isoformat()
    to.faults.append(Fault("symbol" if isinstance(value, SYMBOLS) else "value", value))
    return None


def _container(value: Value, to: Recipient) -> Json:
    """A container, with the variables that its composed values need placed before its own."""
    if not isinstance(value, dict):
        return written(value, to)
    added: dict[str, OutputRef | StoreRef] = {}
    document: Document = {}
    for key, item in value.items():
        if item is None:
            continue
        if key == "env" and isinstance(item, list):
            document[key] = [_variable(one, added, to) for one in item if _is_set(one)]
        elif key in {"command", "args"} and isinstance(item, list):
            document[key] = [_argument(one, key, added, to) for one in item if one is not None]
        else:
            document[key] = written(item, to)
    return _with_added(document, added, to) if added else document


def _is_set(variable: Value) -> bool:
    return isinstance(variable, dict) and (variable.get("value") is not None or "valueFrom" in variable)


def _with_added(document: Document, added: dict[str, OutputRef | StoreRef], to: Recipient) -> Document:
    before: list[Json] = [{"name": name, **_from_secret(added[name], to)} for name in sorted(added)]
    own = document.get("env", [])
    variables: list[Json] = [*before, *(own if isinstance(own, list) else [])]
    if "env" in document:
        return {**document, "env": variables}
    placed: Document = {}
    for key, item in document.items():
        placed[key] = item
        if key == "args":
            placed["env"] = variables
    return placed


def _variable(value: Value, added: dict[str, OutputRef | StoreRef], to: Recipient) -> Json:
    if not isinstance(value, dict) or value.get("value") is None:
        return written(value, to)
    given = value["value"]
    if not isinstance(given, SYMBOLS):
        plain = variable_text(given)
        return {**_rest(value, to), "value": plain if plain is not None else written(given, to)}
    symbol = deliverable(given, to)
    if isinstance(symbol, OutputRef | StoreRef):
        return {**_rest(value, to), **_from_secret(symbol, to)}
    return {**_rest(value, to), "value": _composed(symbol, added, to)}


def _rest(variable: dict[str, Value], to: Recipient) -> Document:
    return {key: written(item, to) for key, item in variable.items() if key != "value" and item is not None}


def _argument(value: Value, place: str, added: dict[str, OutputRef | StoreRef], to: Recipient) -> Json:
    if isinstance(value, SYMBOLS) and place == "args":
        return _composed(deliverable(value, to), added, to)
    plain = variable_text(value)
    return plain if plain is not None else written(value, to)


def _composed(symbol: Symbol, added: dict[str, OutputRef | StoreRef], to: Recipient) -> str:
    result = composed(symbol, lambda part: deliverable(part, to), added)
    to.faults.extend(Fault(reason, value) for reason, value in result.faults)
    return result.text


def _from_secret(symbol: OutputRef | StoreRef, to: Recipient) -> Document:
    to.reads.add(to.node, to.namespace, symbol)
    if isinstance(symbol, StoreRef):
        return {"valueFrom": {"secretKeyRef": {"name": kept_secret_name(symbol), "key": entry_key(symbol)}}}
    name = secret_name(to.site.node(symbol.address))
    return {"valueFrom": {"secretKeyRef": {"name": name, "key": output_key(symbol)}}}


def deliverable(symbol: Symbol, to: Recipient) -> Symbol:
    """A symbol with each part that is the expression of an output replaced by that output."""
    if isinstance(symbol, OutputRef):
        return symbol if symbol.output in to.site.node(symbol.address).delivered else _known(symbol, to)
    if isinstance(symbol, StoreRef):
        return symbol
    if output := _output_of(symbol, to):
        return output
    if isinstance(symbol, Text):
        parts = tuple(part if isinstance(part, str) else deliverable(part, to) for part in symbol.parts)
        return parts[0] if len(parts) == 1 and not isinstance(parts[0], str) else Text(parts)
    return symbol


def _known(output: OutputRef, to: Recipient) -> Symbol:
    """What an output is that is not delivered, since all of it is known or made of what is."""
    value = inside(to.site.node(output.address).outputs.get(output.output), output.path)
    return deliverable(value, to) if isinstance(value, SYMBOLS) else Text((plain_text(value) or "",))


def _output_of(symbol: Symbol, to: Recipient) -> OutputRef | None:
    """The delivered output whose value a symbol is, of this instance or of the one that owns the resource."""
    owner = to.site.graph.nodes.get(symbol.owner) if isinstance(symbol, ResourceRef) else None
    for node in (to.node, *((owner,) if owner else ())):
        for name in node.delivered:
            value = node.outputs.get(name)
            if type(value) is type(symbol) and value == symbol:
                return OutputRef(node.address, name)
    return None


def path_to(value: Value, within: Value, path: Path = ()) -> Path | None:
    """Where in a value another stands."""
    if value is within:
        return path
    items = within.items() if isinstance(within, dict) else enumerate(within) if isinstance(within, list) else ()
    found = (path_to(value, item, (*path, key)) for key, item in items)
    return next((place for place in found if place is not None), None)


def spelled(path: Path) -> str:
    """A path as people write it: `spec.containers[0].image`, `stringData["app.conf"]`."""
    return "".join(map(_spelled_step, path)).removeprefix(".")


def _spelled_step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if re.fullmatch(r"\w+", step) else f'["{step}"]'
