"""`idpc cache`: what is kept between runs, and its removal."""

import datetime
from collections.abc import Callable, Mapping
from typing import Any

import click

from idpc.cache import Store, size
from idpc.cli import console, options
from idpc.cli.writing import Refused
from idpc.diagnostics.renderers.report import plural


@click.command(
    cls=options.Command,
    examples=(
        ("idpc cache info", "where it is, how full, and why it is not used"),
        ("idpc cache clear", "remove all entries"),
    ),
)
@click.argument("action", type=click.Choice(("info", "clear")), default="info")
@click.option(
    "--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True, help="Of what is told."
)
def command(action: str, form: str) -> int:
    """Describe or clear the cache of this user.

    It holds what idpc would otherwise compute again, never changes what is written, and may be cleared at any time.
    IDPC_CACHE_DIR names another folder for it, IDPC_CACHE_SIZE another bound than 512 MiB.
    """
    store = Store.open()
    try:
        facts, text = _ACTIONS[action](store)
    except OSError as error:
        raise Refused(f"the disk refuses `{error.filename}`: {error.strerror}") from error
    if form == "json":
        from idpc.emit.json_writer import json_document

        text = json_document(facts)
    console.write(text)
    return 0


def _info(store: Store) -> tuple[dict[str, Any], str]:
    from idpc.cache.content import entries

    present = entries(store.folder) if store.folder else []
    used = [_moment(entry.used) for entry in present]
    facts = {
        "folder": store.folder,
        "entries": len(present),
        "bytes": sum(entry.size for entry in present),
        "bound": store.bound,
        "oldest": used[0] if used else None,
        "newest": used[-1] if used else None,
        "trouble": store.trouble,
    }
    full = f"{size.printed(sum(entry.size for entry in present))} of {size.printed(store.bound)}"
    shown = {"folder": store.folder, "entries": len(present), "size": full}
    shown |= {name: facts[name] for name in ("oldest", "newest", "trouble")}
    return facts, "".join(f"{name:<9}{value}\n" for name, value in shown.items() if value is not None)


def _moment(seconds: float) -> str:
    """When an entry was used last, which is kept to the hour."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _clear(store: Store) -> tuple[dict[str, Any], str]:
    from idpc.cache.content import clear

    removed = clear(store.folder) if store.folder else []
    freed = sum(entry.size for entry in removed)
    facts = {"folder": store.folder, "removed": len(removed), "bytes": freed}
    return facts, f"{plural(len(removed), 'entry', 'entries')} removed, {size.printed(freed)}\n"


_ACTIONS: Mapping[str, Callable[[Store], tuple[dict[str, Any], str]]] = {"info": _info, "clear": _clear}
