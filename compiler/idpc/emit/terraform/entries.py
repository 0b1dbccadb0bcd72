"""The resources by which an instance delivers its outputs: an entry of the store, or Secrets where they are read."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from idpc.diagnostics.codes.artifacts import STORE_OUT_OF_REACH
from idpc.diagnostics.model import Diagnostic
from idpc.emit.delivery import Demand, delivered_values, entry_name, secret_name
from idpc.emit.findings import at_node
from idpc.emit.kubernetes.labels import node_labels
from idpc.emit.plain import plain_text
from idpc.emit.site import Site
from idpc.emit.terraform.lookups import KEY_VAULT, key_vault, key_vault_id
from idpc.graph.model import Node
from idpc.values import JsonText, ResourceRef, Value

Values = dict[str, Value]
_APP_KEY = "aws_kms_key"


class Entry(NamedTuple):
    """A resource or data source that the compiler adds; `output` leads to what names the entry, empty for none."""

    type: str
    label: str
    body: Values
    data: bool = False
    output: str = ""


def entries(node: Node, wanted: Demand, site: Site) -> Iterator[Entry]:
    """What delivers the outputs of an instance; a `@shared` one is looked up, and has an entry only where it is read."""
    values: Values = {key: _as_text(value) for key, value in delivered_values(node, wanted).items()}
    readers = sorted(wanted.namespaces.get(node.address, ()))
    if not values or (node.shared and node.address not in wanted.parts):
        return
    if site.secrets == "kubernetes":
        yield from (_kubernetes(node, values, space, site) for space in readers)
    elif site.secrets == "vault":
        yield _vault(node, values, site)
    elif store := _STORES.get(site.cloud):
        yield from store(node, values, site)


def undeliverable(node: Node, wanted: Demand, site: Site) -> Diagnostic | None:
    """The diagnostic of an instance whose outputs are read from a store that no Terraform of this cloud writes."""
    writable = site.secrets != "external_secrets" or site.cloud in _STORES
    if writable or node.address not in wanted.parts:
        return None
    return at_node(
        STORE_OUT_OF_REACH,
        node,
        site,
        f"outputs of `{node.address}` are delivered through External Secrets, and on `{site.cloud}` there is no store "
        "that Terraform can write",
        advice='set `secrets = "kubernetes"` or `secrets = "vault"` in the environment',
    )


def _as_text(value: Value) -> Value:
    """Entries hold texts; a reference is left as it is, and a map or list becomes JSON."""
    plain = plain_text(value)
    if plain is not None:
        return plain
    return JsonText(value) if isinstance(value, dict | list) else value


def _label(node: Node) -> str:
    return f"{node.address.label}_outputs"


def _id(node: Node, type_: str) -> ResourceRef:
    return ResourceRef(node.address, type_, _label(node), ("id",))


def _aws(node: Node, values: Values, site: Site) -> Iterator[Entry]:
    secret: Values = {
        "name": entry_name(node, site),
        "description": f"outputs of {node.address}",
        "kms_key_id": _app_key(node, site),
        "recovery_window_in_days": 30,
    }
    yield Entry("aws_secretsmanager_secret", _label(node), secret, output="arn")
    version: Values = {"secret_id": _id(node, "aws_secretsmanager_secret"), "secret_string": JsonText(values)}
    yield Entry("aws_secretsmanager_secret_version", _label(node), version)


def _app_key(node: Node, site: Site) -> ResourceRef | None:
    """The key of the app's root where a kind makes one for all of its instances."""
    resources = (one for other in site.apps[node.app] for one in other.resources)
    labels = sorted(one.label for one in resources if one.per_app and not one.data and one.type == _APP_KEY)
    return ResourceRef(node.address, _APP_KEY, labels[0], ("arn",)) if labels else None


def _google(node: Node, values: Values, site: Site) -> Iterator[Entry]:
    replicas: Value = [{"location": site.region}]
    secret: Values = {"secret_id": entry_name(node, site), "replication": {"user_managed": {"replicas": replicas}}}
    yield Entry("google_secret_manager_secret", _label(node), secret, output="id")
    version: Values = {"secret": _id(node, "google_secret_manager_secret"), "secret_data": JsonText(values)}
    yield Entry("google_secret_manager_secret_version", _label(node), version)


def _azure(node: Node, values: Values, site: Site) -> Iterator[Entry]:
    yield Entry(*KEY_VAULT, key_vault(site), data=True)
    secret: Values = {
        "name": entry_name(node, site),
        "key_vault_id": key_vault_id(node.address),
        "content_type": "application/json",
        "value": JsonText(values),
    }
    yield Entry("azurerm_key_vault_secret", _label(node), secret, output="versionless_id")


def _vault(node: Node, values: Values, site: Site) -> Entry:
    body: Values = {"mount": site.vault_mount, "name": entry_name(node, site), "data_json": JsonText(values)}
    return Entry("vault_kv_secret_v2", _label(node), body, output="path")


def _kubernetes(node: Node, values: Values, namespace: str, site: Site) -> Entry:
    labels: Value = {key: str(value) for key, value in node_labels(node, site).items()}
    metadata: Value = {"name": secret_name(node), "namespace": namespace, "labels": labels}
    label = f"{_label(node)}_{namespace.replace('-', '_')}"
    return Entry("kubernetes_secret_v1", label, {"metadata": metadata, "immutable": True, "data": values})


_STORES: dict[str, Callable[[Node, Values, Site], Iterator[Entry]]] = {"aws": _aws, "gcp": _google, "azure": _azure}
