"""Members of values that no declaration gives: of quantities, images and instances."""

from collections.abc import Mapping

from idpc.types.model import (
    ANY,
    DATE,
    FLOAT,
    INT,
    NOWHERE,
    NULL,
    STRING,
    DeferredType,
    Field,
    ListType,
    MapType,
    Type,
    record,
    union,
)


def _fields(types: Mapping[str, Type]) -> dict[str, Field]:
    return {name: Field(name, type_, False, NOWHERE) for name, type_ in types.items()}


GRANT = record(
    "Grant",
    _fields(
        {
            "address": STRING,
            "access": STRING,
            "actions": ListType(STRING),
            "resources": ListType(DeferredType(STRING)),
            "role": union(STRING, NULL),
            "on": union(DeferredType(STRING), NULL),
            "after": ListType(ANY),
            "env": MapType(STRING, STRING),
        }
    ),
    NOWHERE,
)
"""What an edge grants, as the consumer's kind finds it in `self.grants`."""

INTERFACE = record("Interface", _fields({"name": STRING, "protocol": STRING, "port": INT, "address": STRING}), NOWHERE)
"""What an instance offers to others, as its kind's `catalog` block has it."""

LINK = record("Link", _fields({"title": STRING, "url": STRING}), NOWHERE)
"""A page about an instance, as its kind's `catalog` block has it."""

CONSUMER = record(
    "Consumer",
    _fields(
        {
            "address": STRING,
            "access": STRING,
            "name": STRING,
            "namespace": STRING,
            "role": union(STRING, NULL),
        }
    ),
    NOWHERE,
)
"""A workload that an edge grants something on an instance, as the instance's kind finds it in `self.consumers`."""

CATALOG = record(
    "Catalog",
    _fields(
        {
            "title": STRING,
            "type": STRING,
            "compliance": ListType(STRING),
            "end_of_life": MapType(STRING, DATE),
            "interfaces": ListType(INTERFACE),
            "links": ListType(LINK),
        }
    ),
    NOWHERE,
)
"""The `catalog` block of a kind, as `self.catalog`."""

LIMIT = record("Limit", _fields({"scope": STRING, "monthly": FLOAT, "warn_at": union(FLOAT, NULL)}), NOWHERE)
"""A budget of an app or of its team, as kinds find it by its name in `app.budgets`: `scope` is `app` or `team`."""

ATTRIBUTES: Mapping[str, Mapping[str, Type]] = {
    "instance": {
        "name": STRING,
        "address": STRING,
        "key": STRING,
        "kind": STRING,
        "app": STRING,
        "team": STRING,
        "tier": STRING,
        "namespace": STRING,
        "labels": MapType(STRING, STRING),
        "selector": MapType(STRING, STRING),
        "resource_name": STRING,
        "grants": ListType(GRANT),
        "consumers": MapType(STRING, CONSUMER),
        "catalog": CATALOG,
    },
    "bytes": dict.fromkeys(("ki", "mi", "gi", "ti"), INT),
    "duration": dict.fromkeys(("seconds", "minutes", "hours", "days"), INT),
    "cpu": {"milli": INT, "cores": FLOAT},
    "percent": {"fraction": FLOAT},
    "money": {"monthly": FLOAT, "hourly": FLOAT},
    "image": {"registry": STRING, "repository": STRING, "tag": union(STRING, NULL), "digest": union(STRING, NULL)},
}
"""The members of each type by name. Whole-number members of an amount that is not whole are an error when evaluated."""

METHODS: Mapping[str, tuple[tuple[Type, ...], Type]] = {"short_name": ((INT,), STRING)}
"""Methods of an instance: parameters and result."""


def quantity_member(base: str, name: str) -> Type | None:
    """The type of a quantity's member, or None."""
    return ATTRIBUTES[base].get(name) if base in ATTRIBUTES and base != "instance" else None


def image_member(name: str) -> Type | None:
    """The type of an image's member, or None."""
    return ATTRIBUTES["image"].get(name)
