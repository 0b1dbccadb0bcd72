"""Fixes of policies: what they write, where nothing can be written without harm, and that the violation is gone."""

import datetime
import json

import pytest
from casefile import cases
from running import idpc

from idpc.fixes import repair
from idpc.library import library_for
from idpc.pipeline import Options, compile_project
from idpc.project import Sources

TODAY = datetime.date(2026, 11, 1)
POLICY = """
policy backups_in_protected {
  on = [postgres]
  when = environment.protected
  require self.backup.keep >= 7d else "kept for ${self.backup.keep}"
  fix { backup { keep = 7d } }
}
environment dev { cloud = "kubernetes" }
environment staging { cloud = "kubernetes", protected = true }
environment prod { cloud = "kubernetes", protected = true }
"""


def compiled(files):
    return compile_project(Sources.of(files), Options(today=TODAY), "policy")


def violations(compilation, policy=""):
    found = [each for each in compilation.diagnostics if each.code == "IDP5001" and each.waived is None]
    return [each for each in found if not policy or each.policy == policy]


def test_whatever_a_fix_of_the_packs_mends_is_no_violation_any_more():
    tried = set()
    for case in (each for each in cases() if each.stage == "policy" and ".rego" not in "".join(each.files)):
        before = compiled(case.files)
        for each in (one for one in violations(before) if one.fixes):
            done = repair([each], case.files)
            after = compiled({**case.files, **done.texts})
            assert (each.policy, each.address) not in {(one.policy, one.address) for one in violations(after)}, case.id
            assert {one.code for one in after.diagnostics} <= {one.code for one in before.diagnostics}, case.id
            tried.add(each.policy)
    fixable = {each.name for each in library_for((), Sources.of({})).policies if each.fix}
    assert fixable - tried == set()


@pytest.mark.parametrize(
    ("body", "mended"),
    [
        ("{ }", "{ in prod, staging { backup { keep = 7d } } }"),
        ("{}", "{ in prod, staging { backup { keep = 7d } } }"),
        ('{ version = "17" }', '{ version = "17", in prod, staging { backup { keep = 7d } } }'),
        ('{\n  version = "17"\n}', '{\n  version = "17"\n  in prod, staging { backup { keep = 7d } }\n}'),
        (
            "{ backup { keep = 1d }, in prod { backup { keep = 8d } } }",
            "{ backup { keep = 1d }, in prod { backup { keep = 8d } }, in staging { backup { keep = 7d } } }",
        ),
        (
            "{ backup { keep = 8d }, in staging, prod { backup { keep = 1d } } }",
            "{ backup { keep = 8d }, in staging, prod { backup { keep = 7d } } }",
        ),
        (
            "{ in staging { backup { keep = 1d } }, in prod { backup { keep = 2d } } }",
            "{ in staging { backup { keep = 7d } }, in prod { backup { keep = 7d } } }",
        ),
        (
            "{ backup { keep = 1d }, in dev { backup { keep = 2d } } }",
            "{ backup { keep = 7d }, in dev { backup { keep = 2d } } }",
        ),
    ],
)
def test_a_fix_changes_no_environment_that_keeps_to_the_policy(body, mended):
    text = f"defaults postgres {{ backup {{ keep = 1d }} }}\napp shop {{ postgres orders {body} }}\n"
    assert repaired(text) == text.replace(body, mended)


@pytest.mark.parametrize(
    "text",
    [
        'app shop { postgres orders { if environment.cloud == "kubernetes" { backup { keep = 1d } } } }',
        "app shop { postgres orders { in dev, prod { backup { keep = 1d } } } }",
        "app shop { postgres orders { backup = { keep = 1d } } }",
        'app shop { postgres orders for region in ["a", "b"] { backup { keep = 1d } } }',
        "template store { postgres orders { backup { keep = 1d } } }\napp shop { store one { } }",
        "defaults postgres { @locked backup { keep = 1d } }\napp shop { postgres orders { } }",
    ],
)
def test_nothing_is_offered_where_no_edit_would_do_only_that(text):
    found = violations(compiled({"case.platform": text + POLICY}), "backups_in_protected")
    assert found
    assert [each.fixes for each in found] == [()] * len(found)


def test_what_is_waived_is_left_alone():
    waiver = 'team core { owner = "core@acme.io" }\nwaiver w { policy = backups_in_protected, target = shop.orders, reason = "x", owner = core, expires = 2026-12-01 }\n'
    text = f"{waiver}app shop {{ team = core, postgres orders {{ backup {{ keep = 1d }} }} }}\n"
    assert repaired(text) == text


def repaired(text):
    files = {"case.platform": text + POLICY}
    found = violations(compiled(files), "backups_in_protected")
    done = repair(found, files).texts.get("case.platform", text + POLICY)
    assert violations(compiled({"case.platform": done}), "backups_in_protected") == []
    return done.removesuffix(POLICY)


def test_the_command_applies_it_and_sarif_carries_it(tmp_path):
    path = tmp_path / "case.platform"
    path.write_text("app shop { postgres orders { backup { keep = 1d } } }\n" + POLICY)
    found = json.loads(idpc("check", str(path), "--format", "sarif").out)["runs"][0]["results"]
    fixes = [each["fixes"][0]["description"]["text"] for each in found if "fixes" in each]
    assert fixes == ["set `backup.keep = 7d`"]
    idpc("fix", str(path))
    assert path.read_text().startswith(
        "app shop { postgres orders { backup { keep = 1d }, in prod, staging { backup { keep = 7d } } } }"
    )
