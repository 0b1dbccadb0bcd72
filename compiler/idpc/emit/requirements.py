"""What must be there before a deployment: kinds of objects, Secrets, stores, listeners, state and other environments."""

from collections.abc import Iterable, Iterator

from idpc.emit.delivery import AppReads, entry_key, kept_entry_name, kept_secret_name
from idpc.emit.model import Need, Requirement
from idpc.emit.reading import entries, text
from idpc.emit.site import Site
from idpc.emit.subject import Subject

_STORES = {"external_secrets": "ClusterSecretStore", "vault": "VaultAuth"}
_FROM_STORE = frozenset({"ExternalSecret", "VaultStaticSecret"})
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


def app_needs(objects: Iterable[Subject], app: str, reads: AppReads, site: Site) -> Iterator[Need]:
    """What the objects of an app need, and what it reads."""
    for seen in objects:
        yield from _of_object(seen, str(seen.source.address or app), site)
    yield from _of_reads(reads, site)


def _of_object(seen: Subject, user: str, site: Site) -> Iterator[Need]:
    """The definition of a custom kind, the store of a Secret, the listeners of a route, the credentials for registries."""
    (group, kind), version = seen.kind, text(seen.document.get("apiVersion"))
    if site.custom(kind, version):
        yield Need("crd", f"{version}/{kind}", user)
    if kind in _FROM_STORE:
        yield Need("secret_store", f"{_STORES.get(site.secrets, 'SecretStore')}/{site.secret_store}", user)
    if kind in _ROUTES and group == "gateway.networking.k8s.io":
        for parent in entries(seen.spec.get("parentRefs")):
            space = text(parent.get("namespace")) or seen.namespace
            words = (space, text(parent.get("name")), text(parent.get("sectionName")))
            yield Need("listener", "/".join(word for word in words if word), user)
    if seen.pod:
        for secret in entries(seen.pod.spec.get("imagePullSecrets")):
            yield Need("secret", f"{seen.namespace}/{text(secret.get('name'))}", user)


def _of_reads(reads: AppReads, site: Site) -> Iterator[Need]:
    """The entries that people keep, or the Secrets that they make where no store is asked."""
    for (space, entry), users in reads.entries.items():
        by_hand = f"{space}/{kept_secret_name(entry)}#{entry_key(entry)}"
        name = by_hand if site.secrets == "kubernetes" else kept_entry_name(entry, site)
        yield from (Need("secret", name, str(user)) for user in sorted(users))
    for entry, users in reads.templated.items():
        yield from (Need("secret", kept_entry_name(entry, site), str(user)) for user in sorted(users))
