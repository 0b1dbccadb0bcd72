"""Each command on a small project, as its users run it."""

import json

import pytest
from running import idpc, tree

PROJECT = """\
project demo { language = "2026.1" }

team platform { owner = "platform@example.com", on_call = "pagerduty:PLAT01" }

environment dev { cloud = "kubernetes", domain = "dev.example.com" }

environment prod { cloud = "kubernetes", domain = "example.com" }
"""
APP = """\
app shop {
  team = platform

  service web {
    image = "ghcr.io/example/web:1.0.0"
    port = 8080
    replicas = 2
    health { path = "/healthz" }
    in prod { replicas = 3 }
  }

  service front {
    image = "ghcr.io/example/front:1.0.0"
    port = 8080
    health { path = "/healthz" }
    env { API = web.url }
  }
}

test "two at least" { require shop.web.replicas.min >= 2 else "too few" }
"""


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "project.platform").write_text(PROJECT, encoding="utf-8")
    (folder / "shop.platform").write_text(APP, encoding="utf-8")
    return folder


def wrong(project, old, new):
    file = project / "shop.platform"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_init_makes_a_project_that_builds(tmp_path):
    made = idpc("init", "web-shop", cwd=tmp_path)
    assert made.code == 0
    built = idpc("build", cwd=tmp_path / "web-shop")
    assert built.code == 0, built.said
    assert (tmp_path / "web-shop/build/manifest.json").is_file()
    assert {path.name for path in (tmp_path / "web-shop/build").iterdir()} == {"manifest.json", "dev", "prod"}
    assert idpc("test", cwd=tmp_path / "web-shop").code == 0
    assert idpc("check", "--strict", cwd=tmp_path / "web-shop").code == 0
    assert idpc("fmt", "--check", cwd=tmp_path / "web-shop").code == 0


def test_init_overwrites_nothing(tmp_path):
    (tmp_path / "app.platform").write_text("mine", encoding="utf-8")
    ended = idpc("init", cwd=tmp_path)
    assert ended.code == 2
    assert tree(tmp_path) == {"app.platform": b"mine"}


def test_check_says_that_all_is_well(project):
    ended = idpc("check", str(project))
    assert (ended.code, ended.out) == (0, "no errors in 2 files, checked for dev, prod\n")


def test_check_finds_errors(project):
    wrong(project, "replicas = 2", "replica = 2")
    ended = idpc("check", "--format", "short", cwd=project)
    assert ended.code == 1
    assert ended.out.startswith("shop.platform:7:5: error[IDP3")
    assert ended.out.count("\n") == 1
    assert idpc("check", "demo", "--format", "short", cwd=project.parent).out.startswith("demo/shop.platform:7:5: ")


def test_check_of_a_file_shows_only_its_own(project):
    wrong(project, "replicas = 2", "replica = 2")
    ended = idpc("check", "project.platform", cwd=project)
    assert ended.code == 1
    (project / "other.platform").write_text("let x = 1\n", encoding="utf-8")
    ended = idpc("check", "other.platform", cwd=project)
    assert ended.code == 1
    assert "replica" not in ended.said
    assert "1 error in other files" in ended.err


def test_check_in_json_is_one_document(project):
    wrong(project, "replicas = 2", "replica = 2")
    document = json.loads(idpc("check", "--format", "json", cwd=project).out)
    assert document["summary"]["errors"] == 1
    assert document["diagnostics"][0]["span"]["start"]["line"] == 7
    assert json.loads(idpc("check", "--format", "json", cwd=project).out) == document


def test_unknown_environments_are_wrong_use(project):
    for command in (["check"], ["build"], ["graph"], ["show", "graph"], ["eval", "1"]):
        ended = idpc(*command, "--env", "prd", cwd=project)
        assert ended.code == 2, (command, ended.said)
        assert "prd" in ended.err
        assert "prod" in ended.err


def test_build_writes_and_compares(project):
    assert idpc("build", "--check", cwd=project).code == 1
    assert not (project / "build").exists()
    assert idpc("build", cwd=project).code == 0
    before = tree(project / "build")
    assert "prod/plan.json" in before
    assert idpc("build", "--check", cwd=project).code == 0
    wrong(project, "replicas = 2", "replicas = 4")
    assert idpc("build", "--check", cwd=project).code == 1
    assert tree(project / "build") == before


def test_build_writes_nothing_on_error(project):
    assert idpc("build", cwd=project).code == 0
    before = tree(project / "build")
    wrong(project, "replicas = 2", "replicas = two")
    assert idpc("build", cwd=project).code == 1
    assert tree(project / "build") == before


def test_build_of_one_environment_leaves_the_others(project):
    assert idpc("build", cwd=project).code == 0
    before = tree(project / "build")
    wrong(project, "replicas = 3", "replicas = 5")
    assert idpc("build", "--env", "prod", cwd=project).code == 0
    after = tree(project / "build")
    assert {path for path in before if path.startswith("dev/")} <= after.keys()
    assert [path for path in after if path.startswith("dev/") and after[path] != before[path]] == []
    assert any(after[path] != before[path] for path in after if path.startswith("prod/"))


def test_build_leaves_foreign_files(project):
    assert idpc("build", "-o", "out", cwd=project).code == 0
    (project / "out/notes.txt").write_text("mine", encoding="utf-8")
    wrong(project, "service front", "service face")
    assert idpc("build", "-o", "out", cwd=project).code == 0
    assert (project / "out/notes.txt").read_text(encoding="utf-8") == "mine"
    assert not list((project / "out").rglob("front.yaml"))


def test_build_tells_what_the_disk_refuses(project):
    (project / "file").write_text("", encoding="utf-8")
    ended = idpc("build", "-o", "file/below", cwd=project)
    assert ended.code == 1
    assert "IDP7" in ended.out


def test_fmt_writes_checks_and_shows(project):
    wrong(project, "    port = 8080\n    replicas", "    port=8080   // the one\n    replicas")
    file = project / "shop.platform"
    untidy = file.read_text(encoding="utf-8")
    checked = idpc("fmt", "--check", cwd=project)
    assert (checked.code, checked.out) == (1, "shop.platform\n")
    shown = idpc("fmt", "--diff", cwd=project)
    assert shown.code == 0
    assert "-    port=8080   // the one" in shown.out
    assert file.read_text(encoding="utf-8") == untidy
    assert idpc("fmt", cwd=project).code == 0
    tidy = file.read_text(encoding="utf-8")
    assert "// the one" in tidy
    assert idpc("fmt", "--check", cwd=project).code == 0
    piped = idpc("fmt", "-", stdin=untidy.encode())
    assert (piped.code, piped.out) == (0, tidy)


def test_fmt_formats_what_parses_in_a_broken_file(project):
    (project / "broken.platform").write_text("let a=1\nlet b = = 2\nlet c=3\n", encoding="utf-8")
    ended = idpc("fmt", "broken.platform", cwd=project)
    assert ended.code == 1
    assert "IDP1" in ended.err
    text = (project / "broken.platform").read_text(encoding="utf-8")
    assert "let a = 1\n" in text
    assert "let b = = 2\n" in text
    assert "let c = 3\n" in text


def test_fmt_never_writes_what_it_could_not_read(project):
    content = b'let a=1\nlet b = "\xff"\n'
    (project / "binary.platform").write_bytes(content)
    assert idpc("fmt", "binary.platform", cwd=project).code == 1
    assert (project / "binary.platform").read_bytes() == content


def test_fix_applies_safe_fixes(project):
    file = project / "shop.platform"
    good = file.read_text(encoding="utf-8")
    wrong(project, "port = 8080\n    replicas", "port : 8080\n    replicas")
    bad = file.read_text(encoding="utf-8")
    shown = idpc("fix", "--diff", cwd=project)
    assert "+    port = 8080" in shown.out
    assert file.read_text(encoding="utf-8") == bad
    ended = idpc("fix", cwd=project)
    assert ended.code == 0, ended.said
    assert "shop.platform:6:" in ended.err
    assert file.read_text(encoding="utf-8") == good
    assert "0 fixes" in idpc("fix", cwd=project).err


def test_fix_keeps_line_ends(project):
    file = project / "shop.platform"
    wrong(project, "port = 8080\n    replicas", "port : 8080\n    replicas")
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert idpc("fix", cwd=project).code == 0
    assert file.read_bytes().count(b"\r\n") == file.read_bytes().count(b"\n")


def test_explain_shows_layers(project):
    ended = idpc("explain", "shop.web.replicas", "--env", "prod", cwd=project)
    assert ended.code == 0, ended.said
    assert "shop.platform:9" in ended.out
    assert "shop.platform:7" in ended.out


def test_graph_in_each_format(project):
    assert idpc("graph", "--env", "dev", cwd=project).out.startswith("flowchart LR\n")
    assert idpc("graph", "--env", "dev", "--format", "dot", cwd=project).out.startswith('digraph "dev" {\n')
    document = json.loads(idpc("graph", "--env", "dev", "--format", "json", cwd=project).out)
    assert [node["address"] for node in document["nodes"]] == ["shop.front", "shop.web"]
    assert [(edge["from"], edge["to"]) for edge in document["edges"]] == [("shop.front", "shop.web")]
    assert idpc("graph", "--env", "dev", "--app", "shp", cwd=project).code == 2


def test_graph_of_a_build_is_the_graph_that_is_printed(project):
    idpc("build", cwd=project)
    printed = idpc("graph", "--env", "dev", "--format", "json", cwd=project).out
    assert (project / "build/dev/graph.json").read_text(encoding="utf-8") == printed


def test_several_environments_must_be_chosen_from(project):
    ended = idpc("graph", cwd=project)
    assert ended.code == 2
    assert "dev, prod" in ended.err


def test_show_prints_stages(project):
    assert "kind: Deployment" in idpc("show", "kubernetes", "--env", "prod", cwd=project).out
    ended = idpc("show", "kubernets", cwd=project)
    assert ended.code == 2
    assert "kubernetes" in ended.err


def test_eval(project):
    assert idpc("eval", "shop.web.replicas.min + 1", "--env", "prod", cwd=project).out == "4\n"
    assert idpc("eval", "environment.name", "--env", "dev", cwd=project).out.strip() == '"dev"'
    ended = idpc("eval", "1 +", "--env", "dev", cwd=project)
    assert ended.code == 1
    assert "<expression>" in ended.err
    assert ended.out == ""


def test_test_runs_tests(project):
    ended = idpc("test", cwd=project)
    assert (ended.code, ended.out) == (0, "ok  two at least\n1 passed, 0 failed\n")
    wrong(project, "min >= 2", "min >= 3")
    ended = idpc("test", cwd=project)
    assert ended.code == 1
    assert "FAILED  two at least" in ended.out
    assert "too few" in ended.out


def test_plan_in_each_format(project):
    text = idpc("plan", "--env", "prod", cwd=project)
    assert text.code == 0, text.err
    assert text.out.startswith("plan for prod on ")
    page = idpc("plan", "--env", "prod", "--format", "markdown", cwd=project).out
    assert page.startswith("# Plan for `prod`")
    assert " slowest\n```" in page
    plan = json.loads(idpc("plan", "--env", "prod", "--format", "json", cwd=project).out)
    assert plan["duration"]["critical_path"]
    unknown = idpc("plan", "--env", "nowhere", cwd=project)
    assert unknown.code == 2
