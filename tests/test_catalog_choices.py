"""Versions past their end, and versions and sizes that nobody offers: each is told, with what there is."""

import datetime
import re

import pytest
from catalog_projects import ENTRIES, project
from stdlib_projects import TEAM, TODAY

from idpc.catalog.make import catalog, compile_declarations
from idpc.pipeline import Options, compile_project
from idpc.project import Sources

DAY = datetime.timedelta(days=1)
KINDS = [
    each
    for each in catalog(compile_declarations(Sources.of({"project.platform": TEAM}), Options(today=TODAY)))
    if each.name in ENTRIES
]
ENDING = [(kind, version) for kind in KINDS for version in kind.versions if version.end_of_life]
CHOSEN = [
    (kind, name) for kind in KINDS for name in ("version", "size") if any(each.name == name for each in kind.fields)
]


def test_there_are_kinds_with_versions_that_end_and_with_sizes():
    assert {kind.name for kind, _ in ENDING} >= {"postgres", "mysql", "mongodb", "redis", "cluster"}
    assert {kind.name for kind, name in CHOSEN if name == "size"} >= {"postgres", "mysql", "mongodb", "kafka", "search"}


@pytest.mark.parametrize(
    ("kind", "version"), ENDING, ids=lambda each: getattr(each, "version", getattr(each, "name", ""))
)
def test_a_version_past_its_end_is_told(kind, version):
    last = datetime.date.fromisoformat(version.end_of_life)
    words = f" {version.version}, which has had no fixes since {version.end_of_life}"
    assert not [each for each in _told(kind, "version", version.version, last) if words in each]
    assert [each for each in _told(kind, "version", version.version, last + DAY) if words in each]


@pytest.mark.parametrize(("kind", "field"), CHOSEN, ids=lambda each: getattr(each, "name", each))
def test_what_is_not_offered_is_told_with_what_is(kind, field):
    offers = (
        [each.version for each in kind.versions] if field == "version" else [each.strip('"') for each in kind.sizes]
    )
    (told,) = [each for each in _told(kind, field, "unheard-of", TODAY) if "unheard-of" in each]
    assert offers
    assert all(each in told for each in offers)


def _told(kind, field, value, today):
    """What is said where the barely declared instance has a value in a field."""
    name, cloud = kind.name, next(each for each in ENTRIES[kind.name].clouds)
    sources = project(cloud, "plain", [name])
    start = f"{name} main_{name} {{"
    head, body = sources["project.platform"].split(start)
    body = re.sub(rf"^ *{field} = \S+\n?", "", body, count=1)
    written = f'{head}{start} {field} = "{value}"\n{body}'
    diagnostics = compile_project(Sources.of({"project.platform": written}), Options(today=today)).diagnostics
    return {f"{each.message} {each.hint or ''}" for each in diagnostics}
