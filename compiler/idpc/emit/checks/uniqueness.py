"""Objects that are there twice, and different Secrets of one name."""

from collections.abc import Iterable, Iterator

from idpc.address import Address
from idpc.diagnostics.codes.artifacts import OBJECT_TWICE, SECRET_TWICE
from idpc.diagnostics.model import Diagnostic
from idpc.emit.checks.finding import Finding
from idpc.emit.delivery import Reads, kept_secret_name, secret_name
from idpc.emit.findings import at_node
from idpc.emit.model import Document, Source
from idpc.emit.reading import at, group, name, namespace, text
from idpc.emit.site import Site


def objects_twice(objects: Iterable[tuple[Source, Document]]) -> Iterator[tuple[int, Finding]]:
    """The number of each object that repeats an earlier one; those that the compiler makes for an app are told of elsewhere."""
    seen: dict[tuple[str, ...], Source] = {}
    for index, (source, document) in enumerate(objects):
        for what in _identities(document):
            held = seen.setdefault(what, source)
            if held is not source and source.address is not None:
                other = f"`{held.address}`" if held.address else "the app"
                advice = "give one of the two another `metadata.name`"
                yield index, Finding(OBJECT_TWICE, f"{other} has an object of the same name", advice)
                break


def _identities(document: Document) -> Iterator[tuple[str, ...]]:
    """The object itself, and the Secret that it makes."""
    space, kind = namespace(document), text(document["kind"])
    yield group(document), kind, space, name(document)
    made = at(document, "spec", "target", "name") if kind == "ExternalSecret" else None
    if made is not None:
        yield "", "Secret", space, text(made)


def secrets_twice(reads: Reads, site: Site) -> Iterator[Diagnostic]:
    """Different things that would be delivered into one namespace under one name."""
    seen: dict[tuple[str, str], str] = {}
    for space, secret, what, readers in _delivered(reads, site):
        held = seen.setdefault((space, secret), what)
        if held != what:
            yield _collision(min(readers), secret, held, what, site)


def _delivered(reads: Reads, site: Site) -> Iterator[tuple[str, str, str, set[Address]]]:
    """Each Secret by its namespace and name, with what it holds and the instances that read it."""
    for _, app in sorted(reads.apps.items(), key=lambda item: item[0]):
        for (space, producer), readers in sorted(app.outputs.items(), key=lambda item: item[0]):
            yield space, secret_name(site.node(producer)), f"`{producer}`", readers
        for (space, entry), readers in sorted(app.entries.items(), key=lambda item: item[0]):
            yield space, kept_secret_name(entry), f'`secret("{entry.path}")`', readers


def _collision(reader: Address, secret: str, held: str, what: str, site: Site) -> Diagnostic:
    message = f"{held} and {what} are both delivered to `{reader}` in a Secret called `{secret}`"
    return at_node(SECRET_TWICE, site.node(reader), site, message, advice="rename one of the two")
