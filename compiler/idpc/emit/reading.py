"""Reads parts of documents whose shape is not known."""

from collections.abc import Iterator

from idpc.emit.model import Document, Json


def mapping(value: Json) -> Document:
    """The value where it is a map, else an empty one."""
    return value if isinstance(value, dict) else {}


def entries(value: Json) -> Iterator[Document]:
    """The maps of a list, none where it is no list."""
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict):
                yield item


def strings(value: Json) -> tuple[str, ...]:
    """The strings of a list, none where it is no list."""
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def text(value: Json) -> str:
    """The value where it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def at(document: Json, *path: str) -> Json:
    """The part to which keys lead, None where there is none."""
    for key in path:
        if not isinstance(document, dict):
            return None
        document = document.get(key)
    return document


def group(document: Document) -> str:
    """The API group of an object, empty for Kubernetes' first one."""
    return text(document.get("apiVersion")).rpartition("/")[0]


def name(document: Document) -> str:
    """The name of an object."""
    return text(at(document, "metadata", "name"))


def namespace(document: Document) -> str:
    """The namespace of an object, empty where it stands in none."""
    return text(at(document, "metadata", "namespace"))
