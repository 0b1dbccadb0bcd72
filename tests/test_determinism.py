"""The same sources give the same bytes, whatever the hash seed, folder, locale, time zone and order of files."""

import datetime
import random
import shutil

import pytest
from msgspec.structs import replace
from running import EXAMPLES, ROOT, TODAY, idpc, tree

from idpc.pipeline import Options, artifacts, compile_project
from idpc.project import Sources

SURROUNDINGS = (
    {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8"},
    {"PYTHONHASHSEED": "4242", "TZ": "America/New_York", "LC_ALL": "tr_TR.UTF-8", "PYTHONUTF8": "0", "COLUMNS": "20"},
)


@pytest.mark.parametrize("example", EXAMPLES)
def test_surroundings_change_no_byte(example, tmp_path):
    trees = []
    for number, surroundings in enumerate(SURROUNDINGS):
        project = tmp_path / f"deep {number}" / ("x" * number * 20) / example
        shutil.copytree(ROOT / "examples" / example, project)
        cwd = project if number % 2 else tmp_path
        ended = idpc(
            "build", str(project), "-o", str(tmp_path / f"out{number}"), "--today", TODAY, cwd=cwd, env=surroundings
        )
        assert ended.code == 0, ended.said
        trees.append(tree(tmp_path / f"out{number}"))
    assert trees[0]
    assert all(other == trees[0] for other in trees)
    assert not [path for path, content in trees[0].items() if str(tmp_path).encode() in content]


@pytest.mark.parametrize("example", EXAMPLES)
def test_order_of_files_changes_no_byte(example):
    files = {path: content.decode() for path, content in tree(ROOT / "examples" / example).items()}
    options = Options(today=datetime.date(2026, 11, 1))
    sources = Sources.of(files)
    expected = artifacts(compile_project(sources, options))
    for seed in range(3):
        shuffled = list(sources.files)
        random.Random(seed).shuffle(shuffled)  # noqa: S311  # an order, not a secret
        again = artifacts(compile_project(replace(sources, files=tuple(shuffled)), options))
        assert dict(again) == dict(expected)


def test_diagnostics_come_in_one_order():
    files = {
        "a.platform": "app a {\n  service x { imag = 1 }\n  servce y { }\n}\n",
        "b.platform": "app b {\n  service x { image = 1 }\n}\napp a { }\n",
        "project.platform": 'project p { language = "2026.1" }\nenvironment dev { cloud = "kubernetes" }\n',
    }
    options = Options(today=datetime.date(2026, 11, 1))
    one = compile_project(Sources.of(files), options).diagnostics
    other = compile_project(Sources.of(dict(reversed(files.items()))), options).diagnostics
    assert one == other
    assert one


@pytest.mark.parametrize("form", ["text", "short", "json", "github"])
def test_diagnostics_are_the_same_under_every_hash_seed(form, tmp_path):
    project = tmp_path / "p"
    project.mkdir()
    (project / "p.platform").write_text(
        "app a {\n  service x { imag = 1, prt = 2 }\n  servce y { }\n}\n", encoding="utf-8"
    )
    said = {idpc("check", "p.platform", "--format", form, cwd=project, env=env).out for env in SURROUNDINGS}
    assert len(said) == 1
    assert "IDP" in said.pop()
