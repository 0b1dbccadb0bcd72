"""`idpc catalog`: what it knows of kinds and templates, in each format, and the page that is made of it."""

import json
import sys

import pytest
from jsonschema import Draft202012Validator
from running import ROOT, idpc

from idpc.types.checker import DECLARED_BY

sys.path.insert(0, str(ROOT / "scripts"))

import write_catalog  # from a folder that is no package

PROJECT = """project acme { language = "2026.1" }
environment dev { cloud = "kubernetes" }
environment prod { cloud = "aws", regions = ["eu-west-1", "eu-north-1"] }

/// A site with its files.
template site {
  /// Who may see it.
  audience: "staff" | "everyone" = "staff"
  image: image
  bucket files { }
  service web { image = image, port = 80, env { FILES = files.name } }
  output url: string = web.url
}

/// A thing that only a cluster runs.
@deprecated("use a site")
kind gadget {
  size: "small" | "large" = "small"
  provision kubernetes { ConfigMap main { data { size = size } } }
}

budget all { scope = shop, limit = $10/month }
app shop { site main { image = "ghcr.io/acme/site:1" } }
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("catalog")
    (folder / "project.platform").write_text(PROJECT)
    return folder


def entry(folder, name):
    document = json.loads(idpc("catalog", "show", name, "--format", "json", cwd=folder).out)
    (found,) = document["entries"]
    return found


def test_the_document_is_what_its_schema_says(project):
    schema = json.loads((ROOT / "schemas/catalog.schema.json").read_text(encoding="utf-8"))
    document = json.loads(idpc("catalog", "list", "--format", "json", cwd=project).out)
    Draft202012Validator(schema).validate(document)
    assert {"site", "gadget", "postgres", "web_app"} <= {each["name"] for each in document["entries"]}


def test_a_kind_of_the_standard_library(project):
    postgres = entry(project, "postgres")
    assert postgres["title"] == "PostgreSQL"
    assert postgres["package"] == "std"
    assert {"version": "16", "end_of_life": "2028-11-09"} in postgres["versions"]
    assert postgres["sizes"] == ['"small"', '"medium"', '"large"']
    assert postgres["access"] == ["read", "write", "read_write"]
    assert "gdpr" in postgres["compliance"]
    assert {"environment": "prod", "cloud": "aws", "regions": ["eu-west-1", "eu-north-1"]} in postgres["places"]
    fields = {each["name"]: each for each in postgres["fields"]}
    assert fields["storage"]["type"] == "bytes(20Gi..16Ti)"
    assert fields["storage"]["default"] == "20Gi"
    assert fields["version"]["choices"] == ['"14"', '"15"', '"16"', '"17"']
    assert [each["name"] for each in postgres["records"]] == ["Backup"]
    assert "url" in {each["name"] for each in postgres["outputs"]}


def test_fields_that_kinds_share_have_their_defaults(project):
    fields = {each["name"]: each for each in entry(project, "service")["fields"]}
    assert fields["image"]["required"]
    assert fields["cpu"]["default"] == "100m"
    assert fields["replicas"]["default"] == "1"


def test_a_template_of_the_project(project):
    site = entry(project, "site")
    assert (site["sort"], site["package"], site["doc"]) == ("template", "", "A site with its files.")
    assert [each["name"] for each in site["fields"]] == ["image", "audience"]
    assert site["instances"] == [
        {"name": "files", "kinds": ["bucket"]},
        {"name": "web", "kinds": ["service"]},
    ]
    assert set(site["clouds"]) == set(entry(project, "bucket")["clouds"])


def test_a_kind_of_the_project(project):
    gadget = entry(project, "gadget")
    assert gadget["deprecated"] == "use a site"
    assert gadget["clouds"] == ["kubernetes", "edge"]
    assert [each["environment"] for each in gadget["places"]] == ["dev"]


def test_text_says_what_a_field_is_and_where_a_kind_runs(project):
    shown = idpc("catalog", "show", "site", cwd=project).out
    assert shown.startswith("site  (template of this project)\n  A site with its files.\n")
    assert '  audience: "staff" | "everyone" = "staff"\n      Who may see it.\n' in shown
    assert "  image: image required\n" in shown


def test_the_list_has_a_line_for_each(project):
    listed = idpc("catalog", cwd=project).out
    assert listed == idpc("catalog", "list", cwd=project).out
    assert "  site              A site with its files.\n" in listed


def test_markdown_is_a_chapter(project):
    chapter = idpc("catalog", "show", "site", "--format", "markdown", cwd=project).out
    assert chapter.startswith("## site\n")
    assert '| `audience` | `"staff" \\| "everyone"` | `"staff"` | Who may see it. |' in chapter


def test_without_a_project_there_is_the_standard_library(tmp_path):
    ended = idpc("catalog", "list", cwd=tmp_path)
    assert ended.code == 0
    assert "postgres" in ended.out
    assert "may stand in" not in idpc("catalog", "show", "postgres", cwd=tmp_path).out


def test_search_wants_every_word_and_shows_the_best_first(project):
    found = json.loads(idpc("catalog", "search", "DATABASE", "gdpr", "--format", "json", cwd=project).out)
    names = [each["name"] for each in found["entries"]]
    assert {"postgres", "mysql", "mongodb"} <= set(names)
    assert "service" not in names
    best = json.loads(idpc("catalog", "search", "redis", "--format", "json", cwd=project).out)
    assert best["entries"][0]["name"] == "redis"


@pytest.mark.parametrize(
    ("word", "names"),
    [("s3", {"bucket", "static_site"}), ("sqs", {"queue"}), ("eks", {"cluster"}), ("cloud sql", {"postgres", "mysql"})],
)
def test_a_thing_is_found_by_what_a_cloud_calls_it(project, word, names):
    found = json.loads(idpc("catalog", "search", *word.split(), "--format", "json", cwd=project).out)
    assert {each["name"] for each in found["entries"]} == names


def test_a_word_in_a_field_counts_where_nothing_is_about_it(project):
    of_fields = json.loads(idpc("catalog", "search", "rotation", "--format", "json", cwd=project).out)
    assert "postgres" in {each["name"] for each in of_fields["entries"]}
    about = json.loads(idpc("catalog", "search", "queue", "--format", "json", cwd=project).out)
    assert "service" not in {each["name"] for each in about["entries"]}  # its `scale_on` has a `queue`


def test_what_is_not_found(project):
    ended = idpc("catalog", "search", "zeppelin", cwd=project)
    assert (ended.code, ended.out, ended.err) == (1, "", "nothing has `zeppelin` in it\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "postgre"], "there is no kind or template `postgre`; did you mean `postgres`?"),
        (["show"], "what should `show` look for?"),
        (["list", "postgres"], "`list` takes no words"),
    ],
)
def test_wrong_use(arguments, said, project):
    ended = idpc("catalog", *arguments, cwd=project)
    assert ended.code == 2
    assert said in ended.err


def test_what_an_organisation_declares_can_be_shown(project):
    budget = entry(project, "budget")
    assert (budget["sort"], budget["clouds"]) == ("declaration", [])
    assert {"scope", "limit", "warn_at"} <= {each["name"] for each in budget["fields"] if each["doc"]}
    shown = idpc("catalog", "show", "workflow", cwd=project).out
    assert "workflow Workflow  (declaration of std)" in shown
    assert "Approval" in shown


def test_every_declaration_can_be_shown(project):
    shown = idpc("catalog", "show", *DECLARED_BY, "--format", "json", cwd=project).out
    schema = json.loads((ROOT / "schemas/catalog.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(json.loads(shown))
    assert [each["name"] for each in json.loads(shown)["entries"]] == list(DECLARED_BY)


def test_the_page_is_what_the_standard_library_says():
    assert write_catalog.is_current(), "run scripts/write_catalog.py"
