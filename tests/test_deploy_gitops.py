"""Deploys through a GitOps repository with the real git: what is pushed, waited for, and taken back."""

import subprocess
from pathlib import Path

import pytest
from releases import manifest, write_build

from idpc.deploy.gitops import GitopsPush
from idpc.deploy.model import Deadline, StepFailedError
from idpc.deploy.release import Release, read_release
from idpc.plan.model import Gate, Rollback, Stage, Step

PUSH = Step("gitops/push", "gitops.push", "dev", ("shop/kubernetes",), Gate(pushed="it is"), Rollback(to="previous"), 1)


def git(folder: Path, *arguments: str) -> str:
    named = ("-c", "user.name=ada", "-c", "user.email=ada@example.com")
    return subprocess.run(["git", *named, *arguments], cwd=folder, text=True, capture_output=True, check=True).stdout


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "origin.git")
    git(tmp_path, "clone", "-q", str(tmp_path / "origin.git"), "clone")
    folder = tmp_path / "clone"
    (folder / "README").write_text("of others")
    for setting in (("user.name", "ada"), ("user.email", "ada@example.com")):
        git(folder, "config", *setting)
    git(folder, "checkout", "-q", "-b", "main")
    git(folder, "add", "README")
    git(folder, "commit", "-qm", "first")
    git(folder, "push", "-q", "-u", "origin", "main")
    return folder


def release(folder: Path, version: str) -> Release:
    texts = {"shop/kubernetes/web.yaml": [manifest("ConfigMap", f"web-{version}")]}
    if version == "v1":
        texts["shop/kubernetes/old.yaml"] = [manifest("ConfigMap", "old")]
    plan = write_build(folder / version, (Stage("application", "application", ((PUSH,),)),), texts)
    found = read_release(plan).value
    assert found
    return found


def pushed(folder: Path) -> dict[str, str]:
    """The files of the repository on the other side."""
    origin = folder / "origin.git"
    names = git(origin, "ls-tree", "-r", "--name-only", "main").split()
    return {name: git(origin, "show", f"main:{name}") for name in names}


def test_artifacts_are_pushed_once_and_taken_back(tmp_path: Path, clone: Path) -> None:
    first, second = (GitopsPush(release(tmp_path, version), clone) for version in ("v1", "v2"))
    for action in (first, first):
        action.apply(PUSH, Deadline(30))
        action.gate(PUSH, Deadline(30))
    before = pushed(tmp_path)
    assert set(before) == {"README", "dev/shop/kubernetes/old.yaml", "dev/shop/kubernetes/web.yaml"}
    assert git(clone, "rev-list", "--count", "HEAD").strip() == "2"
    created = second.prepare(PUSH, Deadline(30))
    second.apply(PUSH, Deadline(30))
    assert "web-v2" in pushed(tmp_path)["dev/shop/kubernetes/web.yaml"]
    assert "dev/shop/kubernetes/old.yaml" not in pushed(tmp_path)
    for _ in range(2):
        assert second.undo(PUSH, created, Deadline(30)) == ()
        assert pushed(tmp_path) == before


def test_environments_may_stand_below_a_folder_of_the_clone(tmp_path: Path, clone: Path) -> None:
    (clone / "build").mkdir()
    action = GitopsPush(release(tmp_path, "v1"), clone / "build")
    created = action.prepare(PUSH, Deadline(30))
    action.apply(PUSH, Deadline(30))
    names = {"build/dev/shop/kubernetes/old.yaml", "build/dev/shop/kubernetes/web.yaml"}
    assert set(pushed(tmp_path)) == {"README", *names}
    action.undo(PUSH, created, Deadline(30))
    assert set(pushed(tmp_path)) == {"README"}


def test_a_first_push_is_taken_back_to_nothing(tmp_path: Path, clone: Path) -> None:
    action = GitopsPush(release(tmp_path, "v1"), clone)
    created = action.prepare(PUSH, Deadline(30))
    action.apply(PUSH, Deadline(30))
    action.undo(PUSH, created, Deadline(30))
    assert set(pushed(tmp_path)) == {"README"}


def test_a_branch_that_has_moved_on_is_told(tmp_path: Path, clone: Path) -> None:
    git(tmp_path, "clone", "-q", str(tmp_path / "origin.git"), "other")
    other = tmp_path / "other"
    (other / "more").write_text("more")
    git(other, "add", "more")
    git(other, "commit", "-qm", "more")
    git(other, "push", "-q")
    with pytest.raises(StepFailedError, match="git push"):
        GitopsPush(release(tmp_path, "v1"), clone).apply(PUSH, Deadline(30))


def test_without_a_clone_it_is_said_how_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(StepFailedError, match="--gitops"):
        GitopsPush(release(tmp_path, "v1"), None).apply(PUSH, Deadline(30))
