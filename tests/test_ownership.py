"""Who may change what: changes of a team to what belongs to others, and CODEOWNERS."""

import re
import subprocess

import pytest
from running import idpc

PROJECT = """project acme { language = "2026.1" }
environment dev { cloud = "kubernetes" }
"""
TEAMS = """team platform { owner = "platform@acme.io", on_call = "x", platform = true }
team shop { owner = "shop@acme.io", on_call = "x", members = ["ann@acme.io", "bob@acme.io"] }
team search { owner = "search@acme.io", on_call = "x" }
"""
SERVICE = 'service web { image = "ghcr.io/acme/web:1.0.0", port = 8080, health { path = "/" } }'
WAIVER = """waiver soon { policy = no_mutable_tags, target = "shop.*", reason = "x", owner = shop, expires = 2026-12-01 }
"""
FILES = {
    "project.platform": PROJECT,
    "teams.platform": TEAMS,
    "apps/shop.platform": f"app shop {{\n  team = shop\n  {SERVICE}\n}}\n",
    "apps/search.platform": f"app search {{\n  team = search\n  {SERVICE}\n}}\n",
    "waivers.platform": WAIVER,
}


@pytest.fixture
def project(tmp_path):
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def repository(project):
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "first")
    return project


def git(folder, *words):
    subprocess.run(("git", "-C", str(folder), *words), check=True, capture_output=True)


def check(folder, *words):
    done = idpc("check", str(folder), "--today", "2026-11-24", "--format", "short", *words)
    return done.code, sorted({*re.findall("IDP503[0-9]", done.out)})


@pytest.mark.parametrize(
    ("team", "file", "found"),
    [
        ("shop", "apps/shop.platform", []),
        ("search", "apps/shop.platform", ["IDP5030"]),
        ("shop", "waivers.platform", []),
        ("search", "waivers.platform", ["IDP5031"]),
        ("shop", "project.platform", ["IDP5032"]),
        ("shop", "teams.platform", ["IDP5032"]),
        ("platform", "project.platform", []),
        ("platform", "apps/shop.platform", []),
        ("shop", "README.md", []),
    ],
)
def test_a_team_changes_what_is_its_own(project, team, file, found):
    assert check(project, "--changed-by", team, "--changed", str(project / file)) == (bool(found), found)


def test_policies_in_rego_are_the_organisations(project):
    (project / "policies").mkdir()
    (project / "policies/crowd.rego").write_text("package crowd\n\ndeny contains 1 if false\n", encoding="utf-8")
    for team, found in (("shop", ["IDP5032"]), ("platform", [])):
        words = ("--changed-by", team, "--changed", str(project / "policies/crowd.rego"))
        assert check(project, *words) == (bool(found), found)


def test_a_set_without_changes_is_fine_and_one_of_all_files_tells_everything(project):
    every = [word for path in FILES for word in ("--changed", str(project / path))]
    assert check(project, "--changed-by", "search", *every) == (1, ["IDP5030", "IDP5031", "IDP5032"])


def test_git_says_which_declarations_of_a_file_changed(repository):
    assert check(repository, "--changed-by", "shop", "--base", "HEAD") == (0, [])
    both = FILES["apps/shop.platform"] + PROJECT.replace("dev", "test").partition("\n")[2]
    (repository / "apps/shop.platform").write_text(both, encoding="utf-8")
    assert check(repository, "--changed-by", "shop", "--base", "HEAD") == (1, ["IDP5032"])
    (repository / "apps/shop.platform").write_text(FILES["apps/shop.platform"].replace("8080", "81"), encoding="utf-8")
    assert check(repository, "--changed-by", "shop", "--base", "HEAD") == (0, [])
    assert check(repository, "--changed-by", "search", "--base", "HEAD") == (1, ["IDP5030"])


def test_nobody_takes_over_an_app_or_the_organisation_by_saying_so(repository):
    path = repository / "apps/shop.platform"
    path.write_text(FILES["apps/shop.platform"].replace("team = shop", "team = search"), encoding="utf-8")
    assert check(repository, "--changed-by", "search", "--base", "HEAD") == (1, ["IDP5030"])
    path.write_text(FILES["apps/shop.platform"], encoding="utf-8")
    (repository / "teams.platform").write_text(TEAMS.replace('on_call = "x" }', 'on_call = "x", platform = true }'))
    assert check(repository, "--changed-by", "search", "--base", "HEAD") == (1, ["IDP5032"])


def test_what_is_removed_or_new_is_changed(repository):
    (repository / "apps/shop.platform").unlink()
    (repository / "waivers.platform").unlink()
    assert check(repository, "--changed-by", "search", "--base", "HEAD") == (1, ["IDP5030", "IDP5031"])
    fresh = FILES["apps/search.platform"].replace("app search", "app find")
    (repository / "apps/find.platform").write_text(fresh, encoding="utf-8")
    assert check(repository, "--changed-by", "shop", "--base", "HEAD") == (1, ["IDP5030"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--changed-by", "shp", "--changed", "x"), "there is no team `shp`"),
        (("--changed-by", "shop"), "needs a set of changes"),
        (("--changed", "x"), "name the team"),
        (("--changed-by", "shop", "--base", "nowhere"), "git cannot tell what changed"),
    ],
)
def test_a_set_that_says_too_little_is_refused(project, words, said):
    done = idpc("check", str(project), "--today", "2026-11-24", *words)
    assert done.code == 2
    assert said in done.err


def test_the_owners_of_files(project):
    done = idpc("owners", str(project), "--today", "2026-11-24")
    assert done.out.splitlines() == [
        "* platform@acme.io",
        "/apps/search.platform search@acme.io",
        "/apps/shop.platform ann@acme.io bob@acme.io",
        "/project.platform platform@acme.io",
        "/teams.platform platform@acme.io",
        "/waivers.platform ann@acme.io bob@acme.io",
    ]
    moved = idpc("owners", str(project), "--today", "2026-11-24", "--prefix", "deploy/")
    assert moved.out.splitlines()[0] == "/deploy/ platform@acme.io"
