"""Provider blocks and the terraform block of a root."""

from collections.abc import Callable, Iterable

from idpc.address import kebab
from idpc.emit.model import Document, Json
from idpc.emit.plain import plain_text
from idpc.emit.site import Site
from idpc.graph.model import App
from idpc.schema.terraform import PINS

_REQUIRED_VERSION = ">= 1.11"


def tags(app: App, site: Site) -> dict[str, str]:
    """What every resource of an app is tagged with."""
    team = site.graph.teams.get(app.team)
    cost_center = team.fields.get("cost_center") if team else None
    given = {
        "app": kebab(app.name),
        "team": kebab(app.team),
        "environment": site.folder,
        "cost_center": cost_center if isinstance(cost_center, str) else "",
        "managed_by": "idpc",
    }
    return {key: value for key, value in given.items() if value}


def provider_blocks(providers: Iterable[str], app: App, site: Site) -> Document:
    """The settings of the providers that have any."""
    return {name: _BLOCKS[name](app, site) for name in sorted(providers) if name in _BLOCKS}


def terraform_block(providers: Iterable[str], backend: Document, site: Site) -> Document:
    """The versions that a root asks for and where its state is; a project may name other versions."""
    settings = site.graph.project.get("terraform")
    settings = settings if isinstance(settings, dict) else {}
    given = settings.get("providers")
    versions = {**PINS, **({name: str(one) for name, one in given.items()} if isinstance(given, dict) else {})}
    required: Document = {
        name: {"source": f"hashicorp/{name}", "version": versions[name]} for name in sorted(providers)
    }
    version = plain_text(settings.get("required_version")) or _REQUIRED_VERSION
    return {"terraform": {"required_version": version, "required_providers": required, "backend": backend}}


def _aws(app: App, site: Site) -> Document:
    account: Document = {"allowed_account_ids": [site.text("account")]} if site.text("account") else {}
    return {"region": site.region, **account, "default_tags": {"tags": _json(tags(app, site))}}


def _google(app: App, site: Site) -> Document:
    project: Document = {"project": site.text("account")} if site.text("account") else {}
    labels = {key: kebab(value) for key, value in tags(app, site).items()}
    return {**project, "region": site.region, "default_labels": _json(labels)}


def _azurerm(_: App, site: Site) -> Document:
    """Storage is made through the cloud's API alone: its own is a private address, which the engine may not reach."""
    subscription: Document = {"subscription_id": site.text("account")} if site.text("account") else {}
    key_vault: Document = {"purge_soft_delete_on_destroy": False, "recover_soft_deleted_secrets": True}
    features: Document = {"key_vault": key_vault, "storage": {"data_plane_available": False}}
    return {
        "features": features,
        **subscription,
        "storage_use_azuread": True,
        "resource_provider_registrations": "none",
    }


def _empty(_: App, __: Site) -> Document:
    return {}


def _json(texts: dict[str, str]) -> Json:
    return dict(texts)


_BLOCKS: dict[str, Callable[[App, Site], Document]] = {
    "aws": _aws,
    "azurerm": _azurerm,
    "google": _google,
    "kubernetes": _empty,
    "vault": _empty,
}
