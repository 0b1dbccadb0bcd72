"""`idpc policy`, and the options by which policies are judged, as people run them."""

import json
import stat
import sys

import pytest
from running import TODAY, idpc

PROJECT = """project demo { language = "2026.1" }
team core { owner = "core@acme.io", on_call = "pagerduty:1" }
environment dev { cloud = "kubernetes" }
environment prod { cloud = "kubernetes", cluster = "prod" }
app shop {
  team = core
  service web {
    image = "ghcr.io/acme/web:1.0.0"
    port = 8080
    replicas = 1
    health { path = "/healthz" }
    in prod { replicas = 3 }
  }
}
/// Ports above those of the system.
policy ports { rego = "policies/ports.rego", severity = "warning", params { low = 1024 } }
policy twice { on = [service], when = environment == prod, require self.replicas.min >= 2 }
waiver later { policy = ports, target = "shop.a*", reason = "soon", owner = core, expires = 2026-12-24 }
test "three in prod" { in prod { require shop.web.replicas.min == 3 } }
"""
PORTS = """package ports

deny contains {"msg": msg, "resource": r.address, "path": "/fields/port"} if {
	some r in input.resources
	r.fields.port > data.params.low
	msg := sprintf("%s listens on %d", [r.address, r.fields.port])
}

deny contains {"msg": "no port", "resource": r.address} if {
	some r in input.resources
	r.kind == "service"
	not r.fields.port
}
"""
TESTS = """package ports_test

import data.ports

test_high if {
	given := {"resources": [{"address": "a", "kind": "service", "fields": {"port": 8080}}]}
	count(ports.deny) == 1 with input as given with data.params as {"low": 1024}
}
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "policies").mkdir()
    (tmp_path / "project.platform").write_text(PROJECT)
    (tmp_path / "policies" / "ports.rego").write_text(PORTS)
    (tmp_path / "policies" / "ports_test.rego").write_text(TESTS)
    return tmp_path


def policy(project, *arguments, code=0):
    ended = idpc("policy", *arguments, "--today", TODAY, cwd=project)
    assert ended.code == code, ended.said
    return ended.out


def test_list_counts_what_was_looked_at(project):
    lines = {line.split()[0]: line.split() for line in policy(project, "list").splitlines()}
    assert lines["ports"][1:] == ["warning", "graph", "rego", "2", "0", "2", "0"]
    assert lines["twice"][1:] == ["error", "graph", "language", "1", "1", "0", "0"]
    listed = json.loads(policy(project, "list", "--env", "dev", "--format", "json"))["policies"]
    assert {each["name"]: each["looked_at"] for each in listed}["ports"] == 1


def test_show_tells_where_rules_and_waivers_are(project):
    shown = policy(project, "show", "ports")
    assert shown.startswith("ports (warning, looks at graph)\n  Ports above those of the system.\n")
    assert "`deny` at policies/ports.rego:3:1\n" in shown
    assert "prod: looked at 1, passed 0, failed 1, waived 0\n" in shown
    assert "waived for shop.a* until 2026-12-24, by core: soon\n" in shown
    assert "requires at project.platform:" in policy(project, "show", "twice")


def test_an_unknown_policy_is_suggested(project):
    ended = idpc("policy", "show", "prots", cwd=project)
    assert ended.code == 2
    assert "did you mean `ports`?" in ended.err


def test_explain_tells_bindings_and_where_a_rule_stopped(project):
    told = policy(project, "explain", "ports", "shop.web", "--env", "dev")
    assert "fired: shop.web listens on 8080\n" in told
    assert 'msg = "shop.web listens on 8080"\n' in told
    assert "did not fire: line 12 never held: `not r.fields.port`\n" in told


def test_explain_tells_what_a_condition_looked_at(project):
    told = policy(project, "explain", "twice", "shop.web")
    assert "dev:\n  when `environment == prod`: no, so nothing is asked\n" in told
    assert "prod:\n  when `environment == prod`: yes\n  `self.replicas.min >= 2` holds\n" in told
    assert "`self.replicas.min` is 3" in told
    assert policy(project, "explain", "twice", "shop.wob", code=2) == ""


def test_tests_are_run_with_their_coverage(project):
    told = policy(project, "test", "--coverage")
    assert "ok  three in prod\n" in told
    assert "ok  data.ports_test.test_high (policies/ports_test.rego:5:1)\n" in told
    assert "policies/ports.rego: 88 % of 8 lines, never line 9\n" in told
    assert told.endswith("2 passed, 0 failed\n")


def test_a_rule_that_no_test_would_miss_is_told(project):
    told = policy(project, "test", "--mutate", code=1)
    assert "no test misses `deny` at policies/ports.rego:9:1\n" in told
    more = '\ntest_none if count(ports.deny) == 1 with input as {"resources": [{"kind": "service", "address": "a", "fields": {}}]}\n'
    (project / "policies" / "ports_test.rego").write_text(TESTS + more)
    assert "no test misses" not in policy(project, "test", "--mutate")


def test_a_test_that_fails_is_told(project):
    (project / "policies" / "ports_test.rego").write_text(
        TESTS.replace("== 1", "== 2") + '\ntest_bad if to_number("a")\n'
    )
    told = policy(project, "test", code=1)
    assert "FAILED  data.ports_test.test_high (policies/ports_test.rego:5:1): it does not hold\n" in told
    assert "test_bad (policies/ports_test.rego:10:1): policies/ports_test.rego:10:" in told
    assert told.endswith("1 passed, 2 failed\n")


@pytest.mark.parametrize("options", [(), ("--rego",)])
def test_a_new_policy_works_and_is_tested(project, options):
    made = idpc("policy", "new", "two_of_each", *options, cwd=project)
    assert made.code == 0, made.said
    assert made.out.splitlines()[0] == "policies/two_of_each.platform"
    told = idpc("check", "--today", TODAY, "--format", "short", cwd=project)
    assert told.code == 0
    assert "may run as a single replica" in told.out
    assert idpc("fmt", "--check", "policies/two_of_each.platform", cwd=project).code == 0
    policy(project, "test")
    assert idpc("policy", "new", "two_of_each", *options, cwd=project).code == 2
    assert idpc("policy", "new", "Two-Of", *options, cwd=project).code == 2


def test_without_an_engine_a_policy_in_rego_fails(project):
    ended = idpc("check", "--policy-engine", "none", "--today", TODAY, cwd=project)
    assert ended.code == 1
    assert "error[IDP5002]: the policy `ports` is written in Rego" in ended.out
    assert ended.err.startswith("warning: policies in Rego are not judged")
    (project / "project.platform").write_text(PROJECT.replace("policy ports", "// ").replace("waiver later", "// "))
    assert idpc("check", "--policy-engine", "none", "--today", TODAY, cwd=project).code == 0


def test_an_engine_that_is_not_there_is_told(project, tmp_path):
    ended = idpc("check", "--policy-engine", "opa", "--today", TODAY, cwd=project, env={"PATH": str(tmp_path)})
    assert ended.code == 1
    assert "there is no `opa` on PATH" in ended.out


def test_a_policy_may_take_as_long_as_is_said(project):
    endless = 'package ports\n\ndeny contains "x" if {\n\tsome i in numbers.range(1, 100000)\n\tsome j in numbers.range(1, 100000)\n\ti * j < data.params.low - 10000\n}\n'
    (project / "policies" / "ports.rego").write_text(endless)
    ended = idpc("check", "--policy-timeout", "0.5", "--today", TODAY, cwd=project)
    assert ended.code == 1
    assert "error[IDP5006]: the policy `ports` cannot be judged: it has not come to an end after 0.5 s" in ended.out


def test_a_baseline_lets_through_what_was_known(project):
    before = idpc("check", "--strict", "--format", "json", "--today", TODAY, cwd=project)
    assert before.code == 1
    (project / "known.json").write_text(before.out)
    after = idpc("check", "--strict", "--baseline", "known.json", "--today", TODAY, cwd=project)
    assert (after.code, after.err) == (0, "")
    (project / "project.platform").write_text(PROJECT.replace("8080", "9090"))
    assert "shop.web listens on 9090" in idpc("check", "--baseline", "known.json", "--today", TODAY, cwd=project).out
    (project / "known.json").write_text("no")
    assert idpc("check", "--baseline", "known.json", cwd=project).code == 2


def test_an_edit_of_rego_or_its_data_is_not_missed(project):
    first = idpc("check", "--today", TODAY, "--format", "short", cwd=project)
    assert "listens on 8080" in first.out
    assert idpc("check", "--today", TODAY, "--format", "short", cwd=project).out == first.out
    (project / "policies" / "ports.rego").write_text(PORTS.replace("listens on", "hears"))
    assert "hears 8080" in idpc("check", "--today", TODAY, "--format", "short", cwd=project).out
    (project / "policies" / "more.yaml").write_text("- none\n")
    assert "IDP5011" in idpc("check", "--today", TODAY, "--format", "short", cwd=project).out


def test_opa_is_asked_without_what_reaches_out(project, tmp_path):
    """The questions that OPA is asked, written down by a program in its place that knows no answer."""
    log, program = tmp_path / "asked", tmp_path / "bin" / "opa"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable}\nimport json, sys\nopen({str(log)!r}, 'a').write(json.dumps(sys.argv[1:]) + '\\n')\n"
        "if sys.argv[1] == 'capabilities':\n    print(json.dumps({'builtins': [{'name': 'http.send'}, {'name': 'count'}]}))\n"
        "elif sys.argv[1] == 'check':\n    capabilities = json.load(open(sys.argv[sys.argv.index('--capabilities') + 1]))\n"
        "    assert [each['name'] for each in capabilities['builtins']] == ['count'], capabilities\n    print('{}')\n"
        "else:\n    print(json.dumps({'errors': [{'message': 'no', 'location': {'file': '', 'row': 0, 'col': 0}}]}))\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    ended = idpc("check", "--policy-engine", "opa", "--today", TODAY, cwd=project, env={"PATH": str(program.parent)})
    assert "the policy `ports` cannot be judged: no" in ended.out
    asked = [json.loads(line) for line in log.read_text().splitlines()]
    assert {each[0] for each in asked} == {"capabilities", "check", "eval"}
    query = next(each[-1] for each in asked if each[0] == "eval")
    assert "data.ports.deny with input as each with time.now_ns as 1793491200000000000" in query


@pytest.mark.parametrize(("more", "told"), [("", "no errors in 1 file"), ("\ntopic t { }", "2 warnings in 1 file")])
def test_what_is_waived_is_counted(project, more, told):
    waiver = 'waiver w { policy = single, target = shop.web, reason = "x", owner = core, expires = 2026-12-24 }'
    single = "policy single { on = [service], require self.replicas.min >= 9 }"
    text = "\n".join(line for line in PROJECT.splitlines() if not line.startswith(("policy", "waiver", "///")))
    (project / "project.platform").write_text(f"{text}\n{single}\n{waiver}{more}\n")
    # One in each environment, since they have different numbers of replicas.
    assert f"{told}, 2 waived" in idpc("check", str(project), "--today", TODAY).out
