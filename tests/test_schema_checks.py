"""Checks of finished values against the shipped schemas; those of objects agree with kubernetes-validate."""

import copy
import time

import kubernetes_validate
import pytest

from idpc.schema.kubernetes import user_crds
from idpc.schema.validate import Fault, kubernetes_faults, terraform_faults

VERSIONS = ("1.29", "1.33", "1.37")
POD = {"containers": [{"name": "web", "image": "nginx"}]}
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "labels": {"app": "web"}},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": POD},
    },
}


def changed(path, value, document=DEPLOYMENT):
    document = copy.deepcopy(document)
    *parents, last = path
    place = document
    for key in parents:
        place = place[key]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return document


CONTAINER = ("spec", "template", "spec", "containers", 0)
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web"},
    "spec": {"ports": [{"port": 80, "targetPort": "http"}, {"port": 81, "targetPort": 8081}]},
}
AUTOSCALER = {
    "apiVersion": "autoscaling/v2",
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "web"},
    "spec": {
        "maxReplicas": 3,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "metrics": [
            {
                "type": "Resource",
                "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}},
            }
        ],
    },
}
POLICY = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
        "egress": [
            {
                "to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}],
                "ports": [{"port": 443, "protocol": "TCP"}],
            }
        ],
    },
}
CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.acme.io"},
    "spec": {
        "group": "acme.io",
        "scope": "Namespaced",
        "names": {"kind": "Widget", "plural": "widgets"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "items": [1], "default": {"a": 1}}},
            }
        ],
    },
}
RIGHT = {
    "deployment": DEPLOYMENT,
    "service": SERVICE,
    "autoscaler": AUTOSCALER,
    "network policy": POLICY,
    "definition": CRD,
    "config map": {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c"},
        "data": {"a": "1"},
        "immutable": True,
    },
    "null": changed(("spec", "replicas"), None),
    "whole float": changed(("spec", "replicas"), 2.0),
    "quantities": changed((*CONTAINER, "resources"), {"limits": {"memory": "1Gi", "cpu": 1}, "requests": {"cpu": 0.5}}),
    "env": changed((*CONTAINER, "env"), [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]),
    "annotations": changed(("metadata", "annotations"), {"a/b": "c"}),
    "managed fields": changed(("metadata", "managedFields"), [{"manager": "x", "fieldsV1": {"f:a": {}}}]),
}
WRONG = {
    "unknown field": changed(("spec", "replica"), 2),
    "unknown top field": changed(("specs",), {}),
    "unknown metadata": changed(("metadata", "label"), {}),
    "deep unknown field": changed((*CONTAINER, "port"), 80),
    "string for int": changed(("spec", "replicas"), "2"),
    "bool for int": changed(("spec", "replicas"), True),
    "fraction for int": changed(("spec", "replicas"), 1.5),
    "int for string": changed((*CONTAINER, "image"), 3),
    "int label": changed(("metadata", "labels", "app"), 1),
    "bool label": changed(("metadata", "labels", "app"), True),
    "missing selector": changed(("spec", "selector"), ...),
    "missing name": changed((*CONTAINER, "name"), ...),
    "null name": changed((*CONTAINER, "name"), None),
    "object for list": changed(("spec", "template", "spec", "containers"), {"name": "web"}),
    "list for object": changed(("spec", "template"), []),
    "text for object": changed(("spec",), "spec"),
    "bool quantity": changed((*CONTAINER, "resources"), {"limits": {"cpu": True}}),
    "list of ints": changed((*CONTAINER, "args"), [1]),
    "float port": changed(("spec", "ports", 0, "targetPort"), 80.5, SERVICE),
    "bool port": changed(("spec", "ports", 0, "targetPort"), True, SERVICE),
    "text port": changed(("spec", "ports", 0, "port"), "80", SERVICE),
    "missing target": changed(("spec", "metrics", 0, "resource", "target"), {}, AUTOSCALER),
    "peer as list": changed(("spec", "egress", 0, "to"), {"ipBlock": {}}, POLICY),
    "unknown rule": changed(("spec", "egress", 0, "from"), [], POLICY),
    "text for bool": changed(("spec", "paused"), "yes"),
    "group unknown": changed(("apiVersion",), "apps/v2"),
    "kind unknown": changed(("kind",), "Deploymint"),
}


def passes_elsewhere(document, version):
    try:
        kubernetes_validate.validate(document, version, strict=True)
    except (kubernetes_validate.ValidationError, kubernetes_validate.SchemaNotFoundError):
        return False
    return True


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_passes_here_and_elsewhere(name, version):
    assert kubernetes_faults(RIGHT[name], version) == []
    assert passes_elsewhere(RIGHT[name], version)


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_fails_here_and_elsewhere(name):
    assert kubernetes_faults(WRONG[name], "1.33")
    assert not passes_elsewhere(WRONG[name], "1.33")


def test_faults_of_an_object_say_where():
    broken = changed((*CONTAINER, "port"), 80, changed(("spec", "replicas"), "2"))
    assert kubernetes_faults(broken, "1.33") == [
        Fault(("spec", "replicas"), "must be a whole number, not a string"),
        Fault((*CONTAINER, "port"), "`Container` has no field `port`"),
    ]
    assert kubernetes_faults(changed((*CONTAINER, "name"), ...), "1.33") == [
        Fault(CONTAINER, "`Container` needs `name`")
    ]
    assert kubernetes_faults({}, "1.33") == [Fault((), "`apiVersion` and `kind` must be given")]


def test_custom_resources_are_checked_too():
    rollout = {**DEPLOYMENT, "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout"}
    rollout = changed(
        ("spec", "strategy"), {"canary": {"steps": [{"setWeight": 5}, {"pause": {"duration": "10m"}}]}}, rollout
    )
    assert kubernetes_faults(rollout, "1.33") == []
    assert kubernetes_faults(changed(("spec", "strategy", "canary", "steps", 0), {"weight": 5}, rollout), "1.33") == [
        Fault(
            ("spec", "strategy", "canary", "steps", 0, "weight"),
            "`Rollout#spec.strategy.canary.steps[]` has no field `weight`",
        )
    ]


def test_checking_is_quick():
    kubernetes_faults(DEPLOYMENT, "1.33")
    start = time.perf_counter()
    for _ in range(100):
        kubernetes_faults(DEPLOYMENT, "1.33")
    assert time.perf_counter() - start < 0.5


WIDGET = """
kind: CustomResourceDefinition
spec:
  group: acme.io
  names: { kind: Widget }
  versions:
    - name: v1
      schema:
        openAPIV3Schema:
          properties:
            spec:
              required: [size]
              properties:
                size: { type: integer }
                color: { type: string, enum: [red, blue] }
                extra: { type: object, x-kubernetes-preserve-unknown-fields: true, properties: { a: { type: string } } }
"""


def test_objects_of_a_projects_own_custom_resources_are_checked():
    crds = user_crds(WIDGET)
    widget = {
        "apiVersion": "acme.io/v1",
        "kind": "Widget",
        "metadata": {"name": "w"},
        "spec": {"size": 3, "extra": {"b": 1}},
    }
    assert kubernetes_faults(widget, "1.33", crds) == []
    assert kubernetes_faults({**widget, "spec": {"size": "3", "color": "green"}}, "1.33", crds) == [
        Fault(("spec", "size"), "must be a whole number, not a string"),
        Fault(("spec", "color"), "must be one of `red`, `blue`, not `green`"),
    ]


DATABASE = {
    "instance_class": "db.t4g.small",
    "allocated_storage": 20,
    "tags": {"a": "b"},
    "vpc_security_group_ids": ["${x.y.id}"],
}


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({}, []),
        ({"lifecycle": {"prevent_destroy": True}, "depends_on": ["aws_kms_key.main"], "//": "a comment"}, []),
        ({"allocated_storage": "20", "storage_encrypted": "true", "username": 3}, []),
        ({"allocated_storage": "${var.size}", "tags": "${local.tags}"}, []),
        ({"blue_green_update": {"enabled": True}}, []),
        ({"timeouts": {"create": "60m"}}, []),
        ({"instance_class": None}, [Fault((), "the attribute `instance_class` is required")]),
        ({"instance_clas": "x"}, [Fault(("instance_clas",), "there is no attribute or block `instance_clas`")]),
        ({"address": "x"}, [Fault(("address",), "`address` is decided by the provider and cannot be set")]),
        ({"allocated_storage": "much"}, [Fault(("allocated_storage",), "must be a number, not a string")]),
        ({"allocated_storage": "$${x}"}, [Fault(("allocated_storage",), "must be a number, not a string")]),
        ({"storage_encrypted": 1}, [Fault(("storage_encrypted",), "must be true or false, not a number")]),
        ({"tags": ["a"]}, [Fault(("tags",), "must be a map, not a list")]),
        ({"tags": {"a": ["b"]}}, [Fault(("tags", "a"), "must be a string, not a list")]),
        ({"vpc_security_group_ids": "sg"}, [Fault(("vpc_security_group_ids",), "must be a set, not a string")]),
        (
            {"blue_green_update": [{}, {}]},
            [Fault(("blue_green_update",), "there must be 0 to 1 `blue_green_update`, not 2")],
        ),
        (
            {"blue_green_update": [{"on": 1}]},
            [Fault(("blue_green_update", 0, "on"), "there is no attribute or block `on`")],
        ),
        ({"timeouts": "60m"}, [Fault(("timeouts",), "must be a block, not a string")]),
    ],
)
def test_bodies_are_checked(change, faults):
    assert terraform_faults("aws_db_instance", {**DATABASE, **change}) == faults


def test_least_numbers_of_blocks_and_parts_of_objects():
    assert terraform_faults(
        "azurerm_kubernetes_cluster", {"name": "a", "location": "b", "resource_group_name": "c"}
    ) == [Fault((), "at least 1 block `default_node_pool` is required")]
    release = {"name": "a", "chart": "b"}
    assert terraform_faults("helm_release", {**release, "set": [{"name": "x", "value": "y"}]}) == []
    assert terraform_faults("helm_release", {**release, "set": [{"nam": "x"}]}) == [
        Fault(("set", 0), "the attribute `name` is required"),
        Fault(("set", 0, "nam"), "there is no attribute `nam`"),
    ]


def test_data_sources_and_unknown_types():
    assert terraform_faults("aws_iam_policy_document", {"statement": [{"actions": ["s3:GetObject"]}]}, data=True) == []
    assert terraform_faults("aws_iam_policy_document", {}) == [
        Fault((), "there is no resource type `aws_iam_policy_document`")
    ]
    assert terraform_faults("aws_nothing", {}, data=True) == [Fault((), "there is no data source type `aws_nothing`")]
