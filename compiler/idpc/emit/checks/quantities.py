"""Quantities that do not parse, and requests above their limits."""

import re
from collections.abc import Iterator
from decimal import Decimal

from idpc.diagnostics.codes.artifacts import QUANTITY_INVALID, REQUEST_ABOVE_LIMIT
from idpc.emit.checks.finding import Finding
from idpc.emit.model import Document, Json
from idpc.emit.reading import at, entries, mapping, text
from idpc.emit.subject import Pod, Subject

_QUANTITY = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d{1,3})?")
_POWERS = {
    **{suffix: Decimal(1024) ** power for power, suffix in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), 1)},
    **{suffix: Decimal(10) ** (3 * power) for power, suffix in enumerate(("k", "M", "G", "T", "P", "E"), 1)},
    **{suffix: Decimal(10) ** (-3 * power) for power, suffix in enumerate(("m", "u", "n"), 1)},
}


def quantity(value: Json) -> Decimal | None:
    """The amount that a quantity says, None where it does not parse."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    found = _QUANTITY.fullmatch(str(value))
    if found is None:
        return None
    number, suffix = found.groups()
    if suffix is None:
        return Decimal(number)
    return Decimal(number) * (_POWERS[suffix] if suffix in _POWERS else Decimal(f"1{suffix}"))


def invalid_quantities(subject: Subject) -> Iterator[Finding]:
    """The quantities of containers, volumes and claims."""
    if subject.pod is not None:
        for whose, container in subject.pod.containers:
            yield from _resources(whose, mapping(container.get("resources")))
        yield from _sizes(subject.pod)
    for claim in _claims(subject):
        yield from _resources("the claim", mapping(at(claim, "spec", "resources")))


def _sizes(pod: Pod) -> Iterator[Finding]:
    for volume in entries(pod.spec.get("volumes")):
        size = at(volume, "emptyDir", "sizeLimit")
        if size is not None and not _is_amount(size):
            yield _unparsed(f"the volume `{text(volume.get('name'))}`", "sizeLimit", size)
        claim = at(volume, "ephemeral", "volumeClaimTemplate", "spec", "resources")
        yield from _resources(f"the volume `{text(volume.get('name'))}`", mapping(claim))


def _claims(subject: Subject) -> Iterator[Document]:
    if subject.kind == ("", "PersistentVolumeClaim"):
        yield subject.document
    yield from entries(subject.spec.get("volumeClaimTemplates"))


def _resources(whose: str, resources: Document) -> Iterator[Finding]:
    requests, limits = mapping(resources.get("requests")), mapping(resources.get("limits"))
    for given in (requests, limits):
        for name, value in given.items():
            if not _is_amount(value):
                yield _unparsed(whose, name, value)
    for name in sorted(requests.keys() & limits.keys()):
        request, limit = quantity(requests[name]), quantity(limits[name])
        if request is not None and limit is not None and request > limit:
            message = f"{whose} requests {requests[name]} of {name}, more than its limit of {limits[name]}"
            yield Finding(REQUEST_ABOVE_LIMIT, message, "give a range whose first end is the request: `256Mi..512Mi`")


def _is_amount(value: Json) -> bool:
    amount = quantity(value)
    return amount is not None and amount >= 0


def _unparsed(whose: str, name: str, value: Json) -> Finding:
    advice = "quantities are numbers with `m` or a suffix such as `Mi`, `Gi` or `k`, and not below zero"
    return Finding(QUANTITY_INVALID, f"{whose} gives `{name}` as `{value}`, which is no quantity", advice)
