"""Names of what carries secret and deferred values: entries of the store, Secrets and their keys."""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from idpc.address import Address, kebab, shorten
from idpc.emit.site import Site
from idpc.graph.model import Node
from idpc.values import OutputRef, ResourceRef, StoreRef, Value

_FLAT_STORES = {"gcp": (255, r"[^0-9A-Za-z_-]"), "azure": (127, r"[^0-9A-Za-z-]")}
"""Stores whose names hold no `/`: how long a name may be, and what else it may not hold."""
NAME_LIMIT = 63


class AppReads(Struct, frozen=True):
    """What the objects and the Terraform of one app read, with the instances that have them.

    `outputs` and `entries` are read from Secrets, by the namespace in which the reader stands; `parts` are all outputs
    that are read, and `templated` the kept entries that are read from the store itself.
    """

    outputs: dict[tuple[str, Address], set[Address]] = field(default_factory=dict)
    entries: dict[tuple[str, StoreRef], set[Address]] = field(default_factory=dict)
    parts: set[OutputRef] = field(default_factory=set)
    templated: dict[StoreRef, set[Address]] = field(default_factory=dict)

    def add(self, reader: Node, namespace: str, symbol: OutputRef | StoreRef) -> None:
        """Note that an object of `reader` in `namespace` reads `symbol` from a Secret."""
        if isinstance(symbol, StoreRef):
            self.entries.setdefault((namespace, symbol), set()).add(reader.address)
        else:
            self.outputs.setdefault((namespace, symbol.address), set()).add(reader.address)
            self.parts.add(symbol)

    def keep(self, reader: Node, symbol: OutputRef | StoreRef) -> None:
        """Note that something of `reader` reads `symbol` from the store itself."""
        if isinstance(symbol, StoreRef):
            self.templated.setdefault(symbol, set()).add(reader.address)
        else:
            self.parts.add(symbol)


class Demand(Struct, frozen=True):
    """Of which instances outputs are read, by any app: in which namespaces, and which parts."""

    namespaces: dict[Address, set[str]] = field(default_factory=dict)
    parts: dict[Address, set[OutputRef]] = field(default_factory=dict)


def demand(apps: Iterable[AppReads]) -> Demand:
    """What apps read, by the instance that they read it of."""
    made = Demand()
    for reads in apps:
        for namespace, producer in reads.outputs:
            made.namespaces.setdefault(producer, set()).add(namespace)
        for part in reads.parts:
            made.parts.setdefault(part.address, set()).add(part)
    return made


def secret_name(node: Node) -> str:
    """The Secret that holds the outputs of an instance: `shop-orders-v1`."""
    version = f"-v{node.rotation}"
    return shorten(f"{kebab(node.app)}-{node.name}", NAME_LIMIT - len(version)) + version


def entry_name(node: Node, site: Site) -> str:
    """The entry of the store that holds the outputs of an instance: `idpc/prod/shop/orders-v1`."""
    return flat(f"idpc/{site.folder}/{site.first_name(node.app)}/{node.name}-v{node.rotation}", site)


def kept_secret_name(entry: StoreRef) -> str:
    """The Secret that holds an entry that people keep: `payments-stripe-key`."""
    return shorten(kebab(entry.path), NAME_LIMIT)


def kept_entry_name(entry: StoreRef, site: Site) -> str:
    """The name in the store of an entry that people keep: `prod/payments/stripe-key`."""
    return flat(f"{site.secret_prefix}{entry.path}", site)


def flat(name: str, site: Site) -> str:
    """A store's name for an entry, with `--` for `/` and `-` for what else the store does not allow."""
    if site.cloud not in _FLAT_STORES or site.secrets != "external_secrets":
        return name
    limit, foreign = _FLAT_STORES[site.cloud]
    return shorten(re.sub(foreign, "-", name.replace("/", "--")), limit)


def output_key(output: OutputRef) -> str:
    """The key of an output in its entry and Secret: `url`, `ports.grpc.url`."""
    return ".".join((output.output, *map(str, output.path)))


def entry_key(entry: StoreRef) -> str:
    """The key of a kept entry in its Secret."""
    return entry.property or "value"


def delivered_values(node: Node, wanted: Demand) -> dict[str, Value]:
    """What the entry of an instance holds: every leaf of its delivered outputs, and the parts of them that are read."""
    values = {key: value for name in node.delivered for key, value in _leaves(name, node.outputs.get(name))}
    for output in sorted(wanted.parts.get(node.address, ()), key=output_key):
        values.setdefault(output_key(output), inside(node.outputs.get(output.output), output.path))
    return {key: value for key, value in values.items() if value is not None and not _is_whole(value)}


def _is_whole(value: Value) -> bool:
    """Whether a value is a whole resource, which no text can hold."""
    return isinstance(value, ResourceRef) and not value.path


def inside(value: Value, path: tuple[str | int, ...]) -> Value:
    """The part of an output's value to which a path leads, None where it leads nowhere."""
    for index, step in enumerate(path):
        if isinstance(value, ResourceRef):
            return value._replace(path=(*value.path, *path[index:]))
        if isinstance(value, dict):
            value = value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def _leaves(name: str, value: Value) -> Iterator[tuple[str, Value]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(f"{name}.{key}", item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(f"{name}.{index}", item)
    else:
        yield name, value
