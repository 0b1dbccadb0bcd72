"""Holds what a build of each example writes against `golden/`, file by file."""

from difflib import unified_diff

import pytest
from running import EXAMPLES, ROOT, TODAY, idpc, tree

GOLDEN = ROOT / "golden"


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_builds_what_golden_holds(example, update, tmp_path):
    ended = idpc("build", str(ROOT / "examples" / example), "-o", str(tmp_path / "build"), "--today", TODAY)
    assert ended.code == 0, ended.said
    made = tree(tmp_path / "build")
    if update:
        _rewrite(example, made)
    held = tree(GOLDEN / example)
    assert sorted(made) == sorted(held), "`pytest --update` writes missing files and removes orphaned ones"
    differences = [_difference(path, held[path], made[path]) for path in made if made[path] != held[path]]
    assert not differences, "\n".join(differences[:3])


def test_every_golden_folder_has_its_example():
    assert sorted(path.name for path in GOLDEN.iterdir() if path.is_dir()) == sorted(EXAMPLES)


def _rewrite(example, made):
    folder = GOLDEN / example
    for path in tree(folder).keys() - made.keys():
        (folder / path).unlink()
    for path, content in made.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def _difference(path, held, made):
    lines = unified_diff(
        held.decode().splitlines(), made.decode().splitlines(), f"golden/{path}", path, lineterm="", n=1
    )
    return "\n".join(list(lines)[:40])
