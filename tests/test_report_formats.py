"""SARIF and JUnit: documents that other programs take, with waivers, fixes and names that need escaping."""

import datetime
import json
from pathlib import Path
from xml.etree import ElementTree as ET  # what is read was just written

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from idpc.diagnostics import Diagnostic, Severity
from idpc.diagnostics.baseline import fingerprint, fingerprints
from idpc.diagnostics.codes import REGISTRY
from idpc.diagnostics.model import Waived
from idpc.diagnostics.renderers import Look, Report, render
from idpc.pipeline import Options, compile_project
from idpc.project import Sources
from idpc.source import SourceFile, Span

SCHEMA = json.loads((Path(__file__).parent / "data" / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
PROJECT = """project acme { language = "2026.1" }
team core { owner = "core@acme.io", on_call = "pagerduty:1" }
environment dev { cloud = "kubernetes" }
environment prod { cloud = "kubernetes", protected = true, cluster = "other" }
app shop {
  team = core
  service web { image = "ghcr.io/acme/web:latest", port = 8080, health { path = "/healthz" } }
  service api { image = "ghcr.io/acme/api:latest", port = 8080, health { path = "/healthz" } }
}
waiver until_release {
  policy = no_mutable_tags
  target = shop.web
  reason = "moves <soon> & \\"well\\""
  owner = core
  expires = 2026-12-24
}
policy ports { rego = "policies/ports.rego" }
"""
PORTS = """package main

deny contains msg if {
  some r in input.resurces
  msg := r.address
}
"""


@pytest.fixture(scope="module")
def report():
    sources = Sources.of({"project.platform": PROJECT, "policies/ports.rego": PORTS})
    found = compile_project(sources, Options(datetime.date(2026, 11, 24)))
    return Report(found.diagnostics, found.files_by_path, "sub dir/")


def sarif(report):
    document = json.loads(render("sarif", report, Look()))
    Draft4Validator(SCHEMA).validate(document)
    return document["runs"][0]


def test_sarif_has_a_rule_for_each_policy_and_code(report):
    run = sarif(report)
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert {"IDP5001/no_mutable_tags", "IDP5001/digest_in_protected", "IDP5009"} <= set(rules)
    assert rules == sorted(set(rules))
    assert all(rules[each["ruleIndex"]] == each["ruleId"] for each in run["results"])
    assert all(rule["help"]["markdown"] and rule["helpUri"] for rule in run["tool"]["driver"]["rules"])


def test_sarif_suppresses_what_is_waived(report):
    tags = [each for each in sarif(report)["results"] if each["ruleId"] == "IDP5001/no_mutable_tags"]
    waived = [each for each in tags if "suppressions" in each]
    assert len(waived) == 1
    assert {each["level"] for each in tags} == {"error"}
    assert waived[0]["suppressions"][0]["kind"] == "inSource"
    assert "until_release" in waived[0]["suppressions"][0]["justification"]
    assert waived[0]["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "shop.web"


def test_sarif_brings_fixes_and_places(report):
    (result,) = (each for each in sarif(report)["results"] if each["ruleId"] == "IDP5009")
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "sub%20dir/policies/ports.rego"
    assert place["region"] == {"startLine": 4, "startColumn": 19, "endLine": 4, "endColumn": 27}
    change = result["fixes"][0]["artifactChanges"][0]["replacements"][0]
    assert change["insertedContent"] == {"text": "resources"}


def test_junit_counts_and_skips(report):
    suites = ET.fromstring(render("junit", report, Look()))  # noqa: S314
    cases = list(suites.iter("testcase"))
    assert int(suites.get("tests")) == len(cases) == len(report.diagnostics)
    assert int(suites.get("failures")) == len(list(suites.iter("failure")))
    skipped = list(suites.iter("skipped"))
    assert [each.get("message") for each in skipped] == [
        'moves <soon> & "well" (waiver `until_release` of core, until 2026-12-24)'
    ]


def test_nothing_found_is_a_document_too():
    empty = Report(())
    assert sarif(empty)["results"] == []
    assert ET.fromstring(render("junit", empty, Look())).get("tests") == "0"  # noqa: S314


CODES = st.sampled_from(sorted(REGISTRY))
ANY = st.text(max_size=30)


@given(st.lists(st.tuples(CODES, ANY, ANY, ANY, st.booleans()), max_size=4))
def test_whatever_is_said_can_be_read(said):
    file = SourceFile("a b.platform", "app shop { }\n")
    waived = Waived(Severity.ERROR, "w", "why", "core", datetime.date(2026, 12, 24))
    found = tuple(
        Diagnostic(
            code,
            Severity.WARNING,
            message,
            Span(file.path, 0, 3),
            hint,
            policy=policy,
            waived=waived if leave else None,
        )
        for code, message, hint, policy, leave in said
    )
    report = Report(found, {file.path: file})
    assert len(sarif(report)["results"]) == len(found)
    assert len(list(ET.fromstring(render("junit", report, Look())).iter("testcase"))) == len(found)  # noqa: S314


def test_a_fingerprint_does_not_move_with_its_line(report):
    moved = report.diagnostics[0].but(span=report.diagnostics[0].span._replace(start=1, end=2))
    assert fingerprint(moved) == fingerprint(report.diagnostics[0])
    other = report.diagnostics[0].but(message="another")
    assert fingerprint(other) != fingerprint(moved)
    assert fingerprints(render("json", report, Look())) == {fingerprint(each) for each in report.diagnostics}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"diagnostics": 1}', '{"diagnostics": ["x"]}'])
def test_what_is_no_baseline_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        fingerprints(text)


def test_what_is_in_the_baseline_is_only_noted():
    files = {"project.platform": PROJECT.replace("policy ports", "// policy ports")}
    before = compile_project(Sources.of(files), Options(datetime.date(2026, 11, 24)))
    assert not before.ok
    known = frozenset(map(fingerprint, before.diagnostics))
    after = compile_project(Sources.of(files), Options(datetime.date(2026, 11, 24), baseline=known))
    assert after.ok
    assert {each.message for each in after.diagnostics} == {each.message for each in before.diagnostics}
    worse = {"project.platform": files["project.platform"].replace("ghcr.io/acme/api", "ghcr.io/acme/new")}
    told = compile_project(Sources.of(worse), Options(datetime.date(2026, 11, 24), baseline=known))
    assert [each.address for each in told.diagnostics if each.severity is Severity.ERROR] == ["shop.api"]
