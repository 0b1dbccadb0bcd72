"""The build tree: own files only, only what changed, and the old tree or the new one whenever a build dies."""

import hashlib
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import pytest

from idpc.emit.journal import finish, replace_in_place
from idpc.emit.manifest import MANIFEST, stays_inside
from idpc.emit.tree import Difference, TreeChange, commit, compare

OLD = {f"prod/shop/kubernetes/{name}.yaml": f"old {name}\n" * 40 for name in "abcdefgh"} | {"prod/plan.json": "{}\n"}
NEW = {
    **{f"prod/shop/kubernetes/{name}.yaml": f"old {name}\n" * 40 for name in "abc"},
    **{f"prod/shop/kubernetes/{name}.yaml": f"new {name}\n" * 40 for name in "defij"},
    "prod/plan.json": "{}\n",
    "dev/plan.json": "[]\n",
}
FOREIGN = {"README.md": "mine", "prod/shop/terraform/.terraform/lock": "state", "notes/deep/a.txt": "a"}


def disk(root: Path) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*") if path.is_file()}


def put(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def own(root: Path) -> dict[str, str]:
    return {path: text for path, text in disk(root).items() if path != MANIFEST}


def codes(root: Path, files: dict[str, str]) -> list[str]:
    outcome = commit(root, files, "sha256:x")
    assert outcome.value == TreeChange()
    return [diagnostic.code for diagnostic in outcome.diagnostics]


@pytest.fixture(params=["beside", "inside"])
def root(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A build folder; a working directory inside it makes the journal serve instead of the exchange."""
    folder = tmp_path / "build"
    if request.param == "inside":
        folder.mkdir()
        monkeypatch.chdir(folder)
    return folder


def test_a_first_build(root: Path) -> None:
    change = commit(root, OLD, "sha256:1").value
    assert change == TreeChange((*sorted(OLD), MANIFEST))
    assert own(root) == OLD
    manifest = json.loads((root / MANIFEST).read_text())
    assert manifest["sources"] == "sha256:1"
    assert manifest["files"] == {p: f"sha256:{hashlib.sha256(t.encode()).hexdigest()}" for p, t in sorted(OLD.items())}


def test_only_what_changed_is_written(root: Path) -> None:
    commit(root, OLD, "sha256:1")
    put(root, FOREIGN)
    (root / "empty").mkdir()
    kept = root / "prod/shop/kubernetes/a.yaml"
    before = kept.stat()
    change = commit(root, NEW, "sha256:2").value
    assert change.written == (
        "dev/plan.json",
        *(f"prod/shop/kubernetes/{name}.yaml" for name in "defij"),
        MANIFEST,
    )
    assert change.removed == tuple(f"prod/shop/kubernetes/{name}.yaml" for name in "gh")
    assert own(root) == NEW | FOREIGN
    assert (root / "empty").is_dir()
    assert (kept.stat().st_ino, kept.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert sorted(path.name for path in root.parent.iterdir()) == ["build"]


def test_nothing_changed_touches_nothing(root: Path) -> None:
    commit(root, OLD, "sha256:1")
    before = {path: path.stat().st_mtime_ns for path in [root, *root.rglob("*")]}
    assert commit(root, OLD, "sha256:1").value == TreeChange((), (), (*sorted(OLD), MANIFEST))
    assert {path: path.stat().st_mtime_ns for path in [root, *root.rglob("*")]} == before


def test_folders_that_become_empty_go(root: Path) -> None:
    commit(root, OLD, "sha256:1")
    commit(root, {"prod/plan.json": ""}, "sha256:2")
    assert not (root / "prod/shop").exists()


def test_what_was_edited_by_hand_is_mended(root: Path) -> None:
    commit(root, OLD, "sha256:1")
    (root / "prod/plan.json").write_text("edited")
    assert commit(root, OLD, "sha256:1").value.written == ("prod/plan.json",)
    assert own(root) == OLD


def test_one_environment_leaves_the_others(root: Path) -> None:
    commit(root, NEW, "sha256:1")
    change = commit(root, {"dev/plan.json": "other"}, "sha256:2", environments=["dev"]).value
    assert change.written == ("dev/plan.json", MANIFEST)
    assert own(root) == NEW | {"dev/plan.json": "other"}
    assert commit(root, {}, "sha256:2").value.removed == tuple(sorted(NEW))


def test_compare(root: Path) -> None:
    assert set(compare(root, OLD, "sha256:1")) == {Difference(path, "missing") for path in (*OLD, MANIFEST)}
    commit(root, OLD, "sha256:1")
    assert compare(root, OLD, "sha256:1") == ()
    assert compare(root, OLD, "sha256:2") == (Difference(MANIFEST, "changed"),)
    (root / "prod/plan.json").unlink()
    found = compare(root, NEW, "sha256:1")
    assert Difference("prod/plan.json", "missing") in found
    assert Difference("prod/shop/kubernetes/g.yaml", "left over") in found
    assert Difference("prod/shop/kubernetes/d.yaml", "changed") in found


def test_a_foreign_file_is_never_overwritten(root: Path) -> None:
    put(root, {"prod/plan.json": "mine"})
    assert codes(root, OLD) == ["IDP7001"]
    assert disk(root) == {"prod/plan.json": "mine"}
    put(root, {"prod/plan.json": OLD["prod/plan.json"]})
    assert commit(root, OLD, "sha256:1").value.unchanged == ("prod/plan.json",)


def test_a_file_where_a_folder_must_be(root: Path) -> None:
    put(root, {"prod": "mine"})
    assert codes(root, OLD) == ["IDP7001"]


def test_a_folder_where_a_file_must_be(root: Path) -> None:
    put(root, {"prod/plan.json/x": "mine"})
    assert codes(root, OLD) == ["IDP7001"]
    commit(root, {"prod/other": "", "prod/plan.yaml/x": ""}, "sha256:1")
    assert commit(root, {"prod/plan.yaml": "now a file"}, "sha256:2").diagnostics == ()
    assert commit(root, {"prod/plan.yaml/x": "a folder again"}, "sha256:3").diagnostics == ()
    assert own(root) == {"prod/plan.json/x": "mine", "prod/plan.yaml/x": "a folder again"}


def test_no_link_is_written_through(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    put(outside, {"plan.json": "theirs"})
    root.mkdir(exist_ok=True)
    (root / "prod").symlink_to(outside)
    assert codes(root, OLD) == ["IDP7002"]
    (root / "prod").unlink()
    put(root, {"prod/x": ""})
    (root / "prod/plan.json").symlink_to(outside / "plan.json")
    assert codes(root, OLD) == ["IDP7002"]
    assert disk(outside) == {"plan.json": "theirs"}


def test_an_owned_file_that_became_a_link_is_not_removed_through_it(root: Path, tmp_path: Path) -> None:
    commit(root, {"a": "1", "b": "2"}, "sha256:1")
    put(tmp_path, {"precious": "theirs"})
    (root / "a").unlink()
    (root / "a").symlink_to(tmp_path / "precious")
    commit(root, {"b": "3"}, "sha256:2")
    assert (root / "a").is_symlink()
    assert (tmp_path / "precious").read_text() == "theirs"


@pytest.mark.parametrize(
    "path", ["../x", "/etc/x", "a/../../x", "", ".", "a//b", "./a", ".idpc/x", MANIFEST, "a\0b", "a\\b"]
)
def test_paths_stay_inside(tmp_path: Path, path: str) -> None:
    assert not stays_inside(path)
    assert codes(tmp_path / "build", {path: ""}) == ["IDP7003"]
    assert not (tmp_path / "build").exists()


@pytest.mark.parametrize("text", ["{", "[]", '{"compiler": "else"}', '{"compiler": "idpc 1", "files": {"../x": ""}}'])
def test_a_damaged_manifest(root: Path, text: str) -> None:
    put(root, {MANIFEST: text})
    put(root.parent, {"x": "precious"})
    assert codes(root, OLD) == ["IDP7005"]
    assert compare(root, OLD, "sha256:1") == (Difference(MANIFEST, "changed"),)


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    put(tmp_path, {"build": "mine"})
    assert codes(tmp_path / "build", OLD) == ["IDP7001"]
    assert disk(tmp_path) == {"build": "mine"}


def test_a_folder_that_cannot_be_written() -> None:
    assert codes(Path("/proc/idpc/build"), OLD) == ["IDP7004"]


def test_a_link_to_the_build_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "build").symlink_to("elsewhere")
    commit(tmp_path / "build", OLD, "sha256:1")
    assert (tmp_path / "build").is_symlink()
    assert own(tmp_path / "elsewhere") == OLD


def in_a_child(work: "object", kill_after: float | None = None) -> None:
    """Runs `work()` in a process of its own, and kills that after some seconds."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def is_whole(root: Path) -> bool:
    """Whether the owned files on disk are exactly those of the manifest, and those one of the two trees."""
    manifest = json.loads((root / MANIFEST).read_text())
    found = {path: text for path, text in own(root).items() if path not in FOREIGN}
    listed = {path: f"sha256:{hashlib.sha256(text.encode()).hexdigest()}" for path, text in found.items()}
    return listed == manifest["files"] and found in (OLD, NEW)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    root = tmp_path / "build"
    commit(root, OLD, "sha256:old")
    put(root, FOREIGN)
    return root


def test_killed_at_random_moments(built: Path) -> None:
    def build_for_ever() -> None:
        while True:
            commit(built, NEW, "sha256:new")
            commit(built, OLD, "sha256:old")

    moments = random.Random(7)  # noqa: S311  # any moments will do
    for _ in range(60):
        in_a_child(build_for_ever, moments.uniform(0.001, 0.03))
        assert is_whole(built)
        assert FOREIGN.items() <= disk(built).items()
    commit(built, NEW, "sha256:new")
    assert own(built) == NEW | FOREIGN
    assert [path.name for path in built.parent.iterdir()] == ["build"]


FILE_EVENTS = (
    "open",
    "os.mkdir",
    "os.rename",
    "os.link",
    "os.remove",
    "os.rmdir",
    "os.chmod",
    "ctypes.dlsym",
    "shutil.rmtree",
)


def die_at(event: int) -> None:
    """Ends this process without a farewell just before its `event`th operation on files."""
    seen = 0

    def count(name: str, _: tuple) -> None:
        nonlocal seen
        if name in FILE_EVENTS:
            seen += 1
            if seen == event:
                os._exit(9)

    sys.addaudithook(count)


def test_killed_before_each_operation(built: Path) -> None:
    trees = [(NEW, "sha256:new"), (OLD, "sha256:old")]
    for event in range(1, 110):
        files, sources = trees[event % 2]

        def build(event: int = event, files: dict[str, str] = files, sources: str = sources) -> None:
            die_at(event)
            commit(built, files, sources)

        in_a_child(build)
        assert is_whole(built)
        assert FOREIGN.items() <= disk(built).items()
    assert commit(built, NEW, "sha256:new").diagnostics == ()
    assert own(built) == NEW | FOREIGN


def test_the_journal_is_finished_by_the_next_run(built: Path) -> None:
    new = {path: text.encode() for path, text in NEW.items()}
    for event in range(1, 60):
        in_a_child(lambda: commit(built, OLD, "sha256:old"))
        before = own(built)

        def build(event: int = event) -> None:
            die_at(event)
            replace_in_place(built, new, OLD.keys() - NEW.keys())

        in_a_child(build)
        if not (built / ".idpc/journal.json").exists():
            decided = any(path in disk(built) for path in NEW.keys() - OLD.keys())
            left = {path: text for path, text in own(built).items() if not path.startswith(".idpc/")}
            assert left == (NEW | FOREIGN if decided else before)
        finish(built)
        assert own(built) in (OLD | FOREIGN, NEW | FOREIGN)


def test_a_foreign_file_that_comes_while_the_tree_is_made(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link

    def link_late(source: str, target: str, *, follow_symlinks: bool = True) -> None:
        link(source, target, follow_symlinks=follow_symlinks)
        if source.endswith("/README.md"):
            put(built, {"late.txt": "late"})
            (built / "new").write_text("edited")
            (built / "new").replace(built / "README.md")

    monkeypatch.setattr(os, "link", link_late)
    commit(built, NEW, "sha256:new")
    assert own(built) == NEW | FOREIGN | {"late.txt": "late", "README.md": "edited"}


def test_builds_at_once_wait_for_each_other(built: Path) -> None:
    children = []
    for number in range(6):
        child = os.fork()
        if child == 0:
            outcome = commit(built, NEW if number % 2 else OLD, "sha256:any")
            os._exit(len(outcome.diagnostics))
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 6
    assert is_whole(built)


@pytest.mark.skipif(sys.platform not in {"linux", "darwin"}, reason="needs a system that can exchange two folders")
def test_the_folder_is_exchanged_as_a_whole(built: Path) -> None:
    before = built.stat().st_ino
    commit(built, NEW, "sha256:new")
    assert built.stat().st_ino != before
