"""What the cluster is told to enforce: the same verdicts as those of the compiler, on the same objects."""

import copy
import json

import kubernetes_validate
import pytest
import yaml
from admission_cluster import Policy, evaluate
from hypothesis import given, settings
from hypothesis import strategies as st
from running import idpc
from stdlib_projects import DEV, IMAGE, TEAM, TODAY

from idpc.graph.faults import Fault
from idpc.graph.frame import Frame
from idpc.pipeline import Options, artifacts, compile_project
from idpc.project import Sources
from idpc.units.build import Known, build

OWN = """
/// Objects say who they belong to.
policy labelled {
  target = "manifest"
  let labels = object.metadata.labels ?? {}
  require "idpc.dev/team" in labels else "`${object.metadata.name}` has no team"
  require starts_with(object.metadata.namespace ?? "shop", "shop") else "it is in ${object.metadata.namespace}"
}

/// Services stay inside.
policy inside {
  target = "manifest"
  on = [service]
  when = object.kind == "Service"
  severity = "warning"
  let open = ["LoadBalancer", "NodePort"]
  require !((object.spec.type ?? "ClusterIP") in open) else "`${upper(object.metadata.name)}` is ${object.spec.type}"
  require len([for p in object.spec.ports ?? [] if p.port == 22 || p.name == null: p]) == 0
    else "ports: ${join([for p in object.spec.ports ?? []: p.name ?? "?"], ", ")}"
}

fn is_named(text: string): bool = ends_with(lower(text), "-config") || contains(text, "env")

/// Maps of configuration are small.
policy small_maps {
  target = "manifest"
  when = len(environment.domain) > 3 && object.kind in ["ConfigMap", "Secret", "Service"] && !is_named(object.metadata.name)
  require len(object.data ?? {}) < environment_limit() else "`${object.metadata.name}` is large"
  require len([for k, v in object.data ?? {} if v == "": k]) == 0 else "empty: ${join([for k, v in object.data ?? {}: k], " ")}"
}

fn environment_limit(): int = if environment.cloud == "kubernetes" then 3 else 2

/// Only one of several.
policy with_variables {
  target = "manifest"
  let kind = object.kind
  let metadata = if kind == "Service" then object.metadata else null
  when = kind in ["Service", "Deployment"] && metadata.name != "other"
  require metadata == null || metadata["name"] in ["api", "web", "orders", "cache"] else "`${metadata.name}`"
  require (object.spec.replicas ?? 1) + 1 <= 3 else "${object.spec.replicas} replicas"
  require object.spec.ports[0].port != 81
}

policy elsewhere {
  target = "manifest"
  when = environment.protected
  require object.kind != "Service" else "never"
}

policy of_teams {
  target = "manifest"
  require self.team != "" else "nobody's"
}

waiver let_it_be {
  policy = labelled
  target = shop.web
  reason = "a test"
  owner = web
  expires = 2026-12-24
}
"""
APP = f"""app shop {{
  team = web
  service web {{ {IMAGE}, port = 8080, replicas = 2, health {{ path = "/" }}, env {{ A = "b", P = orders.url }} }}
  worker mails {{ {IMAGE} }}
  cron_job nightly {{ {IMAGE}, schedule = "0 2 * * *" }}
  job once {{ {IMAGE} }}
  daemon agent {{ {IMAGE} }}
  postgres orders {{ storage = 20Gi }}
  redis cache {{ }}
}}
"""


def compiled(admission="validating_admission_policy", more=OWN):
    environment = DEV.replace(" }", f', admission = "{admission}" }}')
    found = compile_project(Sources.of({"a.platform": TEAM + environment + APP + more}), Options(TODAY))
    assert found.ok, [each.message for each in found.diagnostics]
    return found


COMPILED = compiled()
TEXTS = artifacts(COMPILED)
RUN = COMPILED.evaluated.runs["dev"]
POLICIES = {each.name: each for each in COMPILED.typed.policies}
ENFORCED = {
    each["policy"]: Policy(TEXTS[f"dev/{each['file']}"])
    for each in json.loads(TEXTS["dev/admission.json"])["policies"]
    if each["file"]
}
OBJECTS = [
    document
    for path, text in sorted(TEXTS.items())
    if path.startswith("dev/shop/kubernetes/") and not path.endswith("kustomization.yaml")
    for document in yaml.safe_load_all(text)
]


def compilers_verdicts(policy, obj):
    """For each rule whether it holds, None where it has no value; no verdict where `when` does not hold."""
    run, frame = RUN, Frame(RUN, "shop", None, None, {"object": obj})
    try:
        if policy.when is not None and not run.coder.run(policy.when, frame):
            return None
    except Fault:
        return "fault"
    return [_rule(run, rule, frame) for rule in policy.rules]


def _rule(run, rule, frame):
    try:
        return bool(run.coder.run(rule.condition, frame))
    except Fault:
        return None


def clusters_verdicts(name, obj):
    """What the cluster finds, in the form of `compilers_verdicts`."""
    policy = ENFORCED[name]
    conditions = [each for each in policy.spec.get("matchConditions", ()) if each["name"] == "when"]
    if conditions and not evaluate(conditions[0]["expression"], obj):
        return None
    return policy.verdicts(obj)


def agree(name, obj):
    compiler, cluster = compilers_verdicts(POLICIES[name], obj), clusters_verdicts(name, obj)
    if compiler is None and cluster is not None:  # a `when` with variables is a part of each validation
        compiler = [True] * len(cluster)
    assert cluster == compiler, (name, obj)
    return cluster


def test_every_policy_on_objects_is_enforced_or_said_not_to_be():
    listed = {each["policy"]: each for each in json.loads(TEXTS["dev/admission.json"])["policies"]}
    assert listed.keys() == POLICIES.keys()
    assert {name for name, each in listed.items() if each["file"]} == {
        "no_privilege", "labelled", "inside", "small_maps", "with_variables",
    }  # fmt: skip
    assert listed["elsewhere"]["why_not"] == "it never applies in this environment"
    assert listed["of_teams"]["why_not"] == "it reads `self`, which the cluster does not know"
    assert listed["encrypted_data"]["why_not"] == "it reads Terraform resources"


@pytest.mark.parametrize("name", sorted(ENFORCED))
def test_what_was_built_gets_the_verdicts_of_the_compiler(name):
    found = [agree(name, obj) for obj in OBJECTS]
    assert any(each is not None for each in found)
    if name == "no_privilege":
        assert all(all(each) for each in found)


def test_kinds_are_told_by_the_label_of_their_objects():
    spec = ENFORCED["inside"].spec
    assert spec["matchConstraints"]["objectSelector"] == {
        "matchExpressions": [{"key": "app.kubernetes.io/component", "operator": "In", "values": ["service"]}]
    }
    assert any(obj["metadata"]["labels"]["app.kubernetes.io/component"] == "service" for obj in OBJECTS)
    assert ENFORCED["inside"].documents[1]["spec"]["validationActions"] == ["Warn", "Audit"]
    assert ENFORCED["labelled"].documents[1]["spec"]["validationActions"] == ["Deny"]


def test_bindings_reach_the_namespaces_of_their_environment_only():
    (namespace,) = (obj for obj in OBJECTS if obj["kind"] == "Namespace")
    for policy in ENFORCED.values():
        wanted = policy.documents[1]["spec"]["matchResources"]["namespaceSelector"]["matchLabels"]
        assert wanted.items() <= namespace["metadata"]["labels"].items()
        assert wanted["idpc.dev/environment"] == "dev"


def test_what_is_waived_is_left_alone():
    policy = ENFORCED["labelled"]
    looked_at = {obj["metadata"]["labels"]["app.kubernetes.io/name"] for obj in OBJECTS if policy.looks_at(obj)}
    assert "mails" in looked_at
    assert "web" not in looked_at
    assert policy.documents[0]["metadata"]["annotations"] == {"idpc.dev/waivers": "let_it_be until 2026-12-24"}
    assert policy.looks_at({"kind": "Pod", "metadata": {"name": "bare"}})


def privileged(**security):
    container = {"name": "c", "image": "x:1", "securityContext": {"allowPrivilegeEscalation": False} | security}
    spec = {"containers": [container], "securityContext": {"runAsNonRoot": True}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec}


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        (privileged(privileged=True), "containers of `p` are privileged: c"),
        (privileged(runAsUser=0), "containers of `p` run as root: c"),
        (privileged(runAsNonRoot=False), "containers of `p` run as root: c"),
        (privileged(allowPrivilegeEscalation=True), "containers of `p` may gain rights: c"),
        (privileged(capabilities={"add": ["NET_ADMIN"]}), "containers of `p` add capabilities: c"),
    ],
)
def test_a_pod_with_rights_is_refused_with_the_message_of_the_policy(obj, message):
    verdicts, messages = agree("no_privilege", obj), ENFORCED["no_privilege"].messages(obj)
    assert [said for held, said in zip(verdicts, messages, strict=True) if not held] == [message]


def test_a_pod_without_rights_is_let_in():
    assert all(agree("no_privilege", privileged()))


@st.composite
def changed_objects(draw):
    """An object that was built, after some changes of the sort that people make by hand."""
    obj = copy.deepcopy(draw(st.sampled_from(OBJECTS)))
    for _ in range(draw(st.integers(1, 4))):
        holders = [each for each in _maps(obj) if each]
        holder = draw(st.sampled_from(holders))
        key = draw(st.sampled_from(sorted(holder)))
        if holder is not obj and draw(st.booleans()):
            del holder[key]
        elif isinstance(holder[key], bool):
            holder[key] = not holder[key]
        elif isinstance(holder[key], int):
            holder[key] = draw(st.sampled_from([0, 1, 2, 3, 22, 81]))
        elif isinstance(holder[key], str) and key != "apiVersion":
            holder[key] = draw(st.sampled_from(["", "Pod", "Service", "web", "other", "NodePort", "x-config"]))
        elif isinstance(holder[key], list):
            holder[key] = holder[key][: draw(st.integers(0, 1))]
        for each in _maps(obj):
            if "securityContext" in each and draw(st.booleans()):
                each["securityContext"] |= draw(st.sampled_from([{"privileged": True}, {"runAsUser": 0}, {}]))
            if "containers" in each and draw(st.booleans()):
                each.update(
                    draw(st.sampled_from([{"hostPID": True}, {"volumes": [{"name": "v", "hostPath": {}}]}, {}]))
                )
    return obj


def _maps(value):
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from _maps(each)
    elif isinstance(value, list):
        for each in value:
            yield from _maps(each)


@settings(max_examples=120, deadline=None)
@given(changed_objects())
def test_objects_that_someone_changed_get_the_verdicts_of_the_compiler(obj):
    for name in ENFORCED:
        if isinstance(obj.get("metadata"), dict) and obj["metadata"].get("name") and "kind" in obj:
            agree(name, obj)


def test_the_objects_fit_the_published_schemas():
    for name, policy in ENFORCED.items():
        for document in policy.documents:
            kubernetes_validate.validate(document, "1.33", strict=True)
        assert len(policy.documents[0]["metadata"]["name"]) < 64, name


def test_gatekeeper_gets_the_same_expressions():
    texts = artifacts(compiled("gatekeeper"))
    for name, native in ENFORCED.items():
        policy = Policy(texts[f"dev/admission/{name.replace('_', '-')}.yaml"])
        template, constraint = policy.documents
        for part in ("matchConditions", "variables", "validations", "failurePolicy"):
            assert policy.spec.get(part) == native.spec.get(part)
        kind = template["spec"]["crd"]["spec"]["names"]["kind"]
        assert template["metadata"]["name"] == kind.lower()
        assert constraint["kind"] == kind
    assert constraint["spec"]["enforcementAction"] == "deny"


REGO = """package unique

import data.lib.names

violation contains {"msg": msg} if {
  input.review.object.kind == "Service"
  names.wrong(input.review.object.metadata.name)
  msg := sprintf("%s is no name below %d", [input.review.object.metadata.name, input.parameters.most])
}
"""
NAMES = """package lib.names

wrong(name) if name == "wrong"
"""
IN_REGO = """
policy unique { rego = "policies/unique.rego", target = "manifest", on = [service], params { most = 3 } }
policy conftest { rego = "policies/plain.rego", target = "manifest" }
"""
PLAIN = """package plain

deny contains "no" if input.kind == "Nothing"
"""


def rego_texts(admission):
    environment = DEV.replace(" }", f', admission = "{admission}" }}')
    files = {
        "project.platform": TEAM + environment + APP + IN_REGO,
        "policies/unique.rego": REGO,
        "policies/names.rego": NAMES,
        "policies/plain.rego": PLAIN,
    }
    built = build(Sources.of(files), Options(TODAY), Known())
    assert built.texts, [each.message for each in built.diagnostics]
    return built.texts, {each["policy"]: each for each in json.loads(built.texts["dev/admission.json"])["policies"]}


def test_rego_of_gatekeeper_is_given_to_gatekeeper_as_it_is():
    texts, listed = rego_texts("gatekeeper")
    template, constraint = yaml.safe_load_all(texts["dev/admission/unique.yaml"])
    (code,) = template["spec"]["targets"][0]["code"]
    assert code == {"engine": "Rego", "source": {"version": "v1", "rego": REGO, "libs": [NAMES]}}
    assert constraint["spec"]["parameters"] == {"most": 3}
    assert constraint["spec"]["match"]["labelSelector"]["matchExpressions"][0]["values"] == ["service"]
    assert listed["conftest"]["why_not"] == "it is written in Rego that does not read objects as Gatekeeper gives them"


def test_the_api_server_is_given_no_rego():
    _, listed = rego_texts("validating_admission_policy")
    assert listed["unique"] | {"severity": ""} == {
        "policy": "unique",
        "severity": "",
        "file": None,
        "why_not": "it is written in Rego, which the API server does not run",
    }


def test_a_plan_asks_for_them_and_applies_none():
    plan = json.loads(TEXTS["dev/plan.json"])
    asked = [each["name"] for each in plan["preconditions"] if each["what"] == "admission"]
    assert asked == [f"dev/admission/{name.replace('_', '-')}.yaml" for name in sorted(ENFORCED)]
    assert "dev/admission" not in json.dumps(plan["stages"])


def test_an_environment_that_does_not_ask_has_none():
    assert not [path for path in artifacts(compiled("none")) if "admission" in path]


def test_the_list_of_policies_says_what_the_cluster_checks(tmp_path):
    environment = DEV.replace(" }", ', admission = "gatekeeper" }')
    (tmp_path / "project.platform").write_text(TEAM + environment + APP + OWN, encoding="utf-8")
    lines = idpc("policy", "list", str(tmp_path), "--today", "2026-11-24").out.splitlines()
    assert "the cluster of dev checks inside, labelled, no_privilege, small_maps, with_variables" in lines
    assert "the cluster of dev does not check of_teams: it reads `self`, which the cluster does not know" in lines
    listed = json.loads(idpc("policy", "list", str(tmp_path), "--today", "2026-11-24", "--format", "json").out)
    assert listed["clusters"]["dev"]["inside"] == ""
