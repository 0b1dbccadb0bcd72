"""The objects of every instance of an environment, completed, with what their pods may reach."""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec import Struct, field

from idpc.address import Address
from idpc.diagnostics.codes.artifacts import (
    JSON_NOT_COMPOSABLE,
    SECRET_FILE_UNSUPPORTED,
    SYMBOL_MISPLACED,
    VALUE_NOT_WRITABLE,
)
from idpc.diagnostics.model import Code, Diagnostic
from idpc.emit.delivery import AppReads
from idpc.emit.findings import at_node, given_by
from idpc.emit.kubernetes.completion import completed, namespace_of
from idpc.emit.kubernetes.labels import app_labels, node_labels
from idpc.emit.kubernetes.names import install_order, object_name
from idpc.emit.kubernetes.network import POLICY_VERSION, Opened, Pods, instance_policy, opened_paths, with_rules
from idpc.emit.kubernetes.per_app import made_once
from idpc.emit.kubernetes.pods import pod_template, runs_to_completion
from idpc.emit.kubernetes.secret_template import has_symbolic_data, templated_secret, without_data
from idpc.emit.kubernetes.writing import Fault, Recipient, path_to, spelled, written
from idpc.emit.model import Document
from idpc.emit.reading import mapping, name
from idpc.emit.site import Site
from idpc.graph.model import KubernetesObject, Node
from idpc.source import Span
from idpc.values import OutputRef, ResourceRef, StoreRef, Value


class Piece(NamedTuple):
    """One object with the place in the sources and the instance that it comes from, the first of several."""

    document: Document
    span: Span
    address: Address


Pieces = dict[Address | None, list[Piece]]
"""The objects of an app by the instance that they belong to; those under None are the app's own."""


class AppObjects(Struct, frozen=True):
    """The objects of an app's instances before paths are opened between instances, what they read, and what is wrong.

    `with_pods` are the instances that have pods, or a policy for what has them elsewhere; `ending` those whose pods all
    run to completion; `once` are the objects that the app has once for all of its instances.
    """

    pieces: dict[Address, list[Piece]] = field(default_factory=dict)
    reads: AppReads = field(default_factory=AppReads)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    with_pods: set[Address] = field(default_factory=set)
    ending: set[Address] = field(default_factory=set)
    once: list[Piece] = field(default_factory=list)


def app_objects(app: str, site: Site) -> AppObjects:
    """The objects of every instance of an app; of other apps they depend on the outputs that are read of them."""
    objects = AppObjects()
    for node in site.apps[app]:
        labels = node_labels(node, site)
        pieces = [
            Piece(_object(thing, node, labels, site, objects), thing.span, node.address)
            for thing in node.objects
            if not thing.per_app
        ]
        objects.pieces[node.address] = pieces
        makers = [piece.document for piece in pieces if pod_template(piece.document) is not None]
        if makers or any(_is_policy_of(node, piece.document) for piece in pieces):
            objects.with_pods.add(node.address)
        if makers and all(map(runs_to_completion, makers)):
            objects.ending.add(node.address)
    shared, differing = made_once(site.apps[app], site)
    objects.once.extend(_of_app(app, node, thing, site, objects) for node, thing in shared)
    objects.diagnostics.extend(differing)
    return objects


def _of_app(app: str, node: Node, thing: KubernetesObject, site: Site, objects: AppObjects) -> Piece:
    labels = app_labels(object_name(node, thing), thing.name, site.app(app), site)
    return Piece(_object(thing, node, labels, site, objects), thing.span, node.address)


def pods_of(apps: Iterable[AppObjects]) -> Pods:
    """Which instances of apps have pods."""
    apps = tuple(apps)
    present = {address for objects in apps for address in objects.with_pods}
    return Pods(present, {address for objects in apps for address in objects.ending})


def opened_pieces(app: str, objects: AppObjects, site: Site, pods: Pods) -> Pieces:
    """The objects of an app in the order of application, with the policies that open the paths of its edges."""
    opened = opened_paths(app, site, pods)
    pieces_of: Pieces = {
        address: _in_order(
            _with_policy(site.node(address), pieces, opened[address], site) if address in opened else pieces
        )
        for address, pieces in objects.pieces.items()
    }
    pieces_of[None] = _in_order(objects.once)
    return pieces_of


def _in_order(pieces: Iterable[Piece]) -> list[Piece]:
    return sorted(pieces, key=lambda piece: install_order(piece.document))


def _with_policy(node: Node, pieces: list[Piece], opened: Opened, site: Site) -> list[Piece]:
    """Give an instance with pods the one policy that holds the rules of its edges."""
    for index, piece in enumerate(pieces):
        if _is_policy_of(node, piece.document):
            complete = piece._replace(document=with_rules(piece.document, opened))
            return [*pieces[:index], complete, *pieces[index + 1 :]]
    return [*pieces, Piece(instance_policy(node, site, opened), node.span, node.address)]


def pod_specs(pieces: Iterable[Piece]) -> list[Document]:
    """The specs of all pods that objects make."""
    templates = (pod_template(piece.document) for piece in pieces)
    return [mapping(template["spec"]) for template in templates if template is not None]


def _object(thing: KubernetesObject, node: Node, labels: Document, site: Site, objects: AppObjects) -> Document:
    to = Recipient(node, labels, namespace_of(thing, node), site, objects.reads, [])
    if has_symbolic_data(thing) and site.secrets == "external_secrets":
        frame = completed(mapping(written(without_data(thing), to)), thing, to)
        document = templated_secret(thing, frame, to)
    else:
        document = completed(mapping(written(thing.body, to)), thing, to)
    objects.diagnostics.extend(_diagnostic(fault, thing, document, to) for fault in to.faults)
    return document


def _is_policy_of(node: Node, document: Document) -> bool:
    return (
        document["kind"] == "NetworkPolicy" and document["apiVersion"] == POLICY_VERSION and name(document) == node.name
    )


def _diagnostic(fault: Fault, thing: KubernetesObject, document: Document, to: Recipient) -> Diagnostic:
    """What is wrong with a value that an object cannot hold."""
    where = f"`{spelled(path_to(fault.value, thing.body) or ())}` of `{thing.kind}/{name(document)}`"
    given = given_by(fault.value, to.node)
    if thing.kind == "Secret" and has_symbolic_data(thing) and to.site.secrets != "external_secrets":
        return at_node(
            SECRET_FILE_UNSUPPORTED,
            to.node,
            to.site,
            f"{f'`{spelled(given[0])}`' if given else where} holds what only External Secrets fills in, and this "
            f'environment has `secrets = "{to.site.secrets}"`',
            span=given[1] if given else None,
            written=thing.span,
            advice='pass the value as a variable in `env`, or use `secrets = "external_secrets"` in the environment',
        )
    code, message, advice = _words(fault, where)
    span = given[1] if given else None
    return at_node(code, to.node, to.site, message, span=span, written=thing.span, advice=advice)


def _words(fault: Fault, where: str) -> tuple[Code, str, str]:
    if fault.reason == "json":
        message = f"{where} composes JSON with a value that may hold quotes"
        return JSON_NOT_COMPOSABLE, message, "pass the value as a variable of its own, or the JSON as a `file`"
    if fault.reason == "symbol":
        message = f"{where} cannot hold {_described(fault.value)}, which is known only after provisioning"
        return SYMBOL_MISPLACED, message, "such values may stand in `env` and `args` of containers and in Secrets"
    message = f"{where} cannot hold {_described(fault.value)}"
    return VALUE_NOT_WRITABLE, message, "give the text or number that the object needs"


def _described(value: Value) -> str:
    if isinstance(value, OutputRef):
        return f"`{value.address}.{value.output}`"
    if isinstance(value, StoreRef):
        return f'`secret("{value.path}")`'
    if isinstance(value, ResourceRef):
        return f"`{'.'.join((value.type, value.label, *map(str, value.path)))}`"
    return f"a value of type `{type(value).__name__.lower()}`"
