"""What must be there before a deployment: kinds of objects, Secrets, stores, listeners, state and other environments."""

from collections.abc import Iterable, Iterator

from idpc.emit.delivery import entry_key, kept_entry_name, kept_secret_name
from idpc.emit.kubernetes.objects import Objects
from idpc.emit.kubernetes.pods import pod_template
from idpc.emit.model import Document, Requirement
from idpc.emit.reading import at, entries, group, namespace, text
from idpc.emit.site import Site

_STORES = {"external_secrets": "ClusterSecretStore", "vault": "VaultAuth"}
_ROUTES = frozenset({"HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute"})

Need = tuple[str, str, str]


def requirements(
    documents: Iterable[tuple[str, Document]], states: Iterable[tuple[str, str]], objects: Objects, site: Site
) -> tuple[Requirement, ...]:
    """All that is needed, each once; `documents` are objects by user, `states` the backends of apps."""
    held = tuple(documents)
    needs: dict[tuple[str, str], set[str]] = {}
    for what, name, user in (
        *_of_environment(site),
        *(("state", backend, app) for app, backend in states),
        *(need for holder, document in held for need in _of_object(holder, document, site)),
        *(need for holder, document in held for need in _of_pods(holder, document)),
        *_of_reads(objects, site),
    ):
        needs.setdefault((what, name), set()).update((user,) if user else ())
    return tuple(Requirement(what, name, tuple(sorted(users))) for (what, name), users in sorted(needs.items()))


def _of_environment(site: Site) -> Iterator[Need]:
    yield "cluster", site.text("cluster", f"{site.project}-{site.folder}"), ""
    for environment in site.names("requires"):
        yield "environment", environment, ""


def _of_object(user: str, document: Document, site: Site) -> Iterator[Need]:
    kind, version = text(document.get("kind")), text(document.get("apiVersion"))
    if site.custom(kind, version) and kind != "Kustomization":
        yield "crd", f"{version}/{kind}", user
    if kind in {"ExternalSecret", "VaultStaticSecret"}:
        yield "secret_store", f"{_STORES.get(site.secrets, 'SecretStore')}/{site.secret_store}", user
    if kind in _ROUTES and group(document) == "gateway.networking.k8s.io":
        for parent in entries(at(document, "spec", "parentRefs")):
            space = text(parent.get("namespace")) or namespace(document)
            words = (space, text(parent.get("name")), text(parent.get("sectionName")))
            yield "listener", "/".join(word for word in words if word), user


def _of_pods(user: str, document: Document) -> Iterator[Need]:
    """The Secrets with credentials for registries."""
    template = pod_template(document)
    for secret in entries(at(template or {}, "spec", "imagePullSecrets")):
        yield "secret", f"{namespace(document)}/{text(secret.get('name'))}", user


def _of_reads(objects: Objects, site: Site) -> Iterator[Need]:
    """The entries that people keep, or the Secrets that they make where no store is asked."""
    read = (item for app in objects.reads.apps.values() for item in app.entries.items())
    for (space, entry), users in read:
        by_hand = f"{space}/{kept_secret_name(entry)}#{entry_key(entry)}"
        for user in users:
            yield "secret", by_hand if site.secrets == "kubernetes" else kept_entry_name(entry, site), str(user)
    for entry, users in objects.reads.templated.items():
        for user in users:
            yield "secret", kept_entry_name(entry, site), str(user)
