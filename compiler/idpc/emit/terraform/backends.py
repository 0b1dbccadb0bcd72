"""Where the state of a root is kept."""

from collections.abc import Callable
from typing import NamedTuple

from idpc.address import kebab, shorten
from idpc.emit.model import Document
from idpc.emit.site import Site
from idpc.graph.model import App

_DEFAULTS = {"aws": "s3", "gcp": "gcs", "azure": "azurerm"}
_SUFFIX_LIMIT = 63


class Backend(NamedTuple):
    """The block of a backend; `name` is its type and, where it is known, the place."""

    name: str
    block: Document
    in_namespace: bool = False


def backend(app: App, site: Site) -> Backend:
    """The backend of an app's root: the environment's, else the cloud's own with its key only."""
    state = site.record("state")
    given = {key: value for key, value in state.items() if isinstance(value, str) and value}
    type_ = given.get("backend") or _DEFAULTS.get(site.cloud, "kubernetes")
    prefix = f"{given['prefix'].strip('/')}/" if "prefix" in given else ""
    key = f"{prefix}{kebab(site.project)}/{site.folder}/{site.first_name(app.name)}"
    place = given.get("bucket") or given.get("storage_account") or given.get("namespace") or given.get("address")
    settings = _SETTINGS[type_](key, given, app, site)
    block: Document = {type_: {name: value for name, value in settings.items() if value is not None}}
    return Backend(f"{type_}/{place}" if place else type_, block, type_ == "kubernetes" and "namespace" not in given)


def _s3(key: str, given: dict[str, str], _: App, site: Site) -> Document:
    return {
        "bucket": given.get("bucket"),
        "key": f"{key}.tfstate",
        "region": given.get("region") or site.region or None,
        "encrypt": True,
        "kms_key_id": given.get("kms_key"),
        "use_lockfile": True,
    }


def _gcs(key: str, given: dict[str, str], _: App, __: Site) -> Document:
    return {"bucket": given.get("bucket"), "prefix": key, "kms_encryption_key": given.get("kms_key")}


def _azurerm(key: str, given: dict[str, str], _: App, __: Site) -> Document:
    return {
        "resource_group_name": given.get("resource_group"),
        "storage_account_name": given.get("storage_account"),
        "container_name": given.get("container", "tfstate"),
        "key": f"{key}.tfstate",
        "use_azuread_auth": True,
    }


def _kubernetes(key: str, given: dict[str, str], app: App, _: Site) -> Document:
    suffix = shorten(key.replace("/", "-").replace("_", "-"), _SUFFIX_LIMIT)
    return {"secret_suffix": suffix, "namespace": given.get("namespace", app.namespace)}


def _http(key: str, given: dict[str, str], _: App, __: Site) -> Document:
    address = f"{given.get('address', '').rstrip('/')}/{key}.tfstate"
    return {"address": address, "lock_address": address, "unlock_address": address}


def _local(key: str, _: dict[str, str], __: App, ___: Site) -> Document:
    return {"path": f"{key}.tfstate"}


_SETTINGS: dict[str, Callable[[str, dict[str, str], App, Site], Document]] = {
    "azurerm": _azurerm,
    "gcs": _gcs,
    "http": _http,
    "kubernetes": _kubernetes,
    "local": _local,
    "s3": _s3,
}
