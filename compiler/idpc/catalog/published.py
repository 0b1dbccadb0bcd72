"""The published form of `idpc catalog --format json`, from which its schema is made."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CatalogField(_Closed):
    """A field or parameter; `default` is as it is written, and null where the field is required or states none."""

    name: str
    type: str
    required: bool
    default: str | None
    doc: str
    choices: list[str]
    deprecated: str | None


class CatalogOutput(_Closed):
    """What others may read of an instance."""

    name: str
    type: str
    doc: str


class CatalogRecord(_Closed):
    """A record that fields take."""

    name: str
    fields: list[CatalogField]


class CatalogInstance(_Closed):
    """An instance of a template, with the kinds that it may be of."""

    name: str
    kinds: list[str]


class CatalogVersion(_Closed):
    """A version, and the last day on which it is mended, where that is known."""

    version: str
    end_of_life: str | None


class CatalogPlace(_Closed):
    """An environment of the project in which an instance may be declared."""

    environment: str
    cloud: str
    regions: list[str]


class CatalogEntry(_Closed):
    """A kind, template or declaration; `package` is `std`, that of an import, or empty for the project's own."""

    name: str
    sort: Literal["kind", "template", "declaration"]
    title: str
    doc: str
    package: str
    workload: bool
    shared: bool
    deprecated: str | None
    fields: list[CatalogField]
    outputs: list[CatalogOutput]
    records: list[CatalogRecord]
    instances: list[CatalogInstance]
    clouds: list[str]
    places: list[CatalogPlace]
    versions: list[CatalogVersion]
    sizes: list[str]
    access: list[str]
    compliance: list[str]


class CatalogDocument(_Closed):
    """Kinds and templates that a project may use."""

    model_config = ConfigDict(title="idpc catalog")

    version: Literal[1]
    entries: list[CatalogEntry]
