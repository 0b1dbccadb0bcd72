"""Resolves what a root's expressions read: its own resources, outputs, copies of other apps' data, kept entries."""

import hashlib
from collections.abc import Callable

from msgspec import Struct, field

from idpc.address import kebab
from idpc.diagnostics.codes.artifacts import FOREIGN_RESOURCE, STORE_OUT_OF_REACH, TERRAFORM_VALUE
from idpc.diagnostics.model import Diagnostic
from idpc.emit.delivery import AppReads, inside
from idpc.emit.findings import at_node
from idpc.emit.plain import plain_text
from idpc.emit.site import Site
from idpc.emit.terraform.expressions import address
from idpc.emit.terraform.lookups import KEPT_LABEL, KeptLookup, kept_lookup
from idpc.graph.model import Node, TerraformResource
from idpc.source import Span
from idpc.values import Base64, InstanceRef, JsonText, NamedRef, OutputRef, Range, ResourceRef, StoreRef, Text, Value

Lookup = tuple[str, str]


class Scope(Struct, frozen=True):
    """The root of one app, and what its expressions turned out to need.

    `copies` are other apps' data sources, `kept` those that read entries of the store, `decoded` the local values that
    hold the parsed JSON of such an entry.
    """

    app: str
    site: Site
    reads: AppReads
    copies: dict[Lookup, tuple[Node, TerraformResource]] = field(default_factory=dict)
    kept: dict[Lookup, dict[str, Value]] = field(default_factory=dict)
    decoded: dict[str, ResourceRef] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)


class Reader(Struct, frozen=True):
    """The instance and the place for which something is resolved."""

    node: Node
    span: Span
    scope: Scope


def resolved(value: Value, reader: Reader) -> Value:
    """A value with every symbol in terms of the root's own resources and data sources."""
    if isinstance(value, dict):
        return {key: resolved(item, reader) for key, item in value.items()}
    if isinstance(value, list):
        return [resolved(item, reader) for item in value]
    resolve = _RESOLVERS.get(type(value))
    return resolve(value, reader) if resolve else value


def _output(output: OutputRef, reader: Reader) -> Value:
    node = reader.scope.site.node(output.address)
    return resolved(inside(node.outputs.get(output.output), output.path), reader)


def _resource(reference: ResourceRef, reader: Reader) -> Value:
    scope = reader.scope
    if reference.owner.app == scope.app:
        return reference
    found = _data_of(reference, scope.site) if reference.data else None
    if found is None:
        scope.diagnostics.append(_foreign(reference, reader))
        return reference
    label = _label_of_copy(reference, found[1], scope)
    scope.copies[reference.type, label] = found
    return reference._replace(label=label)


def _data_of(reference: ResourceRef, site: Site) -> tuple[Node, TerraformResource] | None:
    """The data source that a reference to another app reads, with the instance that has it."""
    nodes = sorted(site.apps[reference.owner.app], key=lambda node: node.address != reference.owner)
    wanted = (True, reference.type, reference.label)
    held = ((node, one) for node in nodes for one in node.resources if (one.data, one.type, one.label) == wanted)
    return next(held, None)


def _label_of_copy(reference: ResourceRef, found: TerraformResource, scope: Scope) -> str:
    """The label of the app's own equal data source where it has one, else one that names the other app."""
    own = (one for node in scope.site.apps[scope.app] for one in node.resources)
    same = any((one.data, one.type, one.label, one.body) == (True, found.type, found.label, found.body) for one in own)
    return reference.label if same else f"{kebab(reference.owner.app).replace('-', '_')}_{reference.label}"


def _foreign(reference: ResourceRef, reader: Reader) -> Diagnostic:
    return at_node(
        FOREIGN_RESOURCE,
        reader.node,
        reader.scope.site,
        f"the Terraform of `{reader.scope.app}` reads `{address(reference)}`, which is in the Terraform of "
        f"`{reference.owner.app}`",
        written=reader.span,
        advice="compose the other's name or ARN from what is known, or read its output in `env`, where it is delivered",
    )


def _kept(entry: StoreRef, reader: Reader) -> Value:
    scope, node = reader.scope, reader.node
    lookup = kept_lookup(entry, node.address, node.namespace, scope.site)
    if lookup is None:
        scope.diagnostics.append(_unreadable(entry, reader))
        return None
    if node.app == scope.app:  # else it stands in a copy, and the other app reads it itself
        _note(entry, node, scope)
    label = _label_of_kept(entry, lookup, scope)
    found = ResourceRef(node.address, lookup.type, label, lookup.path, data=True)
    if not lookup.member:
        return found
    scope.decoded[label] = found
    return ResourceRef(node.address, "local", label, (lookup.member,))


def _note(entry: StoreRef, node: Node, scope: Scope) -> None:
    if scope.site.secrets == "kubernetes":
        scope.reads.add(node, node.namespace, entry)
    else:
        scope.reads.keep(node, entry)


def _label_of_kept(entry: StoreRef, lookup: KeptLookup, scope: Scope) -> str:
    label = f"{KEPT_LABEL}_{kebab(entry.path).replace('-', '_')}"
    if scope.kept.setdefault((lookup.type, label), lookup.body) == lookup.body:
        return label
    label = f"{label}_{hashlib.sha256(entry.path.encode()).hexdigest()[:8]}"
    scope.kept[lookup.type, label] = lookup.body
    return label


def _unreadable(entry: StoreRef, reader: Reader) -> Diagnostic:
    site = reader.scope.site
    return at_node(
        STORE_OUT_OF_REACH,
        reader.node,
        site,
        f'`secret("{entry.path}")` stands in Terraform, which has no way to the store of `{site.name}`',
        written=reader.span,
        advice='set `secrets = "vault"` or `"kubernetes"` in the environment, or read the entry in `env`',
    )


def _text(text: Text, reader: Reader) -> Value:
    """An interpolation whose parts are resolved; one that turns out to be known is a string."""
    parts: list[str | ResourceRef | JsonText | Base64] = []
    for part in text.parts:
        _append(parts, part if isinstance(part, str) else resolved(part, reader), reader)
    return "".join(map(str, parts)) if all(isinstance(part, str) for part in parts) else Text(tuple(parts))


def _append(parts: list[str | ResourceRef | JsonText | Base64], value: Value, reader: Reader) -> None:
    if isinstance(value, Text):
        for part in value.parts:
            _append(parts, part, reader)
    elif isinstance(value, ResourceRef | JsonText | Base64):
        parts.append(value)
    elif value is not None:
        parts.append(_known(value, reader))


def _known(value: Value, reader: Reader) -> str:
    plain = plain_text(value)
    if plain is None:
        message = f"`{reader.node.address}` interpolates a list or map into a string of its Terraform"
        finding = at_node(TERRAFORM_VALUE, reader.node, reader.scope.site, message, written=reader.span)
        reader.scope.diagnostics.append(finding)
    return plain or ""


def _impossible(value: Value, reader: Reader) -> Value:
    message = f"`{reader.node.address}` gives Terraform a {type(value).__name__.lower()}, which it cannot hold"
    advice = "give its ends, or the name of what it refers to"
    finding = at_node(TERRAFORM_VALUE, reader.node, reader.scope.site, message, written=reader.span, advice=advice)
    reader.scope.diagnostics.append(finding)
    return None


def _json(text: JsonText, reader: Reader) -> Value:
    return JsonText(resolved(text.value, reader))


def _base64(encoded: Base64, reader: Reader) -> Value:
    value = resolved(encoded.value, reader)
    if isinstance(value, ResourceRef | Text | JsonText | Base64):
        return Base64(value)
    return Base64(Text((_known(value, reader),)))


_RESOLVERS: dict[type, Callable[..., Value]] = {
    OutputRef: _output,
    ResourceRef: _resource,
    StoreRef: _kept,
    Text: _text,
    JsonText: _json,
    Base64: _base64,
    Range: _impossible,
    InstanceRef: _impossible,
    NamedRef: _impossible,
}
