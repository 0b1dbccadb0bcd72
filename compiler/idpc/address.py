"""The address: the one name of a thing, made, parsed, printed and ordered here only.

`shop.checkout` is an instance of the app `shop`, `shop.storefront.db` one inside a template, and
`shop.sweep["eu-west-1"]` one of a keyed set.
"""

import hashlib
import re
from functools import lru_cache
from typing import NamedTuple, Self

_PART = re.compile(r'([A-Za-z_][A-Za-z0-9_]*)(?:\["((?:[^"\\]|\\.)*)"\])?(?:\.|$)')


class Part(NamedTuple):
    """One step of an address: a declared name and, for a keyed instance, its key."""

    name: str
    key: str = ""


class Address(NamedTuple):
    """The parts from the app down; ordered part by part, a keyed instance after the plain one."""

    parts: tuple[Part, ...]

    @classmethod
    def of(cls, *names: str) -> Self:
        """The address of plain names: `Address.of("shop", "orders")`."""
        return cls(tuple(Part(name) for name in names))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The address that `text` spells, or None where it is none."""
        parts, position = [], 0
        while position < len(text):
            found = _PART.match(text, position)
            if not found or (found.end() < len(text) and text[found.end() - 1] != "."):
                return None
            parts.append(Part(found[1], _unescape(found[2] or "")))
            position = found.end()
        return cls(tuple(parts)) if parts and not text.endswith(".") else None

    def child(self, name: str, key: str = "") -> "Address":
        """The address of an instance below this one."""
        return Address((*self.parts, Part(name, key)))

    @property
    def app(self) -> str:
        """The app's name."""
        return self.parts[0].name

    @property
    def name(self) -> str:
        """The last name, as declared."""
        return self.parts[-1].name

    @property
    def key(self) -> str:
        """The key of the last part, empty where it has none."""
        return self.parts[-1].key

    @property
    def below_app(self) -> str:
        """The parts below the app in kebab case, as objects are named: `storefront-db`, `sweep-eu-west-1`."""
        return "-".join(kebab(word) for part in self.parts[1:] for word in part if word)

    @property
    def label(self) -> str:
        """The parts below the app joined by `_`, as Terraform labels are: `sweep_eu_west_1`."""
        return self.below_app.replace("-", "_")

    def __str__(self) -> str:
        return ".".join(f'{name}["{_escape(key)}"]' if key else name for name, key in self.parts)


@lru_cache(maxsize=1 << 14)
def kebab(name: str) -> str:
    """A name in kebab case, lower case and with what no DNS label allows replaced: `order_service` -> `order-service`."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def shorten(name: str, limit: int) -> str:
    """`name` cut to `limit` characters; what is cut is replaced by eight hexadecimal digits of its SHA-256."""
    if len(name) <= limit:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: limit - 9].rstrip('-_')}-{digest}" if limit > 9 else digest[:limit]


def _escape(key: str) -> str:
    return key.replace("\\", "\\\\").replace('"', '\\"')


def _unescape(key: str) -> str:
    return re.sub(r"\\(.)", r"\1", key)
