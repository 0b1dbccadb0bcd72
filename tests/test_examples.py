"""The examples as built: valid objects, the paths that networks let through, and Terraform that gives nothing away."""

import datetime
import re
from functools import cache

import pytest
from running import EXAMPLES, ROOT, TODAY

from idpc.pipeline import Options, compile_project
from idpc.project import load
from idpc.schema import terraform
from idpc.schema.validate import kubernetes_faults, terraform_faults

KUBERNETES = "1.33"
NAME = "app.kubernetes.io/name"

# What the project's own NetworkPolicies let into each workload: from whom, and to which port of its pods.
BOUTIQUE_INGRESS = {
    "adservice": {("frontend", 9555)},
    "cartservice": {("frontend", 7070), ("checkoutservice", 7070)},
    "checkoutservice": {("frontend", 5050)},
    "currencyservice": {("frontend", 7000), ("checkoutservice", 7000)},
    "emailservice": {("checkoutservice", 8080)},
    "paymentservice": {("checkoutservice", 50051)},
    "productcatalogservice": {("frontend", 3550), ("checkoutservice", 3550), ("recommendationservice", 3550)},
    "recommendationservice": {("frontend", 8080)},
    "redis-cart": {("cartservice", 6379)},
    "shippingservice": {("frontend", 50051), ("checkoutservice", 50051)},
}

# The published manifests of the boutique: ports of container and Service, cpu and memory as requested and at most,
# seconds to stop in.
BOUTIQUE_WORKLOADS = {
    "adservice": (9555, 9555, ("200m", "300m"), ("180Mi", "300Mi"), 5),
    "cartservice": (7070, 7070, ("200m", "300m"), ("64Mi", "128Mi"), 5),
    "checkoutservice": (5050, 5050, ("100m", "200m"), ("64Mi", "128Mi"), 30),
    "currencyservice": (7000, 7000, ("100m", "200m"), ("64Mi", "128Mi"), 5),
    "emailservice": (8080, 5000, ("100m", "200m"), ("64Mi", "128Mi"), 5),
    "frontend": (8080, 80, ("100m", "200m"), ("64Mi", "128Mi"), 30),
    "loadgenerator": (None, None, ("300m", "500m"), ("256Mi", "512Mi"), 5),
    "paymentservice": (50051, 50051, ("100m", "200m"), ("64Mi", "128Mi"), 5),
    "productcatalogservice": (3550, 3550, ("100m", "200m"), ("64Mi", "128Mi"), 5),
    "recommendationservice": (8080, 8080, ("100m", "200m"), ("220Mi", "450Mi"), 5),
    "redis-cart": (6379, 6379, ("70m", "125m"), ("200Mi", "256Mi"), 30),
    "shippingservice": (50051, 50051, ("100m", "200m"), ("64Mi", "128Mi"), 30),
}

# The addresses that its containers are given, without the namespace that the manifests leave out.
BOUTIQUE_ADDRESSES = {
    "cartservice": {"REDIS_ADDR": "redis-cart:6379"},
    "checkoutservice": {
        "CART_SERVICE_ADDR": "cartservice:7070",
        "CURRENCY_SERVICE_ADDR": "currencyservice:7000",
        "EMAIL_SERVICE_ADDR": "emailservice:5000",
        "PAYMENT_SERVICE_ADDR": "paymentservice:50051",
        "PRODUCT_CATALOG_SERVICE_ADDR": "productcatalogservice:3550",
        "SHIPPING_SERVICE_ADDR": "shippingservice:50051",
    },
    "frontend": {
        "AD_SERVICE_ADDR": "adservice:9555",
        "CART_SERVICE_ADDR": "cartservice:7070",
        "CHECKOUT_SERVICE_ADDR": "checkoutservice:5050",
        "CURRENCY_SERVICE_ADDR": "currencyservice:7000",
        "PRODUCT_CATALOG_SERVICE_ADDR": "productcatalogservice:3550",
        "RECOMMENDATION_SERVICE_ADDR": "recommendationservice:8080",
        "SHIPPING_SERVICE_ADDR": "shippingservice:50051",
        "SHOPPING_ASSISTANT_SERVICE_ADDR": "shoppingassistantservice:80",
    },
    "loadgenerator": {"FRONTEND_ADDR": "frontend:80"},
    "recommendationservice": {"PRODUCT_CATALOG_SERVICE_ADDR": "productcatalogservice:3550"},
}

RING = """\
app ring {
  service one { image = "ghcr.io/acme/one:1.0.0", port = 8001, health { }, env { NEXT = two.url } }
  service two { image = "ghcr.io/acme/two:1.0.0", port = 8002, health { }, env { NEXT = three.url } }
  service three { image = "ghcr.io/acme/three:1.0.0", port = 8003, health { }, env { NEXT = one.url } }
}
"""


# ----------------------------------------------------------------- all examples


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_has_no_error(example):
    errors = [each for each in built(example).diagnostics if each.severity.value == "error"]
    assert not errors


@pytest.mark.parametrize("example", EXAMPLES)
def test_objects_fit_their_schemas(example):
    faults = [
        (bundle.environment, document["kind"], document["metadata"]["name"], fault)
        for bundle in built(example).bundles
        for document in objects(bundle)
        for fault in kubernetes_faults(document, KUBERNETES)
    ]
    assert not faults


@pytest.mark.parametrize("example", EXAMPLES)
def test_resources_fit_their_schemas(example):
    faults = [
        (bundle.environment, type_, label, fault)
        for bundle in built(example).bundles
        for data in (False, True)
        for type_, label, body in resources(bundle, "data" if data else "resource")
        for fault in terraform_faults(type_, body, data)
    ]
    assert not faults


@pytest.mark.parametrize("example", EXAMPLES)
def test_both_sides_of_a_connection_agree(example):
    for bundle in built(example).bundles:
        going = {path for source, peers in egress(bundle).items() for path in ((source, *peer) for peer in peers)}
        coming = {
            (source, target, port) for target, peers in ingress(bundle).items() for source, port in peers if source
        }
        assert going == coming, bundle.environment


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_pod_meets_the_strictest_level(example):
    for bundle in built(example).bundles:
        for document in objects(bundle):
            pod = pod_of(document)
            if document["kind"] == "Namespace":
                assert document["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
            elif pod is not None:
                assert pod["automountServiceAccountToken"] is False
                for container in (*pod["containers"], *pod.get("initContainers", [])):
                    security = container["securityContext"]
                    assert security["readOnlyRootFilesystem"] is True
                    assert security["allowPrivilegeEscalation"] is False
                    assert security["capabilities"] == {"drop": ["ALL"]}
                    assert container["resources"]["limits"].keys() >= {"memory", "ephemeral-storage"}


@pytest.mark.parametrize("example", EXAMPLES)
def test_everything_is_denied_before_anything_is_allowed(example):
    for bundle in built(example).bundles:
        denied = [each for each in policies(bundle) if each["metadata"]["name"] == "default-deny"]
        namespaces = [each["metadata"]["name"] for each in objects(bundle) if each["kind"] == "Namespace"]
        assert [each["metadata"]["namespace"] for each in denied] == namespaces
        assert all(each["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} for each in denied)


# --------------------------------------------------------------- online-boutique


@pytest.mark.parametrize("target", sorted(BOUTIQUE_INGRESS))
def test_boutique_lets_in_whom_its_own_policies_do(target):
    assert ingress(boutique())[target] == BOUTIQUE_INGRESS[target]


def test_boutique_lets_anyone_into_its_frontend_only():
    open_to_all = {target for target, peers in ingress(boutique()).items() if any(not source for source, _ in peers)}
    assert open_to_all == {"frontend"}


@pytest.mark.parametrize("name", sorted(BOUTIQUE_WORKLOADS))
def test_boutique_workload_is_the_published_one(name):
    port, service_port, cpu, memory, grace = BOUTIQUE_WORKLOADS[name]
    pod = pod_of(next(each for each in objects(boutique()) if pod_of(each) and each["metadata"]["name"] == name))
    container = pod["containers"][0]
    held = container["resources"]
    assert (held["requests"]["cpu"], held["limits"]["cpu"]) == cpu
    assert (held["requests"]["memory"], held["limits"]["memory"]) == memory
    assert [each["containerPort"] for each in container.get("ports", [])] == ([port] if port else [])
    assert pod["terminationGracePeriodSeconds"] == grace
    assert (pod["securityContext"]["runAsUser"], pod["securityContext"]["runAsGroup"]) == (1000, 1000)
    services = [each for each in objects(boutique()) if (each["kind"], each["metadata"]["name"]) == ("Service", name)]
    assert [each["spec"]["ports"][0]["port"] for each in services] == ([service_port] if service_port else [])
    given = {each["name"]: each["value"].replace(".online-boutique.svc", "") for each in container.get("env", [])}
    addresses = {key: value for key, value in given.items() if key.endswith("_ADDR")}
    assert addresses == BOUTIQUE_ADDRESSES.get(name, {})
    if name not in {"loadgenerator", "frontend", "redis-cart"}:
        assert container["readinessProbe"]["grpc"] == container["livenessProbe"]["grpc"] == {"port": port}


# ------------------------------------------------------------------------- acme


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_acme_grants_no_action_by_a_wildcard(environment):
    for type_, label, body in resources(bundle_of("acme", environment), "data"):
        for statement in body.get("statement", []) if type_ == "aws_iam_policy_document" else ():
            wild = [action for action in statement["actions"] if "*" in action]
            if statement.get("effect") == "Deny":
                assert [each["variable"] for each in statement["condition"]] == ["aws:SecureTransport"], label
            else:
                assert not wild, label
                anyone = any("*" in each["identifiers"] for each in statement.get("principals", []))
                assert not anyone or _only_own_account(statement), label


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_acme_identities_may_use_named_things_only(environment):
    bundle = bundle_of("acme", environment)
    grants = {label: body for type_, label, body in resources(bundle, "data") if label.endswith("_grants")}
    assert sorted(grants) == ["checkout_grants", "invoicer_grants"]
    for body in grants.values():
        for statement in body["statement"]:
            assert all(re.search(r"acme-\w+-shop-(invoices|receipts)", each) for each in statement["resources"])
    writes = {action for each in grants["checkout_grants"]["statement"] for action in each["actions"]}
    assert {each for each in writes if each.startswith("s3:")} == {
        "s3:PutObject",
        "s3:AbortMultipartUpload",
        "s3:ListMultipartUploadParts",
    }
    associated = [
        body["service_account"]
        for type_, _, body in resources(bundle, "resource")
        if type_ == "aws_eks_pod_identity_association"
    ]
    assert sorted(associated) == ["checkout", "invoicer"]


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_acme_has_no_public_endpoint(environment):
    found = {}
    for type_, _, body in resources(bundle_of("acme", environment), "resource"):
        found.setdefault(type_, []).append(body)
    assert [each["publicly_accessible"] for each in found["aws_db_instance"]] == [False]
    assert all(
        "cidr_ipv4" not in each and "cidr_ipv6" not in each for each in found["aws_vpc_security_group_ingress_rule"]
    )
    assert all(each["referenced_security_group_id"] for each in found["aws_vpc_security_group_ingress_rule"])
    assert "ingress" not in found["aws_security_group"][0]
    locks = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    blocked = found["aws_s3_bucket_public_access_block"]
    assert len(blocked) == len(found["aws_s3_bucket"])
    assert all(each[lock] is True for each in blocked for lock in locks)


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_acme_writes_no_credential_down(environment):
    bundle, endpoints = bundle_of("acme", environment), {"host", "name", "url"}
    for type_, label, body in resources(bundle, "resource"):
        attributes = terraform.resource(type_).attributes
        for name, value in body.items():
            if name in attributes and attributes[name].sensitive:
                texts = value if isinstance(value, dict) else {name: value}
                plain = [
                    key
                    for key, text in texts.items()
                    if text and "${" not in text and (key not in endpoints or "@" in text)
                ]
                assert not plain, label
    for document in objects(bundle):
        pod = pod_of(document)
        for container in pod["containers"] if pod else ():
            for each in container.get("env", []):
                assert not re.search(r"://[^/]*:[^/$]*@", each.get("value", "")), each["name"]


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_acme_delivers_credentials_by_reference(environment):
    checkout = next(
        pod_of(each)
        for each in objects(bundle_of("acme", environment))
        if pod_of(each) and each["metadata"]["name"] == "checkout"
    )
    references = {
        each["name"]: each["valueFrom"]["secretKeyRef"]["name"]
        for each in checkout["containers"][0]["env"]
        if "valueFrom" in each
    }
    assert (
        references.items()
        >= {
            "DATABASE_URL": "shop-orders-v1",
            "CACHE_URL": "shop-sessions-v1",
            "QUEUE": "shop-invoices-v1",
            "STRIPE_KEY": "payments-stripe-key",
        }.items()
    )


def test_acme_keeps_data_in_prod():
    found = {
        type_: body for type_, label, body in resources(bundle_of("acme", "prod"), "resource") if "dead" not in label
    }
    assert found["aws_db_instance"]["deletion_protection"] is True
    assert found["aws_db_instance"]["multi_az"] is True
    for type_ in ("aws_db_instance", "aws_s3_bucket", "aws_sqs_queue"):
        assert found[type_]["lifecycle"]["prevent_destroy"] is True


# ------------------------------------------------------------------------- rings


def test_services_that_call_each_other_in_a_ring_build(tmp_path):
    source = tmp_path / "ring.platform"
    source.write_text(RING, encoding="utf-8")
    compilation = compiled(source)
    assert compilation.ok, compilation.diagnostics
    assert ingress(compilation.bundles[0]) == {
        "one": {("three", 8001)},
        "two": {("one", 8002)},
        "three": {("two", 8003)},
    }
    plan = compilation.plans["dev"]
    together = [
        wave
        for stage in plan.stages
        for wave in stage.waves
        if {"ring/one", "ring/two", "ring/three"} <= {step.id for step in wave}
    ]
    assert len(together) == 1


# ----------------------------------------------------------------------- reading


def compiled(path):
    return compile_project(load(path).value, Options(today=datetime.date.fromisoformat(TODAY)))


@cache
def built(example):
    return compiled(ROOT / "examples" / example)


def bundle_of(example, environment):
    return next(each for each in built(example).bundles if each.environment == environment)


def boutique():
    return bundle_of("online-boutique", "dev")


def objects(bundle):
    for path, documents in bundle.files.items():
        if bundle.owners[path].what == "kubernetes" and not path.endswith("kustomization.yaml"):
            yield from documents


def resources(bundle, block):
    for path, documents in bundle.files.items():
        if path.endswith("main.tf.json"):
            for type_, labels in documents[0].get(block, {}).items():
                for label, body in labels.items():
                    yield type_, label, body


def pod_of(document):
    spec = document.get("spec", {})
    template = spec.get("jobTemplate", {}).get("spec", spec).get("template", {})
    return template.get("spec") if "containers" in template.get("spec", {}) else None


def policies(bundle):
    return [each for each in objects(bundle) if each["kind"] == "NetworkPolicy"]


def of_instances(bundle):
    return [each for each in policies(bundle) if each["spec"]["podSelector"]]


def peers(rule, side):
    """Who is meant by a rule, by name: pods of the namespace; empty where anyone is; nothing for other namespaces and addresses."""
    for peer in rule.get(side, [{}]):
        if peer.keys() <= {"podSelector"}:
            yield peer.get("podSelector", {}).get("matchLabels", {}).get(NAME, "")


def ingress(bundle):
    """The source, empty for anyone, and port of all that each workload's policy lets in from its app or from everywhere."""
    return {
        policy["metadata"]["name"]: {
            (source, port["port"])
            for rule in policy["spec"]["ingress"]
            for source in peers(rule, "from")
            for port in rule["ports"]
        }
        for policy in of_instances(bundle)
    }


def egress(bundle):
    """The target and port of all that each workload's policy lets out to its own app."""
    return {
        policy["metadata"]["name"]: {
            (target, port["port"])
            for rule in policy["spec"]["egress"]
            for target in peers(rule, "to")
            if target
            for port in rule["ports"]
        }
        for policy in of_instances(bundle)
    }


def _only_own_account(statement):
    asked = {each["variable"]: each["values"] for each in statement["condition"]}
    return asked.keys() == {"kms:CallerAccount", "kms:ViaService"} and all(asked.values())
