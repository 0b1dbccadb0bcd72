"""What the formats for people say of an entry in short: one line a fact."""

from collections.abc import Iterator

from idpc.catalog.model import Entry, FieldEntry, Place, Version

_LONGEST_PATTERN = 24


def facts(entry: Entry) -> Iterator[tuple[str, str]]:
    """The facts of an entry that it has, with what they are called."""
    versions = ", ".join(map(_version, entry.versions))
    instances = ", ".join(f"{name} ({' or '.join(kinds)})" for name, kinds in entry.instances)
    found = {
        "made of": instances,
        "clouds": ", ".join(entry.clouds),
        "may stand in": "; ".join(map(_place, entry.places)),
        "versions": versions,
        "sizes": _unquoted(entry.sizes),
        "access": ", ".join(entry.access),
        "compliance": ", ".join(entry.compliance),
        "deprecated": entry.deprecated or "",
    }
    yield from ((name, text) for name, text in found.items() if text)


def origin(entry: Entry) -> str:
    """What an entry is, and whose."""
    package = entry.package or "this project"
    words = ("shared" if entry.shared else "", "workload" if entry.workload else "", entry.sort, f"of {package}")
    return " ".join(word for word in words if word)


def type_text(field: FieldEntry) -> str:
    """The type of a field, without the inside of long patterns."""
    before, slash, rest = field.type.partition("(/")
    pattern, end, after = rest.rpartition("/)")
    return f"{before}(/…/){after}" if slash and end and len(pattern) > _LONGEST_PATTERN else field.type


def value_text(field: FieldEntry) -> str:
    """What stands behind the type of a field."""
    return "required" if field.required else f"= {field.default}" if field.default else ""


def _version(version: Version) -> str:
    return f"{version.version} (until {version.end_of_life})" if version.end_of_life else version.version


def _place(place: Place) -> str:
    where = ", ".join((place.cloud, *place.regions))
    return f"{place.environment} ({where})"


def _unquoted(texts: tuple[str, ...]) -> str:
    return ", ".join(text.strip('"') for text in texts)
