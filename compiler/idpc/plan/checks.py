"""Finds the addresses under which an exposed instance can be asked whether it is well."""

from collections.abc import Iterator, Mapping

from idpc.graph.model import Node
from idpc.values import Value


def health_checks(node: Node) -> list[tuple[str, str]]:
    """The name of each `expose` and the address of the health path behind it, where its host and the path lead there."""
    health = node.fields.get("health")
    path = health.get("path") if isinstance(health, dict) else None
    if not isinstance(path, str):
        return []
    return [(name, url) for name, expose in _exposures(node.fields.get("expose")) if (url := _url(expose, path))]


def _exposures(value: Value) -> Iterator[tuple[str, Mapping[str, Value]]]:
    """One record, or a map of them; a record is known by its host, which no map of records has as a string."""
    if not isinstance(value, dict):
        return
    if isinstance(value.get("host"), str):
        yield "", value
        return
    yield from ((name, item) for name, item in value.items() if isinstance(item, dict))


def _url(expose: Mapping[str, Value], path: str) -> str:
    host, prefix = expose.get("host"), expose.get("path")
    if not isinstance(host, str) or not host or host.startswith("*"):
        return ""
    scheme = "http" if expose.get("tls") is False else "https"
    reached = _below(prefix.rstrip("/") if isinstance(prefix, str) else "", path, rewritten=bool(expose.get("rewrite")))
    return f"{scheme}://{host}{reached}" if reached else ""


def _below(prefix: str, path: str, *, rewritten: bool) -> str:
    """The path from outside: behind a prefix that is cut off, or as it is where the prefix lets it through."""
    if rewritten:
        return f"{prefix}{path}"
    return path if not prefix or path == prefix or path.startswith(f"{prefix}/") else ""
