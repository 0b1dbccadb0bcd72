"""`idpc new`: an app from a template, in a project and without one, asked for and given, and what it refuses."""

import pytest
from running import idpc, tree

PROJECT = """\
project acme { language = "2026.1" }
team payments { owner = "payments@acme.io", on_call = "pagerduty:PAY01" }
environment dev { cloud = "kubernetes" }
"""
SITE = """\
/// A site of ours.
template site {
  /// What is shown.
  image: image
  /// How many pods run.
  replicas: int(1..9) = 2
  /// What it is called.
  label: string = "none"

  require replicas != 5 else "five is right out"
  service web { image = image, port = 8080, replicas = replicas, health { }, env { LABEL = label } }
}
"""
IMAGE = "ghcr.io/acme/site:1.0"


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "project.platform").write_text(PROJECT, encoding="utf-8")
    (folder / "site.platform").write_text(SITE, encoding="utf-8")
    return folder


def refused(folder, *arguments, code, said, stdin=b""):
    """What says why nothing was written."""
    before = tree(folder)
    ended = idpc("new", *arguments, cwd=folder, stdin=stdin)
    assert ended.code == code, ended.said
    assert said in ended.said
    assert tree(folder) == before


def test_a_template_of_the_project(project):
    ended = idpc("new", "site", "docs", "--image", IMAGE, "--replicas=3", "--yes", cwd=project)
    assert ended.code == 0, ended.said
    assert ended.out.startswith("wrote docs.platform\n")
    assert (project / "docs.platform").read_text(encoding="utf-8") == (
        f'app docs {{\n  team = payments\n\n  site docs {{\n    image = "{IMAGE}"\n    replicas = 3\n  }}\n}}\n'
    )
    assert (project / "build" / "dev" / "docs" / "kubernetes" / "docs-web.yaml").is_file()
    assert idpc("fmt", "--check", "docs.platform", cwd=project).code == 0
    assert idpc("build", "--check", cwd=project).code == 0


def test_without_a_project_there_is_a_new_one(tmp_path):
    given = ("--param", f"image={IMAGE}", "--param", "language=node", "--yes")
    ended = idpc("new", "web_app", "web-shop", *given, cwd=tmp_path)
    assert ended.code == 0, ended.said
    written = (tmp_path / "web-shop" / "web_shop.platform").read_text(encoding="utf-8")
    assert "app web_shop {" in written
    assert 'language = "node"' in written
    assert (tmp_path / "web-shop" / "project.platform").is_file()
    assert idpc("build", "--check", cwd=tmp_path / "web-shop").code == 0


def test_questions_are_asked_until_the_answers_hold(project):
    ended = idpc("new", "site", "docs", cwd=project, stdin=f"a b\n{IMAGE}\n12\n4\n\n".encode())
    assert ended.code == 0, ended.said
    for said in ("A site of ours.", "image: image\n  What is shown.", "IDP3011", "IDP3009", "replicas [2]"):
        assert said in ended.err
    written = (project / "docs.platform").read_text(encoding="utf-8")
    assert "replicas = 4" in written
    assert "label" not in written


def test_what_is_given_is_not_asked_for(project):
    ended = idpc("new", "site", "docs", "--image", IMAGE, cwd=project, stdin=b"\n\n")
    assert ended.code == 0, ended.said
    assert "What is shown." not in ended.err
    assert "How many pods run." in ended.err


def test_text_needs_no_quotes_and_may_hold_what_the_language_escapes(project):
    ended = idpc(
        "new", "site", "docs", "--image", IMAGE, "--label", 'the "best" \\o/ ${app.name}', "--yes", cwd=project
    )
    assert ended.code == 0, ended.said
    assert '"the \\"best\\" \\\\o/ docs"' not in ended.said
    manifest = (project / "build" / "dev" / "docs" / "kubernetes" / "docs-web.yaml").read_text(encoding="utf-8")
    assert 'the "best" \\o/ docs' in manifest


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["site", "docs", "--yes"], 2, "`site` needs `image`; give `--image VALUE`"),
        (["sites", "docs", "--yes"], 2, "there is no template `sites`; did you mean `site`?"),
        (["postgres", "docs", "--yes"], 2, "there is no template `postgres`"),
        (["site", "9 lives", "--yes"], 2, "`9 lives` cannot name an app"),
        (["site", "site", "--image", IMAGE, "--yes"], 2, "`site.platform` exists; `idpc new` overwrites nothing"),
        (["site", "docs", "--imagee", IMAGE, "--yes"], 2, "no parameter `imagee`; did you mean `image`?"),
        (["site", "docs", "--image", IMAGE, "--param", f"image={IMAGE}"], 2, "`image` is given twice"),
        (["site", "docs", "--image"], 2, "`--image` needs a value"),
        (["site", "docs", "--param", "image"], 2, "write `--param image=VALUE`"),
        (["site", "docs", "stray"], 2, "`stray` belongs to no option"),
        (["site", "docs", "--image", "a b", "--replicas", "12", "--yes"], 1, "IDP3009"),
        (["site", "docs", "--image", "a b", "--replicas", "12", "--yes"], 1, "IDP3011"),
        (["site", "docs", "--image", IMAGE, "--replicas", "2 } service x {", "--yes"], 1, "IDP1"),
        (["site", "docs", "--image", IMAGE, "--replicas", "5", "--yes"], 1, "five is right out"),
        (["site", "docs", "--image", IMAGE, "--team", "nobody", "--yes"], 1, "nobody"),
    ],
)
def test_nothing_is_written_when_something_is_wrong(arguments, code, said, project):
    refused(project, *arguments, code=code, said=said)


def test_questions_that_nobody_answers_write_nothing(project):
    refused(project, "site", "docs", code=130, said="What is shown.", stdin=b"")


def test_of_several_teams_one_is_chosen(project):
    text = PROJECT + 'team web { owner = "web@acme.io", on_call = "pagerduty:WEB01" }\n'
    (project / "project.platform").write_text(text, encoding="utf-8")
    given = ("site", "docs", "--image", IMAGE, "--replicas", "1", "--label", "x")
    refused(project, *given, "--yes", code=2, said="which team? Use --team with one of")
    ended = idpc("new", *given, cwd=project, stdin=b"web\n")
    assert ended.code == 0, ended.said
    assert "team = web" in (project / "docs.platform").read_text(encoding="utf-8")


def test_a_new_project_is_left_out_when_something_is_wrong(tmp_path):
    refused(tmp_path, "web_app", "shop", "--image", IMAGE, "--language", "cobol", "--yes", code=1, said="IDP3008")
