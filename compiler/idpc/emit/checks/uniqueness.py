"""Objects that are there twice, and different Secrets of one name."""

from collections.abc import Iterable, Iterator

from idpc.address import Address
from idpc.diagnostics.codes.artifacts import OBJECT_TWICE, SECRET_TWICE
from idpc.diagnostics.model import Diagnostic
from idpc.emit.checks.finding import Finding, told
from idpc.emit.delivery import AppReads, kept_secret_name, secret_name
from idpc.emit.findings import at_node
from idpc.emit.model import Claim
from idpc.emit.reading import at, text
from idpc.emit.site import Site
from idpc.emit.subject import Subject


def claim(seen: Subject, app: str) -> Claim:
    """The names that an object of an app takes."""
    (group, kind), space = seen.kind, seen.namespace
    own = (group, kind, space, seen.name)
    made = at(seen.spec, "target", "name") if kind == "ExternalSecret" else None
    names = (own,) if made is None else (own, ("", "Secret", space, text(made)))
    return Claim(names, seen.described, seen.source, app)


def objects_twice(claims: Iterable[Claim], site: Site) -> Iterator[Diagnostic]:
    """Objects that repeat an earlier one; those that the compiler makes for an app are told of elsewhere."""
    seen: dict[tuple[str, str, str, str], Claim] = {}
    for one in claims:
        for what in one.names:
            held = seen.setdefault(what, one)
            if held is not one and one.source.address is not None:
                other = f"`{held.source.address}`" if held.source.address else "the app"
                advice = "give one of the two another `metadata.name`"
                finding = Finding(OBJECT_TWICE, f"{other} has an object of the same name", advice)
                yield told(finding, one.what, one.source, one.app, site)
                break


def secrets_twice(apps: Iterable[AppReads], site: Site) -> Iterator[Diagnostic]:
    """Different things that would be delivered into one namespace under one name; `apps` are in order."""
    seen: dict[tuple[str, str], str] = {}
    for reads in apps:
        for space, secret, what, readers in _delivered(reads, site):
            held = seen.setdefault((space, secret), what)
            if held != what:
                yield _collision(min(readers), secret, held, what, site)


def _delivered(reads: AppReads, site: Site) -> Iterator[tuple[str, str, str, set[Address]]]:
    """Each Secret that an app reads by its namespace and name, with what it holds and the instances that read it."""
    for space, producer in sorted(reads.outputs):
        yield space, secret_name(site.node(producer)), f"`{producer}`", reads.outputs[space, producer]
    for space, entry in sorted(reads.entries):
        yield space, kept_secret_name(entry), f'`secret("{entry.path}")`', reads.entries[space, entry]


def _collision(reader: Address, secret: str, held: str, what: str, site: Site) -> Diagnostic:
    message = f"{held} and {what} are both delivered to `{reader}` in a Secret called `{secret}`"
    return at_node(SECRET_TWICE, site.node(reader), site, message, advice="rename one of the two")
