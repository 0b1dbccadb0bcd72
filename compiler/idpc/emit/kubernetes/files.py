"""Puts the objects of an app into its files."""

from collections.abc import Iterator

from idpc.address import kebab
from idpc.emit.kubernetes.app_file import app_documents, kustomization
from idpc.emit.kubernetes.names import install_order
from idpc.emit.kubernetes.objects import Objects, Piece, pod_specs
from idpc.emit.model import Document, File, Owner, Path, Source
from idpc.emit.reading import at, group, mapping
from idpc.emit.site import Site
from idpc.graph.model import App, Node

_MONITORING = frozenset({"monitoring.coreos.com", "grafana.integreatly.org"})
_DASHBOARD = "grafana_dashboard"
_LIST = "kustomization"


def kubernetes_files(app: App, objects: Objects, site: Site, *, wanted: bool) -> Iterator[File]:
    """The files of an app, none where it has no objects unless its namespace is `wanted` by others."""
    nodes = site.apps[app.name]
    pieces = [piece for node in nodes for piece in objects.pieces[node.address]]
    if not (wanted or pieces or app.name in objects.reads.apps):
        return
    folder = f"{site.folder}/{kebab(app.name)}/kubernetes"
    documents = tuple(app_documents(app, pod_specs(pieces), objects.reads, site))
    files = [_app_file(f"{folder}/_app.yaml", app, documents)]
    for node in nodes:
        own = [piece for piece in objects.pieces[node.address] if not _monitors(piece.document)]
        files.extend(_file(f"{folder}/{_stem(node.name)}.yaml", own, Owner(app.name, "kubernetes", node.address)))
    files.extend(_file(f"{folder}/_monitoring.yaml", _watching(pieces), Owner(app.name, "kubernetes")))
    yield from files
    waiting = {node.address for node in nodes if _waits(node)}
    applied = [file.path for file in files if file.owner.address not in waiting]
    yield _app_file(f"{folder}/{_LIST}.yaml", app, (kustomization(applied),))


def _waits(node: Node) -> bool:
    """Whether an instance runs only where someone asks for it, so that who applies the folder must not start it."""
    return node.fields.get("run") == "manual"


def _stem(instance: str) -> str:
    """The name of an instance's file; the compiler's own begin with `_`, which no instance's name does."""
    return f"_{instance}" if instance == _LIST else instance


def _app_file(path: str, app: App, documents: tuple[Document, ...]) -> File:
    sources: dict[tuple[int, Path], Source] = {(index, ()): Source(app.span) for index in range(len(documents))}
    return File(path, Owner(app.name, "kubernetes"), documents, sources)


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


def _watching(pieces: list[Piece]) -> list[Piece]:
    return sorted(
        (piece for piece in pieces if _monitors(piece.document)), key=lambda piece: install_order(piece.document)
    )
