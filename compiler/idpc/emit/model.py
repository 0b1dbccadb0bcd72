"""A bundle: every document that a build writes for one environment, before it is text, and where each comes from."""

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct

from idpc.address import Address
from idpc.diagnostics.model import Diagnostic
from idpc.emit.text import Texts
from idpc.source import Span

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Document = dict[str, Json]
Path = tuple[str | int, ...]


class Place(NamedTuple):
    """A part of a document: its file, which document of the file it is, and the keys that lead to the part."""

    file: str
    document: int
    path: Path = ()


class Owner(NamedTuple):
    """Whose file it is. `what` is `kubernetes`, `terraform`, `catalog`, `gitops` or `admission`.

    `address` is None for a file of the app, `app` empty for one that is the environment's.
    """

    app: str
    what: str
    address: Address | None = None


class Source(NamedTuple):
    """Where a part of a document comes from; `address` is None for what belongs to the app as a whole."""

    span: Span
    address: Address | None = None


Sources = Mapping[tuple[int, Path], Source]
"""Where the parts of a file come from, by the number of the document and the keys that lead to the part."""


class File(Struct, frozen=True):
    """One file with the places that its parts come from."""

    path: str
    owner: Owner
    documents: tuple[Document, ...]
    sources: Sources


class Need(NamedTuple):
    """What must be there before a deployment, and who needs it: an address, an app, or nobody in particular."""

    what: str
    name: str
    user: str


class Requirement(NamedTuple):
    """What must be there before a deployment, with the addresses or apps that need it, in order.

    `what` is one of: crd, secret, secret_store, listener, state, cluster, environment, admission, gitops. Names are
    `group/version/Kind`,
    the entry's name in the store (or `namespace/name` of a Secret that people create), `Kind/name` of the store,
    `namespace/gateway/listener`, `backend/bucket`, the cluster's and the environment's name, a file, what
    must hold of the engine.
    """

    what: str
    name: str
    used_by: tuple[str, ...]


class Claim(NamedTuple):
    """The names that an object takes in the cluster, its own and that of a Secret that it makes.

    Each is its group, kind, namespace and name; `what` is how people call the object.
    """

    names: tuple[tuple[str, str, str, str], ...]
    what: str
    source: Source
    app: str


class AppBundle(Struct, frozen=True):
    """What one app becomes in one environment, with the names that it claims beside other apps."""

    app: str
    files: tuple[File, ...]
    needs: tuple[Need, ...]
    claims: tuple[Claim, ...]
    diagnostics: tuple[Diagnostic, ...]


class Bundle(Struct, frozen=True, dict=True):
    """What one environment becomes. Paths of files begin with the environment's folder and are in order.

    `sources` hold, by file, the origin of whole documents and, in `main.tf.json`, of each resource; `origin` and
    `address` find that of any part within.
    """

    environment: str
    files: Mapping[str, tuple[Document, ...]]
    owners: Mapping[str, Owner]
    sources: Mapping[str, Sources]
    requirements: tuple[Requirement, ...]
    claims: tuple[Claim, ...] = ()

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """What the files are written as."""
        return Texts(self.files)

    def origin(self, place: Place) -> Span | None:
        """The span that the part at `place` comes from."""
        source = self._source(place)
        return source.span if source else None

    def address(self, place: Place) -> Address | None:
        """The instance that the part at `place` belongs to, None where it is the app's."""
        source = self._source(place)
        return source.address if source else None

    def _source(self, place: Place) -> Source | None:
        """What is known of a place or else of the smallest part around it."""
        known = self.sources.get(place.file, {})
        lengths = range(len(place.path), -1, -1)
        found = (known.get((place.document, place.path[:length])) for length in lengths)
        return next((source for source in found if source is not None), None)
