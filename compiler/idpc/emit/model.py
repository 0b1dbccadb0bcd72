"""A bundle: every document that a build writes for one environment, before it is text, and where each comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from idpc.address import Address
from idpc.source import Span

T = TypeVar("T")
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Document = dict[str, Json]
Path = tuple[str | int, ...]


class Place(NamedTuple):
    """A part of a document: its file, which document of the file it is, and the keys that lead to the part."""

    file: str
    document: int
    path: Path = ()


class Owner(NamedTuple):
    """Whose file it is. `what` is `kubernetes` or `terraform`; `address` is the instance, None for a file of the app."""

    app: str
    what: str
    address: Address | None = None


class Source(NamedTuple):
    """Where a part of a document comes from; `address` is None for what belongs to the app as a whole."""

    span: Span
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class File:
    """One file; `sources` are by the number of the document and the keys that lead to the part."""

    path: str
    owner: Owner
    documents: tuple[Document, ...]
    sources: Mapping[tuple[int, Path], Source]


class Requirement(NamedTuple):
    """What must be there before a deployment, with the addresses or apps that need it, in order.

    `what` is one of: crd, secret, secret_store, listener, state, cluster, environment. Names are `group/version/Kind`,
    the entry's name in the store (or `namespace/name` of a Secret that people create), `Kind/name` of the store,
    `namespace/gateway/listener`, `backend/bucket`, the cluster's and the environment's name.
    """

    what: str
    name: str
    used_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """What one environment becomes. Paths of files begin with the environment's folder and are in order.

    `origins` and `addresses` hold the span and the instance of whole documents and, in `main.tf.json`, of each
    resource; `origin` and `address` find those of any part within.
    """

    environment: str
    files: Mapping[str, tuple[Document, ...]]
    owners: Mapping[str, Owner]
    origins: Mapping[Place, Span]
    addresses: Mapping[Place, Address]
    requirements: tuple[Requirement, ...]

    def origin(self, place: Place) -> Span | None:
        """The span that the part at `place` comes from."""
        return nearest(self.origins, place)

    def address(self, place: Place) -> Address | None:
        """The instance that the part at `place` belongs to, None where it is the app's."""
        return nearest(self.addresses, place)


def nearest(known: Mapping[Place, T], place: Place) -> T | None:
    """What is known of a place or else of the smallest part around it."""
    return next(
        (
            known[within]
            for length in range(len(place.path), -1, -1)
            if (within := Place(place.file, place.document, place.path[:length])) in known
        ),
        None,
    )
