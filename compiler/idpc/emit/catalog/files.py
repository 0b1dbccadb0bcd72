"""The files of a catalog: one for each app, and one with the teams, which belong to no app."""

from collections.abc import Iterable, Iterator

from idpc.address import kebab
from idpc.emit.catalog.entities import app_entities, team_entity
from idpc.emit.model import Document, File, Owner, Path, Source
from idpc.emit.site import Site
from idpc.graph.model import App

CATALOG = "catalog"
TEAMS_FILE = "_teams.yaml"


def app_catalog(app: App, site: Site) -> Iterator[File]:
    """The file of an app, none where nobody owns anything in it."""
    made = tuple(app_entities(app, site))
    yield from _file(f"{kebab(app.name)}.yaml", app.name, made, site)


def team_catalog(site: Site) -> Iterator[File]:
    """The file with the teams of the organisation, none where it declares none."""
    teams = site.graph.teams.values()
    yield from _file(TEAMS_FILE, "", ((team_entity(team), Source(team.span)) for team in teams), site)


def _file(name: str, app: str, made: Iterable[tuple[Document, Source]], site: Site) -> Iterator[File]:
    made = tuple(made)
    sources: dict[tuple[int, Path], Source] = {(index, ()): source for index, (_, source) in enumerate(made)}
    if made:
        documents = tuple(document for document, _ in made)
        yield File(f"{site.folder}/{CATALOG}/{name}", Owner(app, CATALOG), documents, sources)
