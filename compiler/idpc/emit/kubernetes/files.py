"""Puts the objects of an app into its files."""

from collections.abc import Iterator, Sequence

from idpc.address import kebab
from idpc.emit.delivery import AppReads
from idpc.emit.kubernetes.app_file import app_documents, kustomization
from idpc.emit.kubernetes.names import install_order
from idpc.emit.kubernetes.objects import Piece, Pieces, pod_specs
from idpc.emit.model import Document, File, Owner, Path, Source
from idpc.emit.reading import at, group, mapping
from idpc.emit.site import Site
from idpc.graph.model import App, Node

_MONITORING = frozenset({"monitoring.coreos.com", "grafana.integreatly.org"})
_DASHBOARD = "grafana_dashboard"
_LIST = "kustomization"


def kubernetes_files(app: App, held: Pieces, reads: AppReads, site: Site, *, wanted: bool) -> list[File]:
    """The files of an app, none where it has no objects unless its namespace is `wanted` by others."""
    pieces = [piece for own in held.values() for piece in own]
    if not (wanted or pieces or reads.outputs or reads.entries):
        return []
    folder = f"{site.folder}/{kebab(app.name)}/kubernetes"
    documents = tuple(app_documents(app, pod_specs(pieces), reads, site))
    files = [
        _app_file(f"{folder}/_app.yaml", app, documents, [one for one in held[None] if not _monitors(one.document)])
    ]
    for node in site.apps[app.name]:
        own = [piece for piece in held[node.address] if not _monitors(piece.document)]
        files.extend(_file(f"{folder}/{_stem(node.name)}.yaml", own, Owner(app.name, "kubernetes", node.address)))
    watching = sorted(
        (piece for piece in pieces if _monitors(piece.document)), key=lambda one: install_order(one.document)
    )
    files.extend(_file(f"{folder}/_monitoring.yaml", watching, Owner(app.name, "kubernetes")))
    waiting = {node.address for node in site.apps[app.name] if _waits(node)}
    applied = [file.path for file in files if file.owner.address not in waiting]
    return [*files, _app_file(f"{folder}/{_LIST}.yaml", app, (kustomization(applied),))]


def _waits(node: Node) -> bool:
    """Whether an instance runs only where someone asks for it, so that who applies the folder must not start it."""
    return node.fields.get("run") == "manual"


def _stem(instance: str) -> str:
    """The name of an instance's file; the compiler's own begin with `_`, which no instance's name does."""
    return f"_{instance}" if instance == _LIST else instance


def _app_file(path: str, app: App, documents: tuple[Document, ...], shared: Sequence[Piece] = ()) -> File:
    places = [*(Source(app.span) for _ in documents), *(Source(piece.span, piece.address) for piece in shared)]
    sources: dict[tuple[int, Path], Source] = {(index, ()): place for index, place in enumerate(places)}
    return File(path, Owner(app.name, "kubernetes"), (*documents, *(piece.document for piece in shared)), sources)


def _file(path: str, pieces: list[Piece], owner: Owner) -> Iterator[File]:
    if pieces:
        sources: dict[tuple[int, Path], Source] = {
            (index, ()): Source(piece.span, piece.address) for index, piece in enumerate(pieces)
        }
        yield File(path, owner, tuple(piece.document for piece in pieces), sources)


def _monitors(document: Document) -> bool:
    """Whether an object only watches others, so that it is applied after all of them."""
    return group(document) in _MONITORING or (
        document["kind"] == "ConfigMap" and _DASHBOARD in mapping(at(document, "metadata", "labels"))
    )
