"""Puts a root together: the resources of an app's instances, what delivers their outputs, and what both look up."""

from itertools import pairwise
from typing import NamedTuple

from msgspec import Struct, field

from idpc.address import Address
from idpc.diagnostics.codes.artifacts import RESOURCE_TWICE
from idpc.diagnostics.model import Diagnostic, Label
from idpc.emit.delivery import AppReads, Demand
from idpc.emit.findings import at_node
from idpc.emit.model import Document, Json
from idpc.emit.reading import mapping
from idpc.emit.site import Site
from idpc.emit.terraform.bodies import body_of
from idpc.emit.terraform.entries import Entry, entries, undeliverable
from idpc.emit.terraform.expressions import literal, template
from idpc.emit.terraform.lookups import KEY_VAULT, VAULT_ENTRY, key_vault
from idpc.emit.terraform.providers import tags
from idpc.emit.terraform.scope import Reader, Scope
from idpc.graph.model import App, Node, TerraformResource
from idpc.schema.terraform import provider_of, resource
from idpc.source import Span
from idpc.values import ResourceRef, Value

Where = tuple[str, str, str]
"""`resource` or `data`, the type and the label."""


class Block(NamedTuple):
    """A resource or data source in its final form; `address` is None for what the compiler adds for the app."""

    body: Document
    span: Span
    address: Address | None


class Module(Struct, frozen=True):
    """A root without the settings of its providers and its state."""

    app: App
    scope: Scope
    blocks: dict[Where, Block] = field(default_factory=dict)
    outputs: Document = field(default_factory=dict)
    moved: list[Json] = field(default_factory=list)

    @property
    def providers(self) -> tuple[str, ...]:
        """The providers of what is in it, in order."""
        found = {provider_of(type_) for _, type_, _ in self.blocks}
        return tuple(sorted(name for name in found if name))


def module(app: App, reads: AppReads, wanted: Demand, site: Site) -> Module:
    """The root of an app; what it reads of the store is added to `reads`."""
    made = Module(app, Scope(app.name, site, reads))
    for node in site.apps[app.name]:
        for one in node.resources:
            _add_resource(made, node, one)
        _add_entries(made, node, wanted)
    _add_copies(made)
    _add_kept(made)
    return made


def main_document(made: Module, provider_settings: Document) -> Document:
    """The document of a root, what it declares in the order of types and labels."""
    parts: Document = {
        "provider": provider_settings,
        "locals": {label: template_of(made.scope.decoded[label]) for label in sorted(made.scope.decoded)},
        "data": _declared("data", made),
        "resource": _declared("resource", made),
        "moved": made.moved,
        "output": {name: made.outputs[name] for name in sorted(made.outputs)},
    }
    return {name: part for name, part in parts.items() if part}


def template_of(reference: ResourceRef) -> str:
    """The parsed JSON of what a reference reads."""
    whole = template(reference)
    return f"${{jsondecode({str(whole)[2:-1]})}}"


def _declared(section: str, made: Module) -> Document:
    declared: Document = {}
    for where in sorted(made.blocks):
        if where[0] == section:
            labels = mapping(declared.setdefault(where[1], {}))
            labels[where[2]] = made.blocks[where].body
    return declared


def _add_resource(made: Module, node: Node, one: TerraformResource) -> None:
    where = ("data" if one.data else "resource", one.type, one.label)
    body = body_of(one.body, Reader(node, one.span, made.scope))
    block = Block(body if one.data else _tagged(one.type, body, made), one.span, node.address)
    held = made.blocks.setdefault(where, block)
    if held is block:
        made.moved.extend(_moves(one.type, (*one.moved_from, one.label)))
    elif not one.per_app or held.body != block.body:
        made.scope.diagnostics.append(_twice(where, node, one, held, made))


def _tagged(type_: str, body: Document, made: Module) -> Document:
    """The body with the app's tags where the provider has no default ones and the type has any."""
    schema = resource(type_) if provider_of(type_) == "azurerm" else None
    if schema is None or "tags" not in schema.attributes:
        return body
    return {**body, "tags": {**tags(made.app, made.scope.site), **mapping(body.get("tags"))}}


def _twice(where: Where, node: Node, one: TerraformResource, held: Block, made: Module) -> Diagnostic:
    what = f"`{'data.' if one.data else ''}{where[1]}.{where[2]}`"
    other = f"of `{held.address}` " if held.address else ""
    message = f"{what} of `{node.address}` differs from the one {other}in the same Terraform root"
    advice = "a `@per_app` resource may read nothing that differs between instances; other labels must be unique"
    found = at_node(RESOURCE_TWICE, node, made.scope.site, message, written=one.span, advice=advice)
    return found.but(labels=(*found.labels, Label(held.span, "the other one")))


def _moves(type_: str, labels: tuple[str, ...]) -> list[Json]:
    """A block for each former label, so that a state of any age is led to the present one."""
    steps = [label if "." in label else f"{type_}.{label}" for label in labels]
    return [{"from": start, "to": end} for start, end in pairwise(steps) if start != end]


def _add_entries(made: Module, node: Node, wanted: Demand) -> None:
    scope = made.scope
    if problem := undeliverable(node, wanted, scope.site):
        scope.diagnostics.append(problem)
    for entry in entries(node, wanted, scope.site):
        _add_entry(made, node, entry)


def _add_entry(made: Module, node: Node, entry: Entry) -> None:
    where = ("data" if entry.data else "resource", entry.type, entry.label)
    body = body_of(entry.body, Reader(node, node.span, made.scope))
    if entry.data:
        made.blocks[where] = Block(body, made.app.span, None)
    else:
        made.blocks[where] = Block(_tagged(entry.type, body, made), node.span, node.address)
        own = node.address.label
        former = tuple(f"{old.label}{entry.label.removeprefix(own)}" for old in node.was)
        made.moved.extend(_moves(entry.type, (*former, entry.label)))
    if entry.output:
        reference = ResourceRef(node.address, entry.type, entry.label, (entry.output,))
        description = literal(f"where the outputs of {node.address} are kept")
        made.outputs[node.address.label] = {"description": description, "value": template(reference)}


def _add_copies(made: Module) -> None:
    """Copy the data sources of other apps that are read, and those that these read in turn."""
    done: set[tuple[str, str]] = set()
    while missing := sorted(set(made.scope.copies) - done):
        for type_, label in missing:
            done.add((type_, label))
            if ("data", type_, label) not in made.blocks:
                owner, one = made.scope.copies[type_, label]
                body = body_of(_alone(one.body), Reader(owner, one.span, made.scope))
                made.blocks["data", type_, label] = Block(body, one.span, owner.address)


def _alone(body: dict[str, Value]) -> dict[str, Value]:
    """The body without what it waits for: that stands in the other root, which the plan applies first."""
    return {key: value for key, value in body.items() if key != "depends_on"}


def _add_kept(made: Module) -> None:
    """Add the data sources of entries that people keep, and of the vault that they ask."""
    for (type_, label), body in sorted(made.scope.kept.items()):
        _add_lookup(made, type_, label, body)
        if type_ == VAULT_ENTRY:
            _add_lookup(made, *KEY_VAULT, key_vault(made.scope.site))


def _add_lookup(made: Module, type_: str, label: str, body: dict[str, Value]) -> None:
    span = made.app.span
    reader = Reader(made.scope.site.apps[made.app.name][0], span, made.scope)
    made.blocks["data", type_, label] = Block(body_of(body, reader), span, None)
