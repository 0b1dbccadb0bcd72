"""Holds what two versions of a project differ in against what was done to them."""

import csv
import datetime
import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from change_samples import FILES as ACME
from fleets import Fleet
from msgspec.structs import replace

from idpc.changes import compare
from idpc.changes.document import diff_document
from idpc.changes.faults import faults
from idpc.changes.markdown import LIMIT, diff_page
from idpc.changes.model import Comparison, InstanceChange
from idpc.changes.published import DiffDocument
from idpc.changes.text import diff_text
from idpc.format import format_module
from idpc.pipeline import Options
from idpc.project import Sources, standard_library
from idpc.schema.effects import holds_data
from idpc.source import SourceFile, Span
from idpc.syntax import parse_module
from idpc.units.runners import in_turn
from idpc.units.versions import compiled_pair, compiled_whole

TODAY = Options(datetime.date(2026, 11, 24))
SERVICE = """
  service mailer {
    image = "ghcr.io/acme/mailer:1.0.0"
    port = 8080
    health { path = "/healthz" }
    env { DATABASE_URL = orders.url }
  }
"""


def shop(*edits: tuple[str, str]) -> dict[str, str]:
    """The example with some of its text replaced."""
    text = ACME["shop.platform"]
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return {**ACME, "shop.platform": text}


EDITS = {
    "a service is added": shop(("  redis sessions", f"{SERVICE}\n  redis sessions")),
    "a size changes": shop(('size = "large"', 'size = "medium"'), ("memory = 512Mi", "memory = 1Gi")),
    "a queue is another queue": shop(("queue invoices { }", "queue invoices { fifo = true }")),
    "a database goes": shop(("  redis sessions { memory = 1Gi }", ""), ("      CACHE_URL = sessions.url\n", "")),
    "a rename is not told": shop(("postgres orders", "postgres purchases"), ("orders.url", "purchases.url"), ("uses orders", "uses purchases")),
    "an environment is added": {**ACME, "more.platform": 'environment demo { cloud = "kubernetes", cluster = "demo" }\n'},
}  # fmt: skip


def compared(before: Mapping[str, str], after: Mapping[str, str]) -> Comparison:
    pair = compiled_pair(Sources.of(before), Sources.of(after), TODAY, in_turn)
    old, new = (replace(each.version, name=name) for each, name in zip(pair, ("base", "head"), strict=True))
    return compare(old, new)


def changes_of(comparison: Comparison, environment: str) -> dict[str, InstanceChange]:
    found = [each for each in comparison.environments if each.environment == environment]
    return {change.address: change for each in found for change in each.changes}


def test_nothing_changes_from_a_project_to_itself():
    whole = compiled_whole(Sources.of(ACME), TODAY).version
    comparison = compare(whole, whole)
    assert not comparison.changes
    assert comparison.environments == ()
    assert "Nothing changes" in diff_page(comparison)


@pytest.mark.parametrize("edit", sorted(EDITS))
def test_back_is_the_mirror_of_forth(edit):
    mirrored = {"create": "destroy", "destroy": "create"}
    forth, back = compared(ACME, EDITS[edit]), compared(EDITS[edit], ACME)
    assert forth.changes
    assert [each.environment for each in forth.environments] == [each.environment for each in back.environments]
    for one, other in zip(forth.environments, back.environments, strict=True):
        told = [(each.address, mirrored.get(each.action, each.action)) for each in one.changes]
        assert told == [(each.address, each.action) for each in other.changes]
        for a, b in zip(one.changes, other.changes, strict=True):
            assert [(f.path, f.before, f.after) for f in a.fields] == [(f.path, f.after, f.before) for f in b.fields]
            assert (a.cost and a.cost.by) == (b.cost and -b.cost.by)
        assert (one.policies.broken, one.policies.mended) == (other.policies.mended, other.policies.broken)
        assert (one.cost and one.cost.by) == (other.cost and -other.cost.by)


@pytest.mark.parametrize("edit", sorted(EDITS))
def test_every_form_tells_every_change(edit):
    comparison = compared(ACME, EDITS[edit])
    refused = tuple(faults(comparison, lambda _app: Span("shop.platform", 0, 0)))
    document = DiffDocument.model_validate(json.loads(json.dumps(diff_document(comparison, refused))))
    text, page = diff_text(comparison), diff_page(comparison, refused)
    assert len(document.refused) == len(refused)
    for environment in document.environments:
        assert environment.changes or environment.policy
        for change in environment.changes:
            assert change.address in text
            assert f"`{change.address}`" in page
            assert change.why


def test_layout_order_and_files_change_nothing():
    texts_of_apps = re.split(r"(?m)^(?=  (?:postgres|redis|service|worker|cron_job|job) )", ACME["shop.platform"])
    head, *bodies, last = texts_of_apps
    assert len(bodies) > 3
    last = last.rstrip().removesuffix("}")
    shuffled = (
        head + last + "".join(reversed([body.rstrip().removesuffix("///").rstrip() + "\n" for body in bodies])) + "}\n"
    )
    moved = {"project.platform": "\n\n\n" + ACME["project.platform"], "apps/elsewhere.platform": shuffled}
    assert not compared(ACME, moved).changes
    file = SourceFile("shop.platform", shuffled.replace("  ", "\t"))
    formatted = format_module(file, parse_module(file).value)
    assert not compared(ACME, {**ACME, "shop.platform": formatted}).changes


def test_a_rename_that_is_told_destroys_nothing():
    edits = (("  postgres orders", '  @was("orders")\n  postgres purchases'), ("orders.url", "purchases.url"))
    comparison = compared(ACME, shop(*edits, ("uses orders", "uses purchases")))
    for environment in ("dev", "staging", "prod"):
        (change,) = changes_of(comparison, environment).values()
        assert (change.address, change.action, change.former) == ("shop.purchases", "move", "shop.orders")
        assert {part.action for part in change.parts} <= {"move", "update"}
        assert not change.data_loss
    assert not list(faults(comparison, lambda _app: Span("", 0, 0)))


def test_a_rename_that_is_not_told_says_how_to_tell_it():
    gone = changes_of(compared(ACME, EDITS["a rename is not told"]), "prod")["shop.orders"]
    assert (gone.action, gone.data_loss, gone.retired) == ("destroy", True, False)
    assert '@was("orders")' in gone.hint
    assert gone.affects == ("shop.checkout", "shop.settlement", "shop.smoke")


def test_what_is_made_anew_is_told_with_what_goes_with_it():
    changes = changes_of(compared(ACME, EDITS["a queue is another queue"]), "prod")
    queue = changes["shop.invoices"]
    assert (queue.action, queue.data_loss) == ("replace", True)
    effects = {part.name: part.effects for part in queue.parts}
    assert effects["aws_sqs_queue.invoices_main"]["fifo_queue"] == "replace"
    assert effects["aws_sqs_queue_policy.invoices_main"] == {"queue_url": "unknown"}
    assert changes["shop.checkout"].action == "update"


def test_a_field_is_told_with_the_line_that_sets_it():
    changes = changes_of(compared(ACME, EDITS["a size changes"]), "prod")
    (size,) = changes["shop.orders"].fields
    line = ACME["shop.platform"].split("\n").index('      size = "large"') + 1
    assert (size.path, size.before, size.after) == ("size", "large", "medium")
    assert (size.place.file, size.place.line) == ("shop.platform", line)


REGO = {
    "project.platform": ACME["project.platform"] + 'policy few { target = "graph", rego = "policies/few.rego" }\n',
    "policies/few.rego": """package policies.few

import rego.v1

deny contains {"msg": "too many", "resource": r.address} if {
    some r in input.resources
    r.kind == "worker"
    r.fields.replicas.max > 6
}
""",
}
WAIVER = """
waiver for_now {
  policy = few
  target = shop.invoicer
  reason = "a sale"
  owner = payments
  expires = 2026-12-31
}
"""


def test_policies_in_rego_and_waivers_are_told_too():
    before = {**ACME, **REGO}
    broken = {**shop(("replicas = 1..5", "replicas = 1..9")), **REGO}
    for environment in compared(before, broken).environments:
        (violation,) = environment.policies.broken
        assert (violation.policy, violation.address, violation.message) == ("few", "shop.invoicer", "too many")
    waived = {**broken, "waiver.platform": WAIVER}
    comparison = compared(broken, waived)
    assert [environment.environment for environment in comparison.environments] == ["dev", "prod", "staging"]
    for environment in comparison.environments:
        assert (environment.policies.broken, environment.policies.mended) == ((), ())
        assert [each.waived for each in environment.policies.waived] == ["for_now"]
    assert "### Policies waived" in diff_page(comparison)
    assert "policies waived:" in diff_text(comparison)
    assert compared(waived, broken).environments[0].policies.broken


def test_policies_in_rego_look_at_units_that_are_the_same_too():
    rego = (
        REGO["policies/few.rego"]
        .replace('r.kind == "worker"', "count(input.resources) > 12")
        .replace("r.fields.replicas.max > 6", "true")
    )
    policy = 'policy few { target = "graph", rego = "policies/few.rego", severity = "warning" }\n'
    fleet = Fleet(3)
    rest = {"policies/few.rego": rego, "rules.platform": policy}
    before = {**fleet.files, **rest}
    fleet.add()
    asked = []

    def runner(jobs, folder):
        asked.extend(unit.name for job in jobs for unit in job.units.values())
        return in_turn(jobs, folder)

    pair = compiled_pair(Sources.of(before), Sources.of({**fleet.files, **rest}), TODAY, runner)
    old, new = (replace(each.version, name=name) for each, name in zip(pair, ("base", "head"), strict=True))
    assert len({*asked}) > 1, "the units that are the same are compiled for what looks at all"
    found = compare(old, new)
    assert all(each.policies.broken for each in found.environments)


def test_costs_are_told_by_instance_and_for_all():
    comparison = compared(ACME, EDITS["a size changes"])
    prod = next(each for each in comparison.environments if each.environment == "prod")
    changes = {change.address: change.cost for change in prod.changes}
    assert changes["shop.orders"].by < 0 < changes["shop.invoicer"].by
    assert prod.cost.by == sum(cost.by for cost in changes.values() if cost)
    assert "a month less" in diff_text(comparison)
    assert "-$" in diff_page(comparison)


def test_a_template_that_many_use_changes_them_all():
    template = "template site {\n  image: image\n  service web { image = image, port = 8080, memory = 128Mi }\n}\n"
    apps = {f"app_{n}.platform": f'app app_{n} {{\n  site front {{ image = "x:{n}" }}\n}}\n' for n in range(40)}
    project = {
        "project.platform": 'project sites { language = "2026.1" }\nenvironment dev { cloud = "kubernetes" }\n',
        **apps,
    }
    before, after = ({**project, "site.platform": text} for text in (template, template.replace("128Mi", "256Mi")))
    comparison = compared(before, after)
    assert diff_page(comparison).count("<details>") == 2
    assert "and 39 alike: app_1.front.web" in diff_text(comparison)
    changes = changes_of(comparison, "dev")
    assert sorted(changes) == sorted(f"app_{n}.front.web" for n in range(40))
    assert {field.place.file for change in changes.values() for field in change.fields} == {"site.platform"}


@pytest.mark.parametrize("limit", [1_200, 5_000, LIMIT])
def test_a_comment_is_cut_between_its_parts_and_says_so(limit):
    comparison = compared(ACME, EDITS["a rename is not told"])
    page = diff_page(comparison, limit=limit)
    assert len(page) <= limit
    assert page.count("<details>") == page.count("</details>")
    assert ("do not fit here" in page) == (limit < LIMIT)


@pytest.mark.parametrize("seed", range(2))
def test_what_differs_in_units_is_what_differs_in_the_whole(seed):
    fleet = Fleet(seed)
    before = dict(fleet.files)
    for number in range(12):
        what = fleet.edit()
        after = dict(fleet.files)
        wholes = [compiled_whole(Sources.of(each), TODAY).version for each in (before, after)]
        if None in wholes:
            continue
        expected = compare(*(replace(each, name=name) for each, name in zip(wholes, ("base", "head"), strict=True)))
        assert compared(before, after) == expected, (number, what)
        before = after


def test_of_two_versions_only_the_units_that_differ_are_compiled():
    fleet = Fleet(7)
    for app in fleet.apps.values():
        app["reads"] = None
    before = dict(fleet.files)
    fleet.apps["app_5"]["replicas"] = 4
    asked = []

    def runner(jobs, folder):
        asked.extend(unit.name for job in jobs for unit in job.units.values())
        return in_turn(jobs, folder)

    compiled_pair(Sources.of(before), Sources.of(fleet.files), TODAY, runner)
    assert [name for name in asked if name not in {"app_1", "app_11"}] == ["app_5", "app_5"]  # the two read a file


def test_every_type_that_the_library_provisions_has_facts():
    library = "\n".join(file.text for file in standard_library())
    used = set(re.findall(r"^ +(?:@per_app )?((?:aws|azurerm|google)_\w+) \w+ (?:if|for|\{)", library, re.MULTILINE))
    assert len(used) > 50
    assert sorted(used - set(facts())) == ["aws_msk_topic"]  # its documentation says nothing of replacement


def test_every_fact_is_about_an_attribute_that_there_is():
    from idpc.schema import terraform

    wrong = []
    for resource, rows in facts().items():
        for path in rows:
            body = terraform.resource(resource)
            for name in path.split("."):
                nested = body.blocks.get(name) if body else None
                if body is None or (nested is None and name not in body.attributes):
                    wrong.append((resource, path))
                body = nested.block if nested else None
    assert wrong == []


def test_of_what_holds_data_nothing_is_said_to_change_in_place_unless_it_was_checked():
    folder = Path(__file__).parents[1] / "schemas" / "terraform"
    harmless = {"tags", "labels", "user_labels", "apply_immediately", "deletion_protection", "force_destroy", "skip_final_snapshot"}  # fmt: skip
    rows = list(csv.DictReader((folder / "replace.csv").read_text(encoding="utf-8").splitlines()))
    unchecked = {
        (row["resource"], row["attribute"]) for row in rows if row["effect"] == "in place" and not row["checked"]
    }
    assert [each for each in unchecked if holds_data(each[0]) and each[1].rpartition(".")[2] not in harmless] == []
    assert sum(bool(row["checked"]) for row in rows) > 600


def facts() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    path = Path(__file__).parents[1] / "schemas" / "terraform" / "replace.csv"
    for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
        assert row["effect"] in {"replace", "in place", "replace if smaller"}
        assert row["source"].startswith("https://")
        found.setdefault(row["resource"], {})[row["attribute"]] = row["effect"]
    return found
