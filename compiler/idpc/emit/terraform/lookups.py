"""Data sources by which a root reads what people keep in the environment's store."""

from collections.abc import Callable
from typing import NamedTuple

from idpc.address import Address, shorten
from idpc.emit.delivery import entry_key, kept_entry_name, kept_secret_name
from idpc.emit.site import Site
from idpc.values import ResourceRef, StoreRef, Value

KEPT_LABEL = "kept"
VAULT_ENTRY = "azurerm_key_vault_secret"
KEY_VAULT = ("azurerm_key_vault", "app_store")
_KEY_VAULT_NAME_LIMIT = 24

Body = dict[str, Value]


class KeptLookup(NamedTuple):
    """A data source that reads an entry, and the keys that lead to its text; `member` where that is JSON of several."""

    type: str
    body: Body
    path: tuple[str | int, ...]
    member: str = ""


def kept_lookup(entry: StoreRef, owner: Address, namespace: str, site: Site) -> KeptLookup | None:
    """How the root of `owner` reads an entry, None where no store that it could ask is known."""
    name = kept_entry_name(entry, site)
    if site.secrets == "vault":
        return KeptLookup(
            "vault_kv_secret_v2", {"mount": site.vault_mount, "name": name}, ("data_json",), entry_key(entry)
        )
    if site.secrets == "kubernetes":
        metadata: Value = {"name": kept_secret_name(entry), "namespace": namespace}
        return KeptLookup("kubernetes_secret_v1", {"metadata": metadata}, ("data", entry_key(entry)))
    found = _CLOUD_LOOKUPS.get(site.cloud)
    return found(name, owner)._replace(member=entry.property) if found else None


def _aws(name: str, _: Address) -> KeptLookup:
    return KeptLookup("aws_secretsmanager_secret_version", {"secret_id": name}, ("secret_string",))


def _google(name: str, _: Address) -> KeptLookup:
    return KeptLookup("google_secret_manager_secret_version", {"secret": name}, ("secret_data",))


def _azure(name: str, owner: Address) -> KeptLookup:
    return KeptLookup(VAULT_ENTRY, {"name": name, "key_vault_id": key_vault_id(owner)}, ("value",))


_CLOUD_LOOKUPS: dict[str, Callable[[str, Address], KeptLookup]] = {"aws": _aws, "gcp": _google, "azure": _azure}


def key_vault_id(owner: Address) -> ResourceRef:
    """The id of the vault, as the root of `owner` looks it up."""
    return ResourceRef(owner, *KEY_VAULT, ("id",), data=True)


def key_vault(site: Site) -> Body:
    """The data source that finds the environment's vault by its deterministic name."""
    name = f"{site.project}-{site.folder}"
    return {
        "name": shorten(name, _KEY_VAULT_NAME_LIMIT),
        "resource_group_name": site.text("resource_group", name),
    }
