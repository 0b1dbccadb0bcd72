"""The catalog as a document for machines."""

from collections.abc import Iterable
from typing import Any

from idpc.catalog.model import Entry, FieldEntry, Version

Document = dict[str, Any]


def catalog_document(entries: Iterable[Entry]) -> Document:
    """The document of some entries; `published.py` says what it holds."""
    return {"version": 1, "entries": [_entry(entry) for entry in entries]}


def _entry(entry: Entry) -> Document:
    plain = ("name", "sort", "title", "doc", "package", "workload", "shared", "deprecated")
    return {
        **{name: getattr(entry, name) for name in plain},
        "fields": [_field(each) for each in entry.fields],
        "outputs": [{"name": each.name, "type": each.type, "doc": each.doc} for each in entry.outputs],
        "records": [{"name": each.name, "fields": list(map(_field, each.fields))} for each in entry.records],
        "instances": [{"name": name, "kinds": list(kinds)} for name, kinds in entry.instances],
        "clouds": list(entry.clouds),
        "places": [
            {"environment": each.environment, "cloud": each.cloud, "regions": list(each.regions)}
            for each in entry.places
        ],
        "versions": [_version(each) for each in entry.versions],
        "sizes": list(entry.sizes),
        "access": list(entry.access),
        "compliance": list(entry.compliance),
    }


def _field(field: FieldEntry) -> Document:
    return {
        "name": field.name,
        "type": field.type,
        "required": field.required,
        "default": field.default or None,
        "doc": field.doc,
        "choices": list(field.choices),
        "deprecated": field.deprecated,
    }


def _version(version: Version) -> Document:
    return {"version": version.version, "end_of_life": version.end_of_life or None}
