"""Holds the standard library that is read from bytes against the one that is checked anew."""

import datetime

import pytest
from running import ROOT, TODAY

from idpc import library
from idpc.pipeline import Options, artifacts, compile_project
from idpc.project import load
from idpc.types import image

VERSION = "1.33"


@pytest.fixture(scope="module")
def checked():
    return library.check_standard_library(VERSION)


def test_the_standard_library_has_no_faults(checked):
    assert checked.faults == ()


def test_what_is_read_compiles_projects_as_what_was_written(checked, monkeypatch):
    sources = load(ROOT / "examples" / "acme").value
    options = Options(datetime.date.fromisoformat(TODAY))
    made = []
    for found in (checked, image.read(image.written(checked), None)):
        monkeypatch.setattr(library, "_library", lambda _version, _crds, found=found: found)
        compiled = compile_project(sources, options)
        made.append((artifacts(compiled), [str(each) for each in compiled.diagnostics]))
    assert made[0] == made[1]
    assert made[0][0]


def test_records_of_schemas_are_the_same_objects_after_reading(checked):
    pods = [each for each in image.read(image.written(checked), None).records.values() if each.schema]
    assert all(any(each is known for known in checked.records.values()) for each in pods)


def test_only_the_same_compiler_uses_what_was_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("IDPC_CACHE_DIR", str(tmp_path))
    library._library.cache_clear()
    library._library("1.32", ())
    (entry,) = tmp_path.glob("library-*")
    monkeypatch.setattr(library, "identity", lambda: "another")
    library._library.cache_clear()
    library._library("1.32", ())
    assert len(list(tmp_path.glob("library-*"))) == 2, entry
    library._library.cache_clear()
