"""The objects by which Secrets come into a namespace from the environment's store."""

from idpc.emit.delivery import entry_key, entry_name, kept_entry_name, kept_secret_name, secret_name
from idpc.emit.kubernetes.labels import app_labels
from idpc.emit.model import Document
from idpc.emit.site import Site
from idpc.graph.model import App, Node
from idpc.values import StoreRef

_REFRESH = "1h0m0s"


def output_secret(node: Node, app: App, namespace: str, site: Site) -> Document | None:
    """The object that brings the outputs of `node` into a namespace of `app`, None where Terraform makes the Secret."""
    entry = entry_name(node, site)
    if site.secrets == "external_secrets":
        source: Document = {"dataFrom": [{"extract": {"key": entry}}]}
        return _external_secret(secret_name(node), source, app, namespace, site)
    return _vault_secret(secret_name(node), entry, app, namespace, site)


def kept_secret(entries: tuple[StoreRef, ...], app: App, namespace: str, site: Site) -> Document | None:
    """The object that brings the parts of one kept entry into a namespace, None where people make the Secret."""
    first = entries[0]
    if site.secrets == "external_secrets":
        source: Document = {
            "data": [{"secretKey": entry_key(entry), "remoteRef": remote(entry, site)} for entry in entries]
        }
        return _external_secret(kept_secret_name(first), source, app, namespace, site)
    return _vault_secret(kept_secret_name(first), kept_entry_name(first, site), app, namespace, site)


def remote(entry: StoreRef, site: Site) -> Document:
    """The place in the store of an entry that people keep."""
    part: Document = {"property": entry.property} if entry.property else {}
    return {"key": kept_entry_name(entry, site), **part}


def _external_secret(name: str, source: Document, app: App, namespace: str, site: Site) -> Document:
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": name, "namespace": namespace, "labels": app_labels(name, "secret", app, site)},
        "spec": {**external_secret_spec(name, site), **source},
    }


def external_secret_spec(name: str, site: Site) -> Document:
    """What every ExternalSecret says of its store and of the Secret that it makes."""
    return {
        "refreshInterval": _REFRESH,
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": site.secret_store},
        "target": {"name": name, "creationPolicy": "Owner", "deletionPolicy": "Retain"},
    }


def _vault_secret(name: str, entry: str, app: App, namespace: str, site: Site) -> Document | None:
    if site.secrets != "vault":
        return None
    labels = app_labels(name, "secret", app, site)
    destination: Document = {"name": name, "create": True, "labels": labels, "transformation": {"excludeRaw": True}}
    return {
        "apiVersion": "secrets.hashicorp.com/v1beta1",
        "kind": "VaultStaticSecret",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "vaultAuthRef": site.secret_store,
            "type": "kv-v2",
            "mount": site.vault_mount,
            "path": entry,
            "refreshAfter": "1h",
            "destination": destination,
        },
    }
