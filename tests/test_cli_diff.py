"""Compares revisions, builds and the working tree as a user does, with a repository of git."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from change_samples import FILES
from jsonschema import Draft202012Validator
from running import ROOT, TODAY, idpc, tree

from idpc.project.folder import DiskFolder, Refusal
from idpc.project.load import load
from idpc.project.revision import RevisionError, load_revision

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git, which every package manager has")


def git(folder: Path, *arguments: str) -> str:
    as_somebody = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
    command = ["git", "-C", str(folder), *as_somebody, *arguments]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.run(command, check=True, capture_output=True, text=True, env=clean).stdout


@pytest.fixture
def project(tmp_path):
    """The example below the top of a repository, committed."""
    folder = tmp_path / "repository" / "platform"
    folder.mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    git(folder.parent, "init", "-q")
    git(folder.parent, "add", "-A")
    git(folder.parent, "commit", "-q", "-m", "first")
    return folder


def edit(project: Path, old: str, new: str) -> None:
    file = project / "shop.platform"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def diff(project: Path, *arguments: str):
    return idpc("diff", *arguments, "--today", TODAY, cwd=project)


def test_the_working_tree_against_the_last_commit(project):
    unchanged = diff(project, "--exit-code")
    assert (unchanged.code, unchanged.out) == (0, "nothing changes from HEAD to the working tree\n")
    edit(project, "memory = 512Mi", "memory = 1Gi")
    assert diff(project).code == 0
    changed = diff(project, "--exit-code", "--env", "prod")
    assert changed.code == 1
    assert changed.out.startswith(
        "prod: 1 to update, $4.65 a month more\n\n  ~ shop.invoicer (worker): update  shop.platform:"
    )


def test_two_revisions_without_a_checkout(project):
    edit(project, "memory = 512Mi", "memory = 1Gi")
    git(project, "commit", "-q", "-a", "-m", "second")
    before = tree(project)
    told = json.loads(diff(project, "HEAD~1", "HEAD", "--format", "json").out)
    assert tree(project) == before
    schema = json.loads((ROOT / "schemas" / "diff.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(told)
    assert (told["base"], told["head"]) == ("HEAD~1", "HEAD")
    (change,) = told["environments"][0]["changes"]
    assert [field["path"] for field in change["fields"]] == ["memory"]


def test_a_build_is_compared_as_the_sources_that_it_was_made_from(project):
    assert idpc("build", "--today", TODAY, cwd=project).code == 0
    assert diff(project, "build", "--exit-code").code == 0
    edit(project, "memory = 512Mi", "memory = 1Gi")
    of_build, of_revision = (json.loads(diff(project, base, "--format", "json").out) for base in ("build", "HEAD"))
    for environments in (of_build["environments"], of_revision["environments"]):
        for each in environments:
            each["policy"] = None
    assert of_build["environments"] == of_revision["environments"]
    back = json.loads(diff(project, "HEAD", "build", "--format", "json").out)
    assert back["environments"] == []


def test_data_that_would_go_are_an_error_and_are_not_built(project):
    assert idpc("build", "--today", TODAY, cwd=project).code == 0
    before = tree(project / "build")
    edit(project, "  redis sessions { memory = 1Gi }", "")
    edit(project, "      CACHE_URL = sessions.url\n", "")
    told = diff(project, "--format", "markdown")
    assert told.code == 1
    assert "### Not in one step" in told.out
    assert "IDP7301" in told.err
    built = idpc("build", "--against", "HEAD", "--today", TODAY, cwd=project)
    assert built.code == 1
    assert "IDP7301" in built.said
    assert tree(project / "build") == before


@pytest.mark.parametrize("base", ["HEAD", "build"])
def test_a_plan_tells_the_changes_where_it_is_asked_to(project, base):
    assert idpc("build", "--today", TODAY, cwd=project).code == 0
    edit(project, "queue invoices { }", "queue invoices { fifo = true }")
    assert idpc("build", "--against", base, "--today", TODAY, cwd=project).code == 0
    plan = json.loads((project / "build" / "prod" / "plan.json").read_text(encoding="utf-8"))
    schema = json.loads((ROOT / "schemas" / "plan.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(plan)
    actions = {each["address"]: (each["action"], each["data_loss"]) for each in plan["changes"]}
    assert actions["shop.invoices"] == ("replace", True)
    assert plan["approvals"] == []
    assert "loses data" in (project / "build" / "prod" / "plan.md").read_text(encoding="utf-8")
    assert idpc("build", "--today", TODAY, cwd=project).code == 0
    plain = json.loads((project / "build" / "prod" / "plan.json").read_text(encoding="utf-8"))
    assert plain["changes"] == []
    assert {**plan, "changes": [], "cost": plain["cost"]} == plain


def test_what_may_take_data_waits_for_its_team_where_it_is_protected(project):
    settings = project / "project.platform"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        text.replace('domain = "acme.io" }', 'domain = "acme.io", protected = true }'), encoding="utf-8"
    )
    assert idpc("build", "--today", TODAY, cwd=project).code == 0
    git(project, "commit", "-q", "-a", "-m", "protected")
    edit(project, "queue invoices { }", "queue invoices { fifo = true }")
    assert idpc("build", "--against", "HEAD", "--today", TODAY, cwd=project).code == 0
    plans = {name: json.loads((project / "build" / name / "plan.json").read_text()) for name in ("staging", "prod")}
    assert plans["staging"]["approvals"] == []
    (asked,) = plans["prod"]["approvals"]
    assert (asked["before"], asked["team"], asked["count"]) == ("infrastructure", "payments", 1)
    assert asked["why"].startswith("shop.invoices is replaced with its data")
    assert "1 member of `payments` (shop.invoices is replaced" in (project / "build/prod/plan.md").read_text()
    edit(project, "queue invoices { fifo = true }", "queue invoices { retention = 2d }")
    assert idpc("build", "--against", "HEAD", "--today", TODAY, cwd=project).code == 0
    assert json.loads((project / "build/prod/plan.json").read_text())["approvals"] == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("diff", "nowhere"), "`nowhere` is neither a build folder nor a git revision"),
        (("diff", "--", "--output=x"), "is neither a build folder nor a git revision"),
        (("diff", "HEAD", "--env", "moon"), "there is no environment `moon`"),
        (("build", "--against", "HEAD", "--shard", "1/2"), "a shard tells no changes"),
    ],
)
def test_what_cannot_be_compared_is_refused(project, arguments, words):
    ended = idpc(*arguments, cwd=project)
    assert ended.code == 2
    assert words in ended.err


def test_a_base_with_a_mistake_is_told_with_its_first(project):
    edit(project, "port = 8080", "prot = 8080")
    git(project, "commit", "-q", "-a", "-m", "mistake")
    edit(project, "prot = 8080", "port = 8080")
    ended = diff(project)
    assert ended.code == 1
    assert "error[IDP7303]: `HEAD` does not compile" in ended.err
    assert "IDP3001" in ended.err


def test_a_revision_is_read_as_the_folder_is(project):
    (project / "packages" / "edge").mkdir(parents=True)
    (project / "packages" / "edge" / "edge.platform").write_text("let answer = 42\n", encoding="utf-8")
    (project / "crds").mkdir()
    (project / "crds" / "a.yaml").write_text("kind: CustomResourceDefinition\n", encoding="utf-8")
    (project / ".hidden").mkdir()
    (project / ".hidden" / "a.platform").write_text("", encoding="utf-8")
    (project / "inner").mkdir()
    (project / "inner" / "project.platform").write_text("project inner { }\n", encoding="utf-8")
    (project / "built").mkdir()
    (project / "built" / "manifest.json").write_text('{"compiler": "idpc 0"}', encoding="utf-8")
    (project / "built" / "a.platform").write_text("", encoding="utf-8")
    (project / "café.platform").symlink_to("packages/edge/edge.platform")
    (project / "outside.platform").symlink_to("/etc/hostname")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "more")
    folder, on_disk = load_revision(project, "HEAD").value.folder, DiskFolder(project)
    assert folder.paths() == on_disk.paths()
    for path in folder.paths():
        there, here = folder.read(path, 1 << 20), on_disk.read(path, 1 << 20)
        assert there == here or (isinstance(there, Refusal) and isinstance(here, Refusal))
    assert folder.sub("packages/edge").paths() == on_disk.sub("packages/edge").paths()
    assert isinstance(folder.read("nowhere.txt", 9), Refusal)
    assert isinstance(folder.read("shop.platform", 9), Refusal)
    assert load_revision(project, "HEAD").value.digest() == load(project).value.digest()


def test_a_revision_without_the_project_is_refused(project):
    (project.parent / "later").mkdir()
    (project.parent / "later" / "project.platform").write_text("project later { }\n", encoding="utf-8")
    with pytest.raises(RevisionError, match="has no project in this folder"):
        load_revision(project.parent / "later", "HEAD")
