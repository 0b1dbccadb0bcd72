"""Hosts and paths of Ingresses and routes."""

import ipaddress
import re
from collections.abc import Iterator

from idpc.diagnostics.codes.artifacts import ROUTE_INVALID
from idpc.emit.checks.finding import Finding
from idpc.emit.checks.names import SUBDOMAIN
from idpc.emit.model import Document
from idpc.emit.reading import at, entries, strings, text
from idpc.emit.subject import Subject

_BAD_PATH = re.compile(r"//|/\.{1,2}(/|$)|%2[fF]|#")
_INGRESS_TYPES = frozenset({"Exact", "Prefix"})
_ROUTE_TYPES = frozenset({"Exact", "PathPrefix"})


def invalid_routes(subject: Subject) -> Iterator[Finding]:
    """Hosts that are no DNS names, and paths that are malformed."""
    if subject.kind == ("networking.k8s.io", "Ingress"):
        yield from _ingress(subject.spec)
    elif subject.kind[0] == "gateway.networking.k8s.io":
        for host in strings(subject.spec.get("hostnames")):
            yield from _host(host)
        for rule in entries(subject.spec.get("rules")):
            for match in entries(rule.get("matches")):
                yield from _path(at(match, "path", "type"), at(match, "path", "value"), _ROUTE_TYPES)


def _ingress(spec: Document) -> Iterator[Finding]:
    for rule in entries(spec.get("rules")):
        if "host" in rule:
            yield from _host(text(rule["host"]))
        for path in entries(at(rule, "http", "paths")):
            yield from _path(path.get("pathType"), path.get("path"), _INGRESS_TYPES)
    for tls in entries(spec.get("tls")):
        for host in strings(tls.get("hosts")):
            yield from _host(host)


def _host(host: str) -> Iterator[Finding]:
    if not SUBDOMAIN.fullmatch(host.removeprefix("*.")) or _is_address(host):
        advice = "a host is a DNS name, its first label may be `*`, and it has no port, path or scheme"
        yield Finding(ROUTE_INVALID, f"the host `{host}` is not one that the API server takes", advice)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _path(type_: object, path: object, checked: frozenset[str]) -> Iterator[Finding]:
    if type_ not in checked or path is None:
        return
    if not isinstance(path, str) or not path.startswith("/") or _BAD_PATH.search(path):
        advice = "a path begins with `/` and has no `//`, `/./`, `/../`, `%2f` or `#`"
        yield Finding(ROUTE_INVALID, f"the path `{path}` is not one that the API server takes", advice)
