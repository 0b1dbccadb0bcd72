"""Ports that are out of range, and ports or their names that are there twice."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from idpc.diagnostics.codes.artifacts import PORT_TWICE
from idpc.emit.checks.finding import Finding
from idpc.emit.checks.names import LABEL
from idpc.emit.model import Document, Json
from idpc.emit.reading import entries, text
from idpc.emit.subject import Subject

_PORT_NAME = re.compile(r"(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?")
_HIGHEST = 65535


def invalid_ports(subject: Subject) -> Iterator[Finding]:
    """The ports of containers and Services."""
    if subject.kind == ("", "Service"):
        yield from _service(list(entries(subject.spec.get("ports"))))
    if subject.pod is not None:
        for whose, container in subject.pod.containers:
            yield from _container(whose, list(entries(container.get("ports"))))


def _service(ports: list[Document]) -> Iterator[Finding]:
    yield from _repeated("the Service", ports, "port")
    for port in ports:
        yield from _in_range("the Service", port.get("port"))
        name = text(port.get("name"))
        if not name and len(ports) > 1:
            yield Finding(PORT_TWICE, "a Service with several ports names each of them")
        elif name and not LABEL.fullmatch(name):
            yield Finding(PORT_TWICE, f"the port name `{name}` is not one that the API server takes")
    yield from _twice("the Service", "node port", (port["nodePort"] for port in ports if "nodePort" in port))


def _container(whose: str, ports: list[Document]) -> Iterator[Finding]:
    yield from _repeated(whose, ports, "containerPort")
    for port in ports:
        yield from _in_range(whose, port.get("containerPort"))
        name = text(port.get("name"))
        if name and not _PORT_NAME.fullmatch(name):
            advice = "such names are at most 15 lower-case letters, digits and single `-`, with a letter"
            yield Finding(PORT_TWICE, f"{whose} has the port name `{name}`, which the API server does not take", advice)


def _repeated(whose: str, ports: list[Document], key: str) -> Iterator[Finding]:
    yield from _twice(whose, "port", (f"{port.get(key)}/{port.get('protocol', 'TCP')}" for port in ports))
    yield from _twice(whose, "port name", (port["name"] for port in ports if "name" in port))


def _twice(whose: str, what: str, values: Iterable[Json]) -> Iterator[Finding]:
    for value, count in Counter(map(str, values)).items():
        if count > 1:
            yield Finding(PORT_TWICE, f"{whose} has the {what} `{value}` {count} times")


def _in_range(whose: str, number: Json) -> Iterator[Finding]:
    if isinstance(number, int) and not 1 <= number <= _HIGHEST:
        yield Finding(PORT_TWICE, f"{whose} has the port {number}, which is not between 1 and {_HIGHEST}")
