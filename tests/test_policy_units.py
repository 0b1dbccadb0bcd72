"""Policies in Rego and waivers where a project is built in parts: the same bytes and words as when it is built at once."""

import datetime
from collections.abc import Mapping

import msgspec
from fleets import Fleet

from idpc.diagnostics import Severity
from idpc.diagnostics.renderers import Look, Report, render
from idpc.pipeline import Options
from idpc.project import Sources
from idpc.units.build import Known, build, whole
from idpc.units.part import Part
from idpc.units.shard import Share, make_shard, merged, read
from idpc.units.shard import written as written_shard

TODAY = Options(datetime.date(2026, 11, 24))
RULES = """
policy crowd { rego = "policies/crowd.rego", severity = "warning" }
policy labelled { rego = "policies/labelled.rego", target = "manifest", severity = "warning", when = environment == prod }
policy unique_ports { rego = "policies/unique.rego", target = "manifest", severity = "warning" }
policy buckets { rego = "policies/buckets.rego", target = "terraform", severity = "warning", on = [postgres] }
policy size { rego = "policies/size.rego", target = "plan", severity = "warning" }
policy spending { rego = "policies/spending.rego", severity = "warning" }
waiver for_now {
  policy = has_two
  target = "app_1*"
  reason = "a test"
  owner = platform
  expires = 2026-12-24
}
waiver never { policy = no_mutable_tags, target = "app_99.*", reason = "a test", owner = platform, expires = 2026-12-24 }
waiver crowded { policy = crowd, target = "app_2.*", reason = "a test", owner = platform, expires = 2026-12-01 }
"""
CROWD = """package crowd

deny contains {"msg": msg, "resource": r.address, "path": "/fields/port"} if {
  some r in input.resources
  r.kind == "service"
  count([1 | some other in input.resources; other.fields.port == r.fields.port]) > data.limits.most
  msg := sprintf("%s shares its port with %d others", [r.address, count(r.used_by)])
}

deny contains msg if {
  input.environment.protected
  count(input.by_kind.service) > 14
  msg := sprintf("%v has %d edges", [input.environment.name, count(input.edges)])
}
"""
LABELLED = """package main

warn contains msg if {
  input.kind == "Deployment"
  input.spec.replicas > 3
  msg := sprintf("%s runs %d", [input.metadata.name, input.spec.replicas])
}
"""
UNIQUE = """package unique

violation contains {"msg": msg} if {
  object := input.review.object
  object.kind == "Service"
  some namespace, found in data.inventory.namespace
  namespace != input.review.namespace
  found["v1"].Service[_].spec.ports == object.spec.ports
  msg := sprintf("%s/%s has the ports of %s", [input.review.namespace, input.review.name, namespace])
}
"""
BUCKETS = """package main

deny contains {"msg": msg, "resource": r.address} if {
  some r in input.planned_values.root_module.resources
  r.type == "aws_db_instance"
  msg := sprintf("%s is a database", [r.address])
}
"""
SIZE = """package plans

deny contains msg if {
  input.policy.warned > 20
  msg := sprintf("%s warns %d times", [input.environment, input.policy.warned])
}
"""
SPENDING = """package spending

deny contains {"msg": msg, "resource": app} if {
  some app, cost in input.cost.by_app
  cost.expected > input.cost.expected / 14
  msg := sprintf("%s costs %v of %v and emits %v", [app, cost.expected, input.cost.expected, input.carbon.by_app[app].expected])
}

deny contains msg if {
  some team, carbon in input.carbon.by_team
  carbon.expected > input.carbon.expected / 4
  msg := sprintf("%s emits %v of %v by %v kWh", [team, carbon.expected, input.carbon.expected, carbon.energy])
}
"""


class Governed:
    """A fleet with policies, of which an edit may change some."""

    def __init__(self, seed: int) -> None:
        self.fleet, self.most, self.word = Fleet(seed, 14), 4, "shares"

    def edit(self) -> None:
        if self.fleet.random.random() < 0.2:
            self.most = self.fleet.random.randint(1, 8)
            self.word = self.fleet.random.choice(("shares", "has"))
        else:
            self.fleet.edit()

    @property
    def files(self) -> dict[str, str]:
        return {
            **self.fleet.files,
            "rules.platform": RULES,
            "policies/crowd.rego": CROWD.replace("shares", self.word),
            "policies/limits.yaml": f"limits: {{most: {self.most}}}\n",
            "policies/labelled.rego": LABELLED,
            "policies/unique.rego": UNIQUE,
            "policies/buckets.rego": BUCKETS,
            "policies/size.rego": SIZE,
            "policies/spending.rego": SPENDING,
        }


def written(files: Mapping[str, str], known: Known, before: Mapping[str, str]):
    built = build(Sources.of(files), TODAY, known)
    return built, {file.path: before[file.path] for file in built.kept} | dict(built.texts)


def test_after_every_edit_the_verdicts_are_those_of_a_clean_build():
    project, known, texts = Governed(5), Known(), {}
    seen: set[str] = set()
    for number in range(40):
        built, texts = written(project.files, known, texts)
        clean = whole(Sources.of(project.files), TODAY, texts=True)
        assert built.diagnostics == clean.diagnostics, number
        assert texts == clean.texts, number
        assert built.compilation is None
        seen |= {each.policy for each in built.diagnostics} | {each.code for each in built.diagnostics}
        known = Known(
            {each.path: each for each in built.facts}, {part.key: part for part in built.parts}, lambda _: True
        )
        project.edit()
    assert {"crowd", "labelled", "unique_ports", "buckets", "size", "spending", "IDP5021", "IDP5022"} <= seen
    assert any(each.waived for each in clean.diagnostics)


def test_an_edit_of_rego_compiles_nothing():
    project = Governed(6)
    built, _ = written(project.files, Known(), {})
    known = Known({each.path: each for each in built.facts}, {part.key: part for part in built.parts}, lambda _: True)
    project.word = "has"
    again = build(Sources.of(project.files), TODAY, known)
    assert again.made == ()
    assert again.diagnostics != built.diagnostics


def test_what_is_kept_of_a_unit_comes_back_as_it_was():
    project = Governed(5)
    project.fleet.shared["least"] = 2
    parts = build(Sources.of(project.files), TODAY, Known()).parts
    assert any(share.policies.subjects for part in parts for share in part.environments)
    assert any(share.policies.together for part in parts for share in part.environments)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(parts), type=tuple[Part, ...])
    assert again == parts


def test_shards_are_judged_when_they_are_together():
    files = Governed(7).files
    made = [make_shard(Sources.of(files), TODAY, Share(number, 3))[0] for number in (1, 2, 3)]
    shards = [read(written_shard(shard)) for shard in made]
    texts, digest, _, report = merged(shards)
    found = report.diagnostics
    clean = whole(Sources.of(files), TODAY, texts=True)
    assert texts == clean.texts
    assert digest == clean.digest
    own = {each for shard in shards for part in shard.parts for each in part.diagnostics}
    assert {each.policy for each in found} >= {"crowd", "unique_ports"}
    assert {(each.code, each.message) for each in (*found, *own)} == {
        (one.code, one.message) for one in clean.diagnostics
    }


def test_what_is_told_of_shards_shows_the_sources():
    files = Governed(7).files
    shards = [make_shard(Sources.of(files), TODAY, Share(number, 3))[0] for number in (1, 2, 3)]
    report = merged([read(written_shard(shard)) for shard in shards]).report
    assert report.diagnostics
    compilation = whole(Sources.of(files), TODAY, texts=False).compilation
    assert render("text", report, Look()) == render(
        "text", Report(report.diagnostics, compilation.files_by_path), Look()
    )


def test_an_error_of_rego_is_told_alike_and_writes_nothing():
    misspelt = Governed(8).files | {"policies/size.rego": SIZE.replace("warned > 20", "warnd > 20")}
    built = build(Sources.of(misspelt), TODAY, Known())
    assert built.diagnostics == whole(Sources.of(misspelt), TODAY, texts=True).diagnostics
    assert [each.code for each in built.diagnostics if each.severity is Severity.ERROR] == ["IDP5009"]
    broken = Governed(8).files | {"policies/crowd.rego": CROWD.replace("input.resources", "input.resurces")}
    built = build(Sources.of(broken), TODAY, Known())
    assert "IDP5009" in {each.code for each in built.diagnostics}
    assert built.diagnostics == whole(Sources.of(broken), TODAY, texts=True).diagnostics
    assert not built.texts
