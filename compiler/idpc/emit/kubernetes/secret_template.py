"""Turns a Secret some part of which is known only later into an ExternalSecret that fills a template."""

import json
from collections.abc import Iterator

from msgspec import Struct, field

from idpc.emit.delivery import entry_key, entry_name, kept_secret_name, output_key, secret_name
from idpc.emit.kubernetes.secret_objects import external_secret_spec, remote
from idpc.emit.kubernetes.writing import Fault, Recipient, deliverable, written
from idpc.emit.model import Document, Json
from idpc.emit.reading import mapping, name
from idpc.graph.model import KubernetesObject
from idpc.values import SYMBOLS, Base64, JsonText, OutputRef, StoreRef, Symbol, Text, Value


class _Template(Struct, frozen=True):
    """What the template of one Secret reads, by the name under which it does."""

    to: Recipient
    read: dict[str, OutputRef | StoreRef] = field(default_factory=dict)


def has_symbolic_data(thing: KubernetesObject) -> bool:
    """Whether an object is a Secret some part of which is known only later."""
    return thing.kind == "Secret" and any(isinstance(value, SYMBOLS) for _, value in _contents(thing))


def without_data(thing: KubernetesObject) -> dict[str, Value]:
    """The body of a Secret without what it holds."""
    return {key: value for key, value in thing.body.items() if key not in {"data", "stringData"}}


def templated_secret(thing: KubernetesObject, frame: Document, to: Recipient) -> Document:
    """The ExternalSecret in the place of a Secret; `frame` is the completed Secret without what it holds."""
    template = _Template(to)
    data: Document = {key: _content(value, template) for key, value in _contents(thing)}
    metadata = mapping(frame["metadata"])
    spec = external_secret_spec(name(frame), to.site)
    made: Document = {"engineVersion": "v2", "metadata": {"labels": metadata["labels"]}, "data": data}
    if "type" in frame:
        made["type"] = frame["type"]
    target: Document = {**mapping(spec["target"]), "template": made}
    if frame.get("immutable"):
        target["immutable"] = True
    entries: list[Json] = [
        {"secretKey": key, "remoteRef": _remote(template.read[key], to)} for key in sorted(template.read)
    ]
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": metadata,
        "spec": {**spec, "target": target, "data": entries},
    }


def _contents(thing: KubernetesObject) -> Iterator[tuple[str, Value]]:
    """The keys of a Secret with their values, those of `data` before they were encoded where that is known."""
    for place in ("data", "stringData"):
        given = thing.body.get(place)
        for key, value in given.items() if isinstance(given, dict) else ():
            if value is not None:
                yield key, value.value if place == "data" and isinstance(value, Base64) else value


def _remote(symbol: OutputRef | StoreRef, to: Recipient) -> Document:
    if isinstance(symbol, StoreRef):
        return remote(symbol, to.site)
    return {"key": entry_name(to.site.node(symbol.address), to.site), "property": output_key(symbol)}


def _content(value: Value, template: _Template) -> Json:
    if not isinstance(value, SYMBOLS):
        plain = written(value, template.to)
        return _literal(plain) if isinstance(plain, str) else plain
    symbol = deliverable(value, template.to)
    if isinstance(symbol, Text):
        return "".join(_literal(part) if isinstance(part, str) else _action(part, template) for part in symbol.parts)
    return _action(symbol, template)


def _literal(text: str) -> str:
    """Text that the template gives back as it is."""
    return text.replace("{{", '{{ "{{" }}')


def _action(value: Symbol, template: _Template) -> str:
    """The template's action that prints a symbol."""
    symbol = deliverable(value, template.to)
    if isinstance(symbol, Base64):
        return f"{{{{ {_operand(symbol.value, template)} | b64enc }}}}"
    if isinstance(symbol, JsonText):
        return _json(symbol.value, template)
    return f"{{{{ {_operand(symbol, template)} }}}}"


def _json(value: Value, template: _Template) -> str:
    """JSON with actions in the places of symbols."""
    if isinstance(value, dict):
        members = (f"{_literal(json.dumps(key))}: {_json(item, template)}" for key, item in value.items())
        return f"{{ {', '.join(members)} }}"
    if isinstance(value, list):
        return f"[ {', '.join(_json(item, template) for item in value)} ]"
    if isinstance(value, SYMBOLS):
        return f"{{{{ {_operand(value, template)} | toJson }}}}"
    return _literal(json.dumps(written(value, template.to), ensure_ascii=False))


def _operand(value: Symbol, template: _Template) -> str:
    """A symbol as the template's language reads it."""
    symbol = deliverable(value, template.to)
    if isinstance(symbol, OutputRef | StoreRef):
        key = _key(symbol, template.to)
        template.read[key] = symbol
        template.to.reads.keep(template.to.node, symbol)
        return f".{key}"
    if isinstance(symbol, Text):
        form = "".join(part.replace("%", "%%") if isinstance(part, str) else "%s" for part in symbol.parts)
        operands = (_operand(part, template) for part in symbol.parts if not isinstance(part, str))
        return f"printf {json.dumps(form, ensure_ascii=False)} {' '.join(operands)}"
    template.to.faults.append(Fault("symbol", symbol))
    return '""'


def _key(symbol: OutputRef | StoreRef, to: Recipient) -> str:
    """The name under which the template finds a symbol."""
    if isinstance(symbol, StoreRef):
        words = (kept_secret_name(symbol), entry_key(symbol))
    else:
        words = (secret_name(to.site.node(symbol.address)), output_key(symbol))
    return "_".join(words).replace("-", "_").replace(".", "_")
