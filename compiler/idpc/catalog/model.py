"""The entries of the catalog."""

from msgspec import Struct


class FieldEntry(Struct, frozen=True):
    """A field or parameter. `default` is as it is written, empty for none; `choices` are the values of a closed list.

    `text`: it takes nothing but text, so that people need not quote what they give.
    """

    name: str
    type: str
    required: bool
    default: str
    doc: str
    choices: tuple[str, ...] = ()
    deprecated: str | None = None
    text: bool = False


class OutputEntry(Struct, frozen=True):
    """What others may read of an instance."""

    name: str
    type: str
    doc: str


class RecordEntry(Struct, frozen=True):
    """A record that a field, or a field of another record, takes."""

    name: str
    fields: tuple[FieldEntry, ...]


class Version(Struct, frozen=True):
    """A version that may be asked for, and until when it is mended; empty where that is not known."""

    version: str
    end_of_life: str


class Place(Struct, frozen=True):
    """An environment of the project in which an instance may be declared."""

    environment: str
    cloud: str
    regions: tuple[str, ...]


class Entry(Struct, frozen=True):
    """A kind, a template, or a declaration of an organisation, which has fields and nothing else.

    `package` is `std`, that of an import, or empty for the project's own. `instances` are those of a template, each
    with the kinds that it may be of.
    """

    name: str
    sort: str
    title: str
    doc: str = ""
    package: str = "std"
    workload: bool = False
    shared: bool = False
    deprecated: str | None = None
    fields: tuple[FieldEntry, ...] = ()
    outputs: tuple[OutputEntry, ...] = ()
    records: tuple[RecordEntry, ...] = ()
    instances: tuple[tuple[str, tuple[str, ...]], ...] = ()
    clouds: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    versions: tuple[Version, ...] = ()
    sizes: tuple[str, ...] = ()
    access: tuple[str, ...] = ()
    compliance: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """The first paragraph of what it says of itself, on one line."""
        return " ".join(self.doc.split("\n\n", maxsplit=1)[0].split())
