"""Holds what is built from earlier parts against what is compiled anew, after edits of all sorts."""

import datetime
import os
from collections.abc import Mapping

import pytest
from fleets import Fleet

from idpc.diagnostics import Severity
from idpc.pipeline import Options
from idpc.project import Sources
from idpc.units.build import Built, Known, build, whole

TODAY = Options(datetime.date(2026, 11, 24))
EDITS = int(os.environ.get("IDPC_EDITS", "40"))
"""Of each fleet; more of them find rarer faults."""


class Folder:
    """A build folder in memory, and what is known of it from the last build."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.known = Known()

    def build(self, files: Mapping[str, str]) -> Built:
        built = build(Sources.of(files), TODAY, self.known)
        if any(each.severity is Severity.ERROR for each in built.diagnostics):
            return built  # nothing is written then
        kept = {file.path: self.texts[file.path] for file in built.kept}
        self.texts = kept | dict(built.texts)
        if built.parts:
            facts = {each.path: each for each in built.facts}
            self.known = Known(facts, {part.key: part for part in built.parts}, lambda _part: True)
        return built


@pytest.mark.parametrize("seed", range(5))
def test_after_every_edit_the_tree_is_that_of_a_clean_build(seed):
    fleet, folder = Fleet(seed), Folder()
    folder.build(fleet.files)
    in_parts = 0
    for number in range(EDITS):
        what = fleet.edit()
        built = folder.build(fleet.files)
        clean = whole(Sources.of(fleet.files), TODAY, texts=True)
        assert built.diagnostics == clean.diagnostics, (number, what)
        assert folder.texts == clean.texts or not clean.texts, (number, what)
        in_parts += built.compilation is None
    assert in_parts > 0.9 * EDITS


def test_an_edit_compiles_the_unit_that_it_is_in_and_nothing_else():
    fleet, folder = Fleet(7), Folder()
    for app in fleet.apps.values():
        app["reads"] = None
    fleet.apps["app_2"]["reads"] = "app_3"
    folder.build(fleet.files)
    assert folder.build(fleet.files).made == ()
    fleet.apps["app_5"]["replicas"] = 4
    built = folder.build(fleet.files)
    assert built.made == ("app_5",)
    changed = {path for path in built.texts if not path.endswith(("graph.json", "cost.json", "plan.json", "plan.md"))}
    assert changed
    assert all("/app-5/" in path or path.endswith("/catalog/app-5.yaml") for path in changed)
    fleet.apps["app_3"]["port"] = 9000
    assert folder.build(fleet.files).made == ("app_2",)
    fleet.notes["note.txt"] = "another\n"
    assert folder.build(fleet.files).made == ("app_1", "app_11")
    fleet.shared["level"] = "warning"
    assert len(folder.build(fleet.files).made) == len(fleet.apps)


SHARED = {
    "project.platform": 'project many { language = "2026.1" }\nenvironment dev { cloud = "kubernetes" }\n'
    'team t { owner = "t@acme.io", on_call = "pagerduty:T" }\n',
    "site.platform": 'template site {\n  image: image\n  size: Size = "small"\n  service web { image = image, port = 8080, memory = memory_of(size) }\n}\n',
    "size.platform": 'type Size = "small" | "large"\n',
    "memory.platform": 'fn memory_of(size: Size): bytes = match size { "small" => least, _ => 512Mi }\n',
    "least.platform": "let least = 128Mi\n",
    "level.platform": 'let level = "info"\n',
}
SITE = 'app app_{0} {{\n  team = t\n  site site {{ image = "x.io/a:1" }}\n}}\n'
PLAIN = 'app app_{0} {{\n  team = t\n  service web {{ image = "x.io/b:1", env {{ LEVEL = level }} }}\n}}\n'


@pytest.mark.parametrize(
    ("file", "old", "new", "users"),
    [
        ("site.platform", "8080", "9090", "site"),
        ("least.platform", "128Mi", "256Mi", "site"),
        ("memory.platform", "512Mi", "1Gi", "site"),
        ("size.platform", '"large"', '"huge" | "large"', "site"),
        ("level.platform", "info", "debug", "plain"),
        ("level.platform", "let level", "\nlet level", "plain"),
        ("project.platform", "pagerduty:T", "pagerduty:U", "all"),
    ],
)
def test_an_edit_of_what_apps_share_compiles_those_that_name_it(file, old, new, users):
    apps = {f"app_{n}.platform": (SITE if n % 3 == 0 else PLAIN).format(n) for n in range(12)}
    folder, files = Folder(), {**SHARED, **apps}
    folder.build(files)
    assert folder.texts
    assert old in files[file]
    files[file] = files[file].replace(old, new)
    built = folder.build(files)
    site = {f"app_{n}" for n in range(0, 12, 3)}
    every = {f"app_{n}" for n in range(12)}
    assert {*built.made} - {""} == {"site": site, "plain": every - site, "all": every}[users]
    assert folder.texts == whole(Sources.of(files), TODAY, texts=True).texts


def test_a_mistake_is_told_as_a_whole_compilation_tells_it():
    fleet, folder = Fleet(3), Folder()
    folder.build(fleet.files)
    fleet.apps["app_4"]["extra"] = "service broken { imag = 1 }"
    built = folder.build(fleet.files)
    assert built.diagnostics == whole(Sources.of(fleet.files), TODAY, texts=True).diagnostics
    assert not built.texts
    fleet.apps["app_4"]["extra"] = ""
    assert folder.build(fleet.files).made == ()
