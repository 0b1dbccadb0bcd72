"""Strings that are parsed: versions, images, schedules, time zones, address ranges, names, dates.

Each checker gives a sentence that says what is wrong, or None. Sources: the OCI distribution specification
(references), POSIX and Kubernetes for cron, the tz database, RFC 4632 (CIDR), RFC 1123 (DNS labels).
"""

import datetime
import ipaddress
import re
from collections.abc import Callable
from typing import NamedTuple

from idpc.resolve import did_you_mean

_VERSION = re.compile(r"\d+(\.\d+)*([-+.][0-9A-Za-z.-]+)?")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_IMAGE = re.compile(
    r"(?:(?P<registry>(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)(?:\.[A-Za-z0-9-]+)*(?::\d+)?)/)?"
    r"(?P<repository>[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*)"
    r"(?::(?P<tag>[\w][\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}))?"
)


class Image(NamedTuple):
    """The parts of an image reference; empty where not given, the registry `docker.io` by default."""

    registry: str
    repository: str
    tag: str
    digest: str


def parse_image(text: str) -> Image | None:
    """The parts of an image reference, or None where it is none."""
    found = _IMAGE.fullmatch(text)
    if not found or len(text) > 512:
        return None
    registry, repository = found["registry"] or "", found["repository"]
    if registry and not ("." in registry or ":" in registry or registry == "localhost"):
        registry, repository = "", f"{registry}/{repository}"
        if registry != registry.lower() or repository != repository.lower():
            return None
    return Image(registry or "docker.io", repository, found["tag"] or "", found["digest"] or "")


def _image(text: str) -> str | None:
    if parse_image(text):
        return None
    if re.search(r"\s", text):
        return "an image reference has no blanks"
    if re.search(r"[A-Z]", text.rsplit("/", 1)[-1].split(":", maxsplit=1)[0]):
        return "the repository of an image is lower case"
    return "an image looks like `registry/repository:tag` or `repository@sha256:…`"


def _version(text: str) -> str | None:
    return None if _VERSION.fullmatch(text) else "a version is numbers joined by dots, like `16.4`"


def version_key(text: str) -> tuple[tuple[int, int | str], ...]:
    """What versions are compared by: each component, as a number where it is one."""
    return tuple((1, int(part)) if part.isdigit() else (0, part) for part in re.split(r"[.+-]", text))


_CRON_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12), ("day of week", 0, 6))
_CRON_NAMES = {
    "month": {name: index for index, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)},
    "day of week": {name: index for index, name in enumerate("sun mon tue wed thu fri sat".split())},
}
_CRON_MACROS = ("@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually")


def _cron(text: str) -> str | None:
    if text in _CRON_MACROS:
        return None
    fields = text.split()
    if len(fields) != len(_CRON_FIELDS):
        return f"a schedule has five fields (minute, hour, day of month, month, day of week), not {len(fields)}"
    for value, (name, low, high) in zip(fields, _CRON_FIELDS, strict=True):
        for item in value.split(","):
            if not _cron_item(item.lower(), name, low, high):
                return f"`{item}` is not {'an' if name == 'hour' else 'a'} {name} ({low} to {high})"
    return None


def _cron_item(item: str, name: str, low: int, high: int) -> bool:
    found = re.fullmatch(r"(\*|\?|\w+)(?:-(\w+))?(?:/(\d+))?", item)
    if not found:
        return False
    first, last, step = found.groups()
    if step is not None and not 0 < int(step) <= high:
        return False
    if first in ("*", "?"):
        return last is None and (first == "*" or name.startswith("day"))
    bounds = [_cron_number(word, name) for word in (first, last) if word is not None]
    numbers = [number for number in bounds if number is not None and low <= number <= high]
    return len(numbers) == len(bounds) and numbers == sorted(numbers)


def _cron_number(word: str, name: str) -> int | None:
    return int(word) if word.isdigit() else _CRON_NAMES.get(name, {}).get(word)


def _timezone(text: str) -> str | None:
    from zoneinfo import available_timezones  # reads the tz database

    known = text in available_timezones() or text == "UTC"
    return None if known else "a time zone is a name of the tz database, like `Europe/Berlin`"


def _cidr(text: str) -> str | None:
    try:
        ipaddress.ip_network(text)
    except ValueError as error:
        if "host bits" in str(error):
            return f"host bits are set; the network is `{ipaddress.ip_network(text, strict=False)}`"
        return "a CIDR is an address and a prefix length, like `10.0.0.0/16`"
    return None if "/" in text else "a CIDR has a prefix length, like `10.0.0.0/16`"


def _dns_name(text: str) -> str | None:
    labels = text.removeprefix("*.").split(".")
    if len(text) <= 253 and all(_LABEL.fullmatch(label) for label in labels):
        return None
    return "a DNS name is labels of lower-case letters, digits and `-`, joined by dots"


def date_fault(text: str) -> str | None:
    """What is wrong with a date as written, or None."""
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return f"`{text}` is no day of the calendar"
    return None


def mended(name: str, text: str) -> str:
    """The string that was probably meant, where that is plain to see; else empty."""
    match name:
        case "image":
            bare = re.sub(r"^[a-z]+://", "", text)
            return bare if bare != text and parse_image(bare) else ""
        case "timezone":
            return _zone_like(text)
        case "cidr":
            return _network_of(text)
    return ""


def _zone_like(text: str) -> str:
    from zoneinfo import available_timezones  # reads the tz database

    return did_you_mean(text, sorted(available_timezones())) or ""


def _network_of(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=False)) if "/" in text else ""
    except ValueError:
        return ""


FAULTS: dict[str, Callable[[str], str | None]] = {
    "version": _version,
    "image": _image,
    "cron": _cron,
    "timezone": _timezone,
    "cidr": _cidr,
    "dns_name": _dns_name,
}
