"""What must be there before a deployment: kinds of objects, Secrets, stores, listeners, state and other environments."""

from collections.abc import Iterable, Iterator

from idpc.emit.delivery import AppReads, entry_key, kept_entry_name, kept_secret_name
from idpc.emit.kubernetes.pods import pod_template
from idpc.emit.model import Document, Need, Requirement
from idpc.emit.reading import at, entries, group, namespace, text
from idpc.emit.site import Site

_STORES = {"external_secrets": "ClusterSecretStore", "vault": "VaultAuth"}
_ROUTES = frozenset({"HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute"})


def joined(needs: Iterable[Need], site: Site) -> tuple[Requirement, ...]:
    """All that apps need and the environment itself, each once."""
    users: dict[tuple[str, str], set[str]] = {}
    for what, name, user in (*_of_environment(site), *needs):
        users.setdefault((what, name), set()).update((user,) if user else ())
    return tuple(Requirement(what, name, tuple(sorted(users[what, name]))) for what, name in sorted(users))


def _of_environment(site: Site) -> Iterator[Need]:
    yield Need("cluster", site.text("cluster", f"{site.project}-{site.folder}"), "")
    for environment in site.names("requires"):
        yield Need("environment", environment, "")


def app_needs(documents: Iterable[tuple[str, Document]], reads: AppReads, site: Site) -> Iterator[Need]:
    """What the objects of an app need, each given with the instance or app that has it."""
    for user, document in documents:
        yield from _of_object(user, document, site)
        yield from _of_pods(user, document)
    yield from _of_reads(reads, site)


def _of_object(user: str, document: Document, site: Site) -> Iterator[Need]:
    kind, version = text(document.get("kind")), text(document.get("apiVersion"))
    if site.custom(kind, version) and kind != "Kustomization":
        yield Need("crd", f"{version}/{kind}", user)
    if kind in {"ExternalSecret", "VaultStaticSecret"}:
        yield Need("secret_store", f"{_STORES.get(site.secrets, 'SecretStore')}/{site.secret_store}", user)
    if kind in _ROUTES and group(document) == "gateway.networking.k8s.io":
        for parent in entries(at(document, "spec", "parentRefs")):
            space = text(parent.get("namespace")) or namespace(document)
            words = (space, text(parent.get("name")), text(parent.get("sectionName")))
            yield Need("listener", "/".join(word for word in words if word), user)


def _of_pods(user: str, document: Document) -> Iterator[Need]:
    """The Secrets with credentials for registries."""
    template = pod_template(document)
    for secret in entries(at(template or {}, "spec", "imagePullSecrets")):
        yield Need("secret", f"{namespace(document)}/{text(secret.get('name'))}", user)


def _of_reads(reads: AppReads, site: Site) -> Iterator[Need]:
    """The entries that people keep, or the Secrets that they make where no store is asked."""
    for (space, entry), users in reads.entries.items():
        by_hand = f"{space}/{kept_secret_name(entry)}#{entry_key(entry)}"
        name = by_hand if site.secrets == "kubernetes" else kept_entry_name(entry, site)
        yield from (Need("secret", name, str(user)) for user in sorted(users))
    for entry, users in reads.templated.items():
        yield from (Need("secret", kept_entry_name(entry, site), str(user)) for user in sorted(users))
